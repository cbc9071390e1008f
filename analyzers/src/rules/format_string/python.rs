//! `template.format(user=user)` with a template from a request, which reads what it likes of the objects.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::served::requested;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !matches!(context.method(call), "format" | "format_map") {
        return;
    }
    let Some(object) = context.object(call) else { return };
    let given = context.tree().children_in(call, crate::syntax::Field::Argument).next().is_some();
    if !given || context.kind(context.value(object)) == Kind::String {
        return;
    }
    let Some(taint) = requested(context, object, Purposes::CODE) else { return };
    let message = "A request chooses the format, which can read attributes of what is formatted.";
    let report = Report::issue(call, concept::FORMAT_STRING, message).severity(Severity::Medium);
    found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
}
