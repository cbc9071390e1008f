//! Which weaknesses a piece of code most likely has: the analyzer's findings as a ranking; finds nothing itself.
//!
//! **Confidences are measured, not guessed**: how often a finding of that class, confidence and severity names the
//! weakness that a pair of insecure and secure code is about. `tests/classify.rs` measures them again.

use std::collections::BTreeMap;

use analyzers::finding::{Class, Confidence, Finding, Severity};
use serde::Serialize;

use crate::exchange::Places;

/// One weakness that code may have.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Likely {
    /// Its CWE number.
    pub cwe: u16,
    /// Less specific numbers that the same findings stand for.
    pub also: Vec<u16>,
    /// How likely the code has it, or a weakness of its family, in [0, 1].
    pub confidence: f32,
    /// Rules that speak for it, the weightiest first.
    pub rules: Vec<String>,
    /// Lines where they do, from 1.
    pub lines: Vec<usize>,
}

/// Most lines that are told of one weakness.
const MOST_LINES: usize = 32;

/// How likely a finding is right, by class, least confidence and least severity; the first row that fits counts.
const LIKELIHOODS: [(Class, Confidence, Severity, f32); 7] = [
    (Class::Issue, Confidence::High, Severity::High, 0.70),
    (Class::Issue, Confidence::High, Severity::Medium, 0.72),
    (Class::Issue, Confidence::Medium, Severity::High, 0.89),
    (Class::Issue, Confidence::Medium, Severity::Medium, 0.73),
    (Class::Issue, Confidence::Low, Severity::Medium, 0.27),
    (Class::Issue, Confidence::Low, Severity::Low, 0.29),
    (Class::Audit, Confidence::Low, Severity::Low, 0.18),
];

fn likelihood(finding: &Finding) -> f32 {
    let fits = |row: &&(Class, Confidence, Severity, f32)| {
        row.0 == finding.class && finding.confidence >= row.1 && finding.severity >= row.2
    };
    LIKELIHOODS.iter().find(fits).map_or(0.0, |row| row.3)
}

/// The weaknesses that findings in `text` speak for, the most likely first. Two findings of one weakness are no surer
/// than the surer of them: they are seldom independent.
pub fn rank(findings: &[Finding], text: &str) -> Vec<Likely> {
    let places = Places::of(text);
    let mut weighed: Vec<(&Finding, f32)> = findings.iter().map(|finding| (finding, likelihood(finding))).collect();
    weighed.sort_by(|one, other| other.1.total_cmp(&one.1));
    let mut by_number: BTreeMap<u16, Likely> = BTreeMap::new();
    for (finding, likelihood) in weighed {
        let Some((&cwe, also)) = finding.cwe.split_first() else { continue };
        let likely = by_number.entry(cwe).or_insert_with(|| Likely { cwe, ..Likely::default() });
        likely.confidence = likely.confidence.max(likelihood);
        for number in also {
            if !likely.also.contains(number) {
                likely.also.push(*number);
            }
        }
        if !likely.rules.iter().any(|rule| rule == finding.rule) {
            likely.rules.push(finding.rule.to_owned());
        }
        if likely.lines.len() < MOST_LINES {
            likely.lines.push(places.at(finding.span.start as usize).line as usize);
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
        let text = "import subprocess\nimport yaml\n\n\ndef load(text):\n    assert text\n    return yaml.load(text)\n\n\n\
                    def load_again(text):\n    return yaml.load(text)\n";
        let ranking = ranked(text);
        let first = ranking.first().expect("a weakness");
        assert_eq!((first.cwe, first.lines.as_slice()), (502, &[7, 11][..]), "{ranking:?}");
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

    #[test]
    fn every_finding_has_a_likelihood() {
        let levels = [
            (Confidence::Low, Severity::Low),
            (Confidence::Low, Severity::High),
            (Confidence::Medium, Severity::Low),
            (Confidence::High, Severity::Low),
        ];
        for class in [Class::Issue, Class::Audit] {
            for (confidence, severity) in levels {
                let fits = LIKELIHOODS.iter().any(|row| row.0 == class && confidence >= row.1 && severity >= row.2);
                assert!(fits, "{class:?} {confidence:?} {severity:?}");
            }
        }
    }
}
