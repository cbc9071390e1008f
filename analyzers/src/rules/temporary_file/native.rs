//! Temporary files in C and C++.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::library;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    if matches!(
        name,
        "tmpnam"
            | "tmpnam_r"
            | "tempnam"
            | "mktemp"
            | "_mktemp"
            | "_tempnam"
            | "_wtmpnam"
            | "GetTempFileNameA"
            | "wmktemp"
    ) {
        let certain = name != "GetTempFileNameA";
        let message =
            "Between the making of the name and the opening of the file another process can take it: use mkstemp.";
        let report = Report::issue(call, concept::MKTEMP, message).cwe(&[377, 676]);
        found.push(context, report.confidence(if certain { Confidence::High } else { Confidence::Low }));
        return;
    }
    if matches!(name, "fopen" | "open" | "creat" | "freopen" | "ofstream")
        && let Some(path) = context.positional(call, 0).and_then(|part| context.string(part))
        && (path.starts_with("/tmp/") || path.starts_with("/var/tmp/"))
        && context.tree().positional(call).nth(1).is_some_and(|mode| {
            context.string(mode).is_some_and(|mode| mode.contains(['w', 'a']))
                || context.source(mode).contains("O_CREAT") && !context.source(mode).contains("O_EXCL")
        })
    {
        let message = "A fixed path in a shared directory: another user can put a link there first.";
        found.push(
            context,
            Report::issue(call, concept::TEMPORARY_PATH, message).cwe(&[377, 379]).confidence(Confidence::Medium),
        );
    }
}
