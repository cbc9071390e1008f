//! Markup in Java: servlet writers and controllers.

use super::{built, markup, page};
use crate::rule::{Context, Findings};
use crate::syntax::{Field, Kind, NodeId};

/// Methods that write their first argument into an answer.
const WRITES: &[&str] = &["print", "println", "write", "append", "printf", "format"];

/// A call on the writer of an HTTP answer.
pub(super) fn java_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(object) = context.object(call) else { return };
    // `ctx.html(…)` of small frameworks.
    if context.method(call) == "html" && matches!(context.source(object), "ctx" | "context" | "c") {
        if let Some(body) = context.positional(call, 0) {
            page(context, call, body, found);
        }
        return;
    }
    if !WRITES.contains(&context.method(call)) {
        return;
    }
    let writer = context.value(object);
    // `PrintWriter out = response.getWriter()`, also of a fragment that does not show where it comes from.
    let of_answer = context.kind(writer) == Kind::Call
        && matches!(context.method(writer), "getWriter" | "getOutputStream")
        && !context.callee(writer).starts_with("java.net.");
    if !of_answer || answers_data(context, call) {
        return;
    }
    for body in context.tree().positional(call) {
        let before = found.len();
        page(context, call, body, found);
        if found.len() > before {
            return;
        }
    }
}

/// Whether the function says that its answer is no page.
pub(super) fn answers_data(context: &Context<'_>, node: NodeId) -> bool {
    const METHODS: &[&str] =
        &["setContentType", "setHeader", "addHeader", "type", "contentType", "set", "header", "writeHead"];
    let tree = context.tree();
    let function = tree.scope(node);
    let data = |call: NodeId| {
        tree.subtree(call).take(40).find_map(|part| {
            let text = tree.string(part, context.text())?;
            let plain = matches!(text.as_ref(), "json" | "text" | "txt")
                || text.starts_with("application/") && !text.contains("xhtml")
                || text.starts_with("text/plain")
                || text.starts_with("text/csv");
            (plain || text.starts_with("text/html")).then_some(plain)
        })
    };
    let calls = tree.subtree(function).filter(|&call| context.kind(call) == Kind::Call).take(400);
    let says = calls.filter(|&call| METHODS.contains(&context.method(call)));
    let mut before = None;
    let mut any = false;
    for (call, plain) in says.filter_map(|call| Some((call, data(call)?))) {
        any |= plain;
        if call < node {
            before = Some(plain);
        }
    }
    // The last word before the answer counts in Java; handlers of scripts may speak in any order.
    if context.program().language == crate::lang::Language::Java { before.unwrap_or(false) } else { any }
}

/// A controller method that returns markup.
pub(super) fn java_return(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value) else { return };
    let Some(function) = context.function(node) else { return };
    let mapped = tree.children_in(function, Field::Decorator).any(|decorator| {
        let text = context.source(decorator);
        (text.contains("Mapping") || text.starts_with("@GET") || text.starts_with("@POST"))
            && !text.contains("application/json")
    });
    if mapped && markup(context, value) {
        built(context, value, found);
    }
}
