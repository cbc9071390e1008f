//! Redirects of servlets, JAX-RS, Spring and JSF.

use super::starts_on_this_site;
use crate::concept;
use crate::rule::listed::{At, Table, of};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Calls that redirect, and where to.
static REDIRECTS: Table = Table::new(&[
    of("HttpServletResponse", &["sendRedirect", "encodeRedirectURL", "redirect"], At::Nth(0)),
    of("Context", &["redirect"], At::Nth(0)),
    of("*", &["sendRedirect"], At::Nth(0)),
    of("RedirectView", &["new", "setUrl"], At::Nth(0)),
    of("ModelAndView", &["setViewName"], At::Nth(0)),
    of("ExternalContext", &["redirect"], At::Nth(0)),
    of("Response", &["seeOther", "temporaryRedirect", "location"], At::Nth(0)),
    of("ResponseEntity", &["location", "created"], At::Nth(0)),
    of("HttpHeaders", &["setLocation"], At::Nth(0)),
    of("Results", &["redirect"], At::Nth(0)),
    of("Controller", &["redirect"], At::Nth(0)),
    of("HttpServerResponse", &["putHeader"], At::Nth(1)),
]);

/// A call that redirects.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.callee(call).contains("HttpHeaders")
        && (is_header(context, call) || context.method(call) == "setLocation")
    {
        let target = context.tree().positional(call).last();
        let sent = context.object(call).and_then(|headers| sent_with(context, call, headers));
        if let Some(target) = target {
            report(context, sent.unwrap_or(call), target, found);
        }
        return;
    }
    if is_header(context, call) {
        if let Some(target) = context.positional(call, 1) {
            report(context, call, target, found);
        }
        return;
    }
    if let Some(view) = view_of(context, call) {
        return prefixed(context, call, view, found);
    }
    if context.callee(call).ends_with("HttpServerResponse.putHeader") {
        return;
    }
    for target in REDIRECTS.reached(context, call) {
        report(context, call, target, found);
    }
}

/// The answer that headers go into.
fn sent_with(context: &Context<'_>, call: NodeId, headers: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let name = context.source(headers);
    tree.subtree(tree.scope(call)).take(4_000).find(|&node| {
        node > call
            && (context.kind(node) == Kind::New && context.callee(node).rsplit('.').next() == Some("ResponseEntity")
                || context.kind(node) == Kind::Call && context.method(node) == "headers")
            && tree.positional(node).any(|part| context.source(part) == name)
    })
}

/// `setHeader("Location", …)`, `HttpHeaders.add("Location", …)`
fn is_header(context: &Context<'_>, call: NodeId) -> bool {
    matches!(context.method(call), "setHeader" | "addHeader" | "header" | "add" | "set" | "putHeader")
        && context
            .positional(call, 0)
            .and_then(|name| context.string(name))
            .is_some_and(|name| name.eq_ignore_ascii_case("location"))
}

/// The view name that `new ModelAndView(…)` or `setViewName` takes.
fn view_of(context: &Context<'_>, call: NodeId) -> Option<NodeId> {
    let path = context.callee(call);
    let makes = context.kind(call) == Kind::New && path.rsplit('.').next() == Some("ModelAndView");
    (makes || context.method(call) == "setViewName").then(|| context.positional(call, 0)).flatten()
}

/// `return "redirect:" + …` of a controller.
pub(super) fn answer(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value) else { return };
    let mapped = context.function(node).is_some_and(|function| {
        tree.children_in(function, Field::Decorator).any(|mark| context.source(mark).contains("Mapping"))
    });
    if mapped {
        prefixed(context, node, value, found);
    }
}

/// A view name that begins with `redirect:` and goes on with outside text.
fn prefixed(context: &Context<'_>, node: NodeId, view: NodeId, found: &mut Findings) {
    let Some(first) = start_of(context, view) else { return };
    if !["redirect:", "ajaxredirect:", "forward:"].iter().any(|head| first.trim() == *head || *head == first) {
        return;
    }
    report(context, node, view, found);
}

/// The constant text with which an expression begins.
fn start_of(context: &Context<'_>, node: NodeId) -> Option<String> {
    let tree = context.tree();
    let mut at = context.value(node);
    for _ in 0..16 {
        match context.kind(at) {
            Kind::Binary => at = context.value(tree.children(at).next()?),
            Kind::Call if matches!(context.method(at), "toString" | "concat") => {
                at = context.value(context.object(at)?);
            }
            Kind::Call if context.method(at) == "append" => at = context.value(context.object(at)?),
            Kind::New => {
                // `new StringBuilder("redirect:")`, or its first `append`.
                if let Some(first) = tree.positional(at).next() {
                    at = context.value(first);
                    continue;
                }
                return first_append(context, node, at);
            }
            Kind::Name => return first_append(context, node, at),
            _ => break,
        }
    }
    context.string(at).map(str::to_owned)
}

/// The text of the first `append` to what a name stands for.
fn first_append(context: &Context<'_>, node: NodeId, maker: NodeId) -> Option<String> {
    let tree = context.tree();
    let scope = tree.scope(node);
    let mut at = context.value(node);
    for _ in 0..8 {
        match context.kind(at) {
            Kind::Call => at = context.object(at)?,
            _ => break,
        }
    }
    let name = if context.kind(at) == Kind::Name { context.source(at) } else { "" };
    let first = tree.subtree(scope).take(3_000).find(|&call| {
        context.kind(call) == Kind::Call
            && call > maker.min(node)
            && context.method(call) == "append"
            && context.object(call).is_some_and(|object| context.source(object) == name)
    });
    let first = first.or_else(|| {
        tree.subtree(scope).take(3_000).find(|&call| {
            context.kind(call) == Kind::Call
                && context.method(call) == "append"
                && context.object(call).is_some_and(|object| !name.is_empty() && context.source(object) == name)
        })
    })?;
    context.string(context.positional(first, 0)?).map(str::to_owned)
}

fn report(context: &Context<'_>, node: NodeId, target: NodeId, found: &mut Findings) {
    let head = crate::rule::common::prefix(context, target);
    let path = head.trim_start_matches("redirect:");
    let here = path.len() > 1 && path.starts_with('/') && !path.starts_with("//")
        || path.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    if context.is_constant(target) || here || starts_on_this_site(context, target) {
        return;
    }
    let Some(taint) = context.tainted(target, Purposes::URL) else { return };
    if !matches!(taint.origin.source, Source::Request | Source::Network) {
        let message = format!("A redirect leads where {} says.", taint.source());
        return found.push(context, Report::audit(node, concept::OPEN_REDIRECT, message));
    }
    let message = "A redirect leads wherever the request says.";
    let report = Report::issue(node, concept::OPEN_REDIRECT, message).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}
