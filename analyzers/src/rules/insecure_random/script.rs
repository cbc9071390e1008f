//! `Math.random` of JavaScript, where it is drawn and where what was drawn is kept.

use super::report;
use crate::concept;
use crate::finding::{Confidence, Step};
use crate::rule::common::{label, purpose};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::{names_unguessable, words};

/// `Math.random()`
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if matches!(context.callee(call), "uuid.v1" | "uuid/v1" | "uuidv1")
        && purpose(context, call).into_iter().any(names_unguessable)
    {
        let message = "The time and the machine make this identifier; who knows one guesses the next.";
        let report = Report::issue(call, concept::INSECURE_RANDOM, message);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    if context.callee(call) != "Math.random" {
        return;
    }
    let identifies = |name: &str| words(name).iter().any(|word| matches!(word.as_str(), "uuid" | "guid"));
    if purpose(context, call).into_iter().any(identifies) {
        let message = "A predictable generator makes an identifier that is taken for unique and unknown to others.";
        let report = Report::issue(call, concept::INSECURE_RANDOM, message);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    report(context, call, found);
}

/// `const password = "x" + suffix`, where the suffix was drawn before.
pub(super) fn stored(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let field = if context.kind(node) == Kind::Pair { Field::Key } else { Field::Target };
    let (Some(target), Some(value)) = (tree.child(node, field), tree.child(node, Field::Value)) else { return };
    if !names_unguessable(label(context, target)) || !context.mentions("Math.random") {
        return;
    }
    let Some(drawn) = drawn(context, value, 0) else { return };
    if tree.contains(node, drawn) {
        return;
    }
    let step = |node: NodeId, note: &str| Step { span: tree.span(node), note: note.to_owned() };
    let message = "A predictable generator makes a value that must not be guessed.";
    let report = Report::issue(node, concept::INSECURE_RANDOM, message).confidence(Confidence::Medium);
    found.push(context, report.trace(vec![step(drawn, "the number is drawn"), step(value, "it is kept here")]));
}

/// The call that draws what a value is made of, through names.
fn drawn(context: &Context<'_>, value: NodeId, depth: u32) -> Option<NodeId> {
    if depth > 4 {
        return None;
    }
    let tree = context.tree();
    tree.subtree(value).take(100).find_map(|part| match context.kind(part) {
        Kind::Call if context.callee(part) == "Math.random" => Some(part),
        Kind::Name if tree.field(part) != Field::Callee && tree.field(part) != Field::Object => {
            let inner = context.value(part);
            (inner != part && !matches!(context.kind(inner), Kind::Lambda | Kind::Dict))
                .then(|| drawn(context, inner, depth + 1))
                .flatten()
        }
        _ => None,
    })
}
