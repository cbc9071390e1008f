//! Cookies of PHP, C#, Ruby and Rust.

use super::csharp;
use crate::concept;
use crate::finding::Confidence;
use crate::lang::Language;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

const MESSAGE: &str = "A session cookie can be read by scripts or over plain connections.";

/// Whether a cookie of this name holds what lets somebody in.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // Scripts must read a token against forged requests.
    if ["csrf", "xsrf", "forgery"].iter().any(|word| name.contains(word)) {
        return false;
    }
    ["session", "sid", "auth", "token", "jwt", "login", "user_id", "userid", "password", "remember"]
        .iter()
        .any(|word| name.contains(word))
}

/// Checks a call or a creation.
pub(super) fn call(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let first = context.positional(node, 0);
    let name = first.and_then(|first| context.string(first)).unwrap_or_default();
    match context.program().language {
        Language::Php if matches!(context.callee(node), "setcookie" | "setrawcookie") => {
            php(context, node, name, found);
        }
        Language::Php
            if context.callee(node) == "session_set_cookie_params"
                && context.tree().positional(node).count() > 1
                && !flags(context, node, 3) =>
        {
            report(context, node, found);
        }
        Language::Php if context.callee(node) == "ini_set" => {
            let off = context.positional(node, 1).is_some_and(|value| {
                context.truth(value) == Some(false)
                    || matches!(context.string(value), Some("0" | "off" | "Off" | "false" | ""))
                    || context.integer(value) == Some(0)
            });
            if off && matches!(name, "session.cookie_httponly" | "session.cookie_secure") {
                report(context, node, found);
            }
        }
        Language::CSharp => csharp::call(context, node, found),
        Language::Rust => {
            let off = first.and_then(|on| context.truth(on)) == Some(false);
            if off
                && matches!(
                    context.method(node),
                    "cookie_secure" | "cookie_http_only" | "set_secure" | "set_http_only" | "http_only" | "with_secure"
                )
            {
                report(context, node, found);
            }
        }
        _ => {}
    }
}

/// `setcookie(name, value, expires, path, domain, secure, httponly)`, or options in an array.
fn php(context: &Context<'_>, call: NodeId, name: &str, found: &mut Findings) {
    if is_secret(name) && !context.has_spread(call) && !flags(context, call, 5) {
        report(context, call, found);
    }
}

/// Whether the flags at `place` and after it, or in an array, are on.
fn flags(context: &Context<'_>, call: NodeId, place: usize) -> bool {
    let on = |value: NodeId| context.truth(value) != Some(false) && context.integer(value) != Some(0);
    let options = context
        .tree()
        .positional(call)
        .map(|part| context.value(part))
        .find(|&part| matches!(context.kind(part), Kind::Dict | Kind::List));
    if let Some(options) = options {
        return ["secure", "httponly"].iter().all(|flag| context.entry(options, flag).is_none_or(on))
            && ["secure", "httponly"].iter().all(|flag| context.source(options).to_ascii_lowercase().contains(flag));
    }
    // Options that come from elsewhere.
    let elsewhere = context.positional(call, place.saturating_sub(3));
    if context.tree().positional(call).count() <= 3 && elsewhere.is_some_and(|part| context.kind(part) == Kind::Name) {
        return place == 5
            && elsewhere.is_some_and(|part| context.source(part).to_ascii_lowercase().contains("option"));
    }
    [place, place + 1].iter().all(|&place| context.positional(call, place).is_some_and(on))
}

/// `cookies[:session] = { value: v, httponly: false }`, `options.HttpOnly = false`.
pub(super) fn assign(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(node, Field::Target), tree.child(node, Field::Value)) else { return };
    match context.program().language {
        Language::CSharp => csharp::assign(context, node, found),
        Language::Ruby if context.kind(target) == Kind::Attribute => {
            rails(context, node, value, found);
        }
        Language::Ruby if context.source(target).starts_with("cookies") => {
            let options = context.value(value);
            let off = |flag: &str| context.entry(options, flag).and_then(|on| context.truth(on)) == Some(false);
            if off("httponly") || off("secure") {
                report(context, node, found);
            }
        }
        _ => {}
    }
}

pub(super) fn report(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    found.push(context, Report::issue(node, concept::COOKIE_FLAGS, MESSAGE).confidence(Confidence::Medium));
}

/// `config.action_dispatch.cookies_same_site_protection = :none`
fn rails(context: &Context<'_>, node: NodeId, value: NodeId, found: &mut Findings) {
    let target = context.tree().child(node, Field::Target).map_or("", |target| context.source(target));
    let name = target.rsplit('.').next().unwrap_or_default();
    let text = context.string(value).unwrap_or_default();
    let message = match name {
        "encrypted_cookie_cipher"
            if ["des", "rc2", "rc4", "bf", "ecb"].iter().any(|weak| text.to_ascii_lowercase().contains(weak)) =>
        {
            "Cookies are encrypted by a cipher that does not show changes."
        }
        "use_authenticated_cookie_encryption" if context.truth(value) == Some(false) => {
            "Cookies are encrypted without a check for changes."
        }
        "cookies_same_site_protection" if text == "none" || context.kind(value) == Kind::Null => {
            "Cookies are sent with the requests of other sites."
        }
        _ => return,
    };
    let report = Report::issue(node, concept::COOKIE_FLAGS, message).cwe(&[1275, 732, 614]);
    found.push(context, report.confidence(Confidence::Medium));
}
