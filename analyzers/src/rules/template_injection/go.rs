//! Templates of Go whose text comes from outside.

use crate::concept;
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::NodeId;
use crate::taint::{Purposes, Source};

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let parses =
        (path.starts_with("html/template.") || path.starts_with("text/template.")) && context.method(call) == "Parse";
    let Some(source) = context.positional(call, 0).filter(|_| parses) else { return };
    if let Exposure::Tainted(taint) = context.exposure(source, Purposes::CODE)
        && !matches!(taint.origin.source, Source::File | Source::Unknown | Source::Environment)
    {
        let message = format!("The source of a template is made from {}.", taint.source());
        let report = Report::issue(call, concept::TEMPLATE_STRING, message).confidence(taint.confidence);
        found.push(context, report.trace(taint.trace));
    }
}
