//! Which rule stands for which test of Bandit, and where these tests' patterns are: reminders of class audit, which
//! join an issue of the same rule at the same place. Never a judgement of harm.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::rule::{Context, Findings, Report, Rule};
use crate::rules::RULES;
use crate::syntax::{Kind, NodeId};

mod calls;
mod text;

/// Every test of Bandit (1.9) with the rule that stands for it.
pub const TESTS: &[(&str, &str)] = &[
    ("B101", "assert-check"),
    ("B102", "code-injection"),
    ("B103", "file-mode"),
    ("B104", "bind-all"),
    ("B105", "hardcoded-secret"),
    ("B106", "hardcoded-secret"),
    ("B107", "hardcoded-secret"),
    ("B108", "temporary-file"),
    ("B110", "swallowed-exception"),
    ("B112", "swallowed-exception"),
    ("B113", "missing-timeout"),
    ("B201", "debug-mode"),
    ("B202", "archive-extraction"),
    ("B301", "unsafe-deserialization"),
    ("B302", "unsafe-deserialization"),
    ("B303", "weak-hash"),
    ("B304", "weak-cipher"),
    ("B305", "weak-cipher"),
    ("B306", "temporary-file"),
    ("B307", "code-injection"),
    ("B308", "cross-site-scripting"),
    ("B310", "server-request"),
    ("B311", "insecure-random"),
    ("B312", "cleartext-protocol"),
    ("B313", "xml-parser"),
    ("B314", "xml-parser"),
    ("B315", "xml-parser"),
    ("B316", "xml-parser"),
    ("B317", "xml-parser"),
    ("B318", "xml-parser"),
    ("B319", "xml-parser"),
    ("B321", "cleartext-protocol"),
    ("B323", "tls-verify"),
    ("B324", "weak-hash"),
    ("B401", "risky-import"),
    ("B402", "risky-import"),
    ("B403", "risky-import"),
    ("B404", "risky-import"),
    ("B405", "risky-import"),
    ("B406", "risky-import"),
    ("B407", "risky-import"),
    ("B408", "risky-import"),
    ("B409", "risky-import"),
    ("B411", "risky-import"),
    ("B412", "risky-import"),
    ("B413", "risky-import"),
    ("B415", "risky-import"),
    ("B501", "tls-verify"),
    ("B502", "tls-version"),
    ("B503", "tls-version"),
    ("B504", "tls-version"),
    ("B505", "weak-cipher"),
    ("B506", "unsafe-deserialization"),
    ("B507", "ssh-host-key"),
    ("B508", "cleartext-protocol"),
    ("B509", "cleartext-protocol"),
    ("B601", "command-injection"),
    ("B602", "command-injection"),
    ("B603", "command-injection"),
    ("B604", "command-injection"),
    ("B605", "command-injection"),
    ("B606", "command-injection"),
    ("B607", "command-injection"),
    ("B608", "sql-injection"),
    ("B609", "command-injection"),
    ("B610", "sql-injection"),
    ("B611", "sql-injection"),
    ("B612", "code-injection"),
    ("B613", "trojan-source"),
    ("B614", "unsafe-deserialization"),
    ("B615", "unpinned-download"),
    ("B701", "cross-site-scripting"),
    ("B702", "cross-site-scripting"),
    ("B703", "cross-site-scripting"),
    ("B704", "cross-site-scripting"),
];

impl Rule {
    /// The tests of Bandit that this rule stands for.
    pub fn bandit(&self) -> impl Iterator<Item = &'static str> + use<> {
        let id = self.id;
        TESTS.iter().filter(move |&&(_, rule)| rule == id).map(|&(test, _)| test)
    }
}

/// The rule that stands for a test.
fn rule_of(test: &str) -> Option<&'static Rule> {
    static BY_TEST: OnceLock<HashMap<&'static str, &'static Rule>> = OnceLock::new();
    let by_test = BY_TEST.get_or_init(|| {
        let rule = |id: &str| RULES.iter().copied().find(|rule| rule.id == id);
        TESTS.iter().filter_map(|&(test, id)| Some((test, rule(id)?))).collect()
    });
    by_test.get(test).copied()
}

/// Reports the pattern of `test` at `node`.
fn report(context: &Context<'_>, node: NodeId, test: &'static str, concept: &'static str, found: &mut Findings) {
    let cwe: Option<&[u16]> = match test {
        "B102" | "B307" => Some(&[95, 78]),
        "B310" => Some(&[22, 918]),
        "B506" => Some(&[502, 20]),
        _ => None,
    };
    report_as(context, node, test, concept, cwe, found);
}

/// The same, with the weaknesses it is about.
fn report_as(
    context: &Context<'_>,
    node: NodeId,
    test: &'static str,
    concept: &'static str,
    cwe: Option<&'static [u16]>,
    found: &mut Findings,
) {
    let Some(rule) = rule_of(test) else { return };
    found.begin(rule);
    let report = Report::audit(node, concept, rule.summary).bandit(test);
    found.push(context, if let Some(cwe) = cwe { report.cwe(cwe) } else { report });
}

/// Reports which patterns of Bandit's tests a node of a Python unit matches.
pub(crate) fn remind(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    match context.kind(node) {
        Kind::Call => calls::call(context, node, found),
        Kind::ImportItem => calls::import(context, node, found),
        Kind::String => text::literal(context, node, found),
        Kind::Binary | Kind::Template => text::built(context, node, found),
        Kind::Keyword => text::keyword(context, node, found),
        Kind::Parameter => text::default(context, node, found),
        Kind::Assign => text::assigned(context, node, found),
        Kind::Compare => text::compared(context, node, found),
        Kind::Pair => text::pair(context, node, found),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::TESTS;
    use crate::rules::RULES;

    #[test]
    fn every_test_has_a_rule() {
        assert_eq!(TESTS.len(), 75);
        for (test, rule) in TESTS {
            assert!(RULES.iter().any(|known| known.id == *rule), "{test}: there is no rule {rule}");
        }
    }
}
