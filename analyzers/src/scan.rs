//! From a program to its findings: one walk, rules bucketed by node kind; comments never silence it.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::finding::{Class, Finding, Severity, Status, Suppression, weighted_count};
use crate::inner;
use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::rule::{Check, Context, Findings, Rule, bandit};
use crate::rules::RULES;
use crate::syntax::{Kind, NodeId};

mod suppression;

/// What one scan found.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// How much was read.
    pub status: Status,
    /// Findings in source order.
    pub findings: Vec<Finding>,
    /// Comments that ask analyzers to look away.
    pub suppressions: Vec<Suppression>,
}

impl Analysis {
    /// k of PromSec's eq. 1: the weighted finding count.
    pub fn k(&self) -> f32 {
        weighted_count(&self.findings)
    }

    /// The findings that count.
    pub fn issues(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.class == Class::Issue)
    }
}

/// Checks of one language by kind of node.
type Buckets = Vec<Vec<(&'static Rule, Check)>>;

fn buckets(language: Language) -> &'static Buckets {
    static NONE: Buckets = Vec::new();
    static TABLES: OnceLock<HashMap<Language, Buckets>> = OnceLock::new();
    let tables = TABLES.get_or_init(|| Language::ALL.into_iter().map(|language| (language, fill(language))).collect());
    tables.get(&language).unwrap_or(&NONE)
}

fn fill(language: Language) -> Buckets {
    let mut buckets = vec![Vec::new(); Kind::Other as usize + 1];
    for rule in RULES {
        for row in rule.rows.iter().filter(|row| row.languages.contains(&language)) {
            for &kind in row.kinds {
                buckets[kind as usize].push((*rule, row.check));
            }
        }
    }
    buckets
}

/// Analyses a program.
pub fn analyse(program: &Program) -> Analysis {
    let context = Context::new(program);
    let mut found = Findings::new();
    let comments = program.tree.comments().iter().copied();
    let mut suppressions: Vec<Suppression> =
        comments.filter_map(|comment| suppression::find(program, comment)).collect();
    for node in program.tree.ids() {
        let kind = program.tree.kind(node);
        if kind == Kind::Decorator {
            suppressions.extend(suppression::find(program, program.tree.span(node)));
        }
        look(&context, node, &mut found);
    }
    inside(&context, &mut found);
    let (findings, full) = found.finish();
    Analysis { status: status(program, full), findings: distinct(findings), suppressions }
}

/// What every rule says of one node.
fn look(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let kind = context.program().tree.kind(node);
    for &(rule, check) in buckets(context.program().language).get(kind as usize).into_iter().flatten() {
        found.begin(rule);
        check(context, node, found);
    }
    if context.program().language == Language::Python {
        bandit::remind(context, node, found);
    }
}

/// What is wrong in the code that a unit holds as text: where it stands in the unit. Of a program's texts only what
/// shows harm, and what its own rules have not said already.
fn inside(context: &Context<'_>, found: &mut Findings) {
    let data = context.program().language.is_data();
    for inner in inner::of(context) {
        if found.is_full() {
            return;
        }
        let program = Program::parse(inner.language, inner.text.as_str(), &Limits::default());
        let within = Context::inside(&program);
        let mut own = Findings::new();
        for node in program.tree.ids() {
            look(&within, node, &mut own);
        }
        for mut finding in distinct(own.finish().0) {
            finding.span = inner.place(finding.span);
            finding.node = inner.node;
            for step in &mut finding.trace {
                step.span = inner.place(step.span);
            }
            if (data || finding.class == Class::Issue) && !found.covers(&finding) {
                found.adopt(finding);
            }
        }
    }
}

/// Longest text that is looked into as code.
const LONGEST_INNER: usize = 1 << 13;

/// Whether code that a unit holds as text has issues of its own.
pub(crate) fn has_issues_inside(language: Language, text: &str) -> bool {
    if text.len() > LONGEST_INNER {
        return false;
    }
    let program = Program::parse(language, text, &Limits::default());
    let context = Context::inside(&program);
    let mut found = Findings::new();
    for node in program.tree.ids() {
        look(&context, node, &mut found);
    }
    found.finish().0.iter().any(|finding| finding.class == Class::Issue && finding.severity > Severity::Low)
}

fn status(program: &Program, full: bool) -> Status {
    let tree = &program.tree;
    let root_is_error = tree.children(NodeId::ROOT).all(|child| tree.kind(child) == Kind::Error);
    if tree.is_empty() || (root_is_error && tree.has_errors() && tree.len() <= 2 && !program.text.trim().is_empty()) {
        Status::Failed
    } else if tree.truncated() || tree.has_errors() || full {
        Status::Partial
    } else {
        Status::Scanned
    }
}

/// One finding per first CWE and sink: the strongest stays. In source order.
fn distinct(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|left, right| {
        let strength = |finding: &Finding| (finding.class == Class::Audit, -finding.weight());
        let (left_key, right_key) = (strength(left), strength(right));
        (left.node, left.span, left.cwe.first(), left_key.0)
            .cmp(&(right.node, right.span, right.cwe.first(), right_key.0))
            .then(left_key.1.total_cmp(&right_key.1))
    });
    findings.dedup_by(|later, kept| {
        let same = later.node == kept.node && later.span == kept.span && later.cwe.first() == kept.cwe.first();
        if same {
            kept.bandit.append(&mut later.bandit);
        }
        same
    });
    // A reminder joins an issue of the same rule at the same place.
    findings.sort_by_key(|finding| (finding.node, finding.span, finding.rule, finding.class == Class::Audit));
    findings.dedup_by(|later, kept| {
        let same = later.node == kept.node
            && later.span == kept.span
            && later.rule == kept.rule
            && later.class == Class::Audit
            && !later.bandit.is_empty();
        if same {
            kept.bandit.append(&mut later.bandit);
        }
        same
    });
    findings.sort_by_key(|finding| (finding.span, finding.node));
    findings
}

#[cfg(test)]
mod stress;
#[cfg(test)]
mod tests;
