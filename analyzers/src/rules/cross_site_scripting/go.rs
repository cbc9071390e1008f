//! Markup in Go: what is written to a `ResponseWriter`, and text that `html/template` is told to trust.

use super::{marked, page};
use crate::concept;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Conversions that switch the escaping of `html/template` off.
const TRUSTED: &[&str] = &["HTML", "HTMLAttr", "JS", "JSStr", "CSS", "URL", "Srcset"];

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if let Some(kind) = path.strip_prefix("html/template.") {
        if TRUSTED.contains(&kind) {
            marked(context, call, found);
        }
        return;
    }
    let body = match path {
        "fmt.Fprintf" => Some(call),
        "fmt.Fprint" | "fmt.Fprintln" | "io.WriteString" => {
            context.tree().positional(call).skip(1).find(|&part| context.tainted(part, Purposes::HTML).is_some())
        }
        _ if context.method(call) == "Write" || context.method(call) == "WriteString" => context.positional(call, 0),
        _ if is_page(path) || says_page(context, call, path) => context.tree().positional(call).last(),
        _ => None,
    };
    let Some(body) = body else { return };
    let writer = match path {
        "fmt.Fprintf" | "fmt.Fprint" | "fmt.Fprintln" | "io.WriteString" => context.positional(call, 0),
        _ => context.object(call),
    };
    let answers =
        is_page(path) || says_page(context, call, path) || writer.is_some_and(|writer| is_response(context, writer));
    if answers && !is_plain(context, call) {
        page(context, call, body, found);
    }
}

/// `template.Execute(w, data)` of `text/template`, which escapes nothing.
pub(super) fn execute(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if !path.starts_with("text/template.") || !matches!(context.method(call), "Execute" | "ExecuteTemplate") {
        return;
    }
    let writes = context.positional(call, 0).is_some_and(|writer| is_response(context, writer));
    let Some(data) = context.tree().positional(call).last().filter(|_| writes) else { return };
    let Some(taint) = context.tainted(data, Purposes::HTML).filter(|taint| taint.origin.source == Source::Request)
    else {
        return;
    };
    let message = "Request data goes through a template that escapes nothing.";
    let report = Report::issue(call, concept::JINJA_AUTOESCAPE, message).cwe(&[79, 1336]);
    found.push(context, report.confidence(taint.confidence).trace(taint.trace));
}

/// Methods of frameworks that answer with a page.
fn is_page(path: &str) -> bool {
    matches!(path, "github.com/labstack/echo.Context.HTML" | "github.com/labstack/echo.Context.HTMLBlob")
}

/// Whether a framework's answer is called a page by its own argument or by the function around.
fn says_page(context: &Context<'_>, call: NodeId, path: &str) -> bool {
    match path {
        "github.com/gin-gonic/gin.Context.Data" | "github.com/labstack/echo.Context.Blob" => context
            .positional(call, 1)
            .and_then(|kind| context.string(kind))
            .is_some_and(|kind| kind.contains("text/html")),
        "github.com/gin-gonic/gin.Context.String"
        | "github.com/labstack/echo.Context.String"
        | "github.com/gofiber/fiber.Ctx.SendString"
        | "github.com/gofiber/fiber.Ctx.Send"
        | "github.com/gofiber/fiber.Ctx.Write"
        | "github.com/gofiber/fiber.Ctx.WriteString"
        | "github.com/gofiber/fiber.Ctx.Type.SendString" => {
            let tree = context.tree();
            tree.subtree(tree.scope(call)).take(3_000).any(|node| {
                context.kind(node) == Kind::Call
                    && matches!(context.method(node), "Header" | "Set" | "Type" | "SetContentType")
                    && tree
                        .positional(node)
                        .filter_map(|part| context.string(part))
                        .any(|kind| kind.contains("text/html") || kind == "html" && context.method(node) == "Type")
            })
        }
        _ => false,
    }
}

/// Whether a value is the answer to a request.
fn is_response(context: &Context<'_>, node: NodeId) -> bool {
    if let Some(kind) = context.program().names.type_of(node) {
        return kind == "net/http.ResponseWriter" || kind.ends_with(".ResponseWriter");
    }
    let path = context.path(node);
    matches!(path, "w" | "rw" | "resp" | "res" | "writer" | "response")
        && context.program().names.binding(node).is_none_or(|_| context.kind(node) == Kind::Name)
        || path.ends_with("gin.Context.Writer")
}

/// Whether the function around says that its answer is no page.
fn is_plain(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    let scope = tree.scope(call);
    let mut plain = false;
    for node in tree.subtree(scope).take(3_000).take_while(|&node| node < call) {
        if context.kind(node) != Kind::Call || !matches!(context.method(node), "Set" | "Add") {
            continue;
        }
        let key = context.positional(node, 0).and_then(|key| context.string(key)).unwrap_or_default();
        if key.eq_ignore_ascii_case("content-type") {
            let kind = context.positional(node, 1).and_then(|kind| context.string(kind)).unwrap_or("html");
            plain = !["html", "svg", "xml"].iter().any(|part| kind.contains(part));
        } else if key.eq_ignore_ascii_case("content-disposition") {
            plain = true;
        }
    }
    plain
}
