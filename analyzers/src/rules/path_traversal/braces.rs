//! Paths in Java: streams, `Files` and `File` methods.

use super::used;
use crate::rule::{Context, Findings};
use crate::syntax::{Kind, NodeId};

/// Java classes whose first argument is a path that is opened.
const OPENED: &[&str] = &[
    "java.io.FileInputStream",
    "java.io.FileOutputStream",
    "java.io.FileReader",
    "java.io.FileWriter",
    "java.io.RandomAccessFile",
    "java.io.PrintWriter",
    "java.util.Scanner",
    "java.util.zip.ZipFile",
    "org.springframework.core.io.FileSystemResource",
    "org.springframework.core.io.UrlResource",
];
/// Methods of `java.io.File` that touch what it names.
const FILE_METHODS: &[&str] =
    &["delete", "createNewFile", "mkdir", "mkdirs", "list", "listFiles", "renameTo", "deleteOnExit", "transferTo"];
/// Methods of `java.nio.file.Files` whose first two arguments are paths.
const PAIRS: &[&str] = &["copy", "move"];

/// Checks a Java call or construction.
pub(super) fn java(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let first = context.positional(call, 0);
    if context.kind(call) == Kind::New {
        if let Some(name) = first.filter(|_| OPENED.contains(&path) && is_path(context, call, path)) {
            used(context, call, name, found);
        }
        return;
    }
    if let Some(method) = path.strip_prefix("java.nio.file.Files.") {
        let paths = if PAIRS.contains(&method) { 2 } else { 1 };
        for name in context.tree().positional(call).take(paths) {
            used(context, call, name, found);
        }
    } else if FILE_METHODS.contains(&context.method(call)) && path.starts_with("java.io.File.") {
        if let Some(object) = context.object(call) {
            used(context, call, object, found);
        }
    } else if let Some(name) = first
        && context.method(call) == "transferTo"
        && path.contains("MultipartFile")
    {
        used(context, call, name, found);
    }
}

/// Writers and scanners also take other things than paths.
fn is_path(context: &Context<'_>, call: NodeId, class: &str) -> bool {
    if !matches!(class, "java.io.PrintWriter" | "java.util.Scanner") {
        return true;
    }
    let Some(first) = context.positional(call, 0) else { return false };
    let value = context.value(first);
    context.program().names.type_of(first) == Some("java.io.File")
        || context.kind(value) == Kind::New && context.callee(value) == "java.io.File"
        || class == "java.io.PrintWriter" && matches!(context.kind(value), Kind::Binary | Kind::String)
}
