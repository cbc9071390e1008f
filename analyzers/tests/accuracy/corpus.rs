//! The labelled code: one sample per file or window, with the alerts that its origin expects.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use analyzers::cwe;
use analyzers::lang::Language;
use serde_json::Value;

/// A place where the origin expects an alert.
#[derive(Debug, Clone)]
pub(crate) struct Alert {
    /// Weaknesses that count as right; empty: any.
    pub(crate) cwe: Vec<u16>,
    /// 1-based line; `None`: anywhere in the sample.
    pub(crate) line: Option<u32>,
    /// Other lines of the same flow, which are right as well.
    pub(crate) flow: Vec<u32>,
}

/// One piece of labelled code.
#[derive(Debug)]
pub(crate) struct Sample {
    id: String,
    pub(crate) language: Language,
    pub(crate) code: String,
    pub(crate) alerts: Vec<Alert>,
    /// Weaknesses that the origin looked for: findings of these elsewhere are false alarms.
    pub(crate) looked_for: Vec<u16>,
    /// Lines on which nothing is held against a finding.
    pub(crate) doubtful: Vec<u32>,
    /// The labels are those of patterns (Bandit's tests, regular expressions), which show no harm: both classes of
    /// finding count as found.
    pub(crate) patterns: bool,
    /// A window of CyberSecEval rather than a file.
    pub(crate) window: bool,
    /// Held back from tuning.
    pub(crate) held: bool,
}

impl Sample {
    /// Where, for people.
    pub(crate) fn at(&self, line: Option<u32>) -> String {
        line.map_or(self.id.clone(), |line| format!("{}:{line}", self.id))
    }

    /// The text of a line; of the first non-empty one where there is none.
    pub(crate) fn line(&self, line: Option<u32>) -> &str {
        let mut lines = self.code.lines();
        let line = match line {
            Some(line) => lines.nth(line.saturating_sub(1) as usize),
            None => lines.find(|line| !line.trim().is_empty()),
        };
        line.unwrap_or_default().trim()
    }
}

/// Every sample in a language that is read here, or `None` where there is no data.
pub(crate) fn read() -> Option<Vec<Sample>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let mut samples = Vec::new();
    let mut folder: Vec<_> = std::fs::read_dir(data.join("analyzer")).ok()?.flatten().map(|file| file.path()).collect();
    folder.sort();
    for path in folder {
        for_each(&path, |object| samples.extend(file(object)));
    }
    for name in ["train/other.jsonl", "train/python.jsonl"] {
        for_each(&data.join(name), |object| samples.extend(window(object)));
    }
    Some(samples)
}

fn for_each(path: &Path, mut take: impl FnMut(&Value)) {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).for_each(|object: Value| take(&object));
}

fn numbers<N: TryFrom<u64>>(value: &Value) -> Vec<N> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_u64).filter_map(|number| N::try_from(number).ok()).collect()
}

fn file(object: &Value) -> Option<Sample> {
    let language = Language::from_label(object["language"].as_str()?)?;
    let source = object["source"].as_str()?;
    let origin_looks_for_any = source.contains("DevSkim") || source.contains("joern");
    let (mut alerts, mut looked_for) = (Vec::new(), Vec::new());
    for query in object["queries"].as_array()? {
        let cwe: Vec<u16> = numbers(&query["cwe"]);
        if !(cwe.iter().any(|&cwe| cwe::in_scope(cwe)) || cwe.is_empty() && origin_looks_for_any)
            || object["default_config"] == false
        {
            continue;
        }
        looked_for.extend(&cwe);
        if query["expected_alert"] == true || query["expected_issue_count"].as_u64().is_some_and(|count| count > 0) {
            alerts.push(Alert { cwe: cwe.clone(), line: None, flow: Vec::new() });
        }
        for line in numbers::<u32>(&query["expected_alert_lines"]) {
            let flows = query["flows"].as_array().map(Vec::as_slice).unwrap_or_default();
            let flow = flows.iter().filter(|flow| flow["sink_line"] == line);
            let flow = flow.filter_map(|flow| flow["source_line"].as_u64()).map(|line| line as u32).collect();
            alerts.push(Alert { cwe: cwe.clone(), line: Some(line), flow });
        }
    }
    if alerts.is_empty() && looked_for.is_empty() {
        return None;
    }
    let inline = object["inline"].as_array().map(Vec::as_slice).unwrap_or_default();
    // An `Alert` that the record lists nowhere: its expected results were not in the origin's own file.
    let doubt = ["MISSING", "SPURIOUS", "NOT DETECTED", "FALSE", "Alert"];
    let doubtful =
        inline.iter().filter(|note| doubt.iter().any(|word| note["text"].as_str().is_some_and(|t| t.contains(word))));
    let group = object["group"].as_str().unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    group.hash(&mut hasher);
    Some(Sample {
        id: object["id"].as_str()?.to_owned(),
        language,
        code: object["code"].as_str()?.to_owned(),
        alerts,
        looked_for,
        doubtful: doubtful.filter_map(|note| note["line"].as_u64()).map(|line| line as u32).collect(),
        patterns: source.contains("ruff"),
        window: false,
        held: hasher.finish().is_multiple_of(5),
    })
}

fn window(object: &Value) -> Option<Sample> {
    if !object["source"].as_str()?.contains("PurpleLlama") {
        return None;
    }
    let cwe: Vec<u16> = numbers(&object["cwe"]);
    let lines = numbers::<u32>(&object["expected_alert_lines"]);
    let alerts = lines.into_iter().map(|line| Alert { cwe: cwe.clone(), line: Some(line), flow: Vec::new() }).collect();
    Some(Sample {
        id: object["id"].as_str()?.to_owned(),
        language: Language::from_label(object["language"].as_str()?)?,
        code: object["code"].as_str()?.to_owned(),
        alerts,
        looked_for: Vec::new(),
        doubtful: Vec::new(),
        patterns: true,
        window: true,
        held: false,
    })
}
