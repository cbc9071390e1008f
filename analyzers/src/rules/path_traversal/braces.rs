//! Paths in Java: streams, `Files` and `File` methods.

use super::used;
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::{At, Table, of};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

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
/// Other calls that open, look at or load what a path names; outside values alone count.
static LIBRARIES: Table = Table::new(&[
    of("Module", &["getResourceAsStream"], At::Nth(0)),
    of("Class", &["getResource", "getResourceAsStream"], At::Nth(0)),
    of(
        "ClassLoader",
        &["getSystemResourceAsStream", "getSystemResource", "getResource", "getResourceAsStream"],
        At::Nth(0),
    ),
    of("*", &["getResourceAsStream", "getResource", "getRealPath"], At::Nth(0)),
    of(
        "File",
        &["canExecute", "canRead", "canWrite", "exists", "isDirectory", "isFile", "isHidden", "setExecutable"],
        At::Object,
    ),
    of("File", &["setLastModified", "setReadable", "setReadOnly", "setWritable", "length", "lastModified"], At::Object),
    of("File", &["createTempFile"], At::Nth(2)),
    of("File", &["renameTo"], At::Nth(0)),
    of("StreamResult", &["new"], At::Nth(0)),
    of("FileUtils", &["openInputStream", "openOutputStream", "readFileToString", "readFileToByteArray"], At::Nth(0)),
    of(
        "FileUtils",
        &["writeStringToFile", "writeByteArrayToFile", "write", "forceDelete", "deleteQuietly"],
        At::Nth(0),
    ),
    of("FileUtils", &["copyFile", "moveFile", "copyInputStreamToFile", "copyToFile", "copyURLToFile"], At::From(0)),
    of(
        "FileUtils",
        &["cleanDirectory", "deleteDirectory", "forceMkdir", "listFiles", "iterateFiles", "touch"],
        At::Nth(0),
    ),
    of("ZipURLInstaller", &["new"], At::From(1)),
    of("FileCopyUtils", &["copy", "copyToByteArray"], At::From(0)),
    of("FileSystemUtils", &["deleteRecursively", "copyRecursively"], At::From(0)),
    of("AntClassLoader", &["new", "addPathComponent", "addPathElement"], At::From(0)),
    of("LargeText", &["new"], At::Nth(0)),
    of("DirectoryScanner", &["setBasedir"], At::Nth(0)),
    of("Copy", &["addFileset", "setFile", "setTodir", "setTofile"], At::Nth(0)),
    of("Expand", &["setDest", "setSrc"], At::Nth(0)),
    of("Delete", &["setFile", "setDir"], At::Nth(0)),
    of("ChainedOptionsBuilder", &["result"], At::Nth(0)),
    of("FilePath", &["new", "child", "write", "read", "copyTo"], At::From(0)),
    of("Resources", &["getResource"], At::Nth(0)),
    of("ResourceUtils", &["getFile", "getURL"], At::Nth(0)),
    of("PathResource", &["new", "createRelative"], At::Nth(0)),
    of("ClassPathResource", &["new"], At::Nth(0)),
    of("FileUrlResource", &["new"], At::Nth(0)),
    of("ResourceLoader", &["getResource"], At::Nth(0)),
    of("Runtime", &["load", "loadLibrary"], At::Nth(0)),
    of("System", &["load", "loadLibrary"], At::Nth(0)),
    of("FileHandler", &["new"], At::Nth(0)),
    of("PrintStream", &["new"], At::Nth(0)),
    of("Formatter", &["new"], At::Nth(0)),
    of("JarFile", &["new"], At::Nth(0)),
    of("FileSystem", &["getPath"], At::Nth(0)),
    of("HttpServletRequest", &["getRequestDispatcher"], At::Nth(0)),
    of("Part", &["write"], At::Nth(0)),
    of("FileItem", &["write"], At::Nth(0)),
    of("FileChannel", &["open"], At::Nth(0)),
    of("AsynchronousFileChannel", &["open"], At::Nth(0)),
    of("ImageIO", &["write"], At::Nth(2)),
    of("Guava", &["toFile"], At::Nth(0)),
]);
/// Methods of `java.nio.file.Files` whose first two arguments are paths.
const PAIRS: &[&str] = &["copy", "move"];

