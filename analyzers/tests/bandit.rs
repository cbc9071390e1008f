//! Bandit's own examples: each of its findings is found here under the same test id, or the difference is listed with
//! its reason.
//!
//! Reads `../shared/data/bandit` beside the repository; says so and passes nothing where it is absent. Both classes of
//! finding count as found; precision counts issues.

#![expect(clippy::print_stdout, reason = "what is measured is printed for the reader")]

#[path = "bandit/differences.rs"]
mod differences;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::ExitCode;

use analyzers::finding::Class;
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::rule::bandit::TESTS;
use analyzers::scan;
use differences::{CONFIGURED, DIFFERENCES, LEVELS};
use serde_json::Value;

const HELP: &str = "cargo test -p analyzers --test bandit -- [--misses] [--alarms] [--differences]
  --misses       list findings of Bandit that are neither found nor listed as different
  --alarms       list issues under a test id where Bandit finds nothing
  --differences  list the deliberate differences";

/// Least share of right findings, over all issues that name a test.
const PRECISION: f64 = 0.95;

struct Gold {
    id: String,
    first: u32,
    last: u32,
    level: (String, String),
    /// Reported although a comment asks Bandit to look away.
    suppressed: bool,
}

struct Found {
    id: &'static str,
    first: u32,
    last: u32,
    class: Class,
    level: (&'static str, &'static str),
}

#[derive(Default)]
struct Row {
    golds: usize,
    found: usize,
    listed: usize,
    issues: usize,
    right: usize,
    /// Found with the severity that Bandit gives.
    level: usize,
}

fn main() -> ExitCode {
    let wanted = |option: &str| std::env::args().any(|argument| argument == option);
    if wanted("--help") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    if wanted("--differences") {
        for difference in DIFFERENCES {
            println!("{} {}:{:?} {}", difference.id, difference.file, difference.lines, difference.reason);
        }
        for (test, total, setting) in CONFIGURED {
            println!("{test} expects {total}: {setting}");
        }
        println!("{LEVELS}");
    }
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/bandit");
    let read =
        |name: &str| -> Option<Value> { serde_json::from_str(&std::fs::read_to_string(data.join(name)).ok()?).ok() };
    let (Some(golds), Some(obeyed), Some(expected)) =
        (read("gold_lines_ignore_nosec.json"), read("gold_lines.json"), read("functional_expect.json"))
    else {
        println!("no examples of Bandit beside the repository (../shared/data/bandit)");
        println!("test result: ok. 0 passed; 0 failed; 1 ignored");
        return ExitCode::SUCCESS;
    };
    let golds = golds_by_file(&golds, &obeyed);
    let mut rows: BTreeMap<&str, Row> = TESTS.iter().map(|&(id, _)| (id, Row::default())).collect();
    let mut failures = Vec::new();
    let mut reached: HashMap<&str, (usize, usize)> = HashMap::new();
    let mut files: Vec<_> =
        std::fs::read_dir(data.join("examples")).into_iter().flatten().flatten().map(|file| file.path()).collect();
    files.sort();
    for path in files {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Ok(code) = std::fs::read_to_string(&path) else { continue };
        let found = analyse(&code);
        let none = Vec::new();
        let (file, golds) = golds.get_key_value(name).map_or(("", &none), |(file, golds)| (file.as_str(), golds));
        for gold in golds {
            let Some(row) = rows.get_mut(gold.id.as_str()) else { continue };
            row.golds += 1;
            let hit = found.iter().find(|found| same_place(found, gold));
            let (plain, all) = reached.entry(file).or_default();
            if let Some(hit) = hit {
                row.found += 1;
                row.level += usize::from(hit.level == (gold.level.0.as_str(), gold.level.1.as_str()));
            }
            if hit.is_some() || is_listed(&gold.id, name, gold.first) {
                *all += 1;
                *plain += usize::from(!gold.suppressed);
                row.listed += usize::from(hit.is_none());
            } else {
                failures.push(format!("{} {name}:{} is not found", gold.id, gold.first));
                if wanted("--misses") {
                    let text = code.lines().nth(gold.first as usize - 1).unwrap_or_default().trim();
                    println!("MISS  {} {name}:{} {text}", gold.id, gold.first);
                }
            }
        }
        // What Bandit cannot parse has no golds.
        if golds.is_empty() && matches!(name, "new_candidates-none.py" | "nonsense.py" | "nonsense2.py") {
            continue;
        }
        for found in found.iter().filter(|found| found.class == Class::Issue) {
            let Some(row) = rows.get_mut(found.id) else {
                failures.push(format!("{} is no test of Bandit", found.id));
                continue;
            };
            row.issues += 1;
            if golds.iter().any(|gold| same_place(found, gold)) || is_listed(found.id, name, found.first) {
                row.right += 1;
            } else if wanted("--alarms") {
                let text = code.lines().nth(found.first as usize - 1).unwrap_or_default().trim();
                println!("ALARM {} {name}:{} {text}", found.id, found.first);
            }
        }
    }
    histograms(&expected, &reached, &mut failures);
    report(&rows, failures)
}

