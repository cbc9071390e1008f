//! Redirects in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::common::{names_server, prefix, stays_here};
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

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

/// Whether a redirect of Rails goes to the page of an object: `redirect_to @user`.
fn is_record(context: &Context<'_>, address: NodeId) -> bool {
    let value = context.value(address);
    match context.kind(value) {
        Kind::Name => true,
        Kind::Call => {
            let outside = |part: NodeId| matches!(context.source(part), "params" | "request" | "cookies" | "session");
            !context.tree().subtree(value).take(60).any(|part| context.kind(part) == Kind::Name && outside(part))
        }
        _ => false,
    }
}

/// A redirect that stays where it is, with a part that somebody else chooses.
fn fixed(context: &Context<'_>, node: NodeId, address: NodeId, found: &mut Findings) {
    if context.tainted(address, Purposes::URL).is_some_and(|taint| taint.origin.source >= Source::Arguments) {
        let message = "Part of the address of a redirect comes from outside; the server is fixed.";
        found.push(context, Report::audit(node, concept::OPEN_REDIRECT, message));
    }
}

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some(address) = context.positional(node, 0) else { return };
    if context.program().language == Ruby && is_record(context, address) {
        return;
    }
    if context.callee(node) == "header" {
        // `header('Location: …')`: other headers lead nowhere, and what follows may name the server.
        let lead = prefix(context, address);
        let Some(rest) =
            lead.get(..9).filter(|name| name.eq_ignore_ascii_case("location:")).and_then(|_| lead.get(9..))
        else {
            return;
        };
        let rest = rest.trim_start();
        let host = rest.split_once("://").is_some_and(|(_, rest)| rest.contains(['/', '?']));
        let here = !rest.is_empty()
            && !rest.contains(':')
            && !rest.starts_with("//")
            && rest != "/"
            && !rest.starts_with('\\');
        if host || here {
            return fixed(context, node, address, found);
        }
    } else if stays_here(context, address) || names_server(context, address) {
        return fixed(context, node, address, found);
    }
    SINKS.check(context, node, found);
}
