//! Markup in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;
use crate::taint::Purposes;

static SINKS: Sinks = Sinks::new(
    Purposes::HTML,
    concept::HTML_UNESCAPED,
    "Markup is made from",
    &[
        sink(Php, &["echo", "print", "<?=", "printf", "exit", "die", "print_r"], At::Any),
        sink(
            CSharp,
            &[
                "Response.Write",
                "Response.WriteAsync",
                "HtmlString",
                "MvcHtmlString",
                "Html.Raw",
                "MvcHtmlString.Create",
                "HtmlString.Create",
                "Content",
                "Results.Content",
                "Results.Text",
                "WriteLiteral",
                "WriteLiteralTo",
                ".WriteLiteral",
                "Results.Html",
                "Results.Extensions.Html",
                "MarkupString",
                "LiteralControl",
                "Response.Output.Write",
            ],
            At::Nth(0),
        ),
        sink(CSharp, &[".InnerHtml", "Literal.Text", "Label.Text", "LiteralControl.Text"], At::Set),
        sink(CSharp, &["HtmlString", "MarkupString"], At::Named("value")),
        sink(CSharp, &["WriteLiteralTo"], At::Nth(1)),
        sink(Ruby, &["raw"], At::Nth(0)),
        sink(Ruby, &[".html_safe"], At::Object),
        sink(Ruby, &["render"], At::Named("inline")),
        sink(Ruby, &["render"], At::Named("html")),
        sink(Ruby, &[".safe_concat"], At::Nth(0)),
        sink(
            Rust,
            &[
                "Html",
                "web.Html",
                "Html.new",
                "reply.html",
                "RawHtml",
                "content.RawHtml",
                "HttpResponse.body",
                "PreEscaped",
            ],
            At::Nth(0),
        ),
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    // `Content(text, "text/html")`
    if context.program().language == CSharp
        && matches!(context.callee(node), "Content" | "Results.Content" | "Results.Text")
    {
        let markup = context.tree().positional(node).skip(1).take(2).any(|kind| {
            context.string(kind).unwrap_or_else(|| context.source(kind)).to_ascii_lowercase().contains("html")
        });
        if !markup {
            return;
        }
    }
    SINKS.check(context, node, found);
}
