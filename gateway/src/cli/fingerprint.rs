//! Findings known again after their file has changed: rule, line of code without its spaces, and which of its likes it is.
//!
//! **A fingerprint does not depend on the line's number nor on the file's name**, so that it survives what moves code.

use std::collections::HashMap;
use std::fmt;

use analyzers::finding::Finding;

use super::locate::Lines;

/// What is told of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Fingerprint {
    /// First half of the SHA-256 of the rule and the normalised line, in hexadecimal digits.
    pub(super) line: String,
    /// Which of the findings with the same in the file, from 1.
    pub(super) index: usize,
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.line, self.index)
    }
}

impl Fingerprint {
    /// Reads what [`fmt::Display`] wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (line, index) = text.split_once(':')?;
        let valid = line.len() == 16 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some(Self { line: valid.then(|| line.to_owned())?, index: index.parse().ok()? })
    }
}

/// The fingerprints of a file's findings, which stand in source order.
pub(super) fn of(lines: &Lines<'_>, findings: &[Finding]) -> Vec<Fingerprint> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut one = |finding: &Finding| {
        let code = lines.line(lines.place(finding.span.start as usize).line);
        let line = digest(finding.rule, code);
        let index = seen.entry(line.clone()).or_insert(0);
        *index += 1;
        Fingerprint { line, index: *index }
    };
    findings.iter().map(&mut one).collect()
}

fn digest(rule: &str, code: &str) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    context.update(rule.as_bytes());
    for word in code.split_whitespace() {
        context.update(b"\0");
        context.update(word.as_bytes());
    }
    let half = context.finish().as_ref().iter().take(8).fold(0_u64, |half, byte| half << 8 | u64::from(*byte));
    format!("{half:016x}")
}

/// Which of `findings` are new where as many as `known` says of each line were there before. Of several alike, those that
/// `changed` are new first, then the last ones.
pub(super) fn new_ones(
    findings: &[Fingerprint],
    known: &HashMap<String, usize>,
    changed: impl Fn(usize) -> bool,
) -> Vec<bool> {
    let mut groups: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, finding) in findings.iter().enumerate() {
        groups.entry(&finding.line).or_default().push(at);
    }
    let mut new = vec![false; findings.len()];
    for (line, mut members) in groups {
        let more = members.len().saturating_sub(known.get(line).copied().unwrap_or(0));
        members.sort_by_key(|&at| (!changed(at), std::cmp::Reverse(at)));
        for &at in members.iter().take(more) {
            if let Some(new) = new.get_mut(at) {
                *new = true;
            }
        }
    }
    new
}

/// How many of each line there are.
pub(super) fn counts<'f>(findings: impl IntoIterator<Item = &'f Fingerprint>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for finding in findings {
        *counts.entry(finding.line.clone()).or_insert(0) += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use analyzers::lang::Language;
    use analyzers::program::{Limits, Program};

    use super::*;

    fn prints(text: &str) -> Vec<Fingerprint> {
        let program = Program::parse(Language::Python, text, &Limits::default());
        of(&Lines::of(text), &analyzers::scan::analyse(&program).findings)
    }

    const ONE: &str = "import yaml\ndef load(text):\n    return yaml.load(text)\n";

    #[test]
    fn moving_and_indenting_change_nothing() {
        let moved =
            "import os\n\nimport yaml\n\nclass A:\n    def load(self, text):\n        return  yaml.load(text)\n";
        assert_eq!(prints(ONE), prints(moved));
        assert_eq!(prints(ONE).len(), 1);
        assert_ne!(prints(ONE), prints(&ONE.replace("load(text)", "load(other)")));
        let print = &prints(ONE)[0];
        assert_eq!(Fingerprint::parse(&print.to_string()).as_ref(), Some(print));
        assert_eq!(Fingerprint::parse("x:1"), None);
    }

    #[test]
    fn likes_are_counted() {
        let twice = format!("{ONE}\n\ndef again(text):\n    return yaml.load(text)\n");
        let prints = prints(&twice);
        assert_eq!(prints.iter().map(|print| print.index).collect::<Vec<_>>(), [1, 2]);
        let known = counts(&prints[..1]);
        assert_eq!(new_ones(&prints, &known, |_| false), [false, true], "the last one");
        assert_eq!(new_ones(&prints, &known, |at| at == 0), [true, false], "the one that changed");
        assert_eq!(new_ones(&prints, &counts(&prints), |_| true), [false, false]);
        assert_eq!(new_ones(&prints, &HashMap::new(), |_| false), [true, true]);
    }
}
