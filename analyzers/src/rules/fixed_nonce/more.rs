//! Vectors, nonces and salts of PHP, C#, Ruby and Rust.

use crate::concept;
use crate::finding::Confidence;
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::listed::{At, Table, sink};
use crate::rule::{Context, Findings, Report};
use crate::rules::hardcoded_secret::more::literal;
use crate::syntax::{Field, Kind, NodeId};

/// Where a vector or nonce is taken.
static VECTORS: Table = Table::new(&[
    sink(Php, &["openssl_encrypt"], At::Nth(4)),
    sink(Php, &["mcrypt_encrypt"], At::Nth(4)),
    sink(Php, &["sodium_crypto_secretbox", "sodium_crypto_aead_aes256gcm_encrypt"], At::Nth(1)),
    sink(CSharp, &[".CreateEncryptor"], At::Nth(1)),
    sink(CSharp, &["AesGcm.Encrypt", "ChaCha20Poly1305.Encrypt", "AesCcm.Encrypt"], At::Nth(0)),
    sink(CSharp, &[".IV"], At::Set),
    sink(Ruby, &[".iv", ".auth_nonce"], At::Set),
    sink(Rust, &["Nonce.from_slice", "Nonce.from", "XNonce.from_slice", "GenericArray.from_slice"], At::Nth(0)),
    sink(
        Rust,
        &["Encryptor.new", "Encryptor.new_from_slices", "Ctr128BE.new", "ChaCha20.new", "XChaCha20.new"],
        At::Nth(1),
    ),
]);

/// Where a salt is taken.
static SALTS: Table = Table::new(&[
    sink(Php, &["hash_pbkdf2"], At::Nth(2)),
    sink(Php, &["crypt"], At::Nth(1)),
    sink(CSharp, &["Rfc2898DeriveBytes", "Rfc2898DeriveBytes.Pbkdf2", "KeyDerivation.Pbkdf2"], At::Nth(1)),
    sink(Ruby, &["PKCS5.pbkdf2_hmac", "PKCS5.pbkdf2_hmac_sha1", "BCrypt.Engine.hash_secret"], At::Nth(1)),
    sink(Rust, &["pbkdf2_hmac", "pbkdf2", "scrypt", "hash_raw"], At::Nth(1)),
]);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let (values, cwe): (_, &'static [u16]) = match VECTORS.reached(context, node) {
        values if !values.is_empty() => (values, &[329, 1204, 323]),
        _ => (SALTS.reached(context, node), &[760, 916]),
    };
    if values.into_iter().any(|value| is_fixed(context, node, value)) {
        let message = "A value that must be new each time is always the same.";
        let report = Report::issue(node, concept::FIXED_NONCE, message).cwe(cwe);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// Whether a value is the same in every run: text, or bytes that nobody fills.
fn is_fixed(context: &Context<'_>, sink: NodeId, node: NodeId) -> bool {
    let tree = context.tree();
    if let Some(text) = literal(context, node, 0) {
        return context.string(text).is_some_and(|text| !text.is_empty());
    }
    let value = context.value(node);
    let zeros = match context.kind(value) {
        Kind::List => {
            tree.children(value).filter(|&part| tree.field(part) != Field::Type).all(|part| context.is_constant(part))
        }
        Kind::Call => {
            let path = context.callee(value);
            let last = path.rsplit('.').next().unwrap_or(path);
            matches!(last, "str_repeat") && tree.positional(value).all(|part| context.is_constant(part))
        }
        _ => false,
    };
    // Handed to something else before, it may have been filled.
    let name = context.source(node);
    let filled = || {
        context.kind(node) == Kind::Name
            && tree.subtree(tree.scope(sink)).take(4_000).any(|part| {
                let given =
                    tree.field(part) == Field::Argument && context.source(part).trim_start_matches("&mut ") == name;
                given && part != node && !tree.contains(sink, part)
                    || tree.field(part) == Field::Object
                        && context.source(part) == name
                        && tree.parent(part).is_some_and(|above| {
                            matches!(
                                context.name(above),
                                "fill" | "fill_bytes" | "copy_from_slice" | "try_fill" | "CopyTo"
                            ) || context.kind(above) == Kind::Subscript && tree.field(above) == Field::Target
                        })
            })
    };
    zeros && !filled()
}
