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
        "cookie.serialize" => lacks(context, call),
        // Set by a script, so that scripts can read them; at least they may keep to secure connections.
        "js-cookie.set" | "Cookies.set" | "browser-cookies.set" | "react-cookie.set" => {
            lacks(context, call) && option(context, call, "secure").is_none_or(|on| context.truth(on) != Some(true))
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
    // Without the option the session's cookie goes over plain connections as well.
    let plain = matches!(path, "express-session" | "session") && !open && is_plain(context, call);
    if plain {
        let message = "Unless it is told otherwise, the session's cookie goes over plain connections as well.";
        return found.push(context, Report::audit(call, concept::COOKIE_FLAGS, message));
    }
    if open {
        found.push(context, Report::issue(call, concept::COOKIE_FLAGS, message).confidence(Confidence::Medium));
    }
}

/// Whether the options of a session, all of which can be seen, say nothing of secure connections.
fn is_plain(context: &Context<'_>, call: NodeId) -> bool {
    let Some(options) = context.positional(call, 0).map(|options| context.value(options)) else { return false };
    let visible = context.kind(options) == Kind::Dict
        && context.tree().children(options).all(|part| context.kind(part) == Kind::Pair)
        && context.entry(options, "secret").is_some();
    let cookie = context.entry(options, "cookie").map(|cookie| context.value(cookie));
    visible
        && cookie.is_none_or(|cookie| {
            context.kind(cookie) == Kind::Dict
                && context.tree().children(cookie).all(|part| context.kind(part) == Kind::Pair)
                && context.entry(cookie, "secure").is_none()
        })
        && !context.mentions("cookie.secure")
}

/// `res.setHeader("Set-Cookie", "session=…")` without both flags.
fn written(context: &Context<'_>, call: NodeId) -> bool {
    let header = context.positional(call, 0).and_then(|name| context.string(name)).unwrap_or_default();
    let Some(value) = context.positional(call, 1).filter(|_| header.eq_ignore_ascii_case("set-cookie")) else {
        return false;
    };
    let made = context.value(value);
    let all: Vec<NodeId> = match context.kind(made) {
        Kind::List => context.tree().children(made).take(20).map(|part| context.value(part)).collect(),
        _ => vec![made],
    };
    all.into_iter().any(|made| {
        let text = context.source(made).to_ascii_lowercase();
        let name = text.trim_start_matches(['`', '"', '\'']).split('=').next().unwrap_or_default();
        let shown = matches!(context.kind(made), Kind::String | Kind::Template | Kind::Binary);
        shown
            && SECRET.iter().any(|word| name.contains(word))
            && !(text.contains("httponly") && text.contains("secure"))
    })
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
