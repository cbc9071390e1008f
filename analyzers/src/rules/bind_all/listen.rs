//! Servers of Java and JavaScript that are told to listen on every interface.

use super::listens;
use crate::rule::{Context, Findings};
use crate::syntax::{Kind, NodeId};

/// Calls of Java whose text is the address to listen on.
const ADDRESSES: &[&str] = &[
    "InetSocketAddress",
    "getByName",
    "setHost",
    "setBindAddress",
    "setAddress",
    "bind",
    "listen",
    "withHost",
    "host",
    "addHttpListener",
    "ipAddress",
];

fn is_any(text: &str) -> bool {
    matches!(text, "0.0.0.0" | "::" | "[::]")
}

/// `new InetSocketAddress("0.0.0.0", port)`
pub(super) fn java(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let last = match context.method(call) {
        "" => context.callee(call).rsplit('.').next().unwrap_or_default(),
        method => method,
    };
    if !ADDRESSES.contains(&last) {
        return;
    }
    let given = context.tree().positional(call).take(4).any(|part| context.string(part).is_some_and(is_any));
    if given {
        listens(context, call, found);
    }
}

/// `server.listen(port, "0.0.0.0")`, `server.listen({ host: "0.0.0.0" })`
pub(super) fn script(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !matches!(context.method(call), "listen" | "bind" | "serve" | "createServer") {
        return;
    }
    let any = |node: NodeId| context.string(context.value(node)).is_some_and(is_any) || is_default(context, node);
    let given = context.tree().positional(call).take(4).any(|part| {
        let value = context.value(part);
        match context.kind(value) {
            Kind::Dict => ["host", "hostname", "address"].iter().filter_map(|name| context.entry(value, name)).any(any),
            Kind::Lambda => false,
            _ => any(part),
        }
    });
    if given {
        listens(context, call, found);
    }
}

/// `process.env.HOST || "0.0.0.0"`
fn is_default(context: &Context<'_>, node: NodeId) -> bool {
    let value = context.value(node);
    context.kind(value) == Kind::Boolean
        && context.tree().children(value).last().is_some_and(|part| context.string(part).is_some_and(is_any))
}
