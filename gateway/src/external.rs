//! External analyzers behind the builtin's vocabulary: a second opinion on a unit where the policy names one. They run
//! in a scratch directory without network, with bounded time and memory; never on the hot path unless asked for.
//!
//! **Code is data.** No tool here runs what it reads, and what a tool prints about code never enters a message: a
//! finding of theirs names the tool and its rule.

pub mod bandit;
pub mod codeql;
pub mod run;
pub mod sarif;
pub mod semgrep;
pub mod spotbugs;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use analyzers::cwe;
use analyzers::finding::{Class, Confidence, Finding, Severity};
use analyzers::lang::Language;
use analyzers::program::Program;
use analyzers::syntax::Span;

use run::{Command, Sandbox};
use tokio::time::Instant;

/// What all findings of tools advise: the tool's own documentation says more.
const ADVICE: &str = "The analyzer's documentation of this rule says how to mend it.";

/// One analyzer as recipe and reader: what to run on a file, and how to read what that prints. Runs nothing itself.
pub trait Analyzer: Send + Sync + std::fmt::Debug {
    /// Its name, as policies and reports spell it.
    fn name(&self) -> &'static str;

    /// The name of the file that the code is put into; `None` for a language that it does not read.
    fn file(&self, program: &Program) -> Option<String>;

    /// What is run in the folder of the file, in order; the last one prints the findings.
    fn commands(&self, language: Language, file: &str) -> Vec<Command>;

    /// The findings in what the last command printed.
    fn read(&self, output: &[u8]) -> Result<Vec<Hit>, Failure>;
}

/// A finding as a tool tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The tool's own name of the rule.
    pub rule: String,
    /// Weaknesses, the most specific first.
    pub cwe: Vec<u16>,
    /// Whether harm is shown, or only a pattern.
    pub class: Class,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// First line, from 1.
    pub first: u32,
    /// Last line.
    pub last: u32,
}

/// Why an analyzer has nothing to say. Never counts as clean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Failure {
    /// The tool is not installed, or must not run as this machine is.
    #[error("is not available")]
    Unavailable,
    /// It took longer than allowed.
    #[error("took too long")]
    Timeout,
    /// It ended with an error.
    #[error("failed")]
    Failed,
    /// The code does not compile by itself, which the tool needs.
    #[error("cannot compile the code")]
    Uncompilable,
    /// It printed what cannot be read.
    #[error("printed what cannot be read")]
    Unreadable,
}

/// What the analyzers of a policy say of a program.
#[derive(Debug, Default)]
pub struct Opinion {
    /// Their findings, without those that `known` has.
    pub findings: Vec<Finding>,
    /// The tool's own name of the rule of each finding.
    pub rules: Vec<String>,
    /// Analyzers that had nothing to say, and why.
    pub failed: Vec<(&'static str, Failure)>,
}

/// The analyzers that a policy names beside the builtin.
#[derive(Debug, Clone, Default)]
pub struct External {
    analyzers: Vec<Arc<dyn Analyzer>>,
    /// `None` where nothing is to be run.
    sandbox: Option<Arc<Sandbox>>,
}

impl External {
    /// These analyzers, run in this sandbox.
    pub fn new(analyzers: Vec<Arc<dyn Analyzer>>, sandbox: Arc<Sandbox>) -> Self {
        Self { analyzers, sandbox: Some(sandbox) }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.analyzers.is_empty()
    }

    /// Asks each analyzer that reads the language, one after the other; findings that `known` or an earlier one has
    /// are left out. What has not ended by the deadline has nothing to say.
    pub async fn opinion(&self, program: &Program, known: &[Finding], deadline: Instant) -> Opinion {
        let mut opinion = Opinion::default();
        let Some(sandbox) = self.sandbox.as_ref().filter(|_| !self.is_empty()) else { return opinion };
        let lines = Lines::of(&program.text);
        for analyzer in &self.analyzers {
            let Some(file) = analyzer.file(program) else { continue };
            let commands = analyzer.commands(program.language, &file);
            let output = tokio::time::timeout_at(deadline, sandbox.run(&commands, &file, &program.text)).await;
            match output.unwrap_or(Err(Failure::Timeout)).and_then(|output| analyzer.read(&output)) {
                Ok(hits) => {
                    for hit in hits {
                        let finding = finding(analyzer.name(), &hit, program, &lines);
                        let new = |other: &Finding| !covers(other, &finding, &lines);
                        if known.iter().all(new) && opinion.findings.iter().all(new) {
                            opinion.findings.push(finding);
                            opinion.rules.push(own_name(&hit));
                        }
                    }
                }
                Err(failure) => {
                    tracing::warn!(analyzer = analyzer.name(), %failure, "an external analyzer has nothing to say");
                    opinion.failed.push((analyzer.name(), failure));
                }
            }
        }
        opinion
    }
}

/// Whether `other` already says what `finding` says: harm of the same family on the same lines.
fn covers(other: &Finding, finding: &Finding, lines: &Lines) -> bool {
    let (one, two) = (lines.range(other.span), lines.range(finding.span));
    let family = other.cwe.iter().any(|&left| finding.cwe.iter().any(|&right| cwe::related(left, right)));
    family && one.0 <= two.1 && two.0 <= one.1 && (other.class == Class::Issue || finding.class == Class::Audit)
}

/// A hit as a finding of the program.
fn finding(tool: &'static str, hit: &Hit, program: &Program, lines: &Lines) -> Finding {
    let span = lines.span(hit.first, hit.last, &program.text);
    let known = hit.cwe.iter().map(|&cwe| cwe::list(cwe)).find(|list| !list.is_empty());
    Finding {
        rule: tool,
        cwe: known.unwrap_or_default(),
        class: hit.class,
        severity: hit.severity,
        confidence: hit.confidence,
        span,
        node: program.tree.covering(span),
        message: format!("{tool} reports {}.", own_name(hit)),
        advice: ADVICE,
        trace: Vec::new(),
        concept: "",
        bandit: Vec::new(),
    }
}

/// The tool's name of a rule, of the characters that names have.
fn own_name(hit: &Hit) -> String {
    hit.rule.chars().filter(|char| char.is_ascii_alphanumeric() || "._-/".contains(*char)).take(120).collect()
}

/// Where the lines of a text start.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// First and last line of a span, from 1.
    fn range(&self, span: Span) -> (usize, usize) {
        let line = |at: u32| self.0.partition_point(|&start| start <= at as usize);
        (line(span.start), line(span.end.saturating_sub(1).max(span.start)))
    }

    /// What stands on the lines, without the white space around it.
    fn span(&self, first: u32, last: u32, text: &str) -> Span {
        let start = |line: u32| self.0.get(line as usize).copied().unwrap_or(text.len());
        let from = start(first.saturating_sub(1));
        let to = start(last.max(first)).max(from);
        let lines = text.get(from..to).unwrap_or_default();
        let lead = lines.len() - lines.trim_start().len();
        Span::new(from + lead.min(lines.len()), from + lines.trim_end().len().max(lead.min(lines.len())))
    }
}
