//! Cross-origin headers in Go, and the options of `cors` packages.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::common::setting;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// `w.Header().Set("Access-Control-Allow-Origin", …)`
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !matches!(context.method(call), "Set" | "Add" | "Header") {
        return;
    }
    let (Some(key), Some(value)) = (context.positional(call, 0), context.positional(call, 1)) else { return };
    if !context.string(key).is_some_and(|key| key.eq_ignore_ascii_case("access-control-allow-origin")) {
        return;
    }
    let credentials = allows_credentials(context, call);
    let written = context.string(value);
    if written.is_some_and(|origin| matches!(origin, "*" | "null")) {
        let message = "Pages of every origin may read the answer.";
        // Browsers send no credentials where the answer says `*`.
        return found.push(
            context,
            if credentials && written == Some("null") {
                Report::issue(call, concept::CORS_ANY, message)
            } else {
                Report::audit(call, concept::CORS_ANY, message)
            },
        );
    }
    let taint = context
        .tainted(value, Purposes::URL)
        .filter(|taint| taint.origin.source == Source::Request && !taint.origin.checked && credentials)
        .filter(|_| !is_looked_at(context, call, value));
    if let Some(taint) = taint {
        let message = "Whatever origin asks may read the answer.";
        let report = Report::issue(call, concept::CORS_ANY, message).confidence(Confidence::Medium);
        found.push(context, report.trace(taint.trace));
    }
}

/// Whether a condition around asks for more of the value than that it is there.
fn is_looked_at(context: &Context<'_>, call: NodeId, value: NodeId) -> bool {
    let tree = context.tree();
    let name = context.source(value);
    tree.ancestors(call).filter(|&above| context.kind(above) == Kind::If).take(6).any(|around| {
        let Some(test) = tree.child(around, Field::Test) else { return false };
        tree.subtree(test).take(60).any(|part| {
            let above = tree.parent(part);
            let presence = above.is_some_and(|above| {
                context.kind(above) == Kind::Compare
                    && tree.children(above).any(|side| matches!(context.string(side), Some("" | "null")))
            });
            let length = above.is_some_and(|above| context.callee(above) == "len");
            context.kind(part) == Kind::Name && context.source(part) == name && !presence && !length
                // `allowed := isAllowed(origin)`
                || context.kind(part) == Kind::Name
                    && matches!(context.kind(context.value(part)), Kind::Call | Kind::Subscript)
                    && context.value(part) != context.value(value)
                    && tree.subtree(context.value(part)).take(30).any(|inner| context.source(inner) == name)
        })
    })
}

/// Whether the function around also allows credentials.
fn allows_credentials(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    tree.subtree(tree.scope(call)).take(4_000).any(|node| {
        context.kind(node) == Kind::Call
            && context
                .positional(node, 0)
                .and_then(|key| context.string(key))
                .is_some_and(|key| key.eq_ignore_ascii_case("access-control-allow-credentials"))
            && context.positional(node, 1).and_then(|value| context.string(value)).is_some_and(|value| value == "true")
    })
}

/// `cors.Config{AllowOrigins: …, AllowCredentials: true}`, and its fields set one by one.
pub(super) fn option(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some((name, owner, value)) = setting(context, node) else { return };
    let any = match name {
        "AllowOrigins" | "AllowedOrigins" => {
            let list = context.value(value);
            std::iter::once(list)
                .chain(context.tree().children(list).take(20))
                .any(|part| matches!(context.string(part), Some("*" | "null")))
        }
        // Browsers send no credentials where the answer says `*`.
        "AllowAllOrigins" if context.truth(value) == Some(true) => {
            return found
                .push(context, Report::audit(node, concept::CORS_ANY, "Pages of every origin may read the answers."));
        }
        _ => return,
    };
    if !any || !(owner.is_empty() || owner.contains("cors")) {
        return;
    }
    let tree = context.tree();
    let credentials = tree.subtree(tree.scope(node)).take(4_000).any(|other| {
        setting(context, other).is_some_and(|(name, other_owner, value)| {
            name == "AllowCredentials"
                && context.truth(value) == Some(true)
                && other_owner == owner
                && same_object(context, node, other)
        })
    });
    let message = "Pages of every origin may read the answers.";
    found.push(
        context,
        if credentials {
            Report::issue(node, concept::CORS_ANY, message)
        } else {
            Report::audit(node, concept::CORS_ANY, message)
        },
    );
}

/// Whether two settings are of one literal or one variable.
fn same_object(context: &Context<'_>, one: NodeId, other: NodeId) -> bool {
    let tree = context.tree();
    if context.kind(one) == Kind::Keyword && context.kind(other) == Kind::Keyword {
        return tree.parent(one) == tree.parent(other);
    }
    let object = |node: NodeId| {
        let target = tree.child(node, Field::Target)?;
        tree.child(target, Field::Object).map(|object| context.source(object))
    };
    object(one) == object(other)
}
