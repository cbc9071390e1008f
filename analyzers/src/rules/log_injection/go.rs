//! Log lines in Go: `log`, `log/slog` and the usual loggers.

use crate::concept;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;
use crate::taint::{Purposes, Source};

/// Packages that write logs.
const PACKAGES: &[&str] = &[
    "log.",
    "github.com/sirupsen/logrus.",
    "github.com/golang/glog.",
    "k8s.io/klog.",
    "go.uber.org/zap.",
    "github.com/rs/zerolog",
    "github.com/astaxie/beego.",
    "github.com/davecgh/go-spew/spew.",
    "log/slog.",
    "github.com/beego/beego",
    "github.com/op/go-logging.",
    "github.com/apex/log.",
    "github.com/charmbracelet/log.",
];

/// Whether a call writes a log.
pub(crate) fn logs(context: &Context<'_>, call: NodeId) -> bool {
    const METHODS: &[&str] = &[
        "Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Info", "Infof",
        "Infow", "Infoln", "Debug", "Debugf", "Debugw", "Warn", "Warnf", "Warning", "Warningf", "Warnw", "Error",
        "Errorf", "Errorw", "Errorln", "Trace", "Tracef", "Notice", "Msg", "Msgf", "Output", "Log", "Logf", "Dump",
    ];
    let method = context.method(call);
    if !METHODS.contains(&method) {
        return false;
    }
    let path = context.callee(call);
    PACKAGES.iter().any(|package| path.starts_with(package))
        || context.object(call).is_some_and(|object| {
            let name = context.source(object).rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            matches!(name.as_str(), "log" | "logger" | "glog" | "klog" | "logrus" | "sugar" | "entry" | "l")
                && context.program().names.type_of(object).is_none_or(|kind| !kind.contains("testing"))
        })
}

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    // Structured logs quote what they are given.
    let path = context.callee(call);
    if !logs(context, call) || path.contains("zap.") && !path.contains("Sugared") {
        return;
    }
    let quoted = context.positional(call, 0).and_then(|format| context.string(format)).is_some_and(|format| {
        format.contains("%q") && !format.contains("%s") && !format.contains("%v") && !format.contains("%+v")
    });
    if quoted {
        return;
    }
    // Of `slog` only the message is written as it is, and by some handlers alone.
    let most = if path.starts_with("log/slog.") { 1 } else { 8 };
    for part in context.tree().positional(call).take(most) {
        let Some(taint) = context.tainted(part, Purposes::LINE).filter(|taint| taint.origin.source == Source::Request)
        else {
            continue;
        };
        let message = "Request data with line ends can forge log lines.";
        let report = Report::issue(call, concept::LINE_INJECTION, message).confidence(taint.confidence);
        return found.push(context, report.trace(taint.trace));
    }
}
