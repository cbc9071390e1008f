//! Streams of Go that are decompressed without a limit.

use crate::concept;
use crate::finding::{Confidence, Step};
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
        "io.Copy" | "io.CopyBuffer" | "io.CopyN" => context.positional(call, 1),
        "io.ReadAll" | "io/ioutil.ReadAll" => context.positional(call, 0),
        _ if matches!(context.method(call), "WriteTo" | "Read" | "ReadAll" | "DecodeAll") => context.object(call),
        _ if context.method(call) == "ReadFrom" => context.positional(call, 0),
        _ => None,
    };
    let Some(made) = source.and_then(|source| decompressor(context, source, 0)) else { return };
    let fills = context.method(call) == "Read" || path == "io.CopyN";
    // One buffer's worth at a time is a limit unless the loop around has none.
    if fills && !looped(context, call, made) {
        return;
    }
    let message = "Compressed data is unpacked without a limit on what comes out.";
    let report = Report::issue(call, concept::UNBOUNDED_READ, message).confidence(Confidence::Medium);
    let step = Step { span: context.tree().span(made), note: "compressed data comes from here".to_owned() };
    found.push(context, report.trace(vec![step]));
}

/// Whether a call stands in a loop that reads on from what was made before it, and never compares a sum with a limit.
fn looped(context: &Context<'_>, call: NodeId, made: NodeId) -> bool {
    let tree = context.tree();
    let mut loops = tree
        .ancestors(call)
        .take_while(|&above| !matches!(context.kind(above), Kind::Function | Kind::Lambda))
        .filter(|&above| matches!(context.kind(above), Kind::While | Kind::For));
    loops.next().is_some_and(|around| {
        !tree.contains(around, made)
            && !tree.subtree(around).take(2_000).any(|part| {
                context.kind(part) == Kind::Compare && matches!(context.name(part), "<" | "<=" | ">" | ">=")
            })
    })
}

/// The call that makes a reader of what another one holds compressed.
fn decompressor(context: &Context<'_>, node: NodeId, depth: u32) -> Option<NodeId> {
    if depth > 6 {
        return None;
    }
    let data = context.flow().data();
    let inner = |value: NodeId| if value == node { None } else { decompressor(context, value, depth + 1) };
    match context.kind(node) {
        Kind::Name | Kind::Attribute => data.definitions_of(node).iter().take(8).find_map(|&at| {
            let definition = &data.definitions[at as usize];
            match definition.value {
                Value::Expression(value) => inner(value),
                Value::Parameter(function) => context.flow().callers(function).iter().take(8).find_map(|&call| {
                    let mut pairs = data.passed(call, function).into_iter();
                    pairs.find(|&(_, taker)| taker == definition.node).and_then(|(value, _)| inner(value))
                }),
                _ => None,
            }
        }),
        Kind::Call => {
            let path = context.callee(node);
            let name = path.rsplit('.').next().unwrap_or_default();
            let opens = name.starts_with("New") || name.starts_with("Open");
            let makes = (opens && PACKAGES.iter().any(|package| path.starts_with(package)) && !name.contains("Writer"))
                || path.starts_with("archive/zip.File.Open")
                || path == "archive/zip.ReadCloser.Open"
                || (path.starts_with("github.com/klauspost/compress/zip.") || path.starts_with("github.com/yeka/zip."))
                    && name == "Open";
            let passes = matches!(
                path,
                "bufio.NewReader" | "io.NopCloser" | "archive/tar.NewReader" | "io.TeeReader" | "io.Reader"
            );
            if makes { Some(node) } else { context.positional(node, 0).filter(|_| passes).and_then(inner) }
        }
        _ => None,
    }
}
