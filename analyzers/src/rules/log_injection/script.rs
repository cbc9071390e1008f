//! Logs of JavaScript: the console and objects that are called loggers.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::script::requested;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

const LEVELS: &[&str] =
    &["log", "info", "warn", "error", "debug", "trace", "fatal", "verbose", "silly", "notice", "warning", "critical"];

/// `console.log(request data)`, `logger.info(…)`.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let named = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == "log"
            || name.ends_with("logger")
            || name.ends_with("logging")
            || matches!(name.as_str(), "pino" | "winston" | "bunyan")
    };
    let logs = if method.is_empty() {
        !path.is_empty() && path != "log" && named(path)
    } else {
        LEVELS.contains(&method)
            && (path.starts_with("console.")
                || context.object(call).is_some_and(|object| {
                    named(context.source(object).rsplit('.').next().unwrap_or_default())
                        || context.program().names.type_of(object).is_some_and(|kind| {
                            ["pino", "winston", "bunyan", "log4js", "loglevel"]
                                .iter()
                                .any(|module| kind.starts_with(module))
                        })
                }))
    };
    if !logs {
        return;
    }
    for part in context.tree().positional(call).take(6) {
        // An object is written out with its line ends escaped.
        if matches!(context.kind(context.value(part)), Kind::Dict | Kind::Lambda) {
            continue;
        }
        let Some(taint) = requested(context, part, Purposes::LINE) else { continue };
        let message = "Request data with line ends can forge log lines.";
        let report = Report::issue(call, concept::LINE_INJECTION, message);
        return found.push(context, report.confidence(taint.confidence.min(Confidence::Medium)).trace(taint.trace));
    }
}
