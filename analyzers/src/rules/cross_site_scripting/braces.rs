//! Markup in Java and JavaScript: servlet writers, controllers, Express answers and the document.

use super::{built, markup, page};
use crate::rule::{Context, Findings};
use crate::syntax::{Field, Kind, NodeId};

/// Methods that write their first argument into an answer.
const WRITES: &[&str] = &["print", "println", "write", "append", "printf", "format"];

/// A call on the writer of an HTTP answer.
pub(super) fn java_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !WRITES.contains(&context.method(call)) {
        return;
    }
    let Some(object) = context.object(call) else { return };
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
fn answers_data(context: &Context<'_>, node: NodeId) -> bool {
    const METHODS: &[&str] =
        &["setContentType", "setHeader", "addHeader", "type", "contentType", "set", "header", "writeHead"];
    let tree = context.tree();
    let function = tree.scope(node);
    tree.subtree(function).filter(|&call| context.kind(call) == Kind::Call).take(400).any(|call| {
        METHODS.contains(&context.method(call))
            && tree.subtree(call).take(40).any(|part| {
                tree.string(part, context.text()).is_some_and(|text| {
                    matches!(text.as_ref(), "json" | "text" | "txt")
                        || text.starts_with("application/") && !text.contains("xhtml")
                        || text.starts_with("text/plain")
                        || text.starts_with("text/csv")
                })
            })
    })
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

/// Whether an expression is the response of a handler.
fn is_answer(context: &Context<'_>, object: NodeId) -> bool {
    let mut at = object;
    for _ in 0..6 {
        match context.kind(at) {
            Kind::Call => match context.object(at) {
                Some(inner) => at = inner,
                None => return false,
            },
            _ => return matches!(context.source(at), "res" | "response" | "resp" | "reply"),
        }
    }
    false
}

/// An answer of Express or `http`, and functions that put markup into the document.
pub(super) fn javascript_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let body = match context.method(call) {
        "send" | "write" | "end" if context.object(call).is_some_and(|object| is_answer(context, object)) => {
            let body = context.positional(call, 0);
            // An object is sent as JSON.
            body.filter(|&body| context.kind(context.value(body)) != Kind::Dict && !answers_data(context, call))
        }
        "write" | "writeln" if path.starts_with("document.") || path.starts_with("window.document.") => {
            context.positional(call, 0)
        }
        "insertAdjacentHTML" => context.positional(call, 1),
        "createContextualFragment" | "setHTMLUnsafe" => context.positional(call, 0),
        "html" | "append" | "prepend" | "before" | "after" | "replaceWith"
            if context.object(call).is_some_and(|object| context.source(object).starts_with(['$']))
                || context.object(call).is_some_and(|object| context.source(object).starts_with("jQuery(")) =>
        {
            // An element is no text.
            context.positional(call, 0).filter(|&body| {
                let text = context.source(context.value(body));
                !text.starts_with("$(") && !text.starts_with("jQuery(") && !text.starts_with("document.create")
            })
        }
        _ => None,
    };
    if let Some(body) = body {
        page(context, call, body, found);
    }
}

/// `element.innerHTML = …`
pub(super) fn javascript_assign(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(target) = tree.child(assign, Field::Target).filter(|&target| context.kind(target) == Kind::Attribute)
    else {
        return;
    };
    if matches!(context.name(target), "innerHTML" | "outerHTML" | "srcdoc")
        && let Some(value) = tree.child(assign, Field::Value)
    {
        page(context, assign, value, found);
    }
}

/// `dangerouslySetInnerHTML={{ __html: … }}`
pub(super) fn javascript_attribute(context: &Context<'_>, attribute: NodeId, found: &mut Findings) {
    if context.name(attribute) != "dangerouslySetInnerHTML" {
        return;
    }
    let value = context.tree().child(attribute, Field::Value).map(|value| context.value(value));
    if let Some(html) = value.and_then(|value| context.entry(value, "__html")) {
        page(context, attribute, html, found);
    }
}
