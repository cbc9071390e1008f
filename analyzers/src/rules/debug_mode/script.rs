//! Debugging aids that JavaScript servers and pages leave on.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// `app.use(errorhandler())`, which shows stack traces, unless the environment is asked first.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !matches!(context.callee(call), "errorhandler" | "express.errorHandler" | "koa-error" | "youch") {
        return;
    }
    let asked = context
        .tree()
        .ancestors(call)
        .any(|above| matches!(context.kind(above), Kind::If | Kind::Conditional | Kind::Boolean));
    if !asked {
        let message = "Pages for developers show stack traces to every visitor.";
        let report = Report::issue(call, concept::INFORMATION_LEAK, message).cwe(&[489, 209]);
        found.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
    }
}

/// `debugger;`
pub(super) fn statement(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.source(node).starts_with("debugger") {
        let message = "A statement for debugging is left in the code.";
        let report = Report::issue(node, concept::INFORMATION_LEAK, message).cwe(&[489]);
        found.push(context, report.severity(Severity::Low));
    }
}
