//! Paths of JavaScript: `fs` and its relatives, file answers, working directories and options that name files.

use super::used;
use crate::concept;
use crate::rule::script::{is_answer, option, requested};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

/// Modules whose functions take paths.
const MODULES: &[&str] = &[
    "fs",
    "fs.promises",
    "fs/promises",
    "fs-extra",
    "graceful-fs",
    "original-fs",
    "fsPromises",
    "fsp",
    "async-file",
    "vinyl-fs",
    "bluebird.fs",
    "Deno",
];
/// Functions of these modules whose first argument is a path.
const FUNCTIONS: &[&str] = &[
    "access",
    "exists",
    "appendFile",
    "chmod",
    "chown",
    "copyFile",
    "copy",
    "cp",
    "createFile",
    "createReadStream",
    "createWriteStream",
    "emptyDir",
    "emptydir",
    "ensureDir",
    "ensureFile",
    "lchown",
    "link",
    "lstat",
    "lutimes",
    "mkdir",
    "mkdirp",
    "mkdirs",
    "move",
    "open",
    "openAsBlob",
    "opendir",
    "outputFile",
    "outputJSON",
    "outputJson",
    "readdir",
    "readFile",
    "readTextFile",
    "writeTextFile",
    "readDir",
    "readJson",
    "readJSON",
    "readlink",
    "remove",
    "rename",
    "rm",
    "rmdir",
    "stat",
    "statfs",
    "symlink",
    "truncate",
    "unlink",
    "utimes",
    "watch",
    "writeFile",
    "writeJson",
    "writeJSON",
];
/// Functions of these modules whose second argument is a path too.
const PAIRS: &[&str] = &["copyFile", "copy", "cp", "link", "move", "rename", "symlink"];
/// Packages that are functions of a path themselves, or have such functions.
const PACKAGES: &[&str] = &[
    "rimraf",
    "mkdirp",
    "chownr",
    "del",
    "make-dir",
    "load-json-file",
    "write-file-atomic",
    "glob",
    "Bun.file",
    "Bun.write",
    "sharp",
    "jimp.read",
    "xlsx.readFile",
    "exceljs.Workbook.xlsx.readFile",
    "pdfkit.image",
    "archiver.file",
    "archiver.directory",
    "tail",
    "unzipper.Open.file",
    "node-stream-zip",
];
/// Options that name a file or directory, and functions that take them.
const OPTIONS: &[(&str, &[&str])] = &[
    (
        "cwd",
        &[
            "child_process.exec",
            "child_process.execSync",
            "child_process.spawn",
            "child_process.spawnSync",
            "child_process.execFile",
            "child_process.execFileSync",
            "child_process.fork",
            "read-pkg.readPackage",
            "read-pkg.readPackageSync",
            "read-pkg.readPackageAsync",
        ],
    ),
    ("inputFile", &["execa", "execa.execa", "execa.$", "$"]),
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let first = context.positional(call, 0);
    for &(name, functions) in OPTIONS {
        if functions.contains(&path)
            && let Some(value) =
                option(context, call, name).filter(|&value| requested(context, value, Purposes::PATH).is_some())
        {
            return used(context, call, value, found);
        }
    }
    let Some(first) = first else { return };
    let (module, function) = path.rsplit_once('.').unwrap_or(("", path));
    let plain = function.strip_suffix("Sync").unwrap_or(function);
    if MODULES.contains(&module) && FUNCTIONS.contains(&plain) {
        let before = found.len();
        // A look at a file that the caller names gives little away.
        let looks = matches!(plain, "access" | "exists" | "stat" | "lstat" | "watch" | "statfs");
        if !looks || requested(context, first, Purposes::PATH).is_some() {
            used(context, call, first, found);
        } else if matches!(context.exposure(first, Purposes::PATH), Exposure::Tainted(_)) {
            let message = "A file is looked for by a path that is made at run time.";
            found.push(context, Report::audit(call, concept::PATH_TRAVERSAL, message));
        }
        if found.len() == before && matches!(context.exposure(first, Purposes::PATH), Exposure::Unclear) {
            let message = "A file is opened by a path that is made at run time.";
            found.push(context, Report::audit(call, concept::PATH_TRAVERSAL, message));
        }
        if PAIRS.contains(&plain)
            && let Some(second) = context.positional(call, 1)
        {
            used(context, call, second, found);
        }
        return;
    }
    if PACKAGES
        .iter()
        .any(|package| path.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    {
        return used(context, call, first, found);
    }
    let answers = || context.object(call).is_some_and(|object| is_answer(context, object));
    match method {
        "sendFile" | "sendfile" | "download" if answers() => {
            let root = option(context, call, "root");
            let named = match root {
                Some(root) => requested(context, root, Purposes::PATH).map(|_| root),
                // `sendFile` refuses `..` after a constant beginning, but not what has been joined before.
                None if method == "download" || !begins_fixed(context, first) => Some(first),
                None => None,
            };
            if let Some(named) = named {
                used(context, call, named, found);
            }
        }
        // The name of a view is a path.
        "render" if answers() && requested(context, first, Purposes::PATH).is_some() => {
            used(context, call, first, found);
        }
        "pdf" | "screenshot" => {
            if let Some(file) =
                option(context, call, "path").filter(|&file| requested(context, file, Purposes::PATH).is_some())
            {
                used(context, call, file, found);
            }
        }
        // An uploaded file that is moved.
        "mv" if requested(context, first, Purposes::PATH).is_some() => used(context, call, first, found),
        "pipeStdout" | "pipeStderr" | "pipeAll" => used(context, call, first, found),
        _ if path == "send" && context.positional(call, 1).is_some() => {
            if let Some(second) = context.positional(call, 1) {
                used(context, call, second, found);
            }
        }
        _ => {}
    }
}

/// Whether a path is a concatenation that starts with constant text or a directory of the program's own.
fn begins_fixed(context: &Context<'_>, path: NodeId) -> bool {
    let value = context.value(path);
    matches!(context.kind(value), Kind::Binary | Kind::Template)
        && context.tree().children(value).next().is_some_and(|first| context.tainted(first, Purposes::PATH).is_none())
}
