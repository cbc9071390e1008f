//! Comparisons of secrets in Go whose time depends on them.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::common::label;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};
use crate::words::words;

/// Checks `a == b` and `strings.Compare(a, b)`, `bytes.Equal(a, b)`.
pub(super) fn compare(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let sides: Vec<NodeId> = match context.kind(node) {
        Kind::Compare if matches!(context.name(node), "==" | "!=") => {
            [Field::Left, Field::Right].into_iter().filter_map(|field| tree.child(node, field)).collect()
        }
        Kind::Call
            if matches!(
                context.callee(node),
                "strings.Compare" | "bytes.Equal" | "bytes.Compare" | "strings.EqualFold"
            ) =>
        {
            tree.positional(node).take(2).collect()
        }
        _ => return,
    };
    let [left, right] = sides[..] else { return };
    if is_signature(context, left) || is_signature(context, right) {
        let message = "The time of this comparison says how much of the signature is right.";
        return found.push(context, Report::issue(node, concept::TIMING_COMPARE, message).confidence(Confidence::High));
    }
    // A secret of the program's own against what a request says.
    let asked = |side: NodeId| {
        context.tainted(side, Purposes::DATA).is_some_and(|taint| taint.origin.source == Source::Request)
    };
    let secret = |side: NodeId| names_key(label(context, side)) || names_key(label(context, context.value(side)));
    let nothing = |side: NodeId| context.string(side) == Some("") || context.kind(side) == Kind::Null;
    if nothing(left) || nothing(right) {
        return;
    }
    if (asked(left) && !asked(right) && (secret(right) || secret(left) && context.string(right).is_some()))
        || (asked(right) && !asked(left) && (secret(left) || secret(right) && context.string(left).is_some()))
    {
        let message = "The time of this comparison says how much of the secret is right.";
        let report = Report::issue(node, concept::TIMING_COMPARE, message).cwe(&[208, 203]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

fn names_key(name: &str) -> bool {
    words(name).iter().any(|word| {
        matches!(
            word.as_str(),
            "secret" | "token" | "signature" | "mac" | "hmac" | "apikey" | "password" | "credential"
        )
    })
}

/// Whether a value is the sum of an HMAC.
fn is_signature(context: &Context<'_>, node: NodeId) -> bool {
    let mut at = context.value(node);
    for _ in 0..6 {
        if context.kind(at) == Kind::Cast
            && let Some(inner) = context.tree().child(at, Field::Value)
        {
            at = context.value(inner);
        } else if context.kind(at) == Kind::Call && context.callee(at).contains("EncodeToString") {
            let Some(inner) = context.positional(at, 0) else { return false };
            at = context.value(inner);
        } else {
            break;
        }
    }
    context.kind(at) == Kind::Call
        && context.method(at) == "Sum"
        && context.object(at).is_some_and(|object| context.program().names.type_of(object) == Some("crypto/hmac.New"))
}
