//! Logs of PHP, C#, Ruby and Rust: sinks as data.

use crate::concept;
use crate::finding::Severity;
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

static SINKS: Sinks = Sinks::new(
    Purposes::LINE,
    concept::LINE_INJECTION,
    "Line ends can forge log lines: the text holds",
    &[
        sink(Php, "error_log", At::Nth(0)),
        sink(Php, "syslog", At::Nth(1)),
        sink(Php, "trigger_error", At::Nth(0)),
        sink(Php, "log_message", At::Nth(1)),
        sink(Php, "Log.info", At::Any),
        sink(Php, "Log.error", At::Any),
        sink(Php, "Log.warning", At::Any),
        sink(Php, "Log.debug", At::Any),
        sink(Php, "Log.notice", At::Any),
        sink(Php, "Log.critical", At::Any),
        sink(Php, "logger.info", At::Any),
        sink(Php, "logger.error", At::Any),
        sink(Php, "logger.warning", At::Any),
        sink(Php, "logger.debug", At::Any),
        sink(Php, "logger.notice", At::Any),
        sink(Php, "logger.critical", At::Any),
        sink(CSharp, ".LogInformation", At::Any),
        sink(CSharp, ".LogWarning", At::Any),
        sink(CSharp, ".LogError", At::Any),
        sink(CSharp, ".LogDebug", At::Any),
        sink(CSharp, ".LogTrace", At::Any),
        sink(CSharp, ".LogCritical", At::Any),
        sink(CSharp, ".Info", At::Any),
        sink(CSharp, ".Warn", At::Any),
        sink(CSharp, ".Error", At::Any),
        sink(CSharp, ".Debug", At::Any),
        sink(CSharp, ".Fatal", At::Any),
        sink(CSharp, ".Trace", At::Any),
        sink(CSharp, ".InfoFormat", At::Any),
        sink(CSharp, ".WarnFormat", At::Any),
        sink(CSharp, ".ErrorFormat", At::Any),
        sink(CSharp, ".DebugFormat", At::Any),
        sink(CSharp, "Log.Information", At::Any),
        sink(CSharp, "Log.Warning", At::Any),
        sink(CSharp, "Log.Error", At::Any),
        sink(CSharp, "Log.Debug", At::Any),
        sink(CSharp, ".TraceInformation", At::Any),
        sink(CSharp, "Trace.TraceError", At::Any),
        sink(CSharp, "Trace.TraceWarning", At::Any),
        sink(CSharp, "Trace.WriteLine", At::Any),
        sink(CSharp, "EventLog.WriteEntry", At::Any),
        sink(Ruby, "logger.info", At::Any),
        sink(Ruby, "logger.warn", At::Any),
        sink(Ruby, "logger.error", At::Any),
        sink(Ruby, "logger.debug", At::Any),
        sink(Ruby, "logger.fatal", At::Any),
        sink(Ruby, "logger.unknown", At::Any),
        sink(Ruby, "logger.add", At::Any),
        sink(Ruby, "@logger.info", At::Any),
        sink(Ruby, "@logger.warn", At::Any),
        sink(Ruby, "@logger.error", At::Any),
        sink(Ruby, "@logger.debug", At::Any),
        sink(Rust, "info", At::Any),
        sink(Rust, "warn", At::Any),
        sink(Rust, "error", At::Any),
        sink(Rust, "debug", At::Any),
        sink(Rust, "trace", At::Any),
    ],
)
.from(Source::Network)
.severity(Severity::Low);

/// Checks a call.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let cleans = |part: NodeId| {
        let value = context.value(part);
        context.tree().subtree(value).take(60).any(|inner| takes_out_line_ends(context, context.value(inner)))
    };
    if context.tree().positional(node).take(4).any(cleans) {
        return;
    }
    SINKS.check(context, node, found);
}

/// `text.Replace(Environment.NewLine, "")`, `text.gsub("\n", "")`, `str_replace("\n", "", $text)`.
fn takes_out_line_ends(context: &Context<'_>, call: NodeId) -> bool {
    if context.kind(call) != Kind::Call {
        return false;
    }
    let replaces = matches!(context.method(call), "Replace" | "gsub" | "tr" | "delete" | "replace" | "gsub!")
        || matches!(context.callee(call), "str_replace" | "preg_replace" | "Regex.Replace");
    let ends = |part: NodeId| {
        let text = context.source(part);
        text.contains("\\n") || text.contains("\\r") || text.contains("NewLine") || text.contains("PHP_EOL")
    };
    replaces && context.tree().positional(call).take(2).any(ends)
}
