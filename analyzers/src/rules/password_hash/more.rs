//! Passwords behind hashes that are fast to guess, in C#, PHP, Ruby and Rust.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{self, CSharp, Php, Ruby, Rust};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::names_password;

/// Calls that hash, by the end of their name, and where the text stands.
const FAST: &[(Language, &[&str], usize)] = &[
    (Php, &["md5", "sha1", "crc32", "hash_md5"], 0),
    (Php, &["hash"], 1),
    (
        Ruby,
        &[
            "MD5.hexdigest",
            "SHA1.hexdigest",
            "SHA256.hexdigest",
            "SHA384.hexdigest",
            "SHA512.hexdigest",
            "MD5.digest",
            "SHA1.digest",
            "SHA256.digest",
            "SHA512.digest",
            "MD5.base64digest",
            "SHA1.base64digest",
            "SHA256.base64digest",
        ],
        0,
    ),
    (Ruby, &["Digest.hexdigest", "Digest.digest"], 1),
    (CSharp, &["MD5.HashData", "SHA1.HashData", "SHA256.HashData", "SHA384.HashData", "SHA512.HashData"], 0),
    (CSharp, &["ComputeHash", "HashData"], 0),
    (Rust, &["md5.compute", "Md5.digest", "Sha1.digest", "Sha256.digest", "Sha512.digest", "digest.digest"], 0),
];

/// Calls that make a key of a password, and where the number of rounds stands.
const ROUNDS: &[(Language, &str, usize)] = &[
    (Php, "hash_pbkdf2", 3),
    (Ruby, "PKCS5.pbkdf2_hmac", 2),
    (Ruby, "PKCS5.pbkdf2_hmac_sha1", 2),
    (CSharp, "Rfc2898DeriveBytes", 2),
    (CSharp, "Rfc2898DeriveBytes.Pbkdf2", 2),
    (Rust, "pbkdf2_hmac", 2),
    (Rust, "pbkdf2", 2),
];

/// Rounds of PBKDF2 below which guessing is cheap today.
const FEWEST_ROUNDS: i64 = 100_000;

/// Checks a call or a creation.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let language = context.program().language;
    let path = context.callee(call);
    let ends = |name: &str| path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let rounds = ROUNDS.iter().find(|(known, name, _)| *known == language && ends(name));
    if let Some(&(_, name, at)) = rounds {
        let given = context.positional(call, at).or_else(|| context.keyword(call, "iterations"));
        // The constructor without a number makes a thousand.
        let few = match given.and_then(|given| context.integer(given)) {
            Some(rounds) => rounds < FEWEST_ROUNDS,
            None => name == "Rfc2898DeriveBytes" && given.is_none() && context.kind(call) == Kind::New,
        };
        if few {
            let message = "The key derivation makes too few rounds.";
            let report = Report::issue(call, concept::PASSWORD_HASH, message).severity(Severity::Low);
            found.push(context, report.confidence(Confidence::Medium));
        }
        return;
    }
    let method = context.method(call);
    let known = FAST.iter().find(|(known, names, _)| {
        *known == language && names.iter().any(|name| ends(name) || !name.contains('.') && *name == method)
    });
    let stepwise = language == Rust
        && matches!(method, "update" | "input" | "chain_update")
        && context.object(call).is_some_and(|object| {
            let made = context.callee(context.value(object));
            [
                "Sha256.new",
                "Sha512.new",
                "Sha1.new",
                "Md5.new",
                "Sha3_256.new",
                "Sha224.new",
                "Sha384.new",
                "Sha256.default",
            ]
            .iter()
            .any(|class| made.ends_with(class))
        });
    let at = known.map(|&(_, _, at)| at).or(stepwise.then_some(0));
    let Some(text) = at.and_then(|at| context.positional(call, at)) else { return };
    if is_password(context, text, 0) {
        let message = "A password is protected by a hash that is fast to guess.";
        let report = Report::issue(call, concept::PASSWORD_HASH, message).cwe(&[916, 759, 327, 328]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// Whether a text holds a password.
fn is_password(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    let tree = context.tree();
    tree.subtree(node).take(60).any(|part| match context.kind(part) {
        Kind::Name if names_password(context.source(part).trim_start_matches(['$', '@'])) => {
            tree.field(part) != Field::Callee
        }
        Kind::Attribute => names_password(context.name(part)),
        Kind::Subscript => {
            tree.child(part, Field::Index).and_then(|key| context.string(key)).is_some_and(names_password)
        }
        Kind::String => tree.field(part) == Field::Index && context.string(part).is_some_and(names_password),
        // `byte[] bytes = Encoding.UTF8.GetBytes(password)`
        Kind::Name if depth < 2 => {
            let value = context.value(part);
            value != part && context.kind(value) == Kind::Call && is_password(context, value, depth + 1)
        }
        _ => false,
    })
}
