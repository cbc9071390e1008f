//! Files that Java asks about by their name and then writes by their name.

use super::{renamed, separate};
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

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
    let tree = context.tree();
    let function = context.function(call).unwrap_or(NodeId::ROOT);
    let check = tree.subtree(function).take(4_000).take_while(|&node| node < call).find(|&node| {
        context.kind(node) == Kind::Call
            && looks_at(context, node).is_some_and(|subject| {
                context.source(subject) == written
                    || context
                        .source(subject)
                        .strip_prefix("new File(")
                        .is_some_and(|inner| inner.trim_end_matches(')').trim() == written)
            })
            && in_test(context, node)
            && !separate(context, node, call)
            && !renamed(context, node, call, written)
    });
    if let Some(check) = check {
        let message = "The file was checked by its name before: it can be another one by now.";
        let report = Report::issue(call, concept::FILE_RACE, message).step(context, check, "the file is looked at");
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    }
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
                return tree.field(below) == crate::syntax::Field::Test;
            }
            kind if kind.is_statement() => return false,
            _ => below = above,
        }
    }
    false
}
