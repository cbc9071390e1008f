//! Archives in C and C++: zlib, bzip2, libarchive, brotli, minizip.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::library;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Functions that unpack, and the place of what they unpack.
const UNPACKERS: &[(&str, usize)] = &[
    ("inflate", 0),
    ("gzread", 0),
    ("gzfread", 3),
    ("gzgets", 0),
    ("gzgetc", 0),
    ("uncompress", 2),
    ("uncompress2", 2),
    ("BZ2_bzread", 0),
    ("BZ2_bzDecompress", 0),
    ("BZ2_bzBuffToBuffDecompress", 2),
    ("BrotliDecoderDecompress", 1),
    ("BrotliDecoderDecompressStream", 2),
    ("archive_read_data", 0),
    ("archive_read_data_block", 0),
    ("unzReadCurrentFile", 0),
    ("mz_zip_entry_read", 0),
    ("ZSTD_decompress", 2),
    ("LZ4_decompress_fast", 0),
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let Some(&(_, at)) = UNPACKERS.iter().find(|(known, _)| *known == name) else { return };
    let tree = context.tree();
    let Some(packed) = tree.positional(call).nth(at) else { return };
    let function = context.function(call).unwrap_or(NodeId::ROOT);
    // Where what came out is counted, somebody may keep a limit.
    let counted = tree.subtree(function).take(4_000).any(|node| {
        context.kind(node) == Kind::AugAssign && context.name(node) == "+="
            || context.kind(node) == Kind::Attribute && context.name(node) == "total_out"
    });
    if counted {
        return;
    }
    let outside = |node: NodeId| {
        context.flow().tainted(node, Purposes::DATA).is_some_and(|origin| origin.source >= Source::Environment)
    };
    // The stream itself, what it was opened from, or what it was told to read.
    let from = outside(packed) || {
        let base = crate::lang::memory::base(tree, context.text(), packed).map(|base| context.source(base));
        let base = base.unwrap_or_default();
        tree.subtree(function).take(4_000).any(|node| {
            context.kind(node) == Kind::Assign
                && tree
                    .child(node, Field::Target)
                    .is_some_and(|target| !base.is_empty() && context.source(target).starts_with(base))
                && tree.child(node, Field::Value).is_some_and(|value| tree.subtree(value).take(40).any(outside))
        })
    };
    let message = "What comes out of the archive is not limited.";
    let report = if from {
        Report::issue(call, concept::UNBOUNDED_READ, message).confidence(Confidence::Low)
    } else {
        Report::audit(call, concept::UNBOUNDED_READ, message)
    };
    found.push(context, report.cwe(&[409, 400]));
}
