//! JavaScript servers that keep sessions in cookies and change things without asking where a request comes from.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Middleware that makes a server trust the cookies of a request.
const SESSIONS: &[&str] = &[
    "cookie-parser",
    "cookieParser",
    "express.cookieParser",
    "express-session",
    "session",
    "cookie-session",
    "cookieSession",
    "express.session",
    "express.cookieSession",
    "passport.session",
    "client-sessions",
    "koa-session",
];
/// What says that requests are checked, or that cookies are not sent along from elsewhere.
const CHECKS: &[&str] =
    &["csrf", "xsrf", "lusca", "csurf", "sameSite", "SameSite", "Origin", "origin", "Referer", "referer"];

/// `app.use(session({…}))` in a unit that changes things by POST for whoever holds the cookie.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !SESSIONS.contains(&context.callee(call)) || !is_used(context, call) {
        return;
    }
    let text = context.text();
    if CHECKS.iter().any(|word| text.contains(word)) || text.contains("CSRF") {
        return;
    }
    let tree = context.tree();
    let mut calls = tree.ids().filter(|&node| context.kind(node) == Kind::Call).take(20_000);
    let changes = calls.any(|route| {
        matches!(context.method(route), "post" | "put" | "delete" | "patch")
            && tree
                .positional(route)
                .next()
                .is_some_and(|path| context.string(path).is_some_and(|path| path.starts_with('/')))
            && tree.positional(route).skip(1).any(|handler| trusts_cookies(context, handler))
    });
    if changes {
        let message = "Requests that change things are trusted by their cookie alone, wherever they come from.";
        found.push(context, Report::issue(call, concept::CSRF_OFF, message).confidence(Confidence::Medium));
    }
}

/// Whether the middleware is put to use: `app.use(…)`.
fn is_used(context: &Context<'_>, call: NodeId) -> bool {
    context.tree().parent(call).is_some_and(|above| context.kind(above) == Kind::Call && context.method(above) == "use")
}

/// Whether a handler looks at the session or the cookies of a request.
fn trusts_cookies(context: &Context<'_>, handler: NodeId) -> bool {
    let function = context.flow().data().function_of(handler).unwrap_or(handler);
    let text = context.source(function);
    [".session", ".cookies", ".signedCookies", ".user", "isAuthenticated"].iter().any(|part| text.contains(part))
}
