//! Rights that JavaScript gives by what the client says: cookies and parameters that tell a role, or agree with each
//! other.

use super::decides;
use crate::concept;
use crate::finding::Confidence;
use crate::rule::script::requested;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;
use crate::words::words;

/// Parts of a request.
const PARTS: &[&str] = &["cookies", "signedCookies", "query", "params", "body", "headers"];
/// Words of parameters that two parts of a request are meant to agree on.
const TOKENS: &[&str] = &["csrf", "xsrf", "state", "nonce", "token", "confirm", "origin", "host", "signature", "etag"];
/// Words that say who somebody is or what they may do.
const RIGHTS: &[&str] = &[
    "admin",
    "role",
    "roles",
    "isadmin",
    "privilege",
    "authenticated",
    "authorized",
    "loggedin",
    "permission",
    "superuser",
];

/// `if (req.cookies.isAdmin) …`, `if (req.query.auth) { login(); }`
pub(super) fn branch(context: &Context<'_>, branch: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(test), Some(body)) = (tree.child(branch, Field::Test), tree.child(branch, Field::Body)) else { return };
    let said = tree.subtree(test).take(60).find(|&part| {
        context.kind(part) == Kind::Attribute && tree.field(part) != Field::Object && part_of(context, part).is_some()
    });
    let Some(said) = said else { return };
    let Some(taint) = requested(context, said, Purposes::CODE) else { return };
    let names = words(context.name(said));
    // The body is data that a form sends; a role in it is a wish, not a proof, and is often checked elsewhere.
    let tells = part_of(context, said) != Some("body") && names.iter().any(|word| RIGHTS.contains(&word.as_str()));
    let acts = tree.subtree(body).take(400).any(|part| context.kind(part) == Kind::Call && decides(context, part));
    let sets = tree.subtree(body).take(400).any(|part| {
        context.kind(part) == Kind::Assign
            && tree
                .child(part, Field::Target)
                .is_some_and(|target| words(context.name(target)).iter().any(|word| RIGHTS.contains(&word.as_str())))
    });
    let checked = part_of(context, said) == Some("body") || refuses(context, test);
    if tells || (acts || sets) && !checked {
        let message = "What the client sends decides whether rights are checked or given.";
        let report = Report::issue(test, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium);
        found.push(context, report.trace(taint.trace));
    }
}

/// Whether a test only asks whether something is missing.
fn refuses(context: &Context<'_>, test: NodeId) -> bool {
    context.kind(test) == Kind::Unary
}

/// `req.cookies.user === req.params.user`: both sides are the client's.
pub(super) fn comparison(context: &Context<'_>, compare: NodeId, found: &mut Findings) {
    if !matches!(context.name(compare), "==" | "===" | "!=" | "!==") {
        return;
    }
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(compare, Field::Left), tree.child(compare, Field::Right)) else {
        return;
    };
    let kind = |side: NodeId| part_of(context, context.value(side));
    let (Some(one), Some(other)) = (kind(left), kind(right)) else { return };
    let named = |side: NodeId| {
        let text = context.source(context.value(side)).to_ascii_lowercase();
        TOKENS.iter().any(|word| text.contains(word))
    };
    if one == other || named(left) || named(right) {
        return;
    }
    if let Some(taint) =
        requested(context, left, Purposes::CODE).filter(|_| requested(context, right, Purposes::CODE).is_some())
    {
        let message = "Two parts of the request are compared: the client chooses both.";
        let report = Report::issue(compare, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium);
        found.push(context, report.trace(taint.trace));
    }
}

/// The part of a request that an expression is taken from.
fn part_of(context: &Context<'_>, node: NodeId) -> Option<&'static str> {
    let tree = context.tree();
    let mut at = node;
    for _ in 0..6 {
        if context.kind(at) == Kind::Attribute
            && let Some(&part) = PARTS.iter().find(|&&part| part == context.name(at))
        {
            let holder = tree.child(at, Field::Object).map(|object| context.source(object)).unwrap_or_default();
            return matches!(holder, "req" | "request" | "ctx" | "ctx.request" | "this.request").then_some(part);
        }
        at = tree.child(at, Field::Object)?;
    }
    None
}
