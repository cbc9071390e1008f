//! Hash functions in C and C++: OpenSSL, libgcrypt, CommonCrypto, Windows, mbed TLS.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::library;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Calls by name, and names of algorithms that are handed to one.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.kind(node) == Kind::Call {
        let name = library(context, node);
        if is_function(name)
            || is_prefixed(name)
            || (is_getter(name)
                && context.tree().positional(node).any(|part| context.string(part).is_some_and(is_algorithm)))
        {
            report(context, node, found);
        }
        return;
    }
    let place = context.tree().field(node);
    if matches!(place, Field::Argument | Field::Value)
        && is_constant(context.name(node))
        && context.kind(node) == Kind::Name
    {
        let call = context.tree().parent(node).filter(|&above| context.kind(above) == Kind::Call);
        report(context, call.unwrap_or(node), found);
    }
}

fn report(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let message = "MD5 and SHA-1 are broken: collisions can be made.";
    let report = Report::issue(node, concept::WEAK_HASH, message);
    found.push(context, report.cwe(&[328, 327, 1240]).severity(Severity::Medium).confidence(Confidence::Medium));
}

fn is_function(name: &str) -> bool {
    let bare = ["CC_", "mbedtls_", "wc_", "gnutls_hash_", "av_"]
        .iter()
        .find_map(|lead| name.strip_prefix(lead))
        .unwrap_or(name);
    let upper = bare.to_ascii_uppercase();
    let (head, rest) = upper.split_once('_').unwrap_or((&upper, ""));
    let family = matches!(head, "MD2" | "MD4" | "MD5" | "SHA1" | "SHA");
    // `MD5_Init` and `MD5_INIT`, not `md5_init` of somebody's own.
    let plain = bare.starts_with(head) || name != bare;
    family && plain && matches!(rest, "" | "INIT" | "UPDATE" | "FINAL" | "RET")
        || matches!(
            name,
            "EVP_md2" | "EVP_md4" | "EVP_md5" | "EVP_sha" | "EVP_sha1" | "EVP_md5_sha1" | "EVP_dss1" | "EVP_mdc2"
        )
}

/// `library_MD5_Init`: the same function under a prefix of its own.
fn is_prefixed(name: &str) -> bool {
    ["_MD2_", "_MD4_", "_MD5_", "_SHA1_"].iter().any(|family| {
        name.split_once(family)
            .is_some_and(|(_, rest)| matches!(rest.to_ascii_uppercase().as_str(), "INIT" | "UPDATE" | "FINAL"))
    })
}

fn is_getter(name: &str) -> bool {
    matches!(
        name,
        "EVP_MD_fetch" | "EVP_get_digestbyname" | "gcry_md_map_name" | "EVP_Q_digest" | "mbedtls_md_info_from_string"
    )
}

fn is_algorithm(text: &str) -> bool {
    ["md2", "md4", "md5", "sha1", "sha-1"].contains(&text.to_ascii_lowercase().as_str())
}

fn is_constant(name: &str) -> bool {
    matches!(
        name,
        "GCRY_MD_MD2"
            | "GCRY_MD_MD4"
            | "GCRY_MD_MD5"
            | "GCRY_MD_SHA1"
            | "CALG_MD2"
            | "CALG_MD4"
            | "CALG_MD5"
            | "CALG_SHA1"
            | "CALG_SHA"
            | "BCRYPT_MD2_ALGORITHM"
            | "BCRYPT_MD4_ALGORITHM"
            | "BCRYPT_MD5_ALGORITHM"
            | "BCRYPT_SHA1_ALGORITHM"
            | "kCCHmacAlgMD5"
            | "GNUTLS_DIG_MD5"
            | "GNUTLS_DIG_SHA1"
            | "MBEDTLS_MD_MD5"
            | "MBEDTLS_MD_SHA1"
            | "G_CHECKSUM_MD5"
            | "G_CHECKSUM_SHA1"
    )
}
