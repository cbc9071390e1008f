//! Redirects in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;
use crate::taint::Purposes;

static SINKS: Sinks = Sinks::new(
    Purposes::URL,
    concept::OPEN_REDIRECT,
    "A redirect goes to an address made from",
    &[
        sink(Php, "header", At::Nth(0)),
        sink(Php, "wp_redirect", At::Nth(0)),
        sink(Php, "redirect", At::Nth(0)),
        sink(Php, ".redirect", At::Nth(0)),
        sink(CSharp, "Redirect", At::Nth(0)),
        sink(CSharp, "RedirectPermanent", At::Nth(0)),
        sink(CSharp, "Response.Redirect", At::Nth(0)),
        sink(CSharp, ".RedirectPermanent", At::Nth(0)),
        sink(CSharp, "RedirectResult", At::Nth(0)),
        sink(Ruby, "redirect_to", At::Nth(0)),
        sink(Ruby, "redirect", At::Nth(0)),
        sink(Rust, "Redirect.to", At::Nth(0)),
        sink(Rust, "Redirect.permanent", At::Nth(0)),
        sink(Rust, "Redirect.temporary", At::Nth(0)),
    ],
)
.built_only();

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    SINKS.check(context, node, found);
}
