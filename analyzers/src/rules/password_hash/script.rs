//! Passwords in JavaScript: fast digests, and key derivations with too few rounds.

use super::FEWEST_ROUNDS;
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::words::names_password;

/// Rounds of PBKDF2 that are few whatever is derived.
const FEW: i64 = 10_000;

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    match context.callee(call) {
        "crypto.pbkdf2" | "crypto.pbkdf2Sync" => {
            let rounds = context.positional(call, 2).and_then(|rounds| context.integer(rounds));
            few(context, call, rounds, found);
        }
        "crypto-js.PBKDF2" | "crypto-js/pbkdf2" => {
            let rounds = context.positional(call, 2).map(|options| context.value(options));
            let rounds = rounds.and_then(|options| context.entry(options, "iterations"));
            few(context, call, rounds.map_or(Some(1), |rounds| context.integer(rounds)), found);
        }
        "bcrypt.hash" | "bcrypt.hashSync" | "bcryptjs.hash" | "bcryptjs.hashSync" => cost(context, call, 1, found),
        "bcrypt.genSalt" | "bcrypt.genSaltSync" | "bcryptjs.genSalt" | "bcryptjs.genSaltSync" => {
            cost(context, call, 0, found);
        }
        "crypto-js.SHA256" | "crypto-js.SHA512" | "crypto-js.SHA3" | "crypto-js.MD5" | "crypto-js.SHA1" | "md5"
        | "sha1" | "sha256" | "js-sha256.sha256" | "hash.js.sha256"
            if context.positional(call, 0).is_some_and(|data| is_password(context, data)) =>
        {
            report(context, call, found);
        }
        // `crypto.createHash("sha256").update(password)`
        _ if matches!(context.method(call), "update" | "write" | "end")
            && of_digest(context, call)
            && context.positional(call, 0).is_some_and(|data| is_password(context, data)) =>
        {
            report(context, call, found);
        }
        _ => {}
    }
}

fn few(context: &Context<'_>, call: NodeId, rounds: Option<i64>, found: &mut Findings) {
    let password = context.positional(call, 0).is_some_and(|data| is_password(context, data));
    let least = if password { FEWEST_ROUNDS } else { FEW };
    if rounds.is_some_and(|rounds| rounds < least) {
        let report = Report::issue(call, concept::PASSWORD_HASH, "The key derivation makes too few rounds.");
        found.push(context, report.severity(Severity::Low));
    }
}

/// Costs of bcrypt below which guessing is cheap today.
fn cost(context: &Context<'_>, call: NodeId, at: usize, found: &mut Findings) {
    if context.positional(call, at).and_then(|cost| context.integer(cost)).is_some_and(|cost| cost < 8) {
        let report = Report::issue(call, concept::PASSWORD_HASH, "The password hash is made with too low a cost.");
        found.push(context, report.severity(Severity::Low));
    }
}

fn of_digest(context: &Context<'_>, call: NodeId) -> bool {
    let mut at = context.object(call);
    for _ in 0..5 {
        let Some(object) = at.map(|object| context.value(object)) else { return false };
        if context.kind(object) != Kind::Call {
            return false;
        }
        if context.callee(object) == "crypto.createHash" {
            return true;
        }
        at = context.object(object);
    }
    false
}

fn is_password(context: &Context<'_>, data: NodeId) -> bool {
    let named = |node: NodeId| {
        context.tree().subtree(node).take(60).any(|part| match context.kind(part) {
            Kind::Name => names_password(context.source(part)),
            Kind::Attribute => names_password(context.name(part)),
            _ => false,
        })
    };
    named(data) || named(context.value(data))
}

fn report(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    // A look-up in a list of stolen passwords, or a digest of a digest, is none of a password that is kept.
    let scope = crate::rule::script::around(context, call);
    if scope.contains("pwned") || scope.contains("bcrypt") || scope.contains("hibp") {
        return;
    }
    let message = "A password is protected by a hash that is fast to guess.";
    found.push(context, Report::issue(call, concept::PASSWORD_HASH, message).confidence(Confidence::Medium));
}
