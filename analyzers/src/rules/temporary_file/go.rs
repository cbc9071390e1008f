//! Fixed names in shared folders, in Go.

use super::SHARED;
use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Functions that make or write the file they are given the name of.
const WRITERS: &[&str] = &["os.Create", "os.WriteFile", "os.OpenFile", "os.Mkdir", "io/ioutil.WriteFile"];

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !WRITERS.contains(&context.callee(call)) {
        return;
    }
    let Some(name) = context.positional(call, 0) else { return };
    if is_shared(context, name) {
        let report =
            Report::issue(call, concept::TEMPORARY_PATH, "A fixed path in a shared temporary directory is used.");
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// Whether a path is a fixed one below a shared folder.
fn is_shared(context: &Context<'_>, name: NodeId) -> bool {
    let tree = context.tree();
    let below = |text: &str| {
        SHARED
            .iter()
            .chain(&["/usr/tmp"])
            .any(|folder| text.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') && rest.len() > 1))
    };
    if context.string(name).is_some_and(below) {
        return true;
    }
    let value = context.value(name);
    let parts: Vec<NodeId> = match context.kind(value) {
        Kind::Call if matches!(context.callee(value), "path/filepath.Join" | "path.Join") => {
            tree.positional(value).collect()
        }
        Kind::Binary => [Field::Left, Field::Right].into_iter().filter_map(|field| tree.child(value, field)).collect(),
        _ => return false,
    };
    let Some((&first, rest)) = parts.split_first() else { return false };
    let folder = context.callee(first) == "os.TempDir"
        || context.string(first).is_some_and(|text| SHARED.contains(&text.trim_end_matches('/')));
    folder && !rest.is_empty() && rest.iter().all(|&part| context.is_constant(part))
}
