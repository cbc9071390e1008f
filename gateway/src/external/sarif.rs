//! SARIF 2.1.0: what most analyzers print, read as far as it names rules, weaknesses and lines; and any tool that prints it.

use analyzers::finding::{Class, Confidence, Severity};
use analyzers::lang::Language;
use analyzers::program::Program;
use serde::Deserialize;

use super::run::Command;
use super::{Analyzer, Failure, Hit};
use crate::settings::external as settings;

/// Most results of one run that are read.
const MOST_RESULTS: usize = 5_000;

#[derive(Deserialize)]
struct Log {
    #[serde(default)]
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    tool: Tool,
    #[serde(default)]
    results: Option<Vec<Outcome>>,
}

#[derive(Deserialize)]
struct Tool {
    driver: Component,
    #[serde(default)]
    extensions: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Rule {
    id: String,
    properties: Properties,
    default_configuration: Configuration,
    relationships: Vec<Relationship>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Properties {
    tags: Vec<serde_json::Value>,
    cwe: serde_json::Value,
    #[serde(rename = "security-severity")]
    security_severity: serde_json::Value,
    precision: Option<String>,
    confidence: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Configuration {
    level: Option<String>,
}

#[derive(Deserialize)]
struct Relationship {
    target: Target,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Target {
    id: String,
    tool_component: Named,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Named {
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Outcome {
    rule_id: String,
    rule: Option<Reference>,
    rule_index: Option<usize>,
    level: Option<String>,
    kind: Option<String>,
    locations: Vec<Location>,
    properties: Properties,
    taxa: Vec<Target>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Reference {
    id: String,
    index: Option<usize>,
    tool_component: Option<Indexed>,
}

#[derive(Deserialize)]
struct Indexed {
    index: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Location {
    physical_location: Physical,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Physical {
    region: Region,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Region {
    start_line: u32,
    end_line: u32,
}

/// The findings of a SARIF log. Results that the code itself suppresses count as any other.
pub fn read(output: &[u8]) -> Result<Vec<Hit>, Failure> {
    // Some print a line of their own first.
    let start = output.iter().position(|&byte| byte == b'{').ok_or(Failure::Unreadable)?;
    let log: Log = serde_json::from_slice(output.get(start..).unwrap_or_default()).map_err(|_| Failure::Unreadable)?;
    let mut hits = Vec::new();
    for run in &log.runs {
        let results = run.results.iter().flatten().take(MOST_RESULTS);
        hits.extend(results.filter_map(|outcome| hit(&run.tool, outcome)));
    }
    Ok(hits)
}

fn hit(tool: &Tool, outcome: &Outcome) -> Option<Hit> {
    if outcome.kind.as_deref().is_some_and(|kind| matches!(kind, "pass" | "notApplicable" | "informational")) {
        return None;
    }
    let none = Rule::default();
    let rule = rule_of(tool, outcome).unwrap_or(&none);
    let id = [outcome.rule_id.as_str(), outcome.rule.as_ref().map_or("", |rule| &rule.id), rule.id.as_str()];
    let region = &outcome.locations.first()?.physical_location.region;
    let first = region.start_line.max(1);
    let mut cwe = outcome.properties.weaknesses();
    cwe.extend(outcome.taxa.iter().filter_map(weakness));
    cwe.extend(rule.properties.weaknesses());
    cwe.extend(rule.relationships.iter().filter_map(|relationship| weakness(&relationship.target)));
    let mut seen = Vec::new();
    cwe.retain(|number| {
        !seen.contains(number) && {
            seen.push(*number);
            true
        }
    });
    let level = outcome.level.as_deref().or(rule.default_configuration.level.as_deref()).unwrap_or("warning");
    let confidence = [&outcome.properties, &rule.properties].into_iter().find_map(Properties::confidence);
    Some(Hit {
        rule: id.into_iter().find(|id| !id.is_empty()).unwrap_or("a rule").to_owned(),
        cwe,
        class: if level == "none" { Class::Audit } else { Class::Issue },
        severity: rule.properties.severity().unwrap_or(match level {
            "error" => Severity::High,
            "note" | "none" => Severity::Low,
            _ => Severity::Medium,
        }),
        confidence: confidence.unwrap_or(Confidence::Medium),
        first,
        last: region.end_line.max(first),
    })
}

fn rule_of<'a>(tool: &'a Tool, outcome: &Outcome) -> Option<&'a Rule> {
    let reference = outcome.rule.as_ref();
    let extension = reference.and_then(|rule| rule.tool_component.as_ref()).and_then(|component| component.index);
    let component = extension.and_then(|at| tool.extensions.get(at)).unwrap_or(&tool.driver);
    let index = reference.and_then(|rule| rule.index).or(outcome.rule_index);
    let id = reference.map(|rule| rule.id.as_str()).filter(|id| !id.is_empty()).unwrap_or(&outcome.rule_id);
    let by_index = index.and_then(|at| component.rules.get(at)).filter(|rule| id.is_empty() || rule.id == id);
    by_index.or_else(|| {
        let all = std::iter::once(&tool.driver).chain(&tool.extensions).flat_map(|component| &component.rules);
        all.into_iter().find(|rule| rule.id == id)
    })
}

fn weakness(target: &Target) -> Option<u16> {
    let named =
        target.tool_component.name.eq_ignore_ascii_case("cwe") || target.id.to_ascii_uppercase().contains("CWE");
    named.then(|| number(&target.id)).flatten()
}

/// The number in `CWE-79`, `external/cwe/cwe-079`, `CWE-79: Improper …` or `79`.
fn number(text: &str) -> Option<u16> {
    let upper = text.to_ascii_uppercase();
    let rest =
        upper.rsplit_once("CWE").map_or(upper.as_str(), |(_, rest)| rest).trim_start_matches(['-', '_', ':', ' ', '/']);
    let end = rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

impl Properties {
    fn weaknesses(&self) -> Vec<u16> {
        let listed = match &self.cwe {
            serde_json::Value::Array(list) => list.clone(),
            serde_json::Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        let spelled = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => number(text),
            other => other.as_u64().and_then(|number| u16::try_from(number).ok()),
        };
        let tagged = self.tags.iter().filter_map(serde_json::Value::as_str);
        let tagged = tagged.filter(|tag| tag.to_ascii_uppercase().contains("CWE")).filter_map(number);
        listed.iter().filter_map(spelled).chain(tagged).collect()
    }

    fn severity(&self) -> Option<Severity> {
        let score = match &self.security_severity {
            serde_json::Value::String(text) => text.parse().ok()?,
            other => other.as_f64()?,
        };
        Some(if score >= 7.0 {
            Severity::High
        } else if score >= 4.0 {
            Severity::Medium
        } else {
            Severity::Low
        })
    }

    fn confidence(&self) -> Option<Confidence> {
        let word = self.confidence.as_deref().or(self.precision.as_deref())?.to_ascii_lowercase();
        match word.as_str() {
            "very-high" | "high" => Some(Confidence::High),
            "medium" => Some(Confidence::Medium),
            "low" => Some(Confidence::Low),
            _ => None,
        }
    }
}

/// Any tool that prints SARIF, by its command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printer {
    /// Its name.
    pub name: &'static str,
    /// Program and arguments; `{file}` stands for the file.
    pub command: Vec<String>,
    /// Languages that it reads.
    pub languages: Vec<Language>,
    /// The file that it writes; `None`: it prints.
    pub output: Option<String>,
}

impl Printer {
    /// The tool of that name in the settings. Names live as long as the process: there are as many as were configured.
    pub fn new(name: &str, settings: &settings::Printer) -> Self {
        Self {
            name: Box::leak(name.to_owned().into_boxed_str()),
            command: settings.command.clone(),
            languages: settings.languages.iter().filter_map(|name| Language::from_label(name)).collect(),
            output: (!settings.output.is_empty()).then(|| settings.output.clone()),
        }
    }
}

impl Analyzer for Printer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn file(&self, program: &Program) -> Option<String> {
        self.languages.contains(&program.language).then(|| format!("unit.{}", program.language.extension()))
    }

    fn commands(&self, _: Language, file: &str) -> Vec<Command> {
        let argv = self.command.iter().map(|word| word.replace("{file}", file)).collect();
        // Linters end with 1 or 2 where they found something.
        vec![Command { argv, done: &[0, 1, 2], output: self.output.clone(), failure: Failure::Failed }]
    }

    fn read(&self, output: &[u8]) -> Result<Vec<Hit>, Failure> {
        read(output)
    }
}
