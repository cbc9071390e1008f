//! Cookies of JavaScript: `res.cookie`, session middleware and headers written by hand.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::script::{is_answer, option};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

const SECRET: &[&str] = &["session", "sid", "auth", "token", "jwt", "login", "user_id", "userid", "password", "secret"];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let off = |options: &str, name: &str| {
        let inner = if options.is_empty() { None } else { option(context, call, options) };
        let value = match inner {
            Some(inner) => context.entry(context.value(inner), name),
            None if options.is_empty() => option(context, call, name),
            None => None,
        };
        value.is_some_and(|value| context.truth(value) == Some(false))
    };
    let message = "A session cookie can be read by scripts or over plain connections.";
    let open = match path {
        "express-session" | "session" => off("cookie", "httpOnly") || off("cookie", "secure"),
        "cookie-session" | "client-sessions" => {
            off("", "httpOnly") || off("", "secure") || off("cookie", "httpOnly") || off("cookie", "secure")
        }
        _ => match context.method(call) {
            "cookie" | "setCookie" => {
                context.object(call).is_some_and(|object| is_answer(context, object)) && lacks(context, call)
            }
            // Koa's cookies are hidden from scripts unless that is switched off.
            "set" if context.object(call).is_some_and(|object| context.source(object).ends_with("ctx.cookies")) => {
                off("", "httpOnly") && lacks(context, call)
            }
            "setHeader" | "header" | "set" | "append" => written(context, call),
            _ => false,
        },
    };
    if open {
        found.push(context, Report::issue(call, concept::COOKIE_FLAGS, message).confidence(Confidence::Medium));
    }
}

/// `res.setHeader("Set-Cookie", "session=…")` without both flags.
fn written(context: &Context<'_>, call: NodeId) -> bool {
    let header = context.positional(call, 0).and_then(|name| context.string(name)).unwrap_or_default();
    let Some(value) = context.positional(call, 1).filter(|_| header.eq_ignore_ascii_case("set-cookie")) else {
        return false;
    };
    let made = context.value(value);
    let text = context.source(made).to_ascii_lowercase();
    let name = text.trim_start_matches(['[', '`', '"', '\'']).split('=').next().unwrap_or_default();
    let shown = matches!(context.kind(made), Kind::String | Kind::Template | Kind::Binary);
    shown && SECRET.iter().any(|word| name.contains(word)) && !(text.contains("httponly") && text.contains("secure"))
}

/// `res.cookie("session", id)` without both flags.
fn lacks(context: &Context<'_>, call: NodeId) -> bool {
    let name =
        context.positional(call, 0).and_then(|name| context.string(name)).unwrap_or_default().to_ascii_lowercase();
    if !SECRET.iter().any(|word| name.contains(word)) || context.has_spread(call) {
        return false;
    }
    // Options that cannot be seen may hold the flags.
    let options = context.positional(call, 2).map(|options| context.value(options));
    let Some(options) = options else { return true };
    if context.kind(options) != Kind::Dict {
        return false;
    }
    let spread = context.tree().children(options).any(|part| context.kind(part) == Kind::Spread);
    let on = |flag: &str| context.entry(options, flag).is_some_and(|value| context.truth(value) != Some(false));
    !(spread || on("httpOnly") && on("secure"))
}
