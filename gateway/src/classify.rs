//! Which weaknesses a piece of code most likely has: the analyzer's findings as a ranking; finds nothing itself.

use std::collections::BTreeMap;

use analyzers::finding::{Class, Confidence, Finding, Severity};
use serde::Serialize;

use crate::exchange::Position;

/// One weakness that code may have.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Likely {
    /// Its CWE number.
    pub cwe: u16,
    /// How likely the code has it, in [0, 1].
    pub confidence: f32,
    /// Rules that speak for it, the weightiest first.
    pub rules: Vec<String>,
    /// Lines where they do, from 1.
    pub lines: Vec<u32>,
}

/// Most lines that are told of one weakness.
const MOST_LINES: usize = 32;
/// What a less specific weakness of a finding counts of the most specific one.
const LESS_SPECIFIC: f32 = 0.5;

/// How likely a finding is right.
fn likelihood(finding: &Finding) -> f32 {
    let sure = match (finding.class, finding.confidence) {
        (Class::Issue, Confidence::High) => 0.9,
        (Class::Issue, Confidence::Medium) => 0.75,
        (Class::Issue, Confidence::Low) => 0.5,
        (Class::Audit, Confidence::High) => 0.3,
        (Class::Audit, Confidence::Medium) => 0.2,
        (Class::Audit, Confidence::Low) => 0.1,
    };
    let share = match finding.severity {
        Severity::High => 1.0,
        Severity::Medium => 0.95,
        Severity::Low => 0.8,
    };
    sure * share
}

/// The weaknesses that findings in `text` speak for, the most likely first. Two findings of one weakness are no surer
/// than the surer of them: they are seldom independent.
pub fn rank(findings: &[Finding], text: &str) -> Vec<Likely> {
    let mut weighed: Vec<(&Finding, f32)> = findings.iter().map(|finding| (finding, likelihood(finding))).collect();
    weighed.sort_by(|one, other| other.1.total_cmp(&one.1));
    let mut by_number: BTreeMap<u16, Likely> = BTreeMap::new();
    for (finding, likelihood) in weighed {
        for (place, &cwe) in finding.cwe.iter().enumerate() {
            let confidence = if place == 0 { likelihood } else { likelihood * LESS_SPECIFIC };
            let likely = by_number.entry(cwe).or_insert_with(|| Likely { cwe, ..Likely::default() });
            likely.confidence = likely.confidence.max(confidence);
            if !likely.rules.iter().any(|rule| rule == finding.rule) {
                likely.rules.push(finding.rule.to_owned());
            }
            if likely.lines.len() < MOST_LINES {
                likely.lines.push(Position::of(text, finding.span.start as usize).line);
            }
        }
    }
    let mut ranking: Vec<Likely> = by_number.into_values().collect();
    for likely in &mut ranking {
        likely.lines.sort_unstable();
        likely.lines.dedup();
    }
    ranking.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    ranking
}

#[cfg(test)]
mod tests {
    use analyzers::lang::Language;
    use analyzers::program::{Limits, Program};

    use super::*;

    fn ranked(text: &str) -> Vec<Likely> {
        let program = Program::parse(Language::Python, text, &Limits::default());
        rank(&analyzers::scan::analyse(&program).findings, text)
    }

    #[test]
    fn the_surest_comes_first() {
        let text = "import assertion\nimport subprocess\nimport yaml\n\ndef load(text):\n    return yaml.load(text)\n\n\
                    def load_again(text):\n    return yaml.load(text)\n";
        let ranking = ranked(text);
        let first = ranking.first().expect("a weakness");
        assert_eq!((first.cwe, first.lines.as_slice()), (502, &[6, 9][..]), "{ranking:?}");
        assert!(ranking.is_sorted_by(|one, other| one.confidence >= other.confidence));
        assert!(ranking.iter().all(|likely| likely.confidence > 0.0 && likely.confidence < 1.0));
    }

    #[test]
    fn a_pattern_counts_less_than_harm() {
        let issue = ranked("import os\nfrom flask import request\nos.system(request.args['c'])\n");
        let audit = ranked("import subprocess\nsubprocess.run(['ls'])\n");
        let best = |ranking: &[Likely]| ranking.first().map_or(0.0, |likely| likely.confidence);
        assert!(best(&issue) > best(&audit), "{issue:?} {audit:?}");
        assert!(ranked("def add(a, b):\n    return a + b\n").is_empty());
    }
}
