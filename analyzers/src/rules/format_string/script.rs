//! Formats of JavaScript: the console, `util.format` and the `sprintf` packages.

use crate::concept;
use crate::rule::script::requested;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;
use crate::taint::Purposes;

/// Functions and where their format stands.
const FORMATS: &[(&str, usize)] = &[
    ("console.log", 0),
    ("console.error", 0),
    ("console.info", 0),
    ("console.warn", 0),
    ("console.debug", 0),
    ("console.trace", 0),
    ("console.assert", 1),
    ("util.format", 0),
    ("util.log", 0),
    ("util.formatWithOptions", 1),
    ("printf", 0),
    ("printj.sprintf", 0),
    ("printj.vsprintf", 0),
    ("sprintf-js.sprintf", 0),
    ("sprintf-js.vsprintf", 0),
    ("format-util", 0),
    ("string-template", 0),
    ("string-template/compile", 0),
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let Some(&(_, at)) = FORMATS.iter().find(|(name, _)| *name == path) else { return };
    // `printf(stream, format, value)`
    let positions = if path == "printf" { at..at + 2 } else { at..at + 1 };
    for at in positions {
        let Some(format) = context.positional(call, at).filter(|_| context.positional(call, at + 1).is_some()) else {
            continue;
        };
        if let Some(taint) = requested(context, format, Purposes::CODE) {
            let message = "A request chooses the format of this text.";
            let report = Report::issue(call, concept::FORMAT_STRING, message).confidence(taint.confidence);
            return found.push(context, report.trace(taint.trace));
        }
    }
}
