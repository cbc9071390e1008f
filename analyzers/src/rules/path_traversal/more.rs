//! File paths in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::lang::Language::{Bash, CSharp, Php, Ruby, Rust};
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

static SINKS: Sinks = Sinks::new(
    Purposes::PATH,
    concept::PATH_TRAVERSAL,
    "A file path is made from",
    &[
        sink(
            Php,
            &[
                "file_get_contents",
                "fopen",
                "readfile",
                "file",
                "unlink",
                "file_put_contents",
                "copy",
                "rename",
                "scandir",
                "opendir",
                "show_source",
                "highlight_file",
                "rmdir",
                "mkdir",
                "SplFileObject",
                "parse_ini_file",
                "simplexml_load_file",
                "include",
                "include_once",
                "require",
                "require_once",
                "fpassthru",
                "glob",
            ],
            At::Nth(0),
        ),
        sink(Php, &["move_uploaded_file", "copy", "rename"], At::Nth(1)),
        sink(
            CSharp,
            &[
                "File.ReadAllText",
                "File.ReadAllBytes",
                "File.ReadAllLines",
                "File.CreateText",
                "File.AppendText",
                "File.ReadLines",
                "File.WriteAllLines",
                "File.WriteAllTextAsync",
                "File.Exists",
                "Directory.Exists",
                "PhysicalFileResult",
                "ZipFile.OpenRead",
                "File.Open",
                "File.OpenRead",
                "File.OpenText",
                "File.OpenWrite",
                "File.Delete",
                "File.WriteAllText",
                "File.WriteAllBytes",
                "File.AppendAllText",
                "File.Create",
                "File.ReadAllTextAsync",
                "File.ReadAllBytesAsync",
                "FileStream",
                "StreamReader",
                "StreamWriter",
                "Directory.GetFiles",
                "Directory.Delete",
                "Directory.CreateDirectory",
                "Directory.EnumerateFiles",
                "PhysicalFile",
                "Server.MapPath",
                "FileInfo",
                "Response.WriteFile",
                "Response.TransmitFile",
                "Response.SendFileAsync",
            ],
            At::Nth(0),
        ),
        sink(CSharp, &["File.Copy", "File.Move"], At::Any),
        sink(CSharp, &[".SaveAs", ".ExtractToFile"], At::Nth(0)),
        sink(
            Ruby,
            &[
                "File.open",
                "File.read",
                "File.new",
                "File.write",
                "File.delete",
                "File.readlines",
                "File.unlink",
                "IO.read",
                "IO.readlines",
                "IO.write",
                "FileUtils.rm",
                "FileUtils.rm_rf",
                "FileUtils.cp",
                "FileUtils.mv",
                "FileUtils.mkdir_p",
                "send_file",
                "Dir.glob",
                "Dir.entries",
                "Dir.mkdir",
                "Pathname.new",
                "File.binread",
                "Dir.children",
                "load",
            ],
            At::Nth(0),
        ),
        sink(
            Rust,
            &[
                "File.open",
                "File.create",
                "fs.read",
                "fs.read_to_string",
                "fs.write",
                "fs.remove_file",
                "fs.remove_dir_all",
                "fs.create_dir_all",
                "fs.copy",
                "fs.rename",
                "fs.read_dir",
                "fs.create_dir",
                "fs.remove_dir",
                "fs.hard_link",
                "NamedFile.open",
                "NamedFile.open_async",
                "fs.File.open",
                "fs.File.create",
            ],
            At::Nth(0),
        ),
        sink(Bash, &["source", "."], At::Nth(0)),
    ],
)
.built_only();

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.program().language != Bash && is_own(context, node) {
        return;
    }
    SINKS.check(context, node, found);
}

/// Whether the only outside part of a path is where it begins, or what the user of a tool names: a folder that the
/// caller keeps its files in is no way out of it.
fn is_own(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let Some(path) = tree.positional(node).take(2).find(|&part| context.tainted(part, Purposes::PATH).is_some()) else {
        return false;
    };
    let Some(taint) = context.tainted(path, Purposes::PATH) else { return false };
    // The names in an archive are chosen by whoever made it.
    let packed = context.tree().subtree(context.value(path)).take(60).any(|part| {
        matches!(context.kind(part), Kind::Attribute | Kind::Call)
            && ["FullName", "full_name", "entry_name"]
                .iter()
                .any(|name| context.name(part) == *name || context.method(part) == *name)
    });
    if packed {
        return false;
    }
    match taint.origin.source {
        Source::Arguments => true,
        Source::Parameter | Source::Unknown => {
            let pieces = pieces(context, path, 0);
            pieces.len() > 1 && !pieces.iter().skip(1).any(|&piece| context.tainted(piece, Purposes::PATH).is_some())
        }
        _ => false,
    }
}

/// The pieces that a path is put together from, first to last.
fn pieces(context: &Context<'_>, node: NodeId, depth: u32) -> Vec<NodeId> {
    const MOST_DEPTH: u32 = 8;
    let tree = context.tree();
    let value = context.value(node);
    let parts: Vec<NodeId> = match context.kind(value) {
        Kind::Template => tree.pieces(value).map(|part| tree.child(part, Field::Value).unwrap_or(part)).collect(),
        Kind::Binary if matches!(context.name(value), "+" | "." | "/") => tree.children(value).collect(),
        Kind::Call => {
            let method = context.method(value);
            let last = context.callee(value).rsplit('.').next().unwrap_or_default();
            match (method, last) {
                ("join", _) if context.callee(value).ends_with("File.join") => tree.positional(value).collect(),
                ("join" | "with_file_name" | "push", _) => {
                    context.object(value).into_iter().chain(tree.positional(value)).collect()
                }
                ("Combine", _) | (_, "Combine") => tree.positional(value).collect(),
                (_, "new" | "from" | "GetFullPath" | "clone" | "as_path" | "to_path_buf") => {
                    tree.positional(value).chain(context.object(value)).take(1).collect()
                }
                // A format that begins with its first value.
                (_, "format" | "sprintf" | "Format") => {
                    let begins = tree
                        .positional(value)
                        .next()
                        .and_then(|format| context.string(format))
                        .is_some_and(|text| text.starts_with(['{', '%']));
                    tree.positional(value).skip(usize::from(begins)).collect()
                }
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    };
    let mut parts = parts.into_iter().take(24);
    let Some(first) = parts.next().filter(|_| depth < MOST_DEPTH) else { return vec![node] };
    let mut all = pieces(context, first, depth + 1);
    all.extend(parts);
    all
}
