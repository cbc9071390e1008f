//! Redirects in Go: `net/http` and web frameworks.

use super::starts_on_this_site;
use crate::concept;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;
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
    let Some(taint) = context.tainted(target, Purposes::URL).filter(|taint| taint.origin.source == Source::Request)
    else {
        return;
    };
    if starts_on_this_site(context, target) {
        return;
    }
    let message = "A redirect leads wherever the request says.";
    let report = Report::issue(call, concept::OPEN_REDIRECT, message).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}
