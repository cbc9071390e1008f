//! A rule is a value: what it looks for, in which languages, with examples that run as tests; never any state.

use crate::finding::{Class, Confidence, Finding, Severity, Step};
use crate::lang::Language;
use crate::syntax::{Kind, NodeId};

pub mod bandit;
pub(crate) mod c;
pub(crate) mod common;
mod context;
pub(crate) mod listed;
pub(crate) mod logs;
pub(crate) mod script;
pub(crate) mod served;
pub(crate) mod setting;
pub(crate) mod sql;

pub use context::Context;
pub(crate) use context::{Exposure, Taint};

/// One weakness: the rows that look for it and what is said about it.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case name, equal to the file name.
    pub id: &'static str,
    /// CWE numbers that its findings carry unless a report names others, the most specific first.
    pub cwe: &'static [u16],
    /// Severity of its findings unless a report names another.
    pub severity: Severity,
    /// What is wrong, one sentence.
    pub summary: &'static str,
    /// What to do instead, one or two sentences.
    pub advice: &'static str,
    /// Checks by language and kind of node.
    pub rows: &'static [Row],
    /// Code in which the rule must report an issue.
    pub bad: &'static [Example],
    /// Code in which the rule must not report an issue.
    pub good: &'static [Example],
}

/// Looks at one node and reports what it finds.
pub type Check = fn(&Context<'_>, NodeId, &mut Findings);

/// One check: the kinds of node it wants to see, in the languages it understands.
#[derive(Debug)]
pub struct Row {
    /// Languages.
    pub languages: &'static [Language],
    /// Kinds of node.
    pub kinds: &'static [Kind],
    /// The check.
    pub check: Check,
}

/// A piece of code that shows a rule at work.
#[derive(Debug)]
pub struct Example {
    /// Its language.
    pub language: Language,
    /// Its text.
    pub code: &'static str,
}

/// An example in any language.
pub(crate) const fn example(language: Language, code: &'static str) -> Example {
    Example { language, code }
}

/// A row for some languages.
pub(crate) const fn row(languages: &'static [Language], kinds: &'static [Kind], check: Check) -> Row {
    Row { languages, kinds, check }
}

/// A Python example.
pub(crate) const fn python(code: &'static str) -> Example {
    Example { language: Language::Python, code }
}

/// A Java example.
pub(crate) const fn java(code: &'static str) -> Example {
    Example { language: Language::Java, code }
}

/// An example in JavaScript, which stands for TypeScript as well.
pub(crate) const fn javascript(code: &'static str) -> Example {
    Example { language: Language::JavaScript, code }
}

/// A Go example.
pub(crate) const fn go(code: &'static str) -> Example {
    Example { language: Language::Go, code }
}

/// A row for Go.
pub(crate) const fn go_row(kinds: &'static [Kind], check: Check) -> Row {
    Row { languages: &[Language::Go], kinds, check }
}

/// A C example.
pub(crate) const fn c(code: &'static str) -> Example {
    Example { language: Language::C, code }
}

/// A C++ example.
pub(crate) const fn cpp(code: &'static str) -> Example {
    Example { language: Language::Cpp, code }
}

/// A row for C and C++.
pub(crate) const fn c_row(kinds: &'static [Kind], check: Check) -> Row {
    Row { languages: &[Language::C, Language::Cpp], kinds, check }
}

/// A row for C++.
pub(crate) const fn cpp_row(kinds: &'static [Kind], check: Check) -> Row {
    Row { languages: &[Language::Cpp], kinds, check }
}

/// A row for Java.
pub(crate) const fn java_row(kinds: &'static [Kind], check: Check) -> Row {
    Row { languages: &[Language::Java], kinds, check }
}

/// A row for JavaScript and TypeScript.
pub(crate) const fn javascript_row(kinds: &'static [Kind], check: Check) -> Row {
    Row { languages: &Language::SCRIPTS, kinds, check }
}

/// A row for Python.
pub(crate) const fn python_row(kinds: &'static [Kind], check: Check) -> Row {
    Row { languages: &[Language::Python], kinds, check }
}

/// What a check has to say about one place.
#[derive(Debug)]
pub(crate) struct Report {
    node: NodeId,
    class: Class,
    concept: &'static str,
    message: String,
    severity: Option<Severity>,
    confidence: Confidence,
    cwe: Option<&'static [u16]>,
    trace: Vec<Step>,
    bandit: Vec<&'static str>,
}

impl Report {
    /// Harm is shown at `node`; `message` is one sentence without user code.
    pub(crate) fn issue(node: NodeId, concept: &'static str, message: impl Into<String>) -> Self {
        Self {
            node,
            class: Class::Issue,
            concept,
            message: message.into(),
            severity: None,
            confidence: Confidence::High,
            cwe: None,
            trace: Vec::new(),
            bandit: Vec::new(),
        }
    }

    /// The pattern is present at `node`, harm is not shown.
    pub(crate) fn audit(node: NodeId, concept: &'static str, message: impl Into<String>) -> Self {
        let mut report = Self::issue(node, concept, message);
        report.class = Class::Audit;
        report.severity = Some(Severity::Low);
        report.confidence = Confidence::Low;
        report
    }

    /// With another severity than the rule's.
    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// With another confidence than high.
    pub(crate) fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// With other CWE numbers than the rule's.
    pub(crate) fn cwe(mut self, cwe: &'static [u16]) -> Self {
        self.cwe = Some(cwe);
        self
    }

    /// Stands for a test of Bandit; may be given more than once.
    pub(crate) fn bandit(mut self, test: &'static str) -> Self {
        self.bandit.push(test);
        self
    }

    /// With another place that shows the harm.
    pub(crate) fn step(mut self, context: &Context<'_>, node: NodeId, note: &'static str) -> Self {
        self.trace.push(Step { span: context.tree().span(node), note: note.to_owned() });
        self
    }

    /// With the data flow that shows the harm.
    pub(crate) fn trace(mut self, trace: Vec<Step>) -> Self {
        self.trace = trace;
        self
    }
}

/// Most findings of one unit that are kept; hostile input cannot make the report grow without bound.
pub(crate) const MOST_FINDINGS: usize = 2_000;

/// Where checks put their reports.
#[derive(Debug)]
pub struct Findings {
    list: Vec<Finding>,
    rule: Option<&'static Rule>,
    /// Whether reports were dropped because there were too many.
    full: bool,
}

impl Findings {
    /// An empty list.
    pub(crate) const fn new() -> Self {
        Self { list: Vec::new(), rule: None, full: false }
    }

    /// Says whose reports follow.
    pub(crate) fn begin(&mut self, rule: &'static Rule) {
        self.rule = Some(rule);
    }

    /// Adds a report of the current rule.
    pub(crate) fn push(&mut self, context: &Context<'_>, report: Report) {
        let Some(rule) = self.rule else { return };
        if self.list.len() >= MOST_FINDINGS {
            self.full = true;
            return;
        }
        let dead = report.class == Class::Issue && context.is_dead(report.node);
        self.list.push(Finding {
            rule: rule.id,
            cwe: report.cwe.unwrap_or(rule.cwe),
            class: if dead { Class::Audit } else { report.class },
            severity: report.severity.unwrap_or(rule.severity),
            confidence: report.confidence,
            span: context.tree().span(report.node),
            node: report.node,
            message: report.message,
            advice: rule.advice,
            trace: report.trace,
            concept: report.concept,
            bandit: report.bandit,
        });
    }

    /// Whether no more are taken.
    pub(crate) const fn is_full(&self) -> bool {
        self.list.len() >= MOST_FINDINGS
    }

    /// Adds a finding that was made elsewhere.
    pub(crate) fn adopt(&mut self, finding: Finding) {
        if self.list.len() >= MOST_FINDINGS {
            self.full = true;
        } else {
            self.list.push(finding);
        }
    }

    /// Whether the same rule already spoke of a place that holds this one's.
    pub(crate) fn covers(&self, finding: &Finding) -> bool {
        self.list.iter().any(|known| {
            known.rule == finding.rule && known.class <= finding.class && known.span.contains(finding.span)
        })
    }

    /// Number of findings so far.
    pub(crate) const fn len(&self) -> usize {
        self.list.len()
    }

    /// The findings and whether some were dropped.
    pub(crate) fn finish(self) -> (Vec<Finding>, bool) {
        (self.list, self.full)
    }
}
