//! Sizes, waits and loops of JavaScript that a request decides.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::script::{option, requested};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// Calls that take memory or time by a number.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if matches!(path, "ajv" | "ajv.default" | "Ajv")
        && option(context, call, "allErrors").is_some_and(|all| context.truth(all) == Some(true))
        && !context.mentions("maxItems")
    {
        let message = "Every error of a value is looked for, however large somebody makes it.";
        let report = Report::issue(call, concept::UNBOUNDED_WORK, message).severity(Severity::Low);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    let amount = match path {
        "Array"
        | "Buffer.alloc"
        | "Buffer.allocUnsafe"
        | "Buffer.allocUnsafeSlow"
        | "Uint8Array"
        | "ArrayBuffer"
        | "Float64Array"
        | "Uint32Array"
        | "crypto.randomBytes" => {
            // A list of one element, or bytes of a text.
            context.positional(call, 0).filter(|_| context.positional(call, 1).is_none() || path.starts_with("Buffer"))
        }
        "setTimeout" | "setInterval" | "timers.setTimeout" => context.positional(call, 1),
        "timers/promises.setTimeout" => context.positional(call, 0),
        _ => match context.method(call) {
            "repeat" | "padStart" | "padEnd" => context.positional(call, 0),
            _ => None,
        },
    };
    let Some(taint) = amount.and_then(|amount| requested(context, amount, Purposes::SIZE)) else { return };
    let number = taint.origin.safe.holds(Purposes::SHELL)
        || matches!(context.method(call), "repeat" | "padStart" | "padEnd")
        || matches!(
            path,
            "setTimeout" | "setInterval" | "Buffer.alloc" | "Buffer.allocUnsafe" | "timers/promises.setTimeout"
        );
    if taint.origin.checked || !number {
        return;
    }
    let message = if path.contains("set") {
        "A request decides how long this waits."
    } else {
        "A request decides how much memory is taken."
    };
    let report =
        Report::issue(call, concept::UNBOUNDED_WORK, message).confidence(taint.confidence.min(Confidence::Medium));
    found.push(context, report.trace(taint.trace));
}

/// `for (let i = 0; i < request.body.count; i++)`
pub(super) fn walk(context: &Context<'_>, walk: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(test) = tree.child(walk, Field::Test).filter(|&test| context.kind(test) == Kind::Compare) else { return };
    if !matches!(context.name(test), "<" | "<=" | ">" | ">=") {
        return;
    }
    for side in [Field::Left, Field::Right].into_iter().filter_map(|field| tree.child(test, field)) {
        let Some(taint) = requested(context, side, Purposes::SIZE).filter(|taint| !taint.origin.checked) else {
            continue;
        };
        let message = "A request decides how often this loop runs.";
        let report = Report::issue(walk, concept::UNBOUNDED_WORK, message).cwe(&[834, 400, 606]);
        return found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
    }
}
