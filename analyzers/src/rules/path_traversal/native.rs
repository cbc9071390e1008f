//! Paths in C and C++: files opened, removed or changed under names from outside.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

const FILES: &[&str] = &[
    "fopen",
    "freopen",
    "open",
    "openat",
    "creat",
    "unlink",
    "remove",
    "rename",
    "mkdir",
    "rmdir",
    "chmod",
    "chown",
    "opendir",
    "_open",
    "_wfopen",
    "fopen_s",
    "CreateFile",
    "CreateFileA",
    "CreateFileW",
    "DeleteFile",
    "DeleteFileA",
    "symlink",
    "link",
    "truncate",
    "ifstream",
    "ofstream",
    "fstream",
    "SHGetFolderPath",
];

/// Checks a call, or the construction of a stream.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let stream = context.method(call) == "open"
        && context
            .object(call)
            .is_some_and(|object| context.program().names.type_of(object).is_some_and(|kind| kind.ends_with("stream")));
    let constructs = context.kind(call) == Kind::New
        && context
            .tree()
            .parent(call)
            .and_then(|above| context.tree().child(above, crate::syntax::Field::Type))
            .is_some_and(|kind| {
                matches!(context.source(kind).rsplit(':').next(), Some("ifstream" | "ofstream" | "fstream"))
            });
    if !(FILES.contains(&name) || stream || constructs) {
        return;
    }
    let at = usize::from(matches!(name, "openat" | "fopen_s"));
    let Some(&path) = arguments(context, call).get(at) else { return };
    let Some(taint) = context.tainted(path, Purposes::PATH) else { return };
    // What the user of a command names is for the user to name; a part of a path is not.
    let whole = context.tree().contains(path, taint.origin.node) || taint.trace.len() <= 1;
    let issue = match taint.origin.source {
        Source::Request | Source::Network => true,
        Source::Input | Source::File => !taint.origin.checked,
        Source::Arguments | Source::Environment => !whole && !taint.origin.checked,
        Source::Parameter | Source::Unknown => return,
    };
    if issue {
        let message = format!("The path holds {}, which can lead anywhere.", taint.source());
        let sure = taint.confidence.min(Confidence::Medium);
        found.push(context, Report::issue(call, concept::PATH_TRAVERSAL, message).confidence(sure).trace(taint.trace));
    } else {
        found.push(context, Report::audit(call, concept::PATH_TRAVERSAL, "The path comes from outside."));
    }
}
