//! Paths in Java: streams, `Files` and `File` methods.

use super::used;
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::sinks::{At, Sink, reached};
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
const LIBRARIES: &[Sink] = &[
    ("Module", &["getResourceAsStream"], At::Argument(0)),
    ("Class", &["getResource", "getResourceAsStream"], At::Argument(0)),
    (
        "ClassLoader",
        &["getSystemResourceAsStream", "getSystemResource", "getResource", "getResourceAsStream"],
        At::Argument(0),
    ),
    ("*", &["getResourceAsStream", "getResource", "getRealPath"], At::Argument(0)),
    (
        "File",
        &["canExecute", "canRead", "canWrite", "exists", "isDirectory", "isFile", "isHidden", "setExecutable"],
        At::Object,
    ),
    ("File", &["setLastModified", "setReadable", "setReadOnly", "setWritable", "length", "lastModified"], At::Object),
    ("File", &["createTempFile"], At::Argument(2)),
    ("File", &["renameTo"], At::Argument(0)),
    ("StreamResult", &["new"], At::Argument(0)),
    ("FileUtils", &["openInputStream", "openOutputStream", "readFileToString", "readFileToByteArray"], At::Argument(0)),
    (
        "FileUtils",
        &["writeStringToFile", "writeByteArrayToFile", "write", "forceDelete", "deleteQuietly"],
        At::Argument(0),
    ),
    ("FileUtils", &["copyFile", "moveFile", "copyInputStreamToFile", "copyToFile", "copyURLToFile"], At::From(0)),
    (
        "FileUtils",
        &["cleanDirectory", "deleteDirectory", "forceMkdir", "listFiles", "iterateFiles", "touch"],
        At::Argument(0),
    ),
    ("ZipURLInstaller", &["new"], At::From(1)),
    ("FileCopyUtils", &["copy", "copyToByteArray"], At::From(0)),
    ("FileSystemUtils", &["deleteRecursively", "copyRecursively"], At::From(0)),
    ("AntClassLoader", &["new", "addPathComponent", "addPathElement"], At::From(0)),
    ("LargeText", &["new"], At::Argument(0)),
    ("DirectoryScanner", &["setBasedir"], At::Argument(0)),
    ("Copy", &["addFileset", "setFile", "setTodir", "setTofile"], At::Argument(0)),
    ("Expand", &["setDest", "setSrc"], At::Argument(0)),
    ("Delete", &["setFile", "setDir"], At::Argument(0)),
    ("ChainedOptionsBuilder", &["result"], At::Argument(0)),
    ("FilePath", &["new", "child", "write", "read", "copyTo"], At::From(0)),
    ("Resources", &["getResource"], At::Argument(0)),
    ("ResourceUtils", &["getFile", "getURL"], At::Argument(0)),
    ("PathResource", &["new", "createRelative"], At::Argument(0)),
    ("ClassPathResource", &["new"], At::Argument(0)),
    ("FileUrlResource", &["new"], At::Argument(0)),
    ("ResourceLoader", &["getResource"], At::Argument(0)),
    ("Runtime", &["load", "loadLibrary"], At::Argument(0)),
    ("System", &["load", "loadLibrary"], At::Argument(0)),
    ("FileHandler", &["new"], At::Argument(0)),
    ("PrintStream", &["new"], At::Argument(0)),
    ("Formatter", &["new"], At::Argument(0)),
    ("JarFile", &["new"], At::Argument(0)),
    ("FileSystem", &["getPath"], At::Argument(0)),
    ("HttpServletRequest", &["getRequestDispatcher"], At::Argument(0)),
    ("Part", &["write"], At::Argument(0)),
    ("FileItem", &["write"], At::Argument(0)),
    ("FileChannel", &["open"], At::Argument(0)),
    ("AsynchronousFileChannel", &["open"], At::Argument(0)),
    ("ImageIO", &["write"], At::Argument(2)),
    ("Guava", &["toFile"], At::Argument(0)),
];
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
    for name in reached(context, call, LIBRARIES) {
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
