//! Redirects in Go: `net/http` and web frameworks.

use super::starts_on_this_site;
use crate::concept;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Functions that redirect, and where they are told to.
const FUNCTIONS: &[(&str, usize)] = &[
    ("net/http.Redirect", 2),
    ("net/http.RedirectHandler", 0),
    ("github.com/gin-gonic/gin.Context.Redirect", 1),
    ("github.com/labstack/echo.Context.Redirect", 1),
    ("github.com/gofiber/fiber.Ctx.Redirect", 0),
    ("github.com/kataras/iris.Context.Redirect", 0),
];

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let target = match FUNCTIONS.iter().find(|(known, _)| *known == path) {
        Some(&(_, at)) => context.positional(call, at),
        // `w.Header().Set("Location", target)`
        None if matches!(context.method(call), "Set" | "Add") => context
            .positional(call, 0)
            .and_then(|key| context.string(key))
            .filter(|key| key.eq_ignore_ascii_case("location"))
            .and_then(|_| context.positional(call, 1)),
        None => None,
    };
    let Some(target) = target else { return };
    let Some(taint) = context
        .tainted(target, Purposes::URL)
        .filter(|taint| taint.origin.source == Source::Request && !taint.origin.checked)
    else {
        return;
    };
    if starts_on_this_site(context, target) || !is_linkable(context, taint.origin.node) || is_query(context, target) {
        return;
    }
    let message = "A redirect leads wherever the request says.";
    let report = Report::issue(call, concept::OPEN_REDIRECT, message).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}

/// Whether a link chooses the value: a form that is posted, a header or a cookie is not the attacker's.
fn is_linkable(context: &Context<'_>, source: NodeId) -> bool {
    const OWN: &[&str] = &[
        "PostForm",
        "PostFormValue",
        "MultipartForm",
        "Header",
        "Trailer",
        "Cookie",
        "Cookies",
        "Referer",
        "UserAgent",
        "Body",
        "Host",
        "RequestURI",
        "GetBody",
        "MultipartReader",
    ];
    let path = match context.kind(source) {
        Kind::Call => context.callee(source),
        _ => context.path(source),
    };
    let whole =
        matches!(path, "net/http.Request.URL" | "net/http.Request.URL.String" | "net/http.Request.URL.RequestURI");
    !whole && !path.split('.').any(|part| OWN.contains(&part))
}

/// Whether the outside value stands after a constant `?` or `#`.
fn is_query(context: &Context<'_>, target: NodeId) -> bool {
    let tree = context.tree();
    let value = context.value(target);
    context.kind(value) == Kind::Binary
        && tree.subtree(value).take(60).any(|part| {
            context.string(part).is_some_and(|text| text.contains(['?', '#']))
                && context.kind(part) != Kind::Binary
                && tree
                    .subtree(value)
                    .take(60)
                    .filter(|&other| matches!(context.kind(other), Kind::Name | Kind::Attribute | Kind::Call))
                    .all(|other| other > part || context.tainted(other, Purposes::URL).is_none())
        })
}
