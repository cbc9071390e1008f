//! Fixed names in shared folders, in Java.

use super::SHARED;
use crate::concept;
use crate::finding::Confidence;
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Classes that open the file of their first argument to write it.
const WRITERS: &[&str] = &["FileOutputStream", "FileWriter", "PrintWriter", "RandomAccessFile"];
/// Methods of `Files` that make or write the file of their first argument.
const WRITES: &[&str] =
    &["write", "writeString", "newOutputStream", "newBufferedWriter", "createDirectory", "createDirectories"];
/// Methods of a `File` that make it, unless it is there.
const MAKES: &[&str] = &["mkdir", "mkdirs"];

/// Checks a call or a creation.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let file = match context.kind(call) {
        Kind::New if WRITERS.contains(&last(path)) => context.positional(call, 0),
        Kind::Call if WRITES.contains(&method) && is_method_of(path, "Files", method) => context.positional(call, 0),
        Kind::Call if method == "copy" && is_method_of(path, "Files", method) => context.positional(call, 1),
        Kind::Call if MAKES.contains(&method) && is_method_of(path, "File", method) => context.object(call),
        _ => None,
    };
    // Only reads.
    if last(path) == "RandomAccessFile"
        && context.positional(call, 1).and_then(|mode| context.string(mode)).is_some_and(|mode| mode == "r")
    {
        return;
    }
    if file.is_some_and(|file| is_fixed(context, file, 0)) {
        let message = "A fixed path in a shared temporary directory is used.";
        let report = Report::issue(call, concept::TEMPORARY_PATH, message);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

/// Whether a path is a fixed one below a shared folder.
fn is_fixed(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    let value = context.value(node);
    if let Some(text) = context.string(value) {
        return SHARED.iter().any(|folder| {
            text.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') && rest.trim_end_matches('/').len() > 1)
        });
    }
    if depth > 5 {
        return false;
    }
    let tree = context.tree();
    let parts: Vec<NodeId> = match context.kind(value) {
        Kind::New if last(context.callee(value)) == "File" => tree.positional(value).take(8).collect(),
        Kind::Call if matches!(context.method(value), "of" | "get") && context.callee(value).contains("Path") => {
            tree.positional(value).take(8).collect()
        }
        Kind::Call if context.method(value) == "resolve" => {
            context.object(value).into_iter().chain(tree.positional(value)).take(4).collect()
        }
        Kind::Call
            if matches!(context.method(value), "toPath" | "toFile" | "toString" | "getPath" | "getAbsolutePath") =>
        {
            return context.object(value).is_some_and(|object| is_fixed(context, object, depth + 1));
        }
        Kind::Binary if context.name(value) == "+" => tree.children(value).collect(),
        _ => return false,
    };
    match parts.split_first() {
        Some((&only, [])) => is_fixed(context, only, depth + 1),
        Some((&first, rest)) => {
            (is_folder(context, first, depth + 1) || is_fixed(context, first, depth + 1))
                && rest.iter().all(|&part| is_known(context, part))
        }
        None => false,
    }
}

fn is_known(context: &Context<'_>, part: NodeId) -> bool {
    context.is_constant(part) || matches!(context.source(part), "File.separator" | "File.separatorChar")
}

/// Whether an expression is a folder that all share.
fn is_folder(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    let value = context.value(node);
    if let Some(text) = context.string(value) {
        return SHARED.contains(&text.trim_end_matches('/'));
    }
    if depth > 5 {
        return false;
    }
    let tree = context.tree();
    match context.kind(value) {
        Kind::Call if context.method(value) == "getProperty" => {
            context.positional(value, 0).and_then(|name| context.string(name)) == Some("java.io.tmpdir")
        }
        Kind::Call if matches!(context.method(value), "of" | "get") && context.callee(value).contains("Path") => {
            tree.positional(value).next().is_some_and(|first| is_folder(context, first, depth + 1))
        }
        Kind::New if last(context.callee(value)) == "File" => {
            tree.positional(value).next().is_some_and(|first| is_folder(context, first, depth + 1))
                && context.positional(value, 1).is_none()
        }
        Kind::Binary => {
            let mut parts = tree.children(value);
            parts.next().is_some_and(|first| is_folder(context, first, depth + 1))
                && parts.all(|part| is_known(context, part))
        }
        _ => false,
    }
}
