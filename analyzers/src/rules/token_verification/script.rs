//! JSON web tokens in JavaScript: decoded unverified, without key, or with `none` among the algorithms.

use crate::concept;
use crate::finding::{Confidence, Severity, Step};
use crate::rule::script::option;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let allows_none = |list: NodeId| {
        let list = context.value(list);
        std::iter::once(list)
            .chain(context.tree().children(list).take(20))
            .any(|part| context.string(part).is_some_and(|name| name.eq_ignore_ascii_case("none")))
    };
    let message = match path {
        "jsonwebtoken.verify" | "jwt.verify" => {
            let none = option(context, call, "algorithms").is_some_and(allows_none);
            let keyless = context.positional(call, 1).is_some_and(|key| {
                let key = context.value(key);
                context.kind(key) == Kind::Null || context.truth(key) == Some(false)
            });
            let stale = option(context, call, "ignoreExpiration")
                .is_some_and(|value| context.truth(value) == Some(true))
                .then_some("The token is accepted after it has expired.");
            (none || keyless).then_some("The token is accepted without a signature.").or(stale)
        }
        "jsonwebtoken.sign" | "jwt.sign" => option(context, call, "algorithm")
            .is_some_and(allows_none)
            .then_some("The token is made without a signature."),
        "jwt-simple.decode" => context
            .positional(call, 2)
            .is_some_and(|unchecked| context.truth(unchecked) == Some(true))
            .then_some("The token's signature is not checked."),
        _ => None,
    };
    if let Some(message) = message {
        let report = Report::issue(call, concept::TOKEN_VERIFY, message);
        return found.push(context, report.trace(origin(context, call)));
    }
    // Read without a check: fine for display, no proof of who sent it.
    let reads =
        matches!(path, "jsonwebtoken.decode" | "jwt.decode" | "jwt-decode" | "jose.decodeJwt" | "jwt-decode.jwtDecode");
    if reads && !is_verified(context, call) {
        let message = "Claims are read from a token that nobody checks in this code.";
        let report = Report::issue(call, concept::TOKEN_VERIFY, message).trace(origin(context, call));
        found.push(context, report.severity(Severity::Medium).confidence(Confidence::Low));
    }
}

/// Where the token of a call comes from.
fn origin(context: &Context<'_>, call: NodeId) -> Vec<Step> {
    let Some(token) = context.positional(call, 0) else { return Vec::new() };
    if let Some(taint) = context.tainted(token, Purposes::LINE) {
        return taint.trace;
    }
    let value = context.value(token);
    let step = |node: NodeId, note: &str| Step { span: context.tree().span(node), note: note.to_owned() };
    if value == token { Vec::new() } else { vec![step(value, "the token comes from here"), step(call, "it is read")] }
}

/// Whether the same token is checked beside the call that reads it, or somewhere where that cannot be told.
fn is_verified(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    let Some(token) = context.positional(call, 0) else { return true };
    let written = context.source(token);
    let scope = tree.scope(call);
    let mut calls = tree.subtree(scope).take(20_000).filter(|&node| context.kind(node) == Kind::Call);
    let beside = calls.any(|other| {
        let name = context.callee(other).rsplit('.').next().unwrap_or_default();
        let method = context.method(other);
        [name, method].iter().any(|name| name.to_ascii_lowercase().contains("verify"))
            && context.positional(other, 0).is_some_and(|first| context.source(first) == written)
    });
    // A helper of another name may check it before.
    beside || context.text().contains("verifyToken(") || context.text().contains("verifyIdToken(")
}
