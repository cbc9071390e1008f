//! CWE-1333, 625: outside text in a pattern is escaped, repeated repetitions are taken apart; never another pattern.

use crate::edit::{Edit, EditKind};
use crate::pattern::mend;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::literal;
use crate::rewrite::pieces::{Conversion, Piece, pieces};
use crate::syntax::{Field, Kind, NodeId};

/// Edits for a pattern that can take for ever, or that holds outside text.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let of_patterns = |call: NodeId| {
        tree.kind(call) == Kind::Call
            && context.callee_path(call).rsplit_once('.').is_some_and(|(module, _)| matches!(module, "re" | "regex"))
    };
    let Some(call) = context.around(node, of_patterns) else { return };
    let Some(pattern) = tree.positional(call).next().or_else(|| context.keyword(call, "pattern")) else { return };
    if tree.kind(pattern) == Kind::String {
        out.extend(linear(context, call, pattern));
    } else {
        out.extend(escaped(context, call, pattern));
    }
}

/// `(a+)+` → `(a+)`
fn linear(context: Context<'_>, call: NodeId, pattern: NodeId) -> Option<Edit> {
    let (style, value) = literal::read(context.text(pattern))?;
    let changed = mend::without_nested_repetition(&value, !only_tested(context, call))?;
    let draft = Draft::new(EditKind::SafeOption, call, &[1333, 400], "repeat what the pattern matches once, not twice");
    let raw = literal::Style { raw: style.raw || value.contains('\\'), ..style };
    Some(draft.replace(context.tree().span(pattern), literal::write(&changed, &raw)).finish())
}

/// Whether all that is asked of the pattern is whether it matches.
fn only_tested(context: Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    let asks = |name: &str| matches!(name, "match" | "fullmatch" | "search");
    if asks(context.callee_name(call)) {
        return is_tested(context, call);
    }
    let statement = tree.statement(call);
    let Some(target) = context.assigned_name(statement) else { return false };
    if context.callee_name(call) != "compile" || tree.child(statement, Field::Value) != Some(call) {
        return false;
    }
    // A module's own pattern may be used by another module.
    let scope = tree.scope(statement);
    let uses = context.uses(scope, context.text(target));
    scope != NodeId::ROOT
        && !uses.leaks
        && uses.bound.len() == 1
        && uses.read.iter().all(|&read| {
            let method = tree.parent(read).filter(|&method| tree.field(method) == Field::Callee);
            method.and_then(|method| tree.parent(method)).is_some_and(|used| {
                tree.kind(used) == Kind::Call && asks(context.callee_name(used)) && is_tested(context, used)
            })
        })
}

/// Whether a value is only looked at for being there.
fn is_tested(context: Context<'_>, value: NodeId) -> bool {
    let tree = context.tree();
    let Some(parent) = tree.parent(value) else { return false };
    match tree.kind(parent) {
        Kind::If | Kind::While | Kind::Conditional => tree.field(value) == Field::Test,
        Kind::Unary => context.name(parent) == "not",
        Kind::Compare => {
            matches!(context.name(parent), "is" | "is not")
                && tree.children(parent).any(|side| tree.kind(side) == Kind::Null)
        }
        Kind::Call => context.callee_path(parent) == "bool",
        _ => false,
    }
}

/// `re.search("^" + name, …)` → `re.search("^" + re.escape(name), …)`; what is a pattern as a whole is left alone.
fn escaped(context: Context<'_>, call: NodeId, pattern: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let taken = pieces(context.program, pattern)?;
    let (re, import) = context.module("re");
    let mut draft =
        Draft::new(EditKind::ValidateInput, call, &[625, 1333, 400], "take outside text in a pattern literally")
            .import(import);
    let mut written = String::new();
    let mut any = false;
    for piece in &taken.pieces {
        let (value, conversion) = match piece {
            Piece::Text(text) => {
                written.push_str(text);
                continue;
            }
            Piece::Value(value, conversion) => (*value, conversion),
        };
        // Inside a class, a count or after a backslash a value means something else.
        let inside = written.ends_with(['\\', '{', ','])
            || written.rfind('[').is_some_and(|open| !written[open..].contains(']'));
        let is_pattern = ["regex", "pattern", "expr", "escape"]
            .iter()
            .any(|word| context.text(value).to_ascii_lowercase().contains(word));
        if context.is_constant(value) || tree.kind(value) == Kind::Number {
            continue;
        }
        if inside || is_pattern {
            return None;
        }
        let source = context.text(value);
        let text = match conversion {
            Conversion::Plain => format!("{re}.escape({source})"),
            Conversion::Text => format!("{re}.escape(str({source}))"),
            _ => return None,
        };
        draft = draft.replace(tree.span(value), text);
        any = true;
    }
    // Nothing but one value: that is what the caller calls a pattern.
    let alone = written.chars().all(|letter| matches!(letter, '^' | '$' | '.' | '*'));
    (any && !alone).then(|| draft.finish())
}
