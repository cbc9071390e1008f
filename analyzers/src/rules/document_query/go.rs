//! Filters of MongoDB in Go: text is no operator there, but a whole filter from a request may hold any.

use crate::concept;
use crate::graph::dfg::Value;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Methods of a collection that take a filter, a pipeline or an update after the context.
const METHODS: &[&str] = &[
    "Find",
    "FindOne",
    "FindOneAndDelete",
    "FindOneAndReplace",
    "FindOneAndUpdate",
    "CountDocuments",
    "DeleteOne",
    "DeleteMany",
    "UpdateOne",
    "UpdateMany",
    "ReplaceOne",
    "Aggregate",
];

/// Checks a call on a collection.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !METHODS.contains(&context.method(call)) {
        return;
    }
    let Some(filter) = context.positional(call, 1).filter(|&filter| context.kind(filter) == Kind::Name) else { return };
    let data = context.flow().data();
    let decoded = data
        .definitions_of(filter)
        .iter()
        .take(8)
        .any(|&at| matches!(data.definitions[at as usize].value, Value::Output(_)));
    let open =
        context.program().names.definition(filter).and_then(|definition| definition.declared).is_some_and(|kind| {
            let kind = context.source(kind);
            kind.starts_with("bson.") || kind.starts_with("map[string]interface") || kind.starts_with("map[string]any")
        });
    if !decoded || !open {
        return;
    }
    let Some(taint) = context.tainted(filter, Purposes::DATA).filter(|taint| taint.origin.source == Source::Request)
    else {
        return;
    };
    let message = "The whole filter comes from a request, and may hold any operator.";
    let report = Report::issue(call, concept::QUERY_OBJECT, message).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}

/// `"$where": …`, code that the database runs.
pub(super) fn code(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let key = tree.child(pair, Field::Key).and_then(|key| context.string(key));
    if !matches!(key, Some("$where" | "$function" | "$accumulator")) {
        return;
    }
    let Some(value) = tree.child(pair, Field::Value) else { return };
    let Some(taint) = context.outside(value, Purposes::CODE) else { return };
    let message = format!("Code that the database runs is made from {}.", taint.source());
    let report = Report::issue(pair, concept::QUERY_OBJECT, message).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}