/// Checks a Java call or construction.
pub(super) fn java(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let first = context.positional(call, 0);
    partial(context, call, found);
    if context.method(call) == "getRequestDispatcher" {
        if let Some(taint) = first.and_then(|name| context.outside(name, Purposes::PATH)) {
            let head = first.map(|name| crate::rule::common::prefix(context, name)).unwrap_or_default();
            let message = "A request is handed to the page that it names.";
            let report = Report::issue(call, concept::PATH_TRAVERSAL, message).cwe(&[552, 22]);
            if head.len() < 2 || head == "/WEB-INF/" {
                found.push(context, report.confidence(taint.confidence).trace(taint.trace));
            }
        }
        return;
    }
    if is_only_looked_at(context, call) {
        return;
    }
    for name in LIBRARIES.reached(context, call) {
        let before = found.len();
        if context.outside(name, Purposes::PATH).is_some() {
            used(context, call, name, found);
        }
        if found.len() > before {
            return;
        }
    }
    if context.kind(call) == Kind::New {
        if let Some(name) = first.filter(|_| OPENED.contains(&path) && is_path(context, call, path)) {
            used(context, call, name, found);
        }
        return;
    }
    if let Some(method) = path.strip_prefix("java.nio.file.Files.") {
        let paths = if PAIRS.contains(&method) { 2 } else { 1 };
        for name in context.tree().positional(call).take(paths) {
            let stream = context.program().names.type_of(name).is_some_and(|kind| kind.ends_with("Stream"))
                || matches!(context.method(context.value(name)), "getInputStream" | "openStream" | "getOutputStream");
            if !stream {
                used(context, call, name, found);
            }
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

/// `file.exists()` and its like of a file that the function also opens or changes, where it is told.
fn is_only_looked_at(context: &Context<'_>, call: NodeId) -> bool {
    const LOOKS: &[&str] =
        &["exists", "isFile", "isDirectory", "canRead", "canWrite", "canExecute", "isHidden", "length", "lastModified"];
    let tree = context.tree();
    let looks = LOOKS.contains(&context.method(call)) || context.callee(call).starts_with("java.nio.file.Files.exists");
    let object = if context.method(call) == "exists" && context.positional(call, 0).is_some() {
        context.positional(call, 0)
    } else {
        context.object(call)
    };
    let Some(object) = object.filter(|&object| looks && context.kind(object) == Kind::Name) else { return false };
    let name = context.source(object);
    tree.subtree(tree.scope(call)).take(4_000).filter(|&node| node != call).any(|node| match context.kind(node) {
        Kind::New => {
            OPENED.contains(&context.callee(node)) && tree.positional(node).any(|part| context.source(part) == name)
        }
        Kind::Call => {
            context.callee(node).starts_with("java.nio.file.Files.")
                && !LOOKS.contains(&context.method(node))
                && tree.positional(node).any(|part| {
                    context.source(part) == name
                        || context.method(part) == "toPath"
                            && context.object(part).is_some_and(|of| context.source(of) == name)
                })
                || FILE_METHODS.contains(&context.method(node))
                    && context.object(node).is_some_and(|of| context.source(of) == name)
        }
        _ => false,
    })
}

/// `file.getCanonicalPath().startsWith(base.getCanonicalPath())`: a folder whose name only begins alike passes too.
fn partial(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.method(call) != "startsWith" {
        return;
    }
    let is_path = |node: NodeId| {
        let value = context.value(node);
        context.kind(value) == Kind::Call && matches!(context.method(value), "getCanonicalPath" | "getAbsolutePath")
    };
    let (Some(object), Some(base)) = (context.object(call), context.positional(call, 0)) else { return };
    if is_path(object) && is_path(base) {
        let message =
            "A folder whose name only begins alike passes the check; compare paths, or end the base with a separator.";
        let report = Report::issue(call, concept::PATH_TRAVERSAL, message).cwe(&[22, 23]).severity(Severity::Low);
        found.push(context, report.confidence(Confidence::Medium));
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
