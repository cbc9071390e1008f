//! Sinks of Java as rows of data: which value a callee is harmed by; a table and its look-up, never a judgement.
//!
//! A callee is known by the simple name of its class and its method, so that code without imports and wildcard imports
//! are read like the rest; a chain that starts at the class (`Class.builder().part().method()`) counts too.

use crate::rule::Context;
use crate::syntax::{Kind, NodeId};

/// The values of a call that do harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// The argument at a position.
    Argument(usize),
    /// Every argument from a position on.
    From(usize),
    /// The last argument.
    Last,
    /// The object of the method.
    Object,
}

/// Simple name of a class (`*`: any), methods (`new`: its constructor), and where the harm comes in.
pub(crate) type Sink = (&'static str, &'static [&'static str], At);

/// Whether the dotted `path` of a callee names `method` of `class`, also at the end of a chain.
pub(crate) fn is_method_of(path: &str, class: &str, method: &str) -> bool {
    path.strip_suffix(method)
        .and_then(|head| head.strip_suffix('.'))
        .is_some_and(|head| class == "*" || head.split('.').any(|part| part == class))
}

/// The first row that a call or construction matches.
pub(crate) fn row(context: &Context<'_>, call: NodeId, table: &'static [Sink]) -> Option<&'static Sink> {
    let path = context.callee(call);
    if context.kind(call) == Kind::New {
        let class = path.rsplit('.').next().unwrap_or(path);
        return table.iter().find(|(known, methods, _)| *known == class && methods.contains(&"new"));
    }
    let method = path.rsplit('.').next().unwrap_or(path);
    table.iter().find(|(class, methods, _)| methods.contains(&method) && is_method_of(path, class, method))
}

/// The values that a call hands to the place in a row.
pub(crate) fn values(context: &Context<'_>, call: NodeId, at: At) -> Vec<NodeId> {
    let tree = context.tree();
    match at {
        At::Argument(index) => tree.positional(call).nth(index).into_iter().collect(),
        At::From(index) => tree.positional(call).skip(index).take(12).collect(),
        At::Last => tree.positional(call).last().into_iter().collect(),
        At::Object => context.object(call).into_iter().collect(),
    }
}

/// The values by which a call is harmed according to a table.
pub(crate) fn reached(context: &Context<'_>, call: NodeId, table: &'static [Sink]) -> Vec<NodeId> {
    row(context, call, table).map(|&(_, _, at)| values(context, call, at)).unwrap_or_default()
}
