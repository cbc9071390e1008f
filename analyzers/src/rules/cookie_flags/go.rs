//! Cookies of Go: literals of `http.Cookie`, and the long argument lists of frameworks.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::common::setting;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::{names_secret, words};

/// Checks a call that sets a cookie.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if path.ends_with("gin.Context.SetCookie")
        || context.method(call) == "SetCookie" && context.positional(call, 6).is_some()
    {
        let name = context.positional(call, 0).and_then(|name| context.string(name)).unwrap_or_default();
        let off = |at: usize| {
            context
                .positional(call, at)
                .is_some_and(|flag| context.is_constant(flag) && context.truth(flag) == Some(false))
        };
        if is_sensitive(name) {
            report(context, call, off(5), off(6), found);
        }
        return;
    }
    let cookie = match path {
        "net/http.SetCookie" => context.positional(call, 1),
        _ if matches!(context.method(call), "SetCookie" | "Cookie") => context.positional(call, 0),
        _ => None,
    };
    let Some(cookie) = cookie else { return };
    let inner =
        if context.kind(cookie) == Kind::Unary { context.tree().child(cookie, Field::Value) } else { Some(cookie) };
    let Some(inner) = inner else { return };
    let mut literal = context.value(inner);
    if context.kind(literal) == Kind::Unary
        && let Some(below) = context.tree().child(literal, Field::Value)
    {
        literal = below;
    }
    let is_literal = context.kind(literal) == Kind::New;
    if !is_literal && context.kind(inner) != Kind::Name {
        return;
    }
    let name = if is_literal { context.keyword(literal, "Name") } else { None };
    let name = name.or_else(|| assigned(context, call, inner, "Name"));
    let sensitive = name.is_some_and(|name| {
        is_sensitive(context.string(name).unwrap_or_default()) || is_sensitive(context.source(name))
    });
    if !sensitive {
        return;
    }
    // `fiber.Cookie` spells it `HTTPOnly`.
    let hidden = if is_literal && context.callee(literal).contains("fiber.") { "HTTPOnly" } else { "HttpOnly" };
    let flag = |flag: &str| {
        let value = assigned(context, call, inner, flag)
            .or_else(|| if is_literal { context.keyword(literal, flag) } else { None });
        value.is_none_or(|value| context.is_constant(value) && context.truth(value) == Some(false))
    };
    report(context, call, flag("Secure"), flag(hidden), found);
}

/// The last value given to a field of a variable before the call.
fn assigned(context: &Context<'_>, call: NodeId, variable: NodeId, field: &str) -> Option<NodeId> {
    let tree = context.tree();
    let scope = tree.scope(call);
    let name = context.source(variable);
    tree.subtree(scope)
        .take(4_000)
        .take_while(|&node| node < call)
        .filter(|&node| context.kind(node) == Kind::Assign)
        .filter_map(|node| {
            let (set, _, value) = setting(context, node)?;
            let target = tree.child(node, Field::Target)?;
            let object = tree.child(target, Field::Object)?;
            (set == field && context.source(object) == name).then_some(value)
        })
        .last()
}

/// Whether a cookie of that name lets its holder in.
fn is_sensitive(name: &str) -> bool {
    names_secret(name)
        || words(name).iter().any(|word| {
            matches!(
                word.as_str(),
                "session"
                    | "sessionid"
                    | "sid"
                    | "auth"
                    | "authorization"
                    | "login"
                    | "jwt"
                    | "sso"
                    | "csrf"
                    | "account"
            )
        })
}

/// `sessions.Options{…}` of gorilla and gin, the flags of a session's cookie.
pub(super) fn literal(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let path = context.callee(node);
    let options = path.ends_with("/sessions.Options") || path == "sessions.Options";
    if !options || context.tree().positional(node).next().is_some() {
        return;
    }
    let off = |flag: &str| {
        let value = context.keyword(node, flag);
        value.is_none_or(|value| context.is_constant(value) && context.truth(value) == Some(false))
    };
    // A cookie that is taken away.
    if context.keyword(node, "MaxAge").and_then(|age| context.integer(age)).is_some_and(|age| age < 0) {
        return;
    }
    report(context, node, off("Secure"), off("HttpOnly"), found);
}

fn report(context: &Context<'_>, call: NodeId, plain: bool, scripts: bool, found: &mut Findings) {
    let (cwe, message): (&'static [u16], _) = match (plain, scripts) {
        (_, true) => (&[1004, 614], "Scripts can read this cookie."),
        (true, false) => (&[614, 1004], "This cookie is sent over plain connections."),
        (false, false) => return,
    };
    let report = Report::issue(call, concept::COOKIE_FLAGS, message).cwe(cwe);
    found.push(context, report.confidence(Confidence::Medium));
}
