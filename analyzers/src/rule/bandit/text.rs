//! Patterns of Bandit's tests in literals, names and texts that are put together.

use super::report;
use crate::concept;
use crate::rule::Context;
use crate::rule::Findings;
use crate::rule::common::label;
use crate::syntax::{Field, Kind, NodeId};

/// Folders that everybody may write to.
const SHARED: &[&str] = &["/tmp", "/var/tmp", "/dev/shm"];

pub(super) fn literal(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some(text) = context.tree().string(node, context.text()) else { return };
    if text == "0.0.0.0" {
        report(context, node, "B104", concept::BIND_ALL, found);
    }
    if text.starts_with('/') && SHARED.iter().any(|folder| text.starts_with(folder)) {
        report(context, node, "B108", concept::TEMPORARY_PATH, found);
    }
    built(context, node, found);
}

/// One part of a name, between underscores: `pas+wo?r?d`, `pass`, `passphrase`, `pwd`, `token`, `secret`, `secrete`.
fn is_secret_word(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    if matches!(lower.as_str(), "pass" | "passphrase" | "pwd" | "token" | "secret" | "secrete") {
        return true;
    }
    let Some(rest) = lower.strip_prefix("pa").filter(|rest| rest.starts_with('s')) else { return false };
    matches!(rest.trim_start_matches('s'), "wd" | "wod" | "wrd" | "word")
}

fn names_secret(name: &str) -> bool {
    name.len() < 200 && name.split('_').any(is_secret_word)
}

fn is_text(context: &Context<'_>, node: NodeId) -> bool {
    context.kind(node) == Kind::String
}

pub(super) fn keyword(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if let Some(value) = context.tree().child(node, Field::Value)
        && is_text(context, value)
        && names_secret(context.name(node))
    {
        report(context, value, "B106", concept::HARDCODED_SECRET, found);
    }
}

pub(super) fn default(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if let Some(value) = context.tree().child(node, Field::Default)
        && is_text(context, value)
        && names_secret(context.name(node))
    {
        report(context, value, "B107", concept::HARDCODED_SECRET, found);
    }
}

pub(super) fn assigned(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value).filter(|&value| is_text(context, value)) else { return };
    let named = tree.children_in(node, Field::Target).any(|target| names_secret(target_name(context, target)));
    if named {
        report(context, value, "B105", concept::HARDCODED_SECRET, found);
    }
}

fn target_name<'c>(context: &'c Context<'_>, target: NodeId) -> &'c str {
    match context.kind(target) {
        Kind::Subscript => context.tree().child(target, Field::Index).map_or("", |index| label(context, index)),
        _ => label(context, target),
    }
}

pub(super) fn compared(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if !matches!(context.name(node), "==" | "!=") {
        return;
    }
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    if is_text(context, right) && names_secret(target_name(context, left)) {
        report(context, right, "B105", concept::HARDCODED_SECRET, found);
    }
}

pub(super) fn pair(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if let (Some(key), Some(value)) = (tree.child(node, Field::Key), tree.child(node, Field::Value))
        && is_text(context, value)
        && is_text(context, key)
        && names_secret(label(context, key))
    {
        report(context, value, "B105", concept::HARDCODED_SECRET, found);
    }
}

/// A query text with values put into it by `+`, `%`, `format`, `replace` or interpolation.
pub(super) fn built(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let puts_in = match context.kind(node) {
        Kind::Binary => matches!(context.name(node), "+" | "%"),
        Kind::Template => tree.children(node).any(|part| context.kind(part) != Kind::String),
        Kind::Call => {
            context.object(node).is_some_and(|object| matches!(context.kind(object), Kind::String | Kind::Template))
        }
        _ => false,
    };
    if !puts_in {
        return;
    }
    // The outermost expression is the text.
    let part_of_more = tree.parent(node).is_some_and(|above| match context.kind(above) {
        Kind::Binary => matches!(context.name(above), "+" | "%"),
        Kind::Template => true,
        Kind::Attribute => matches!(context.name(above), "format" | "replace"),
        _ => false,
    });
    if part_of_more || !looks_like_query(context, node) {
        return;
    }
    let runs = tree.parent(node).filter(|&above| {
        context.kind(above) == Kind::Call && matches!(context.method(above), "execute" | "executemany")
    });
    report(context, runs.unwrap_or(node), "B608", concept::SQL_STRING, found);
}

/// `select … from`, `delete from`, `insert into … values`, `update … set`, with `with` before them.
fn looks_like_query(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let mut text = String::new();
    for part in tree.subtree(node).take(120) {
        if matches!(context.kind(part), Kind::String | Kind::Text)
            && let Some(value) = tree.string(part, context.text())
        {
            text.push_str(&value);
            text.push(' ');
        }
        if text.len() > 2_000 {
            break;
        }
    }
    let text = text.to_ascii_lowercase();
    let after = |word: &str, from: &str| -> Option<usize> {
        from.match_indices(word)
            .map(|(at, _)| at + word.len())
            .find(|&end| from[end..].starts_with(|letter: char| letter.is_whitespace()))
    };
    let with = |first: &str, second: &str| {
        after(first, &text).is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains(second)))
    };
    let followed = |first: &str, second: &str| {
        text.match_indices(first).any(|(at, _)| {
            text.get(at + first.len()..)
                .is_some_and(|rest| rest.starts_with(char::is_whitespace) && rest.trim_start().starts_with(second))
        })
    };
    with("select", "from ")
        || with("select", "from\n")
        || followed("delete", "from")
        || (followed("insert", "into") && text.contains("values"))
        || with("update", "set ")
        || with("update", "set\n")
}
