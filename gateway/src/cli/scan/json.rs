//! An outcome as one JSON document.

use std::io::{BufWriter, Write};

use serde::Serialize;

use super::super::locate::{Lines, Place};
use super::Outcome;

/// The document.
#[derive(Serialize)]
struct Document<'a> {
    findings: Vec<JsonFinding<'a>>,
    files: Vec<JsonFile<'a>>,
    /// Known findings, where they were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<usize>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    path: &'a str,
    rule: &'static str,
    cwe: &'static [u16],
    class: &'static str,
    severity: &'static str,
    confidence: &'static str,
    start: Place,
    end: Place,
    message: &'a str,
    fingerprint: String,
    /// Which other analyzer found it, and its name of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    analyzer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    analyzer_rule: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonFile<'a> {
    path: &'a str,
    language: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    /// Other analyzers that had nothing to say, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unjudged: Vec<String>,
}

/// Prints an outcome.
pub(super) fn print(outcome: &Outcome) -> std::io::Result<()> {
    let left_out = outcome.compared.then(|| outcome.known());
    let mut document = Document { findings: Vec::new(), files: Vec::new(), left_out };
    for file in &outcome.scanned {
        let lines = Lines::of(&file.text);
        for ((finding, print), foreign) in file.findings.iter().zip(&file.prints).zip(&file.foreign) {
            let (start, end) = lines.places(finding.span);
            document.findings.push(JsonFinding {
                path: &file.path,
                rule: finding.rule,
                cwe: finding.cwe,
                class: finding.class.name(),
                severity: finding.severity.name(),
                confidence: finding.confidence.name(),
                start,
                end,
                message: &finding.message,
                fingerprint: print.to_string(),
                analyzer: foreign.as_ref().map(|_| finding.rule),
                analyzer_rule: foreign.as_deref(),
            });
        }
        document.files.push(JsonFile {
            path: &file.path,
            language: file.language.name(),
            status: file.status.name(),
            problem: file.problem.as_deref(),
            unjudged: file.unjudged.iter().map(|(tool, failure)| format!("{tool} {failure}")).collect(),
        });
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer(&mut out, &document)?;
    writeln!(out)?;
    out.flush()
}
