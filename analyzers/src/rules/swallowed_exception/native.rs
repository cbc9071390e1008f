//! CWE-703 in C++: an exception that is made and not thrown.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// `catch (...) { }`
pub(super) fn dropped(context: &Context<'_>, handler: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(body) = tree.child(handler, Field::Body) else { return };
    let broad = tree
        .child(handler, Field::Type)
        .is_none_or(|kind| context.source(kind).trim_end_matches([' ', '&']).ends_with("exception"));
    let empty = tree.children(body).all(|part| context.kind(part) == Kind::Pass);
    if broad && empty && context.source(body).starts_with('{') {
        let message = "Every exception is caught and dropped.";
        found.push(context, Report::audit(handler, concept::SWALLOW_EXCEPTION, message).cwe(&[390, 703]));
    }
}

/// Checks an expression that stands as a statement.
pub(super) fn made(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value) else { return };
    let Some(callee) =
        tree.child(value, Field::Callee).filter(|_| matches!(context.kind(value), Kind::Call | Kind::New))
    else {
        return;
    };
    let name = context.source(callee);
    let class = name.rsplit("::").next().unwrap_or_default();
    let standard = name.starts_with("std::")
        && (class.ends_with("_error")
            || class.ends_with("exception")
            || class == "bad_alloc"
            || class == "invalid_argument");
    let own = context.types().get(class).is_some_and(|&class| {
        tree.children_in(class, Field::Base).any(|base| {
            let base = context.source(base);
            base.ends_with("exception") || base.ends_with("_error")
        })
    });
    if standard || own {
        let message = "The exception is made and not thrown.";
        let report = Report::issue(node, concept::SWALLOW_EXCEPTION, message).cwe(&[703, 390, 248]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
