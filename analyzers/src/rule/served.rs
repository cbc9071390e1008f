//! Questions about Python that several rules ask, above all how requests come in; each answers for one node.

use super::common::label;
use crate::rule::{Context, Taint};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// A setting and its value: `NAME = value`, `config["NAME"] = value`, `update(NAME=value)`, `{"NAME": value}`.
pub(crate) fn setting<'c>(context: &'c Context<'_>, node: NodeId) -> Option<(&'c str, NodeId)> {
    let tree = context.tree();
    let value = tree.child(node, Field::Value)?;
    let name = match context.kind(node) {
        Kind::Assign => {
            let target = tree.child(node, Field::Target)?;
            match context.kind(target) {
                Kind::Subscript => tree.child(target, Field::Index).map_or("", |index| label(context, index)),
                _ => label(context, target),
            }
        }
        Kind::Keyword => context.name(node),
        Kind::Pair => tree.child(node, Field::Key).map_or("", |key| label(context, key)),
        _ => "",
    };
    (!name.is_empty()).then_some((name, value))
}

/// Request data that reaches a node unsafe for `purpose` and unchecked.
pub(crate) fn requested(context: &Context<'_>, node: NodeId, purpose: Purposes) -> Option<Taint> {
    context.outside(node, purpose).filter(|taint| taint.origin.source == Source::Request)
}

/// The text of a route under which a framework calls the function, empty where the decorator names none.
pub(crate) fn route<'c>(context: &'c Context<'_>, function: NodeId) -> Option<&'c str> {
    let tree = context.tree();
    tree.children_in(function, Field::Decorator).find_map(|decorator| {
        let text = context.source(decorator);
        let (head, rest) = text.split_once('(').unwrap_or((text, ""));
        let verb = head.trim_start_matches('@').rsplit('.').next().unwrap_or_default().trim();
        let served = head.contains('.')
            && matches!(verb, "route" | "get" | "post" | "put" | "patch" | "delete" | "api_route" | "websocket")
            || matches!(verb, "api_view" | "view_config" | "route" | "errorhandler" | "exception_handler");
        served.then(|| rest.split(['\'', '"']).nth(1).unwrap_or_default())
    })
}

/// Whether a framework calls the function to answer requests: by a route, as a view or as a method of a handler.
pub(crate) fn serves(context: &Context<'_>, function: NodeId) -> bool {
    if route(context, function).is_some() {
        return true;
    }
    let tree = context.tree();
    let own = |parameter: &NodeId| matches!(context.name(*parameter), "self" | "cls");
    let first = tree.children_in(function, Field::Parameter).take(2).find(|parameter| !own(parameter));
    first.is_some_and(|parameter| context.name(parameter) == "request")
        || matches!(context.name(function), "do_GET" | "do_POST" | "do_PUT" | "do_DELETE")
        || first.is_some_and(|parameter| context.flow().answers(function, parameter))
        || first.is_none() && is_handler_method(context, function)
}

/// A method without parameters of a class of handlers.
fn is_handler_method(context: &Context<'_>, function: NodeId) -> bool {
    let tree = context.tree();
    let class = tree.parent(function).and_then(|block| tree.parent(block));
    matches!(context.name(function), "get" | "post" | "put" | "delete" | "patch")
        && class.filter(|&class| context.kind(class) == Kind::Class).is_some_and(|class| {
            tree.children_in(class, Field::Base).any(|base| {
                let base = context.source(base);
                base.ends_with("Handler") || base.ends_with("View") || base.ends_with("Resource")
            })
        })
}

/// Whether a word of the list stands in a name or text inside a node (lower case, part of a word counts).
pub(crate) fn speaks_of(context: &Context<'_>, node: NodeId, words: &[&str]) -> bool {
    let text = context.source(node).get(..20_000).unwrap_or_else(|| context.source(node)).to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}
