//! Log lines and answer headers of Java.

use crate::concept;
use crate::finding::Severity;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

const LEVELS: &[&str] = &[
    "trace",
    "debug",
    "info",
    "warn",
    "warning",
    "error",
    "fatal",
    "severe",
    "fine",
    "finer",
    "finest",
    "config",
    "log",
    "logp",
    "logrb",
    "entering",
    "exiting",
    "throwing",
    "atInfo",
    "v",
    "d",
    "i",
    "w",
    "e",
    "wtf",
    "debugf",
    "infof",
    "errorf",
    "warnf",
    "tracef",
    "debugv",
    "infov",
    "logf",
    "fatalf",
    "fatalv",
    "errorv",
    "warnv",
    "tracev",
    "logv",
    "printf",
    "logMessage",
    "traceEntry",
    "traceExit",
    "entry",
    "exit",
    "alwaysLog",
    "logVarargs",
    "println",
    "addKeyValue",
    "addArgument",
    "setMessage",
];

/// A call of a logger, or one that sets a header.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.method(call);
    if LEVELS.contains(&method) && is_logger(context, call) {
        for part in context.tree().positional(call).take(10) {
            if context.is_constant(part) {
                continue;
            }
            let Some(taint) = context.outside(part, Purposes::LINE) else { continue };
            if !matches!(taint.origin.source, Source::Request | Source::Network) || is_cleaned(context, part) {
                continue;
            }
            let message = "Request data with line ends can forge log lines.";
            let report = Report::issue(call, concept::LINE_INJECTION, message).confidence(taint.confidence);
            return found.push(context, report.trace(taint.trace));
        }
    }
    header(context, call, found);
}

fn is_logger(context: &Context<'_>, call: NodeId) -> bool {
    let path = context.callee(call);
    let typed = path.rsplit('.').skip(1).any(|part| {
        matches!(
            part,
            "Logger"
                | "LoggingApi"
                | "Category"
                | "AbstractLogger"
                | "InternalLogger"
                | "LogUtils"
                | "LogService"
                | "GoogleLogger"
                | "LoggingEvent"
                | "DelegatingBasicLogger"
                | "Log"
                | "ExtendedLogger"
                | "LogBuilder"
                | "LoggingEventBuilder"
                | "FluentLogger"
                | "Timber"
                | "XLogger"
                | "BasicLogger"
                | "LoggerFactory"
                | "LogManager"
                | "SLF4JLogger"
                | "Slf4jLog"
                | "System.Logger"
        )
    });
    typed
        || context.object(call).is_some_and(|object| {
            let name = context.source(object).rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            matches!(name.as_str(), "log" | "logger") && context.method(call).len() > 1
        })
}

/// Line ends taken out by a pattern.
fn is_cleaned(context: &Context<'_>, part: NodeId) -> bool {
    let tree = context.tree();
    let value = context.value(part);
    tree.subtree(value).take(60).chain(tree.subtree(part).take(20)).any(|inner| {
        let inner = context.value(inner);
        context.kind(inner) == Kind::Call
            && matches!(context.method(inner), "replaceAll" | "replace" | "replaceFirst")
            && context.method(inner) != "replaceFirst"
            && context.positional(inner, 0).and_then(|pattern| context.string(pattern)).is_some_and(|pattern| {
                pattern.contains(['\n', '\r'])
                    || ["\\n", "\\r", "\\s", "\\W", "[^", "\\R", "\\p{C"].iter().any(|sign| pattern.contains(sign))
            })
    })
}

/// Line ends in the headers of an answer.
fn header(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let response = path.contains("ServletResponse")
        || context.object(call).is_some_and(|object| matches!(context.source(object), "response" | "resp" | "res"));
    let value = match context.method(call) {
        "setHeader" | "addHeader" if response => context.positional(call, 1),
        "addCookie" if response => context.positional(call, 0),
        "sendError" if response => return,
        "set" | "add" if path.contains("HttpHeaders") => context.positional(call, 1),
        _ => return,
    };
    let Some(value) = value else { return };
    let location = context
        .positional(call, 0)
        .and_then(|name| context.string(name))
        .is_some_and(|name| name.eq_ignore_ascii_case("location") || name.starts_with("Access-Control"));
    if location || context.is_constant(value) || is_cleaned(context, value) {
        return;
    }
    if let Some(taint) = context.outside(value, Purposes::LINE) {
        // What came in as one header holds no line ends.
        let source = context.source(taint.origin.node);
        if taint.origin.source != Source::Request || source.contains("getHeader") || source.contains("getCookies") {
            return;
        }
        let message = "Request data with line ends can add headers to the answer.";
        let report = Report::issue(call, concept::LINE_INJECTION, message).cwe(&[113, 93]);
        found.push(context, report.severity(Severity::Medium).confidence(taint.confidence).trace(taint.trace));
    }
}
