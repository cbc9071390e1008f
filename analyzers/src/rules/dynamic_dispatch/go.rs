//! Methods and symbols of Go chosen by the name that a request gives.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// `reflect.ValueOf(handler).MethodByName(name)`, `plugin.Lookup(name)`
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let by_name = match context.method(call) {
        "MethodByName" => context.mentions("\"reflect\""),
        "Lookup" => context.callee(call).starts_with("plugin."),
        _ => false,
    };
    let Some(name) = context.positional(call, 0).filter(|_| by_name) else { return };
    // A beginning of the program's own leaves few to choose from.
    if matches!(context.kind(context.value(name)), Kind::Binary | Kind::Template) {
        return;
    }
    let Some(taint) = context.outside(name, Purposes::CODE).filter(|taint| taint.origin.source >= Source::Network)
    else {
        return;
    };
    let message = format!("Which method runs is chosen by {}.", taint.source());
    let report = Report::issue(call, concept::DYNAMIC_IMPORT, message).confidence(Confidence::Medium);
    found.push(context, report.trace(taint.trace));
}
