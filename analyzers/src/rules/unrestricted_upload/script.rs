//! Uploads that JavaScript keeps under the name that the client gives them.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::common::label;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// `multer.diskStorage({ filename: (req, file, done) => done(null, file.originalname) })`
pub(super) fn storage(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(key), Some(value)) = (tree.child(pair, Field::Key), tree.child(pair, Field::Value)) else { return };
    if label(context, key) != "filename" || !context.mentions("multer") {
        return;
    }
    named(context, value, found);
}

/// The same as a method: `filename(req, file, done) { … }`
pub(super) fn method(context: &Context<'_>, function: NodeId, found: &mut Findings) {
    if context.name(function) == "filename" && context.mentions("multer") {
        named(context, function, found);
    }
}

fn named(context: &Context<'_>, function: NodeId, found: &mut Findings) {
    if context.mentions("fileFilter") || context.mentions("mimetype") {
        return;
    }
    let tree = context.tree();
    let call = tree.subtree(function).take(400).find(|&part| {
        context.kind(part) == Kind::Call
            && tree.positional(part).nth(1).is_some_and(|name| {
                let text = context.source(context.value(name));
                text.contains("originalname") && !text.contains("basename") && !text.contains("replace")
            })
    });
    if let Some(call) = call {
        let message = "An uploaded file is kept under the name that the client gives it, whatever its kind.";
        let report = Report::issue(call, concept::UPLOAD_NAME, message).confidence(Confidence::Medium);
        found.push(context, report);
    }
}
