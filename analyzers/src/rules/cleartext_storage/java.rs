//! Secrets that Java code writes to logs, settings, cookies and databases as they are.

use super::holds_secret;
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

const LEVELS: &[&str] = &[
    "trace", "debug", "info", "warn", "warning", "error", "fatal", "log", "severe", "fine", "v", "d", "i", "w", "e",
    "wtf",
];

/// A call that writes a secret.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let object = context.object(call).map(|object| context.source(object).to_ascii_lowercase()).unwrap_or_default();
    let log = LEVELS.contains(&method)
        && (object.ends_with("log")
            || object.ends_with("logger")
            || ["Log", "Logger"].iter().any(|class| is_method_of(path, class, method)));
    let prints = matches!(method, "println" | "print" | "printf") && (object == "system.out" || object == "system.err");
    let kept = match method {
        "putString" | "putStringSet" => object.contains("edit"),
        "setProperty" => path.contains("java.util.Properties."),
        _ => context.kind(call) == Kind::New && path.rsplit('.').next() == Some("Cookie"),
    };
    if !(log || prints || kept) {
        return;
    }
    if kept && path.contains("EncryptedSharedPreferences")
        || context
            .function(call)
            .is_some_and(|function| kept && context.source(function).contains("EncryptedSharedPreferences"))
    {
        return;
    }
    let skip = usize::from(kept);
    let written =
        context.tree().positional(call).skip(skip).take(8).any(|value| holds_secret(context, value, prints || kept, 0));
    if !written {
        return;
    }
    let (cwe, message): (&'static [u16], _) = if kept {
        (&[312, 315], "A password is kept as it is.")
    } else {
        (&[532, 312], "A password or key is written to the log or screen as it is.")
    };
    let report = Report::issue(call, concept::INFORMATION_LEAK, message).cwe(cwe);
    let report = report.severity(if prints { Severity::Low } else { Severity::Medium });
    found.push(context, report.confidence(Confidence::Medium));
}
