//! SARIF 2.1.0: findings as code-scanning tools read them.

use std::collections::BTreeMap;
use std::io::Write;

use analyzers::finding::{Class, Finding, Severity};
use serde_json::{Value, json};

use super::locate::Lines;

/// Prints one run over `files`: path, text, findings.
pub(super) fn print<'f>(files: impl Iterator<Item = (&'f str, &'f str, &'f [Finding])>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &document(files))?;
    writeln!(out)
}

fn document<'f>(files: impl Iterator<Item = (&'f str, &'f str, &'f [Finding])>) -> Value {
    let mut rules = BTreeMap::new();
    let mut results = Vec::new();
    for (path, text, findings) in files {
        let lines = Lines::of(text);
        for finding in findings {
            rules.entry(finding.rule).or_insert_with(|| rule(finding));
            results.push(result(path, &lines, finding));
        }
    }
    let rules: Vec<Value> = rules.into_values().collect();
    let driver = json!({ "name": "Sallyport", "version": env!("CARGO_PKG_VERSION"), "rules": rules });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results }],
    })
}

fn rule(finding: &Finding) -> Value {
    let tags: Vec<String> = finding.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")).collect();
    json!({ "id": finding.rule, "help": { "text": finding.advice }, "properties": { "tags": tags } })
}

fn result(path: &str, lines: &Lines<'_>, finding: &Finding) -> Value {
    let region = |span| {
        let (start, end) = lines.places(span);
        json!({ "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column })
    };
    let place = |span| json!({ "physicalLocation": { "artifactLocation": { "uri": path.replace('\\', "/") }, "region": region(span) } });
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding),
        "message": { "text": finding.message },
        "locations": [place(finding.span)],
    });
    if !finding.trace.is_empty() {
        let step = |step: &analyzers::finding::Step| {
            let mut location = place(step.span);
            location["message"] = json!({ "text": step.note });
            json!({ "location": location })
        };
        let steps: Vec<Value> = finding.trace.iter().map(step).collect();
        result["codeFlows"] = json!([{ "threadFlows": [{ "locations": steps }] }]);
    }
    result
}

const fn level(finding: &Finding) -> &'static str {
    match (finding.class, finding.severity) {
        (Class::Audit, _) | (Class::Issue, Severity::Low) => "note",
        (Class::Issue, Severity::Medium) => "warning",
        (Class::Issue, Severity::High) => "error",
    }
}
