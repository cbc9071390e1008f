//! Loops of JavaScript and Go that run one element too far.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// `for (let i = 0; i <= list.length; i++) { list[i] }`, `if (i <= list.length) list[i]`
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(test) = tree.child(node, Field::Test) else { return };
    for compare in tree.subtree(test).take(20).filter(|&part| context.kind(part) == Kind::Compare) {
        let (Some(left), Some(right)) = (tree.child(compare, Field::Left), tree.child(compare, Field::Right)) else {
            continue;
        };
        let (index, length) = match context.name(compare) {
            "<=" => (left, right),
            ">=" => (right, left),
            _ => continue,
        };
        let list = match context.kind(length) {
            Kind::Attribute if context.name(length) == "length" => tree.child(length, Field::Object),
            Kind::Call if context.callee(length) == "len" => context.positional(length, 0),
            _ => None,
        };
        let Some(list) = list.filter(|_| context.kind(index) == Kind::Name).map(|list| context.source(list)) else {
            continue;
        };
        let index = context.source(index);
        let reads = |part: NodeId| {
            context.kind(part) == Kind::Subscript
                && tree.child(part, Field::Object).is_some_and(|object| context.source(object) == list)
                && tree.child(part, Field::Index).is_some_and(|at| context.source(at) == index)
                && tree.field(part) != Field::Target
        };
        // Another look at the index, or a stop, may stand in between.
        let body = tree.child(node, Field::Body).map(|body| context.source(body)).unwrap_or_default();
        let guarded =
            body.contains("break") || body.contains(&format!("{index} <")) || body.contains(&format!("{index} ==="));
        let inside = tree.subtree(node).take(600).filter(|&part| part > compare);
        if !guarded && inside.take(600).any(reads) {
            let message = "The last index is one past the end of the list.";
            let report = Report::issue(compare, concept::WRONG_BOUND, message).cwe(&[193, 125]);
            return found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
        }
    }
}
