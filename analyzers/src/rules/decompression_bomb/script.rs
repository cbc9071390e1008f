//! Archives and streams from requests that JavaScript unpacks without a limit.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::script::{around, option, requested};
use crate::rule::{Context, Findings, Report, Taint};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

/// Functions that unpack their first argument at once.
const WHOLE: &[&str] = &[
    "zlib.gunzip",
    "zlib.gunzipSync",
    "zlib.unzip",
    "zlib.unzipSync",
    "zlib.inflate",
    "zlib.inflateSync",
    "zlib.inflateRaw",
    "zlib.inflateRawSync",
    "zlib.brotliDecompress",
    "zlib.brotliDecompressSync",
    "pako.inflate",
    "pako.ungzip",
    "fflate.gunzipSync",
    "fflate.unzipSync",
    "jszip.loadAsync",
    "yauzl.open",
    "yauzl.fromBuffer",
    "yauzl.fromFd",
    "yauzl.fromRandomAccessReader",
    "unzipper.Open.buffer",
    "unzipper.Open.file",
    "decompress",
    "tar.x",
    "tar.extract",
    "extract-zip",
];
/// Streams that unpack what is piped into them.
const STREAMS: &[&str] = &[
    "zlib.createGunzip",
    "zlib.createUnzip",
    "zlib.createInflate",
    "zlib.createInflateRaw",
    "zlib.createBrotliDecompress",
    "unzipper.Extract",
    "unzipper.Parse",
    "unzipper.ParseOne",
    "unbzip2-stream",
    "tar.x",
    "tar.extract",
    "tar.Parse",
    "tar-stream.extract",
    "unzip.Extract",
    "unzip.Parse",
    "node-gzip.ungzip",
];
/// Words that say that sizes are looked at.
const LIMITS: &[&str] =
    &["uncompressedSize", "maxOutputLength", "vars.uncompressed", "maxReadSize", "header.size", "maxSize", "MAX_"];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    if WHOLE.contains(&path) {
        let Some(first) = context.positional(call, 0) else { return };
        let file = option(context, call, "file").unwrap_or(first);
        return report(context, call, outside(context, file).or_else(|| outside(context, first)), found);
    }
    // `upload.pipe(zlib.createGunzip())`, `pipeline(upload, zlib.createGunzip(), …)`
    let unpacks = |part: NodeId| {
        let part = context.value(part);
        matches!(context.kind(part), Kind::Call | Kind::New) && STREAMS.contains(&context.callee(part))
    };
    if method == "pipe" && context.positional(call, 0).is_some_and(unpacks) {
        let source = context.object(call).and_then(|object| outside(context, object));
        return report(context, call, source, found);
    }
    if path.rsplit('.').next() == Some("pipeline") && context.tree().positional(call).take(6).any(unpacks) {
        let source = context.positional(call, 0).and_then(|first| outside(context, first));
        return report(context, call, source, found);
    }
    // What `adm-zip` reads out of an archive that came with a request.
    if matches!(method, "extractAllTo" | "extractAllToAsync" | "extractEntryTo" | "readAsText" | "getData" | "readFile")
        && context.mentions("adm-zip")
        && let Some(object) = context.object(call)
    {
        report(context, call, outside(context, object), found);
    }
}

fn outside(context: &Context<'_>, node: NodeId) -> Option<Taint> {
    requested(context, node, Purposes::SIZE).filter(|taint| !taint.origin.checked)
}

fn report(context: &Context<'_>, call: NodeId, taint: Option<Taint>, found: &mut Findings) {
    let Some(taint) = taint else { return };
    let text = around(context, call);
    if option(context, call, "maxOutputLength").is_some() || LIMITS.iter().any(|word| text.contains(word)) {
        return;
    }
    let message = "What a request sends is unpacked without a limit on what comes out.";
    let report = Report::issue(call, concept::UNBOUNDED_WORK, message).cwe(&[409, 400, 522]);
    found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
}
