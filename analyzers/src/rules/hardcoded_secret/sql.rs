//! Passwords of accounts in SQL.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::sql::statement;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::words::is_placeholder;

/// Words before the password of an account.
const BEFORE: &[&[&str]] = &[
    &["identified", "by"],
    &["identified", "by", "password"],
    &["with", "password", "="],
    &["password", "="],
    &["with", "password"],
    &["encrypted", "password"],
    &["login", "password"],
    &["password"],
];

/// Checks a statement.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some(words) = statement(context, node) else { return };
    let account =
        ["create", "alter"].iter().any(|verb| ["user", "role", "login"].iter().any(|kind| words.holds(&[verb, kind])))
            || words.starts(&["grant"])
            || words.starts(&["set", "password"]);
    if !account {
        return;
    }
    let mut after = BEFORE.iter().filter_map(|before| Some(words.find(before)? + before.len()));
    let password = after.find_map(|at| words.get(at).filter(|(_, kind, _)| *kind == Kind::String));
    let Some((text, _, at)) = password else { return };
    let given = !is_placeholder(text) && text.len() >= 2 && !text.starts_with(['$', ':', '*', '&', '@', '?']);
    if given {
        let report =
            Report::issue(at, concept::HARDCODED_SECRET, "The password of an account stands in the statement.");
        found.push(context, report.cwe(&[798, 259]).confidence(Confidence::Medium));
    }
}
