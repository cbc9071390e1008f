//! Questions about JavaScript and TypeScript that several rules ask; each answers for one node, none keeps state.

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
            _ => return matches!(context.source(at), "res" | "response" | "resp" | "reply" | "ctx" | "ctx.res" | "h"),
        }
    }
    false
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

/// The constant text with which an expression begins: of concatenations and templates their first piece.
pub(crate) fn prefix(context: &Context<'_>, node: NodeId) -> String {
    let tree = context.tree();
    let mut at = context.value(node);
    for _ in 0..16 {
        if let Some(text) = context.string(at) {
            return text.to_owned();
        }
        let first = match context.kind(at) {
            Kind::Binary => tree.child(at, Field::Left),
            Kind::Template => tree.children(at).next(),
            Kind::Interpolation | Kind::Cast => tree.child(at, Field::Value),
            Kind::Call if context.method(at) == "concat" => context.object(at),
            // `["a", b].join("")`
            Kind::Call if context.method(at) == "join" => {
                context.object(at).map(|list| context.value(list)).and_then(|list| tree.children(list).next())
            }
            Kind::New if context.callee(at) == "URL" => context.positional(at, 0),
            _ => None,
        };
        match first {
            Some(first) => at = context.value(first),
            None => break,
        }
    }
    tree.string(at, context.text()).map(std::borrow::Cow::into_owned).unwrap_or_default()
}