fn golds_by_file(golds: &Value, obeyed: &Value) -> HashMap<String, Vec<Gold>> {
    let key = |gold: &Value| {
        (
            gold["file"].as_str().map(str::to_owned),
            gold["line"].as_u64(),
            gold["col"].as_u64(),
            gold["id"].as_str().map(str::to_owned),
        )
    };
    let list = |value: &Value| value["findings"].as_array().cloned().unwrap_or_default();
    let kept: std::collections::HashSet<_> = list(obeyed).iter().map(key).collect();
    let mut by_file: HashMap<String, Vec<Gold>> = HashMap::new();
    for gold in list(golds) {
        let number = |value: &Value| value.as_u64().and_then(|line| u32::try_from(line).ok()).unwrap_or_default();
        let text = |name: &str| gold[name].as_str().unwrap_or_default().to_owned();
        let first = number(&gold["line"]);
        let lines = gold["line_range"].as_array().map(Vec::as_slice).unwrap_or_default();
        let last = lines.iter().map(number).max().unwrap_or(first).max(first);
        let suppressed = !kept.contains(&key(&gold));
        let level = (text("severity").to_lowercase(), text("confidence").to_lowercase());
        let file = text("file").trim_start_matches("examples/").to_owned();
        by_file.entry(file).or_default().push(Gold { id: text("id"), first, last, level, suppressed });
    }
    by_file
}

fn analyse(code: &str) -> Vec<Found> {
    let program = Program::parse(Language::Python, code, &Limits::default());
    let starts: Vec<usize> = std::iter::once(0).chain(code.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let line = |byte: u32| starts.partition_point(|&start| start <= byte as usize) as u32;
    let findings = scan::analyse(&program).findings;
    findings
        .iter()
        .flat_map(|finding| {
            let (first, last) = (line(finding.span.start), line(finding.span.end.saturating_sub(1)));
            let level = (finding.severity.name(), finding.confidence.name());
            finding.bandit.iter().map(move |id| Found { id, first, last: last.max(first), class: finding.class, level })
        })
        .collect()
}

fn same_place(found: &Found, gold: &Gold) -> bool {
    found.id == gold.id && found.first <= gold.last && gold.first <= found.last
}

fn is_listed(id: &str, file: &str, line: u32) -> bool {
    DIFFERENCES
        .iter()
        .any(|difference| difference.id == id && difference.file == file && difference.lines.contains(&line))
}

/// The functional tests of Bandit count findings per file; the same counts must be reached here, differences included.
fn histograms(expected: &Value, reached: &HashMap<&str, (usize, usize)>, failures: &mut Vec<String>) {
    let (mut held, mut configured) = (0, 0);
    for assertion in expected["assertions"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let (test, file) =
            (assertion["test"].as_str().unwrap_or_default(), assertion["file"].as_str().unwrap_or_default());
        let file = file.trim_start_matches("examples/");
        let count = |name: &str| -> u64 {
            assertion[name].as_object().into_iter().flat_map(|levels| levels.values()).filter_map(Value::as_u64).sum()
        };
        let wanted = count("severity");
        let (plain, all) = reached.get(file).copied().unwrap_or_default();
        let own = if assertion["ignore_nosec"] == true { all } else { plain };
        if own as u64 == wanted && count("confidence") == wanted {
            held += 1;
        } else if CONFIGURED.iter().any(|&(name, total, _)| name == test && total == wanted) {
            configured += 1;
        } else {
            failures.push(format!("{test}: {own} of {wanted} findings in {file}"));
        }
    }
    println!("{held} histograms hold, {configured} depend on a configuration of Bandit");
}

fn report(rows: &BTreeMap<&str, Row>, mut failures: Vec<String>) -> ExitCode {
    println!(
        "{:<6} {:<24} {:>6} {:>6} {:>7} {:>7} {:>12}",
        "", "rule", "golds", "found", "listed", "levels", "precision"
    );
    let mut sum = Row::default();
    for (id, row) in rows {
        let rule = TESTS.iter().find(|(test, _)| test == id).map_or("", |(_, rule)| rule);
        line(id, rule, row);
        sum.golds += row.golds;
        sum.found += row.found;
        sum.listed += row.listed;
        sum.issues += row.issues;
        sum.right += row.right;
        sum.level += row.level;
    }
    line("all", "", &sum);
    let precision = sum.right as f64 / sum.issues.max(1) as f64;
    if precision < PRECISION {
        failures.push(format!("precision {precision:.3} is below {PRECISION}"));
    }
    for failure in &failures {
        println!("{failure}");
    }
    let outcome = if failures.is_empty() { "ok" } else { "FAILED" };
    println!("test result: {outcome}. {} passed; {} failed; 0 ignored", sum.found + sum.listed, failures.len());
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn line(id: &str, rule: &str, row: &Row) {
    let precision = format!("{}/{}", row.right, row.issues);
    println!("{id:<6} {rule:<24} {:>6} {:>6} {:>7} {:>7} {precision:>12}", row.golds, row.found, row.listed, row.level);
}
