//! Ciphers in C and C++: OpenSSL, CommonCrypto, the interfaces of Windows, libgcrypt.

use crate::concept;
use crate::rule::c::origin::{Way, origin};
use crate::rule::c::{arguments, declarations, evaluate, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Prefixes of functions of broken ciphers.
const FUNCTIONS: &[&str] = &[
    "DES_",
    "EVP_des_",
    "EVP_desx_",
    "EVP_rc2_",
    "EVP_rc4",
    "EVP_bf_",
    "EVP_cast5_",
    "EVP_idea_",
    "EVP_seed_",
    "RC2_",
    "RC4_",
    "BF_",
    "CAST_",
    "IDEA_",
    "mbedtls_des_",
    "mbedtls_des3_",
    "mbedtls_arc4_",
    "mbedtls_blowfish_",
    "arc4_",
];

/// Names of broken ciphers and modes.
const CONSTANTS: &[&str] = &[
    "CALG_DES",
    "CALG_3DES",
    "CALG_3DES_112",
    "CALG_DESX",
    "CALG_RC2",
    "CALG_RC4",
    "CALG_RC5",
    "CALG_SEAL",
    "CALG_SKIPJACK",
    "CALG_TEK",
    "CALG_CYLINK_MEK",
    "BCRYPT_DES_ALGORITHM",
    "BCRYPT_DESX_ALGORITHM",
    "BCRYPT_3DES_ALGORITHM",
    "BCRYPT_3DES_112_ALGORITHM",
    "BCRYPT_RC2_ALGORITHM",
    "BCRYPT_RC4_ALGORITHM",
    "BCRYPT_CHAIN_MODE_ECB",
    "BCRYPT_RC4_ALG_HANDLE",
    "BCRYPT_DES_ECB_ALG_HANDLE",
    "BCRYPT_DES_CBC_ALG_HANDLE",
    "BCRYPT_3DES_CBC_ALG_HANDLE",
    "kCCAlgorithmDES",
    "kCCAlgorithm3DES",
    "kCCAlgorithmRC4",
    "kCCAlgorithmRC2",
    "kCCAlgorithmBlowfish",
    "kCCAlgorithmCAST",
    "kCCOptionECBMode",
    "GCRY_CIPHER_DES",
    "GCRY_CIPHER_3DES",
    "GCRY_CIPHER_ARCFOUR",
    "GCRY_CIPHER_BLOWFISH",
    "GCRY_CIPHER_RFC2268_40",
    "GCRY_CIPHER_MODE_ECB",
    "MBEDTLS_CIPHER_DES_CBC",
    "MBEDTLS_CIPHER_AES_128_ECB",
    "SEC_OID_DES_CBC",
    "CKM_DES_CBC",
    "CKM_DES_ECB",
    "CKM_RC4",
    "GNUTLS_CIPHER_ARCFOUR_128",
    "GNUTLS_CIPHER_3DES_CBC",
];

/// Functions whose argument is a number of key bits, its place and the least that is enough.
const BITS: &[(&str, usize, i64)] = &[
    ("RSA_generate_key", 0, 2048),
    ("RSA_generate_key_ex", 1, 2048),
    ("EVP_PKEY_CTX_set_rsa_keygen_bits", 1, 2048),
    ("DSA_generate_parameters", 0, 2048),
    ("DSA_generate_parameters_ex", 1, 2048),
    ("DH_generate_parameters", 0, 2048),
    ("DH_generate_parameters_ex", 1, 2048),
    ("EVP_PKEY_CTX_set_dh_paramgen_prime_len", 1, 2048),
    ("EVP_PKEY_CTX_set_dsa_paramgen_bits", 1, 2048),
    ("mbedtls_rsa_gen_key", 3, 2048),
];

/// Whether an algorithm of CryptoAPI encrypts, and is none of AES.
fn is_weak_identifier(number: i64) -> bool {
    let (class, kind, name) = (number >> 13 & 7, number >> 9 & 15, number & 511);
    class == 3 && !(kind == 3 && (14..=17).contains(&name))
}

/// `mode = …ECB; BCryptSetProperty(key, BCRYPT_CHAINING_MODE, &mode, …)`.
fn chained(context: &Context<'_>, call: NodeId, given: &[NodeId], found: &mut Findings) {
    let [_, property, value, ..] = given else { return };
    let is_mode = context.source(*property) == "BCRYPT_CHAINING_MODE"
        || context.string(*property).is_some_and(|text| text == "ChainingMode");
    let weak = |node: NodeId| {
        if matches!(context.source(node), "BCRYPT_CHAIN_MODE_ECB" | "BCRYPT_CHAIN_MODE_NA")
            || context.string(node).is_some_and(|text| matches!(text, "ChainingModeECB" | "ChainingModeN/A"))
        {
            Way::Found
        } else {
            Way::On
        }
    };
    if is_mode && origin(context, *value, weak).is_some() {
        report(context, call, found);
    }
}

/// Calls by name, and names of ciphers that are handed to one or compared with.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.kind(node) != Kind::Call {
        let place = context.tree().field(node);
        let handed = matches!(place, Field::Argument | Field::Value)
            || context.tree().parent(node).is_some_and(|above| {
                matches!(context.kind(above), Kind::Conditional | Kind::List)
                    || context.kind(above) == Kind::Binary && context.name(above) == "|"
            });
        // As a name of its own, not as a macro's definition.
        let defines = context.tree().parent(node).is_some_and(|above| context.source(above).starts_with('#'));
        // A mode kept in a variable is looked at where it is set.
        let kept = place == Field::Value && context.name(node).starts_with("BCRYPT_CHAIN_MODE");
        // What a function of the unit does with it shows there.
        let own = context.tree().parent(node).is_some_and(|above| {
            context.kind(above) == Kind::Call && !context.name(node).starts_with("kCC") && {
                let callee = library(context, above);
                callee.is_empty() && context.flow().data().called(above).is_some() && !is_key_maker(context, above)
            }
        });
        if handed
            && ["NID_secp112", "NID_secp128", "NID_secp160", "NID_sect113", "NID_sect131", "NID_sect163"]
                .iter()
                .any(|lead| context.name(node).starts_with(lead))
        {
            let message = "The curve is too small: take one of 256 bits or more.";
            return found.push(context, Report::issue(node, concept::WEAK_KEY, message).cwe(&[326]));
        }
        if handed && !defines && !kept && !own && CONSTANTS.contains(&context.name(node)) {
            report(context, node, found);
        }
        return;
    }
    let name = library(context, node);
    let given = arguments(context, node);
    if is_key_maker(context, node)
        && given.get(1).is_some_and(|&part| {
            evaluate(context, part).is_some_and(is_weak_identifier) && !CONSTANTS.contains(&context.source(part))
        })
    {
        return report(context, node, found);
    }
    if name == "BCryptSetProperty" {
        return chained(context, node, &given, found);
    }
    if let Some(&(_, at, least)) = BITS.iter().find(|(known, ..)| *known == name) {
        let short = given
            .iter()
            .skip(at)
            .take(1)
            .chain(given.iter().skip(at.saturating_sub(1)).take(1))
            .filter_map(|&part| evaluate(context, part))
            .any(|bits| (256..least).contains(&bits));
        if short {
            let message = "The key is too short: take 2048 bits or more.";
            found.push(context, Report::issue(node, concept::WEAK_KEY, message).cwe(&[326]));
        }
        return;
    }
    let ecb =
        name.ends_with("_ecb") && name.starts_with("EVP_") || name == "AES_ecb_encrypt" || name.ends_with("_crypt_ecb");
    let fetched = matches!(name, "EVP_CIPHER_fetch" | "EVP_get_cipherbyname" | "BCryptOpenAlgorithmProvider")
        && given.iter().any(|&part| context.string(part).is_some_and(is_broken));
    let broken = FUNCTIONS.iter().any(|lead| name.starts_with(lead)) || name == "RC4";
    if (broken && !name.contains("_random_key") && !name.contains("_set_odd")) || ecb || fetched {
        report(context, node, found);
    } else if is_bare_mode(name) {
        let message = "The mode does not tell changed texts from others: GCM does.";
        found.push(context, Report::audit(node, concept::WEAK_CIPHER, message).cwe(&[347, 353]));
    }
}

/// `CryptGenKey(provider, algorithm, …)` and its like, whoever declares them.
fn is_key_maker(context: &Context<'_>, call: NodeId) -> bool {
    let callee = context.tree().child(call, Field::Callee).map(|callee| context.source(callee)).unwrap_or_default();
    matches!(callee, "CryptGenKey" | "CryptDeriveKey" | "BCryptOpenAlgorithmProvider")
}

/// A mode that encrypts and does not authenticate.
fn is_bare_mode(name: &str) -> bool {
    name.starts_with("EVP_")
        && ["_cbc", "_ctr", "_cfb", "_ofb", "_cfb128", "_cfb8"].iter().any(|tail| name.ends_with(tail))
}

fn is_broken(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    matches!(upper.as_str(), "DES" | "DESX" | "3DES" | "3DES_112" | "RC2" | "RC4" | "BF" | "CAST5")
        || ["DES-", "RC4-", "RC2-", "BF-"].iter().any(|lead| upper.starts_with(lead))
        || upper.ends_with("-ECB")
}

fn report(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let message = "The cipher or its mode is broken.";
    let report = Report::issue(node, concept::WEAK_CIPHER, message).cwe(&[327, 1240, 326]);
    found.push(context, report.trace(declarations(context, node)));
}
