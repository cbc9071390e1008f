//! What the analyzer reports, as plain data; never any behaviour that could fail.

use crate::syntax::{NodeId, Span};

/// How bad a weakness is when it is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth mending before release.
    Medium,
    /// Exploitable as it stands.
    High,
}

/// How sure the rule is that the finding is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A pattern that is often fine.
    Low,
    /// Usually right.
    Medium,
    /// The harm is shown in the code itself.
    High,
}

impl Severity {
    /// Lower-case name, as configuration and JSON spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The level of that name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High].into_iter().find(|level| level.name().eq_ignore_ascii_case(name))
    }

    /// Share of the weighted finding count k that one finding of this severity has.
    pub const fn weight(self) -> f32 {
        match self {
            Self::Low => 1.0,
            Self::Medium => 3.0,
            Self::High => 5.0,
        }
    }
}

impl Confidence {
    /// Lower-case name, as configuration and JSON spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The level of that name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High].into_iter().find(|level| level.name().eq_ignore_ascii_case(name))
    }

    /// Factor on [`Severity::weight`].
    pub const fn weight(self) -> f32 {
        match self {
            Self::Low => 0.3,
            Self::Medium => 0.7,
            Self::High => 1.0,
        }
    }
}

/// Whether harm is shown or only a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Harm is shown: counted in k, gates the answer.
    Issue,
    /// The pattern is present, harm is not shown: reported with weight 0.
    Audit,
}

impl Class {
    /// Lower-case name, as JSON spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Audit => "audit",
        }
    }
}

/// One step of a data flow from source to sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where.
    pub span: Span,
    /// What happens there, one clause.
    pub note: String,
}

/// One weakness at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Rule id (= file name of the rule), such as `command-injection`.
    pub rule: &'static str,
    /// CWE numbers, the most specific first.
    pub cwe: &'static [u16],
    /// Counted or only reported.
    pub class: Class,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The sink: where the harm happens.
    pub span: Span,
    /// The sink's node in the analysed tree.
    pub node: NodeId,
    /// What is wrong, one sentence, without user code in it.
    pub message: String,
    /// What to do instead.
    pub advice: &'static str,
    /// Data flow from source to sink, empty where the rule needs none.
    pub trace: Vec<Step>,
    /// Lower-case parameters of the finding that rewrites need, such as the name of the sink's concept.
    pub concept: &'static str,
    /// The tests of Bandit that this finding stands for, such as `B602` (see [`crate::rule::bandit`]).
    pub bandit: Vec<&'static str>,
}

impl Finding {
    /// This finding's part of k: severity × confidence, 0 for audit findings.
    pub fn weight(&self) -> f32 {
        match self.class {
            Class::Issue => self.severity.weight() * self.confidence.weight(),
            Class::Audit => 0.0,
        }
    }
}

/// A comment that asks an analyzer to look away; reported, never obeyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Where.
    pub span: Span,
    /// The marker, such as `nosec`.
    pub marker: &'static str,
}

/// How much of a unit was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All of it.
    Scanned,
    /// Some of it: syntax errors or a limit left parts unread. Never `clean`.
    Partial,
    /// None of it.
    Failed,
}

impl Status {
    /// Lower-case name, as JSON spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scanned => "scanned",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// k: the weighted finding count of PromSec's eq. 1, over distinct (CWE, sink node).
pub fn weighted_count(findings: &[Finding]) -> f32 {
    let mut seen = std::collections::HashSet::new();
    findings
        .iter()
        .filter(|finding| finding.class == Class::Issue)
        .filter(|finding| seen.insert((finding.cwe.first().copied(), finding.node, finding.span)))
        .map(Finding::weight)
        .fold(0.0, |sum, weight| sum + weight)
}
