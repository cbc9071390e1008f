//! Files that Java asks about by their name and then writes by their name.

use super::changed_after_look;
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings};
use crate::syntax::{Field, Kind, NodeId};

/// Questions to a `File`.
const OF_FILE: &[&str] = &["exists", "canWrite", "isFile"];
/// Questions to `Files`.
const OF_FILES: &[&str] = &["exists", "notExists", "isWritable", "isSymbolicLink", "isRegularFile"];
/// Classes that open the file of their first argument to write it.
const WRITERS: &[&str] = &["FileOutputStream", "FileWriter", "PrintWriter"];
/// Methods of `Files` that write the file of their first argument.
const WRITES: &[&str] =
    &["write", "writeString", "newOutputStream", "newBufferedWriter", "setPosixFilePermissions", "setOwner"];

/// `if (!file.exists()) { new FileWriter(file) … }`
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let writes = match context.kind(call) {
        Kind::New => WRITERS.contains(&path.rsplit('.').next().unwrap_or_default()),
        _ => WRITES.contains(&method) && is_method_of(path, "Files", method),
    };
    if !writes || context.source(call).contains("CREATE_NEW") {
        return;
    }
    let Some(target) = context.positional(call, 0).filter(|&target| context.kind(target) == Kind::Name) else { return };
    let written = context.source(target);
    let same = |subject: NodeId| {
        let text = context.source(subject);
        let made = text.strip_prefix("new File(").map(|inner| inner.trim_end_matches(')').trim());
        text == written || made == Some(written)
    };
    let looks = |node: NodeId| looks_at(context, node).is_some_and(same) && in_test(context, node);
    changed_after_look(context, call, written, looks, found);
}

/// The file that a call asks about.
fn looks_at(context: &Context<'_>, call: NodeId) -> Option<NodeId> {
    let method = context.method(call);
    if OF_FILES.contains(&method) && is_method_of(context.callee(call), "Files", method) {
        return context.positional(call, 0);
    }
    if OF_FILE.contains(&method) && context.positional(call, 0).is_none() { context.object(call) } else { None }
}

/// Whether a node is part of a condition.
fn in_test(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let mut below = node;
    for above in tree.ancestors(node).take(8) {
        match context.kind(above) {
            Kind::If | Kind::While | Kind::Conditional => {
                return tree.field(below) == Field::Test;
            }
            kind if kind.is_statement() => return false,
            _ => below = above,
        }
    }
    false
}
