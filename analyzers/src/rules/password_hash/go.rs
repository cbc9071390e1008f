//! Passwords in Go: plain hashes, cheap bcrypt, few rounds of PBKDF2.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::words::names_password;

/// Packages whose hashes are fast; those of broken hashes are told elsewhere.
const FAST: &[&str] = &["crypto/sha256", "crypto/sha512", "golang.org/x/crypto/sha3", "golang.org/x/crypto/blake2b"];
/// Least cost of bcrypt, and rounds of PBKDF2 below which guessing is cheap today.
const LEAST_COST: i64 = 10;
const FEWEST_ROUNDS: i64 = 10_000;

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let number = |at: usize| context.positional(call, at).and_then(|value| context.integer(value));
    match path {
        "golang.org/x/crypto/bcrypt.GenerateFromPassword" => {
            let cost = context.positional(call, 1);
            let least = cost.is_some_and(|cost| context.path(cost) == "golang.org/x/crypto/bcrypt.MinCost");
            if least || number(1).is_some_and(|cost| cost > 0 && cost < LEAST_COST) {
                report(context, call, "The hash of a password is made cheap to guess.", found);
            }
        }
        "golang.org/x/crypto/pbkdf2.Key" | "crypto/pbkdf2.Key" => {
            let at = if path == "crypto/pbkdf2.Key" { 3 } else { 2 };
            if number(at).is_some_and(|rounds| rounds < FEWEST_ROUNDS) {
                report(context, call, "The key derivation makes too few rounds.", found);
            }
        }
        _ => {
            let Some((package, function)) = path.rsplit_once('.') else { return };
            let data = context.positional(call, 0).filter(|_| FAST.contains(&package) && function.starts_with("Sum"));
            if data.is_some_and(|data| is_password(context, data)) && !is_hashed_again(context) {
                report(context, call, "A password is protected by a hash that is fast to guess.", found);
            }
        }
    }
}

fn report(context: &Context<'_>, call: NodeId, message: &'static str, found: &mut Findings) {
    let report = Report::issue(call, concept::PASSWORD_HASH, message).severity(Severity::Medium);
    found.push(context, report.confidence(Confidence::Medium));
}

/// Whether the data is a password, alone or with something before or after it.
fn is_password(context: &Context<'_>, data: NodeId) -> bool {
    context.tree().subtree(data).take(40).any(|part| match context.kind(part) {
        Kind::Name => names_password(context.source(part)),
        Kind::Attribute => names_password(context.name(part)),
        _ => false,
    })
}

/// Whether the unit has a slow hash, of which this one only makes the input short.
fn is_hashed_again(context: &Context<'_>) -> bool {
    ["bcrypt.Generate", "argon2.", "scrypt.Key"].iter().any(|call| context.mentions(call))
}
