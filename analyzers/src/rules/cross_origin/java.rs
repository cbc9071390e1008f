//! Answers of Java servers that any site may read.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;
use crate::taint::{Purposes, Source};

/// A call that says which sites may read.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    match context.method(call) {
        "setHeader" | "addHeader" | "header" | "set" | "add" => {
            let header = context.positional(call, 0).and_then(|name| context.string(name)).unwrap_or_default();
            if !header.eq_ignore_ascii_case("access-control-allow-origin") {
                return;
            }
            let Some(value) = context.positional(call, 1) else { return };
            if context.string(value) == Some("*") {
                anybody(context, call, found);
            } else if let Some(taint) =
                context.outside(value, Purposes::URL).filter(|taint| taint.origin.source == Source::Request)
            {
                let message = "Whatever site asks may read the answers.";
                let report = Report::issue(call, concept::CORS_ANY, message).cwe(&[942, 346]);
                found.push(context, report.confidence(taint.confidence).trace(taint.trace));
            }
        }
        "addAllowedOrigin"
        | "allowedOrigins"
        | "allowedOriginPatterns"
        | "addAllowedOriginPattern"
        | "setAllowedOrigins"
            if context.tree().positional(call).any(|part| context.source(part).contains("\"*\"")) =>
        {
            anybody(context, call, found);
        }
        _ => {}
    }
}

fn anybody(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let credentials = context.function(call).is_some_and(|function| {
        let text = context.source(function);
        text.contains("llowCredentials(true)") || text.contains("Allow-Credentials\", \"true\"")
    });
    let message = "Every site may read the answers.";
    let report = if credentials {
        Report::issue(call, concept::CORS_ANY, message)
    } else {
        Report::issue(call, concept::CORS_ANY, message).severity(Severity::Low).confidence(Confidence::Low)
    };
    found.push(context, report.cwe(&[942, 346]));
}
