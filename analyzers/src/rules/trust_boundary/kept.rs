//! Request data of JavaScript and Go in the session under a name that later code trusts.

use super::python::{is_looked_up, is_trusted};
use crate::concept;
use crate::finding::Confidence;
use crate::rule::served::requested;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// `req.session.role = req.body.role`, `session.Values["role"] = r.FormValue("role")`
pub(super) fn assign(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    let Some(object) = tree.child(target, Field::Object) else { return };
    let key = match context.kind(target) {
        Kind::Attribute if context.program().language.is_script() => context.name(target),
        Kind::Subscript => tree.child(target, Field::Index).and_then(|index| context.string(index)).unwrap_or_default(),
        _ => return,
    };
    let session = context.source(object);
    let kept = if context.program().language.is_script() {
        session.ends_with(".session")
    } else {
        session.strip_suffix(".Values").is_some_and(is_session)
    };
    if kept {
        check(context, assign, key, value, found);
    }
}

/// `session.Set("role", c.Query("role"))`
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.method(call) != "Set" || !context.object(call).is_some_and(|object| is_session(context.source(object))) {
        return;
    }
    let (Some(key), Some(value)) = (context.positional(call, 0), context.positional(call, 1)) else { return };
    if let Some(key) = context.string(key) {
        check(context, call, key, value, found);
    }
}

fn is_session(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.starts_with("sess") || text.contains("session")
}

fn check(context: &Context<'_>, node: NodeId, key: &str, value: NodeId, found: &mut Findings) {
    if !is_trusted(key) || is_looked_up(context, node) {
        return;
    }
    let Some(taint) = requested(context, value, Purposes::HTML) else { return };
    let message = "Unchecked request data is kept in the session among trusted values.";
    let report = Report::issue(node, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium);
    found.push(context, report.trace(taint.trace));
}
