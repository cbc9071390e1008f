//! Questions about JavaScript and TypeScript that several rules ask; each answers for one node, none keeps state.

use crate::graph::dfg::Value;
use crate::rule::{Context, Taint};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// A regular expression that the unit writes out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pattern<'c> {
    /// What stands between the slashes.
    pub(crate) text: &'c str,
    /// The flags, `None` where they are made at run time.
    pub(crate) flags: Option<&'c str>,
}

impl Pattern<'_> {
    /// Whether the flag is surely set.
    pub(crate) fn has(&self, flag: char) -> bool {
        self.flags.is_some_and(|flags| flags.contains(flag))
    }

    /// Whether the flag is surely not set.
    pub(crate) fn lacks(&self, flag: char) -> bool {
        self.flags.is_some_and(|flags| !flags.contains(flag))
    }
}

/// The regular expression that an expression is: a literal, `new RegExp("…", "g")`, also through a name.
pub(crate) fn pattern<'c>(context: &'c Context<'_>, node: NodeId) -> Option<Pattern<'c>> {
    let value = context.value(node);
    match context.kind(value) {
        Kind::Regex => {
            let (text, flags) = context.source(value).strip_prefix('/')?.rsplit_once('/')?;
            Some(Pattern { text, flags: Some(flags) })
        }
        Kind::New | Kind::Call if context.callee(value) == "RegExp" => {
            let first = context.value(context.positional(value, 0)?);
            let flags = context.positional(value, 1);
            let given = flags.map_or(Some(""), |flags| context.string(flags));
            if context.kind(first) == Kind::Regex {
                let (text, own) = context.source(first).strip_prefix('/')?.rsplit_once('/')?;
                return Some(Pattern { text, flags: if flags.is_some() { given } else { Some(own) } });
            }
            Some(Pattern { text: context.string(first)?, flags: given })
        }
        _ => None,
    }
}

/// An outside value of somebody else's choosing: a request, another machine, standard input.
pub(crate) fn outside(context: &Context<'_>, node: NodeId, purpose: Purposes) -> Option<Taint> {
    context.tainted(node, purpose).filter(|taint| taint.origin.source >= Source::Network)
}

/// Request data (in a browser: what the address or a message holds).
pub(crate) fn requested(context: &Context<'_>, node: NodeId, purpose: Purposes) -> Option<Taint> {
    context.tainted(node, purpose).filter(|taint| taint.origin.source == Source::Request)
}

/// Whether an expression is the response of a handler, also at the end of a chain of calls on it.
pub(crate) fn is_answer(context: &Context<'_>, object: NodeId) -> bool {
    let mut at = object;
    for _ in 0..6 {
        match context.kind(at) {
            Kind::Call => match context.object(at) {
                Some(inner) => at = inner,
                None => return false,
            },
            Kind::Name if context.source(at) == "c" && ["hono", "Hono"].iter().any(|name| context.mentions(name)) => {
                return true;
            }
            _ => {
                return matches!(
                    context.source(at),
                    "res"
                        | "response"
                        | "resp"
                        | "reply"
                        | "ctx"
                        | "ctx.res"
                        | "ctx.response"
                        | "this.res"
                        | "context.res"
                        | "h"
                ) || follows_request(context, at);
            }
        }
    }
    false
}

/// Whether a name is the parameter after that of a request.
fn follows_request(context: &Context<'_>, name: NodeId) -> bool {
    if context.kind(name) != Kind::Name {
        return false;
    }
    let (tree, data) = (context.tree(), context.flow().data());
    data.definitions_of(name).iter().take(2).any(|&at| {
        let definition = &data.definitions[at as usize];
        let Value::Parameter(function) = definition.value else { return false };
        let mut before = None;
        for parameter in tree.children_in(function, Field::Parameter).take(6) {
            if parameter == definition.node {
                break;
            }
            before = Some(parameter);
        }
        before.is_some_and(|request| {
            let mut origins = context.flow().origins(request).into_iter();
            origins.any(|origin| origin.source == Source::Request && origin.node == request)
        })
    })
}

/// The value of an option in the first dictionary among the arguments of a call that has it.
pub(crate) fn option(context: &Context<'_>, call: NodeId, name: &str) -> Option<NodeId> {
    context
        .tree()
        .positional(call)
        .take(8)
        .map(|argument| context.value(argument))
        .filter(|&argument| context.kind(argument) == Kind::Dict)
        .find_map(|options| context.entry(options, name))
}

/// The text of the function around a node, of the unit where there is none.
pub(crate) fn around<'c>(context: &'c Context<'_>, node: NodeId) -> &'c str {
    context.source(context.tree().scope(node))
}

/// What stands before the first part of an expression that is not safe for `purpose`.
#[derive(Debug, Default)]
pub(crate) struct Lead {
    /// The constant text in it.
    pub(crate) text: String,
    /// Whether it begins with something that varies and that nobody else chooses.
    pub(crate) own: bool,
}

/// The lead of a concatenation, template, list that is joined, or URL.
pub(crate) fn lead(context: &Context<'_>, node: NodeId, purpose: Purposes) -> Lead {
    let mut found = Lead::default();
    let mut budget = 60;
    read_lead(context, node, purpose, &mut found, &mut budget);
    found
}

/// Reads on; `false` once the first outside part is reached.
fn read_lead(context: &Context<'_>, node: NodeId, purpose: Purposes, found: &mut Lead, budget: &mut u32) -> bool {
    if *budget == 0 {
        return false;
    }
    *budget -= 1;
    let tree = context.tree();
    let value = context.value(node);
    if let Some(text) = context.string(value) {
        found.text.push_str(text);
        return true;
    }
    if context.kind(value) == Kind::Text {
        found.text.push_str(context.source(value));
        return true;
    }
    if context.tainted(value, purpose).is_none() {
        found.own |= found.text.is_empty();
        return true;
    }
    let parts: Vec<NodeId> = match context.kind(value) {
        Kind::Binary | Kind::Template => tree.children(value).take(40).collect(),
        Kind::Interpolation | Kind::Cast => tree.child(value, Field::Value).into_iter().collect(),
        Kind::Call if context.method(value) == "concat" => {
            context.object(value).into_iter().chain(tree.positional(value)).take(20).collect()
        }
        // `["a", b].join("")`
        Kind::Call if context.method(value) == "join" => match context.object(value).map(|list| context.value(list)) {
            Some(list) if context.kind(list) == Kind::List => tree.children(list).take(40).collect(),
            _ => return false,
        },
        Kind::New if context.callee(value) == "URL" => tree.positional(value).take(1).collect(),
        _ => return false,
    };
    parts.into_iter().all(|part| read_lead(context, part, purpose, found, budget))
}
