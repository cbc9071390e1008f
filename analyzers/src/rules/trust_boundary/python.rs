//! Request data in the session under a name that later code trusts.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::served::requested;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;
use crate::words::words;

/// Names that later code takes for checked.
const TRUSTED: &[&str] = &[
    "user",
    "userid",
    "username",
    "role",
    "roles",
    "admin",
    "account",
    "uid",
    "id",
    "permissions",
    "authenticated",
    "level",
    "tenant",
    "email",
];

pub(super) fn check(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    if context.kind(target) != Kind::Subscript {
        return;
    }
    let (Some(object), Some(index)) = (tree.child(target, Field::Object), tree.child(target, Field::Index)) else {
        return;
    };
    let session = context.source(object);
    let key = context.string(index).unwrap_or_default();
    if session.rsplit('.').next() != Some("session") || !is_trusted(key) {
        return;
    }
    let Some(taint) = requested(context, value, Purposes::HTML) else { return };
    if is_looked_up(context, assign) {
        return;
    }
    let message = "Unchecked request data is kept in the session among trusted values.";
    let report = Report::issue(assign, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium);
    found.push(context, report.trace(taint.trace));
}

/// Whether later code takes what stands under this name for checked.
pub(super) fn is_trusted(key: &str) -> bool {
    words(key).iter().any(|word| TRUSTED.contains(&word.as_str()))
}

/// Whether there was a look into the store of users, at a password or a form before, so that the name is the one that
/// was checked.
pub(super) fn is_looked_up(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let within = context.function(node).unwrap_or(NodeId::ROOT);
    let before: String = context
        .text()
        .get(tree.span(within).start as usize..tree.span(node).start as usize)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut checked = [
        "password", "check", "verify", "valid", "auth", ".query.", "db.query", "queryrow", "execute", "find", "login",
        "users",
    ]
    .iter();
    checked.any(|word| before.contains(word))
}
