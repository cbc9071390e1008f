//! Signatures and secrets that JavaScript compares sign by sign.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::{names_secret, words};

/// `digest === signature`
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if !matches!(context.name(node), "==" | "===" | "!=" | "!==") {
        return;
    }
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    if [left, right].into_iter().any(|side| is_signature(context, side, 0))
        && !is_known(context, left)
        && !is_known(context, right)
    {
        let message = "The time of this comparison says how much of the signature is right.";
        return found.push(context, Report::issue(node, concept::TIMING_COMPARE, message).confidence(Confidence::High));
    }
    let named = |side: NodeId| {
        matches!(context.kind(side), Kind::Name | Kind::Attribute)
            && (names_secret(context.name(side))
                || words(context.name(side))
                    .iter()
                    .any(|word| matches!(word.as_str(), "hash" | "token" | "signature" | "digest" | "hmac" | "secret")))
    };
    if named(left) || named(right) {
        let message = "The time of this comparison says how much of a secret is right, if it is one.";
        found.push(context, Report::audit(node, concept::TIMING_COMPARE, message));
    }
}

fn is_known(context: &Context<'_>, side: NodeId) -> bool {
    context.is_constant(side)
}

/// Whether a value is the digest of an HMAC.
fn is_signature(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    let value = context.value(node);
    if depth > 6 || context.kind(value) != Kind::Call {
        return false;
    }
    if matches!(context.callee(value), "crypto.createHmac") {
        return true;
    }
    matches!(context.method(value), "digest" | "update" | "toString" | "end" | "read")
        && context.object(value).is_some_and(|object| is_signature(context, object, depth + 1))
}
