//! Bandit, for Python: its JSON form, with suppression comments ignored.

use analyzers::finding::{Class, Confidence, Severity};
use analyzers::lang::Language;
use analyzers::program::Program;
use serde::Deserialize;

use super::run::Command;
use super::{Analyzer, Failure, Hit};

/// Bandit by its command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bandit {
    /// What starts it.
    pub command: Vec<String>,
}

#[derive(Deserialize)]
struct Report {
    #[serde(default)]
    errors: Vec<serde_json::Value>,
    #[serde(default)]
    results: Vec<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    test_id: String,
    #[serde(rename = "issue_severity")]
    severity: String,
    #[serde(rename = "issue_confidence")]
    confidence: String,
    #[serde(default, rename = "issue_cwe")]
    cwe: Weakness,
    line_number: u32,
    #[serde(default)]
    line_range: Vec<u32>,
}

#[derive(Deserialize, Default)]
struct Weakness {
    #[serde(default)]
    id: u16,
}

/// Reminders that stay on correct code: imports, asserts and list arguments. They show no harm.
fn is_reminder(test: &str) -> bool {
    matches!(test, "B101" | "B603" | "B606" | "B607") || ("B401"..="B415").contains(&test)
}

impl Analyzer for Bandit {
    fn name(&self) -> &'static str {
        "bandit"
    }

    fn file(&self, program: &Program) -> Option<String> {
        (program.language == Language::Python).then(|| "unit.py".to_owned())
    }

    fn commands(&self, _: Language, file: &str) -> Vec<Command> {
        let arguments = ["--quiet", "--format", "json", "--ignore-nosec", "--exit-zero", file];
        vec![Command::new(&self.command, &arguments, &[0])]
    }

    fn read(&self, output: &[u8]) -> Result<Vec<Hit>, Failure> {
        let report: Report = serde_json::from_slice(output).map_err(|_| Failure::Unreadable)?;
        if !report.errors.is_empty() {
            return Err(Failure::Uncompilable);
        }
        Ok(report.results.into_iter().map(hit).collect())
    }
}

fn hit(issue: Issue) -> Hit {
    Hit {
        class: if is_reminder(&issue.test_id) { Class::Audit } else { Class::Issue },
        severity: Severity::from_name(&issue.severity).unwrap_or(Severity::Low),
        confidence: Confidence::from_name(&issue.confidence).unwrap_or(Confidence::Low),
        cwe: (issue.cwe.id > 0).then_some(issue.cwe.id).into_iter().collect(),
        first: issue.line_number,
        last: issue.line_range.into_iter().max().unwrap_or(issue.line_number),
        rule: issue.test_id,
    }
}
