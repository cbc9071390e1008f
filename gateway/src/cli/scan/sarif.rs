//! SARIF 2.1.0 as code-scanning services take it: rules with help and weaknesses, relative addresses, fingerprints.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use analyzers::finding::{Class, Finding, Severity, Status};
use analyzers::rule::Rule;
use analyzers::rules::RULES;
use serde_json::{Value, json};

use super::super::baseline::absolute;
use super::super::fingerprint::Fingerprint;
use super::super::locate::Lines;
use super::{Outcome, Scanned};
use crate::reference;

/// What relative addresses are relative to.
const ROOT: &str = "%SRCROOT%";

/// Prints an outcome.
pub(super) fn print(outcome: &Outcome) -> std::io::Result<()> {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let mut out = BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, &document(outcome, &root(&here)))?;
    writeln!(out)?;
    out.flush()
}

/// The top of the work tree that `here` is in, as code-scanning services count; `here` itself outside of one.
fn root(here: &Path) -> PathBuf {
    here.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(here).to_owned()
}

fn document(outcome: &Outcome, root: &Path) -> Value {
    let rules: Vec<Value> = RULES.iter().map(|rule| descriptor(rule)).collect();
    let version = env!("CARGO_PKG_VERSION");
    let driver = json!({
        "name": "Sallyport", "fullName": "Sallyport scan", "version": version, "semanticVersion": version, "rules": rules,
    });
    let mut invocation = json!({ "executionSuccessful": outcome.problems.is_empty() });
    let notes = notes(outcome, root);
    if !notes.is_empty() {
        set(&mut invocation, "toolExecutionNotifications", Value::Array(notes));
    }
    let mut runs = vec![run(&driver, "sallyport/", &results(outcome, root, None), root)];
    if let Some(first) = runs.first_mut() {
        set(first, "invocations", json!([invocation]));
    }
    // What others found is theirs: a run for each, as services keep tools apart.
    for tool in outcome.tools() {
        let results = results(outcome, root, Some(tool));
        let named = results.iter().filter_map(|result| result["ruleId"].as_str());
        let rules: BTreeSet<&str> = named.collect();
        let rules: Vec<Value> = rules.into_iter().map(|id| json!({ "id": id })).collect();
        let driver = json!({ "name": tool, "rules": rules });
        runs.push(run(&driver, &format!("sallyport/{tool}/"), &results, root));
    }
    json!({ "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": runs })
}

fn run(driver: &Value, id: &str, results: &[Value], root: &Path) -> Value {
    json!({
        "tool": { "driver": driver },
        "automationDetails": { "id": id },
        "originalUriBaseIds": { ROOT: { "uri": format!("{}/", file_address(root)) } },
        "columnKind": "utf16CodeUnits",
        "results": results,
    })
}

/// What a tool found, or the builtin.
fn results(outcome: &Outcome, root: &Path, tool: Option<&str>) -> Vec<Value> {
    let mut results = Vec::new();
    for file in &outcome.scanned {
        let lines = Lines::of(&file.text);
        let address = address(file, root);
        for ((finding, print), foreign) in file.findings.iter().zip(&file.prints).zip(&file.foreign) {
            if foreign.as_ref().map(|_| finding.rule) != tool {
                continue;
            }
            let mut result = result(&address, &lines, finding, print);
            if let Some(rule) = foreign {
                set(&mut result, "ruleId", json!(rule));
            }
            if outcome.compared {
                set(&mut result, "baselineState", json!("new"));
            }
            results.push(result);
        }
    }
    results
}

/// Most tags of a rule: services refuse more.
const MOST_TAGS: usize = 20;

/// What is said of a rule whether or not it found something.
fn descriptor(rule: &Rule) -> Value {
    let mut tags = vec!["security".to_owned()];
    tags.extend(rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")));
    tags.extend(reference::languages(rule).into_iter().map(str::to_owned));
    // The languages of a rule for all of them do not fit.
    tags.truncate(MOST_TAGS);
    json!({
        "id": rule.id,
        "name": camel(rule.id),
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": format!("{} {}", rule.summary, rule.advice) },
        "help": { "text": rule.advice, "markdown": reference::markdown_body(rule, rule.cwe) },
        "defaultConfiguration": { "level": level(Class::Issue, rule.severity) },
        "properties": {
            "tags": tags,
            "problem.severity": level(Class::Issue, rule.severity).replace("note", "recommendation"),
            "security-severity": security_severity(rule.severity),
        },
    })
}

/// A severity on the scale of CVSS, by which services sort: high from 7, medium from 4.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
    }
}

const fn level(class: Class, severity: Severity) -> &'static str {
    match (class, severity) {
        (Class::Audit, _) | (Class::Issue, Severity::Low) => "note",
        (Class::Issue, Severity::Medium) => "warning",
        (Class::Issue, Severity::High) => "error",
    }
}

