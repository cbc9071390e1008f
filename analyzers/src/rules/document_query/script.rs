//! Queries of document databases in JavaScript: values that can be objects with operators.

use crate::concept;
use crate::rule::script::requested;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// Methods of collections and models that take a query, and which argument it is.
const QUERIES: &[(&str, usize)] = &[
    ("find", 0),
    ("findOne", 0),
    ("findOneAndDelete", 0),
    ("findOneAndRemove", 0),
    ("findOneAndReplace", 0),
    ("findOneAndUpdate", 0),
    ("findOneAndUpdate", 1),
    ("findById", 0),
    ("findByIdAndUpdate", 0),
    ("findByIdAndUpdate", 1),
    ("findByIdAndDelete", 0),
    ("findByIdAndRemove", 0),
    ("deleteOne", 0),
    ("deleteMany", 0),
    ("updateOne", 0),
    ("updateMany", 0),
    ("update", 0),
    ("replaceOne", 0),
    ("remove", 0),
    ("count", 0),
    ("countDocuments", 0),
    ("exists", 0),
    ("distinct", 1),
    ("where", 0),
    ("and", 0),
    ("or", 0),
    ("nor", 0),
    ("aggregate", 0),
    ("geoSearch", 0),
    ("$where", 0),
];
/// What a unit mentions that talks to a document database.
const DATABASES: &[&str] = &["mongo", "Mongo", "mongoose", "collection(", "marsdb", "minimongo", "nedb", "$where"];

/// Checks a call or construction.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.method(call);
    if context.callee(call).rsplit('.').next() == Some("graphql") {
        return graph(context, call, found);
    }
    if context.kind(call) == Kind::New {
        if context.callee(call).ends_with(".Query") && speaks_documents(context) {
            for query in context.tree().positional(call).take(4) {
                document(context, call, query, found);
            }
        }
        return;
    }
    let mut places = QUERIES.iter().filter(|(name, _)| *name == method).peekable();
    if places.peek().is_some() && speaks_documents(context) {
        for &(_, at) in places {
            if let Some(query) = context.positional(call, at).filter(|_| !is_array(context, call)) {
                let before = found.len();
                document(context, call, query, found);
                if found.len() > before {
                    return;
                }
            }
        }
    }
}

/// ``graphql(`{ user(name: "${name}") }`)``: the query is text that the request can end.
fn graph(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    for query in context.tree().positional(call).take(2) {
        let built = matches!(context.kind(context.value(query)), Kind::Template | Kind::Binary);
        if let Some(taint) = requested(context, query, Purposes::SQL).filter(|_| built) {
            let message = "A request becomes part of the text of a query; pass it as a variable.";
            let report =
                Report::issue(call, concept::QUERY_OBJECT, message).cwe(&[943, 89]).confidence(taint.confidence);
            return found.push(context, report.trace(taint.trace));
        }
    }
}

fn speaks_documents(context: &Context<'_>) -> bool {
    DATABASES.iter().any(|name| context.text().contains(name))
}

/// A list that is searched, not a collection.
fn is_array(context: &Context<'_>, call: NodeId) -> bool {
    context.positional(call, 0).is_some_and(|first| context.kind(context.value(first)) == Kind::Lambda)
        || context.object(call).is_some_and(|object| context.kind(context.value(object)) == Kind::List)
}

/// `find({ name: req.body.name })`: the value can be an object with operators.
fn document(context: &Context<'_>, call: NodeId, query: NodeId, found: &mut Findings) {
    let Some(part) = open_part(context, query, 0) else { return };
    let purpose = if is_code(context, part) { Purposes::CODE } else { Purposes::FILTER };
    let Some(taint) = requested(context, part, purpose).filter(|taint| !taint.origin.checked) else { return };
    let message = "A request can put operators into this query by sending an object in place of text.";
    let report = Report::issue(call, concept::QUERY_OBJECT, message).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}

/// Whether a part of a query is code: the value under `$where`.
fn is_code(context: &Context<'_>, part: NodeId) -> bool {
    let tree = context.tree();
    tree.parent(part)
        .and_then(|pair| tree.child(pair, Field::Key))
        .and_then(|key| context.string(key))
        .is_some_and(|key| matches!(key, "$where" | "$function" | "$accumulator"))
}

/// A part of a query that is whatever the request sends, an object included.
fn open_part(context: &Context<'_>, node: NodeId, depth: u32) -> Option<NodeId> {
    let tree = context.tree();
    let value = context.value(node);
    if depth > 6 {
        return None;
    }
    match context.kind(value) {
        // An object that is given its parts one by one: `query.title = request.title`.
        Kind::Dict if value != node && tree.children(value).next().is_none() => {
            requested(context, node, Purposes::FILTER).map(|_| node)
        }
        Kind::Dict => tree.children(value).take(60).find_map(|pair| match context.kind(pair) {
            Kind::Pair => {
                let key = tree.child(pair, Field::Key).and_then(|key| context.string(key)).unwrap_or_default();
                let inner = tree.child(pair, Field::Value)?;
                // `$eq` takes its operand as it is; `$where` takes code.
                match key {
                    "$eq" => None,
                    "$where" | "$function" | "$accumulator" | "body" if key != "body" || depth > 0 => {
                        requested(context, inner, Purposes::CODE).map(|_| inner)
                    }
                    _ => open_part(context, inner, depth + 1),
                }
            }
            Kind::Spread => open_part(context, tree.child(pair, Field::Value)?, depth + 1),
            _ => None,
        }),
        Kind::List => tree.children(value).take(40).find_map(|part| open_part(context, part, depth + 1)),
        Kind::Boolean | Kind::Conditional => tree
            .children(value)
            .filter(|&part| tree.field(part) != Field::Test)
            .find_map(|part| open_part(context, part, depth + 1)),
        Kind::Call if context.callee(value) == "JSON.parse" => {
            requested(context, value, Purposes::FILTER).map(|_| value)
        }
        Kind::Name | Kind::Attribute | Kind::Subscript | Kind::Parameter | Kind::Cast | Kind::Spread => {
            requested(context, node, Purposes::FILTER).map(|_| node)
        }
        _ => None,
    }
}
