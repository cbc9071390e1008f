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
        sink(Php, "echo", At::Any),
        sink(Php, "print", At::Any),
        sink(Php, "<?=", At::Any),
        sink(Php, "printf", At::Any),
        sink(Php, "exit", At::Any),
        sink(Php, "die", At::Any),
        sink(Php, "print_r", At::Any),
        sink(CSharp, "Response.Write", At::Nth(0)),
        sink(CSharp, "Response.WriteAsync", At::Nth(0)),
        sink(CSharp, "HtmlString", At::Nth(0)),
        sink(CSharp, "MvcHtmlString", At::Nth(0)),
        sink(CSharp, "Html.Raw", At::Nth(0)),
        sink(CSharp, "MvcHtmlString.Create", At::Nth(0)),
        sink(CSharp, "HtmlString.Create", At::Nth(0)),
        sink(CSharp, ".InnerHtml", At::Set),
        sink(CSharp, ".Text", At::Set),
        sink(Ruby, "raw", At::Nth(0)),
        sink(Ruby, ".html_safe", At::Object),
        sink(Ruby, "render", At::Named("inline")),
        sink(Ruby, "render", At::Named("html")),
        sink(Ruby, ".safe_concat", At::Nth(0)),
        sink(Rust, "Html", At::Nth(0)),
        sink(Rust, "web.Html", At::Nth(0)),
        sink(Rust, "Html.new", At::Nth(0)),
        sink(Rust, "reply.html", At::Nth(0)),
        sink(Rust, "RawHtml", At::Nth(0)),
        sink(Rust, "content.RawHtml", At::Nth(0)),
        sink(Rust, "HttpResponse.body", At::Nth(0)),
        sink(Rust, "PreEscaped", At::Nth(0)),
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    SINKS.check(context, node, found);
}