fn result(address: &Value, lines: &Lines<'_>, finding: &Finding, print: &Fingerprint) -> Value {
    let region = |span| {
        let (start, end) = lines.utf16_places(span);
        json!({ "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column })
    };
    let place = |span| json!({ "physicalLocation": { "artifactLocation": address, "region": region(span) } });
    let print = print.to_string();
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.class, finding.severity),
        "message": { "text": finding.message },
        "locations": [place(finding.span)],
        // The first name is the one that services know, the second is ours.
        "partialFingerprints": { "primaryLocationLineHash": print, "sallyport/v1": print },
        "properties": {
            "class": finding.class.name(),
            "severity": finding.severity.name(),
            "confidence": finding.confidence.name(),
            "cwe": finding.cwe,
        },
    });
    if let Some(index) = RULES.iter().position(|rule| rule.id == finding.rule) {
        set(&mut result, "ruleIndex", json!(index));
    }
    if !finding.trace.is_empty() {
        let step = |step: &analyzers::finding::Step| {
            let mut location = place(step.span);
            set(&mut location, "message", json!({ "text": step.note }));
            json!({ "location": location })
        };
        let steps: Vec<Value> = finding.trace.iter().map(step).collect();
        set(&mut result, "codeFlows", json!([{ "threadFlows": [{ "locations": steps }] }]));
    }
    result
}

/// Files that were not read, or in part only.
fn notes(outcome: &Outcome, root: &Path) -> Vec<Value> {
    let note = |level: &str, text: &str| json!({ "level": level, "message": { "text": text } });
    let of_files = outcome.scanned.iter().filter_map(|file| {
        let mut note = match (&file.problem, file.status) {
            (Some(problem), _) => note("error", &format!("not read: {problem}")),
            (None, Status::Partial) => note("warning", "read in part only (syntax errors or limits)"),
            (None, Status::Failed) => note("error", "not read: no syntax of its language"),
            (None, Status::Scanned) => return None,
        };
        let place = json!([{ "physicalLocation": { "artifactLocation": address(file, root) } }]);
        set(&mut note, "locations", place);
        Some(note)
    });
    let told: Vec<String> =
        outcome.scanned.iter().filter_map(|file| Some(format!("{}: {}", file.path, file.problem.as_ref()?))).collect();
    let others =
        outcome.problems.iter().filter(|problem| !told.contains(problem)).map(|problem| note("error", problem));
    of_files.chain(others).collect()
}

/// Where a file is: relative to `root` if it is below it.
fn address(file: &Scanned, root: &Path) -> Value {
    let Some(path) = &file.file else {
        let name = if file.path == "-" { "stdin" } else { &file.path };
        return json!({ "uri": encoded(Path::new(name)), "uriBaseId": ROOT });
    };
    let whole = absolute(path);
    let root = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    match whole.strip_prefix(&root) {
        Ok(below) => json!({ "uri": encoded(below), "uriBaseId": ROOT }),
        Err(_) => json!({ "uri": file_address(&whole) }),
    }
}

fn file_address(path: &Path) -> String {
    let path = encoded(path);
    format!("file://{}{}", if path.starts_with('/') { "" } else { "/" }, path.trim_end_matches('/'))
}

/// A path as part of a URI (RFC 3986): `/` between its parts, everything unusual percent-encoded.
fn encoded(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.to_string_lossy().replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to text cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// `weak-hash` as `WeakHash`.
fn camel(id: &str) -> String {
    let upper = |word: &str| -> String {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    };
    id.split('-').map(upper).collect()
}

/// Sets a field of what is an object.
fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_addresses() {
        let check = |path: &str, expected: &str| assert_eq!(encoded(Path::new(path)), expected);
        check("a/b.py", "a/b.py");
        check("a b/é#?.py", "a%20b/%C3%A9%23%3F.py");
        check("a:b%20.py", "a%3Ab%2520.py");
        assert_eq!(file_address(Path::new("/x y/")), "file:///x%20y");
    }

    #[test]
    fn every_rule_is_described() {
        for rule in RULES {
            let described = descriptor(rule);
            let severity = described["properties"]["security-severity"].as_str().and_then(|text| text.parse().ok());
            assert!(severity.is_some_and(|severity: f32| (0.0..10.0).contains(&severity)), "{}", rule.id);
            let tags = described["properties"]["tags"].as_array().expect("tags");
            assert!(tags.len() <= MOST_TAGS, "{}", rule.id);
            assert!(rule.cwe.iter().all(|cwe| tags.contains(&json!(format!("external/cwe/cwe-{cwe:03}")))));
        }
        assert_eq!(camel("sql-injection"), "SqlInjection");
    }
}
