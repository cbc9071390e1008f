//! Passwords hashed by fast digests in Java, and key derivations with too few rounds.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::words::{names_password, words};

fn about_password(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let named = |node: NodeId| {
        tree.subtree(node).take(60).any(|part| {
            let name = match context.kind(part) {
                Kind::Name | Kind::Attribute => context.name(part),
                Kind::Parameter => context.name(part),
                _ => return false,
            };
            let name = if name.is_empty() { context.source(part) } else { name };
            let list = words(name);
            let hashed = list.iter().any(|word| {
                matches!(word.as_str(), "hash" | "hashed" | "digest" | "encrypted" | "encoded" | "salt" | "salted")
            });
            !hashed && (names_password(name) || list.iter().any(|word| word == "passphrase"))
        })
    };
    named(node) || matches!(context.kind(node), Kind::Name) && named(context.value(node))
}

fn about_salt(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let text = |node: NodeId| {
        tree.subtree(node).take(80).any(|part| {
            matches!(context.kind(part), Kind::Name | Kind::Attribute) && {
                let list = words(context.source(part).rsplit('.').next().unwrap_or_default());
                list.iter().any(|word| matches!(word.as_str(), "salt" | "pepper" | "nonce" | "salted"))
            }
        })
    };
    text(node) || context.flow().leaves(node).into_iter().any(text)
}

/// `digest.update(password)`, `digest.digest(password)`, `new PBEKeySpec(password, salt, rounds)`.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.kind(call) == Kind::New {
        if context.callee(call).rsplit('.').next() == Some("PBEKeySpec") {
            let rounds = context.positional(call, 2).and_then(|rounds| context.integer(rounds));
            if rounds.is_some_and(|rounds| rounds < 10_000) {
                let report = Report::issue(call, concept::PASSWORD_HASH, "The key derivation makes too few rounds.");
                found.push(context, report.cwe(&[916, 760]).severity(Severity::Low));
            }
        }
        return;
    }
    let path = context.callee(call);
    let method = context.method(call);
    let digest = matches!(method, "update" | "digest") && is_method_of(path, "MessageDigest", method);
    if !digest {
        return;
    }
    let Some(data) = context.positional(call, 0).filter(|&data| about_password(context, data)) else { return };
    let Some(object) = context.object(call) else { return };
    let name = context.source(object);
    let Some(function) = context.function(call) else { return };
    let salted = about_salt(context, data)
        || tree.subtree(function).take(6_000).filter(|&other| context.kind(other) == Kind::Call && other != call).any(
            |other| {
                let feeds = context.object(other).is_some_and(|of| context.source(of) == name)
                    && matches!(context.method(other), "update" | "digest")
                    || tree.positional(other).any(|part| context.source(part) == name);
                let copies = context.callee(other).ends_with("System.arraycopy")
                    && tree.positional(other).any(|part| about_salt(context, part));
                feeds
                    && tree.positional(other).any(|part| {
                        about_salt(context, part)
                            || !about_password(context, part)
                                && context.kind(part) == Kind::Name
                                && context.source(part) != name
                    })
                    || copies
            },
        );
    if !salted {
        let message = "A password is protected by a fast hash without a salt.";
        found.push(
            context,
            Report::issue(call, concept::PASSWORD_HASH, message).cwe(&[759, 916]).confidence(Confidence::Medium),
        );
    }
}
