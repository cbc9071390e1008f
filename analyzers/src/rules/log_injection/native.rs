//! Logs of C and C++: syslog, files that are logs, and the loggers of common libraries.

use crate::concept;
use crate::lang::Language;
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Functions that write a line, and the place of their first value.
const FUNCTIONS: &[(&str, usize)] = &[
    ("syslog", 1),
    ("vsyslog", 1),
    ("ap_log_error", 4),
    ("ap_log_rerror", 4),
    ("g_message", 0),
    ("g_warning", 0),
    ("g_critical", 0),
    ("g_log", 2),
    ("zlog_info", 1),
    ("zlog_error", 1),
    ("OutputDebugStringA", 0),
    ("qDebug", 0),
    ("qInfo", 0),
    ("qWarning", 0),
    ("qCritical", 0),
    ("spdlog.debug", 0),
    ("spdlog.info", 0),
    ("spdlog.warn", 0),
    ("spdlog.error", 0),
    ("spdlog.critical", 0),
];

/// Functions that write to any file, which may be a log.
const WRITERS: &[&str] = &["fprintf", "fputs", "fwrite", "dprintf", "vfprintf"];

/// Methods of loggers.
const METHODS: &[&str] = &["debug", "info", "warn", "warning", "error", "critical", "fatal", "log", "notice"];

/// Whether a name is that of a log.
fn is_log(name: &str) -> bool {
    let lower = name.rsplit(['.', '>', ':']).next().unwrap_or_default().to_ascii_lowercase();
    let words = lower.split('_').map(|word| word.trim_end_matches("file").trim_end_matches("stream"));
    words.into_iter().any(|word| matches!(word, "log" | "logger" | "audit" | "journal"))
}

/// Checks a call, or a value that is shifted into a stream.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let values = if context.kind(node) == Kind::Call { called(context, node) } else { shifted(context, node) };
    for value in values.into_iter().take(12) {
        let Some(taint) = context.outside(value, Purposes::LINE) else { continue };
        // What a user types is one line.
        if !matches!(taint.origin.source, Source::Request | Source::Network) {
            continue;
        }
        let message = format!("Line ends in {} can forge lines of the log.", taint.source());
        let report = Report::issue(node, concept::LINE_INJECTION, message).confidence(taint.confidence);
        return found.push(context, report.trace(taint.trace));
    }
}

fn called(context: &Context<'_>, call: NodeId) -> Vec<NodeId> {
    let name = library(context, call);
    let given = arguments(context, call);
    if let Some(&(_, at)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
        return given.into_iter().skip(at).collect();
    }
    if WRITERS.contains(&name) {
        let to = if matches!(name, "fputs") {
            given.get(1)
        } else if name == "fwrite" {
            given.get(3)
        } else {
            given.first()
        };
        let log = to.is_some_and(|&to| is_log(context.source(to)));
        return if log { given } else { Vec::new() };
    }
    let method = METHODS.contains(&context.method(call))
        && context.object(call).is_some_and(|object| is_log(context.source(object)));
    if method { given } else { Vec::new() }
}

/// `log << "user " << name`
fn shifted(context: &Context<'_>, node: NodeId) -> Vec<NodeId> {
    let tree = context.tree();
    if context.program().language != Language::Cpp || context.name(node) != "<<" {
        return Vec::new();
    }
    // Asked once for the whole chain.
    if tree.parent(node).is_some_and(|above| context.kind(above) == Kind::Binary && context.name(above) == "<<") {
        return Vec::new();
    }
    let mut values = Vec::new();
    let mut at = node;
    for _ in 0..32 {
        let (Some(left), Some(right)) = (tree.child(at, Field::Left), tree.child(at, Field::Right)) else {
            return Vec::new();
        };
        values.push(right);
        if context.kind(left) != Kind::Binary || context.name(left) != "<<" {
            let head =
                if context.kind(left) == Kind::Call { tree.child(left, Field::Callee).unwrap_or(left) } else { left };
            let name = context.source(head);
            let macro_of_log = matches!(name, "LOG" | "VLOG" | "BOOST_LOG_TRIVIAL" | "qInfo" | "qWarning" | "qDebug");
            return if macro_of_log || is_log(name) || name == "std::clog" { values } else { Vec::new() };
        }
        at = left;
    }
    Vec::new()
}
