//! Vectors, nonces and salts in C and C++: OpenSSL, mbed TLS, libsodium, libgcrypt, CNG.

use crate::concept;
use crate::lang::memory;
use crate::rule::c::{arguments, declarations, declared, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

const VECTOR: &[u16] = &[329, 1204];
const NONCE: &[u16] = &[323, 1204];
const SALT: &[u16] = &[760, 916];

/// Functions, the place of what must be new each time, and the weakness where it is not.
const PLACES: &[(&str, usize, &[u16])] = &[
    ("EVP_EncryptInit", 3, VECTOR),
    ("EVP_EncryptInit_ex", 4, VECTOR),
    ("EVP_EncryptInit_ex2", 3, VECTOR),
    ("EVP_CipherInit", 3, VECTOR),
    ("EVP_CipherInit_ex", 4, VECTOR),
    ("AES_cbc_encrypt", 4, VECTOR),
    ("AES_cfb128_encrypt", 4, VECTOR),
    ("AES_ofb128_encrypt", 4, VECTOR),
    ("mbedtls_aes_crypt_cbc", 3, VECTOR),
    ("mbedtls_gcm_crypt_and_tag", 3, NONCE),
    ("crypto_secretbox_easy", 3, NONCE),
    ("crypto_box_easy", 3, NONCE),
    ("crypto_aead_xchacha20poly1305_ietf_encrypt", 7, NONCE),
    ("crypto_aead_chacha20poly1305_ietf_encrypt", 7, NONCE),
    ("crypto_aead_aes256gcm_encrypt", 7, NONCE),
    ("gcry_cipher_setiv", 1, VECTOR),
    ("gcry_cipher_setctr", 1, NONCE),
    ("BCryptEncrypt", 4, VECTOR),
    ("PKCS5_PBKDF2_HMAC", 2, SALT),
    ("PKCS5_PBKDF2_HMAC_SHA1", 2, SALT),
    ("EVP_PBE_scrypt", 2, SALT),
    ("crypto_pwhash", 4, SALT),
];

/// Functions that fill a buffer with what is the same in every run.
const FILLS: &[&str] = &["memset", "bzero", "memcpy", "strcpy", "strncpy"];

/// Functions that leave a buffer as it is.
const LOOKS: &[&str] = &["printf", "fprintf", "fwrite", "write", "strlen", "memcmp", "sizeof", "BIO_dump_fp", "send"];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let Some(&(_, at, cwe)) = PLACES.iter().find(|(known, ..)| *known == name) else { return };
    let given = arguments(context, call);
    let Some(&value) = given.get(at) else { return };
    // The other direction takes the vector that came with the text.
    let flag = match name {
        "EVP_CipherInit" => given.get(4),
        "EVP_CipherInit_ex" | "AES_cbc_encrypt" => given.get(5),
        "mbedtls_aes_crypt_cbc" => given.get(1),
        _ => None,
    };
    let reverse = flag.is_some_and(|&flag| {
        context.source(flag).contains("DECRYPT")
            || context.truth(flag) == Some(false)
            || context.kind(flag) == Kind::Name && !context.source(flag).contains("ENCRYPT")
    });
    if !reverse && is_fixed(context, call, value) {
        let message = "A value that must be new each time is always the same.";
        let report = Report::issue(value, concept::FIXED_NONCE, message).cwe(cwe);
        found.push(context, report.trace(declarations(context, value)));
    }
}

/// Whether a buffer holds the same bytes in every run.
fn is_fixed(context: &Context<'_>, call: NodeId, value: NodeId) -> bool {
    let tree = context.tree();
    let mut value = value;
    while context.kind(value) == Kind::Cast {
        let Some(inner) = tree.children_in(value, Field::Value).last() else { return false };
        value = inner;
    }
    if context.kind(value) == Kind::String {
        return true;
    }
    let Some(base) = memory::base(tree, context.text(), value).filter(|&base| context.kind(base) == Kind::Name) else {
        return false;
    };
    let Some(own) = declared(context, base).filter(|own| !own.parameter) else { return false };
    let bytes = tree.child(own.node, Field::Value);
    let mut fixed = bytes.is_some_and(|bytes| is_constant(context, bytes));
    if bytes.is_some() && !fixed {
        return false;
    }
    let name = context.name(base);
    let function = context.body(call).unwrap_or(NodeId::ROOT);
    for part in tree.subtree(function).take(6_000).take_while(|&part| part < call) {
        match context.kind(part) {
            Kind::Call => {
                let handed = arguments(context, part);
                let ours = |given: NodeId| {
                    memory::base(tree, context.text(), given).is_some_and(|base| context.source(base) == name)
                };
                if !handed.iter().any(|&given| ours(given)) {
                    continue;
                }
                let callee = library(context, part);
                if FILLS.contains(&callee) && handed.first().is_some_and(|&first| ours(first)) {
                    fixed = handed.get(1).is_some_and(|&from| is_constant(context, from));
                } else if !LOOKS.contains(&callee) && !PLACES.iter().any(|(known, ..)| *known == callee) {
                    return false;
                }
            }
            // `iv[i] = …`
            Kind::Assign if part != own.node => {
                let target = tree.child(part, Field::Target);
                let base = target.and_then(|target| memory::base(tree, context.text(), target));
                if base.is_some_and(|base| context.source(base) == name) {
                    fixed = tree.child(part, Field::Value).is_some_and(|value| is_constant(context, value));
                }
            }
            _ => {}
        }
    }
    fixed
}

fn is_constant(context: &Context<'_>, value: NodeId) -> bool {
    let value = if context.kind(value) == Kind::Cast {
        context.tree().children_in(value, Field::Value).last().unwrap_or(value)
    } else {
        value
    };
    // A null pointer gives no vector at all.
    context.kind(value) != Kind::Null && context.is_constant(value)
}
