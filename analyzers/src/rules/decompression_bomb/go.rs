//! Streams of Go that are decompressed without a limit.

use crate::concept;
use crate::finding::Confidence;
use crate::graph::dfg::Value;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Packages that decompress; their readers are made by a function that begins with `New` or `Open`.
const PACKAGES: &[&str] = &[
    "compress/gzip",
    "compress/zlib",
    "compress/flate",
    "compress/bzip2",
    "compress/lzw",
    "github.com/klauspost/compress",
    "github.com/klauspost/pgzip",
    "github.com/dsnet/compress",
    "github.com/DataDog/zstd",
    "github.com/ulikunitz/xz",
    "github.com/golang/snappy",
    "github.com/andybalholm/brotli",
    "github.com/pierrec/lz4",
];

/// Checks a call that reads to the end.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let source = match path {
        "io.Copy" | "io.CopyBuffer" => context.positional(call, 1),
        "io.ReadAll" | "io/ioutil.ReadAll" => context.positional(call, 0),
        _ if matches!(context.method(call), "WriteTo" | "Read" | "ReadAll" | "DecodeAll") => context.object(call),
        _ if context.method(call) == "ReadFrom" => context.positional(call, 0),
        _ => None,
    };
    if !source.is_some_and(|source| decompresses(context, source, 0)) {
        return;
    }
    let fills = context.method(call) == "Read";
    // One buffer's worth at a time is a limit unless the loop around has none.
    if fills && !looped(context, call) {
        return;
    }
    let message = "Compressed data is unpacked without a limit on what comes out.";
    found.push(context, Report::issue(call, concept::UNBOUNDED_READ, message).confidence(Confidence::Medium));
}

/// Whether a call stands in a loop that never compares a sum with a limit.
fn looped(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    let mut loops = tree
        .ancestors(call)
        .take_while(|&above| !matches!(context.kind(above), Kind::Function | Kind::Lambda))
        .filter(|&above| matches!(context.kind(above), Kind::While | Kind::For));
    loops.next().is_some_and(|around| {
        !tree
            .subtree(around)
            .take(2_000)
            .any(|part| context.kind(part) == Kind::Compare && matches!(context.name(part), "<" | "<=" | ">" | ">="))
    })
}

/// Whether a reader gives what another one holds compressed.
fn decompresses(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    if depth > 6 {
        return false;
    }
    let data = context.flow().data();
    let inner = |value: NodeId| value != node && decompresses(context, value, depth + 1);
    match context.kind(node) {
        Kind::Name | Kind::Attribute => data
            .definitions_of(node)
            .iter()
            .take(8)
            .any(|&at| matches!(data.definitions[at as usize].value, Value::Expression(value) if inner(value))),
        Kind::Call => {
            let path = context.callee(node);
            let name = path.rsplit('.').next().unwrap_or_default();
            let opens = name.starts_with("New") || name.starts_with("Open");
            (opens && PACKAGES.iter().any(|package| path.starts_with(package)) && !name.contains("Writer"))
                || path.starts_with("archive/zip.File.Open")
                || path == "archive/zip.ReadCloser.Open"
                || (path.starts_with("github.com/klauspost/compress/zip.") || path.starts_with("github.com/yeka/zip."))
                    && name == "Open"
                || (matches!(path, "bufio.NewReader" | "io.NopCloser" | "archive/tar.NewReader" | "io.TeeReader")
                    && context.positional(node, 0).is_some_and(inner))
        }
        _ => false,
    }
}
