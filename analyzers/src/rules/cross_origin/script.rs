//! Cross-origin access in JavaScript: headers, the `cors` middleware and the options of servers.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::script::{around, requested};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

const EVERY: &str = "Pages of every origin may read answers that belong to the visitor.";
const ASKING: &str = "Whatever origin asks may read the answer.";

/// `res.setHeader("Access-Control-Allow-Origin", …)`, `res.set({…})`, `cors({ origin: true })`.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    match context.method(call) {
        "setHeader" | "set" | "header" | "append" | "appendHeader" | "addHeader" | "writeHead" => {
            let name = context.positional(call, 0).and_then(|name| context.string(name)).unwrap_or_default();
            if let Some(value) = context.positional(call, 1).filter(|_| is_origin(name)) {
                return header(context, call, value, found);
            }
            let tables = context.tree().positional(call).take(3).map(|part| context.value(part));
            let value = tables.filter(|&table| context.kind(table) == Kind::Dict).find_map(|table| {
                let mut pairs = context.tree().children(table).take(60);
                pairs.find_map(|pair| {
                    let key = context.tree().child(pair, Field::Key).and_then(|key| context.string(key))?;
                    if is_origin(key) { context.tree().child(pair, Field::Value) } else { None }
                })
            });
            if let Some(value) = value {
                header(context, call, value, found);
            }
        }
        _ => {
            let last = context.callee(call).rsplit('.').next().unwrap_or_default();
            let middleware = matches!(last, "cors" | "enableCors" | "@koa/cors" | "koa2-cors" | "cross")
                || context.callee(call).ends_with("cors");
            if middleware {
                let options = context.tree().positional(call).last().map(|options| context.value(options));
                if let Some(options) = options.filter(|&options| context.kind(options) == Kind::Dict) {
                    policy(context, call, options, false, found);
                }
            }
        }
    }
}

/// `cors: { origin: true }` among the options of a server; the headers of a route.
pub(super) fn pair(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(key), Some(value)) = (tree.child(pair, Field::Key), tree.child(pair, Field::Value)) else { return };
    if context.string(key) != Some("cors") {
        return;
    }
    let options = context.value(value);
    if context.kind(options) == Kind::Dict {
        policy(context, pair, options, true, found);
    }
}

fn is_origin(name: &str) -> bool {
    name.eq_ignore_ascii_case("access-control-allow-origin")
}

fn header(context: &Context<'_>, call: NodeId, value: NodeId, found: &mut Findings) {
    let text = around(context, call);
    let credentials = text.to_ascii_lowercase().contains("access-control-allow-credentials");
    match context.string(value) {
        Some("*") => {
            return found
                .push(context, Report::audit(call, concept::CORS_ANY, "Pages of every origin may read the answer."));
        }
        Some("null") => {
            let message = "Pages without an origin of their own, which anybody can make, may read the answer.";
            let report = Report::issue(call, concept::CORS_ANY, message).confidence(Confidence::Medium);
            return found.push(context, report);
        }
        Some(_) => return,
        None => {}
    }
    let Some(taint) = requested(context, value, Purposes::URL).filter(|taint| !taint.origin.checked) else { return };
    let confidence = if credentials { Confidence::High } else { Confidence::Medium };
    found.push(context, Report::issue(call, concept::CORS_ANY, ASKING).confidence(confidence).trace(taint.trace));
}

/// The options of a middleware or, where `server` says so, of a server.
fn policy(context: &Context<'_>, node: NodeId, options: NodeId, server: bool, found: &mut Findings) {
    let Some(origin) = context.entry(options, "origin") else { return };
    let credentials = context.entry(options, "credentials").is_some_and(|value| context.truth(value) == Some(true));
    if let Some(taint) = requested(context, origin, Purposes::URL).filter(|taint| !taint.origin.checked) {
        let report = Report::issue(node, concept::CORS_ANY, ASKING).confidence(Confidence::Medium);
        return found.push(context, report.trace(taint.trace));
    }
    let value = context.value(origin);
    let any = context.string(origin) == Some("*");
    let mirrors = context.kind(value) == Kind::Bool && context.truth(value) == Some(true);
    let nobody = context.kind(value) == Kind::Null || context.string(origin) == Some("null");
    if nobody && server
        || (any || mirrors) && credentials
        || mirrors && server
        || allows_all(context, value) && credentials
    {
        found.push(context, Report::issue(node, concept::CORS_ANY, EVERY).confidence(Confidence::Medium));
    } else if any || mirrors {
        found.push(context, Report::audit(node, concept::CORS_ANY, "Pages of every origin may read the answers."));
    }
}

/// `(origin, callback) => callback(null, true)`
fn allows_all(context: &Context<'_>, function: NodeId) -> bool {
    let tree = context.tree();
    if context.kind(function) != Kind::Lambda {
        return false;
    }
    let mut parts = tree.subtree(function).take(200);
    let decides =
        parts.any(|part| matches!(context.kind(part), Kind::If | Kind::Conditional | Kind::Boolean | Kind::Compare));
    !decides
        && tree.subtree(function).take(200).any(|part| {
            context.kind(part) == Kind::Call
                && tree.positional(part).nth(1).is_some_and(|value| context.truth(value) == Some(true))
        })
}
