//! Passwords that JavaScript keeps in the browser's storage, in cookies, or writes to the console.

use super::holds_secret;
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::names_password;

const LOGS: &[&str] = &["log", "info", "warn", "error", "debug", "trace"];

/// `localStorage.setItem(…)`, `console.log(…)`, `res.cookie(…)`
pub(super) fn check_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let storage = method == "setItem" && is_storage(path.rsplit_once('.').map_or("", |(object, _)| object));
    let log = LOGS.contains(&method)
        && (path.starts_with("console.")
            || context
                .object(call)
                .is_some_and(|object| context.source(object).to_ascii_lowercase().ends_with("logger")));
    if !storage && !log {
        return;
    }
    let keyed = storage
        && context.positional(call, 0).and_then(|key| context.string(key)).is_some_and(names_password)
        && context.positional(call, 1).is_some_and(|value| !context.is_constant(value));
    if !keyed && !context.tree().positional(call).take(8).any(|value| holds_secret(context, value, log, 0)) {
        return;
    }
    report(context, call, storage, found);
}

/// `localStorage.password = …`, `document.cookie = …`
pub(super) fn check_assign(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    let kept = matches!(context.kind(target), Kind::Attribute | Kind::Subscript)
        && tree.child(target, Field::Object).is_some_and(|object| is_storage(context.source(object)));
    if (kept || context.source(target) == "document.cookie") && holds_secret(context, value, false, 0) {
        report(context, assign, true, found);
    }
}

fn is_storage(text: &str) -> bool {
    matches!(text, "localStorage" | "sessionStorage" | "window.localStorage" | "window.sessionStorage")
}

fn report(context: &Context<'_>, node: NodeId, stored: bool, found: &mut Findings) {
    let (cwe, message): (&'static [u16], _) = if stored {
        (&[312, 315, 522], "A password or key is kept where every script of the page can read it.")
    } else {
        (&[532, 312], "A password or key is written to the log as it is.")
    };
    let report = Report::issue(node, concept::INFORMATION_LEAK, message).cwe(cwe);
    found.push(
        context,
        report.severity(if stored { Severity::Medium } else { Severity::Low }).confidence(Confidence::Medium),
    );
}
