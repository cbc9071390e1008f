//! Signatures and secrets of Java compared byte by byte.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};
use crate::words::names_secret;

/// `Arrays.equals(mac, given)`, `SECRET.equals(header)`.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let sides: Vec<NodeId> = if is_method_of(path, "Arrays", "equals")
        || is_method_of(path, "Objects", "equals")
        || method == "deepEquals"
    {
        context.tree().positional(call).take(2).collect()
    } else if matches!(method, "equals" | "contentEquals") {
        context.object(call).into_iter().chain(context.tree().positional(call).take(1)).collect()
    } else {
        return;
    };
    let [left, right] = sides[..] else { return };
    let signed = [left, right].into_iter().any(|side| is_signature(context, side));
    let secret = |node: NodeId| {
        let name = context.source(node).rsplit('.').next().unwrap_or_default();
        matches!(context.kind(node), Kind::Name | Kind::Attribute)
            && (names_secret(name) || name.eq_ignore_ascii_case("key"))
    };
    let header = |node: NodeId| {
        context.tainted(node, Purposes::CODE).is_some_and(|taint| {
            taint.origin.source == Source::Request && context.source(taint.origin.node).contains("getHeader")
        }) || context.flow().origins(node).iter().any(|origin| context.source(origin.node).contains("getHeader"))
    };
    // Bytes of a sum compared as such: `Arrays.equals(expectedMac, mac)`.
    let sum = |node: NodeId| {
        let name = context.source(node).rsplit('.').next().unwrap_or_default();
        context.kind(node) == Kind::Name
            && crate::words::words(name).iter().any(|word| matches!(word.as_str(), "mac" | "hmac" | "signature"))
    };
    let signed = signed || is_method_of(path, "Arrays", "equals") && (sum(left) || sum(right));
    let guarded = secret(left) && header(right) || secret(right) && header(left);
    if signed || guarded {
        let message = "The time of this comparison says how much of the secret is right.";
        found.push(context, Report::issue(call, concept::TIMING_COMPARE, message).confidence(Confidence::Medium));
    }
}

/// Whether a value is what a MAC, signature or cipher gave.
fn is_signature(context: &Context<'_>, node: NodeId) -> bool {
    context.flow().leaves(node).into_iter().chain(std::iter::once(node)).any(|leaf| {
        let made = context.kind(leaf) == Kind::Call && {
            let path = context.callee(leaf);
            is_method_of(path, "Mac", "doFinal")
                || is_method_of(path, "Signature", "sign")
                || is_method_of(path, "Cipher", "doFinal")
        };
        made || matches!(context.kind(leaf), Kind::Name | Kind::List) && filled(context, node)
    })
}

/// `signature.sign(buffer, …)`, `cipher.doFinal(…, buffer)`.
fn filled(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let name = context.source(node);
    context.kind(node) == Kind::Name
        && tree
            .subtree(tree.scope(node))
            .take(3_000)
            .filter(|&call| context.kind(call) == Kind::Call && call < node)
            .any(|call| {
                let path = context.callee(call);
                let fills = is_method_of(path, "Signature", "sign")
                    || is_method_of(path, "Mac", "doFinal")
                    || is_method_of(path, "Cipher", "doFinal");
                fills
                    && tree.positional(call).any(|part| {
                        context.source(part) == name
                            || context.source(part).starts_with(&format!("{name}.")) && context.method(part) == "array"
                    })
            })
}
