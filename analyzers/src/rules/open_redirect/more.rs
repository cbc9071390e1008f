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
        sink(Php, &["header", "wp_redirect", "redirect", ".redirect"], At::Nth(0)),
        sink(
            CSharp,
            &["Redirect", "RedirectPermanent", "Response.Redirect", ".RedirectPermanent", "RedirectResult"],
            At::Nth(0),
        ),
        sink(Ruby, &["redirect_to", "redirect"], At::Nth(0)),
        sink(Rust, &["Redirect.to", "Redirect.permanent", "Redirect.temporary"], At::Nth(0)),
    ],
)
.built_only();

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    SINKS.check(context, node, found);
}
