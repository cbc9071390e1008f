//! Logs of PHP, C#, Ruby and Rust: sinks as data.

use crate::concept;
use crate::finding::Severity;
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings, logs};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

static SINKS: Sinks = Sinks::new(
    Purposes::LINE,
    concept::LINE_INJECTION,
    "Line ends can forge log lines: the text holds",
    &[
        sink(Php, &["error_log"], At::Nth(0)),
        sink(Php, &["syslog"], At::Nth(1)),
        sink(Php, &["trigger_error"], At::Nth(0)),
        sink(Php, &["log_message"], At::Nth(1)),
        sink(
            Php,
            &[
                "Log.info",
                "Log.error",
                "Log.warning",
                "Log.debug",
                "Log.notice",
                "Log.critical",
                "logger.info",
                "logger.error",
                "logger.warning",
                "logger.debug",
                "logger.notice",
                "logger.critical",
            ],
            At::Any,
        ),
        sink(CSharp, logs::CSHARP, At::Any),
        sink(
            CSharp,
            &[
                ".InfoFormat",
                ".WarnFormat",
                ".ErrorFormat",
                ".DebugFormat",
                ".TraceInformation",
                "Trace.TraceError",
                "Trace.TraceWarning",
            ],
            At::Any,
        ),
        sink(
            Ruby,
            &[
                "logger.info",
                "logger.warn",
                "logger.error",
                "logger.debug",
                "logger.fatal",
                "logger.unknown",
                "logger.add",
                "@logger.info",
                "@logger.warn",
                "@logger.error",
                "@logger.debug",
                "@logger.fatal",
                "@logger.unknown",
                "@logger.add",
                "@logger.log",
                "logger.log",
                "log.info",
                "log.warn",
                "log.error",
                "log.debug",
                "LOGGER.info",
                "LOGGER.warn",
                "LOGGER.error",
                "Rails.logger.info",
                "Rails.logger.warn",
                "Rails.logger.error",
                "Rails.logger.debug",
            ],
            At::Any,
        ),
        sink(Rust, &["info", "warn", "error", "debug", "trace"], At::Any),
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
