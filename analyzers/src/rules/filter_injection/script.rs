//! Directory filters and XPath of JavaScript.

use crate::concept;
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::NodeId;
use crate::taint::{Purposes, Source};

const LDAP: &[&str] = &["search", "modify", "modifyDN", "add", "del", "compare"];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.method(call);
    if LDAP.contains(&method) && context.text().contains("ldap") {
        for part in context.tree().positional(call).take(2) {
            let value = context.value(part);
            let filter = context.entry(value, "filter").unwrap_or(part);
            text(context, call, filter, concept::LDAP_STRING, &[90], found);
        }
    } else if (context.callee(call).starts_with("xpath.")
        || matches!(method, "evaluate" | "select" | "select1") && context.text().contains("xpath"))
        && let Some(expression) = context.positional(call, 0)
    {
        text(context, call, expression, concept::XPATH_STRING, &[643, 91], found);
    }
}

fn text(
    context: &Context<'_>,
    call: NodeId,
    argument: NodeId,
    concept: &'static str,
    cwe: &'static [u16],
    found: &mut Findings,
) {
    let Exposure::Tainted(taint) = context.exposure(argument, Purposes::FILTER) else { return };
    if taint.origin.source != Source::Request {
        return;
    }
    let message = format!("A filter expression is put together with {}.", taint.source());
    let report = Report::issue(call, concept, message).cwe(cwe).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}
