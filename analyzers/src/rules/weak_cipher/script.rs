//! Ciphers and keys of JavaScript: `crypto`, CryptoJS and forge.

use super::check_transformation;
use crate::concept;
use crate::rule::script::option;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Broken ciphers by the last part of their name.
const BROKEN: &[&str] = &["DES", "TripleDES", "RC4", "RC4Drop", "Rabbit", "RabbitLegacy", "RC2"];

/// Checks a call or construction.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    match path {
        "crypto.createCipheriv" | "crypto.createDecipheriv" => return check_transformation(context, call, '-', found),
        "crypto.createCipher" | "crypto.createDecipher" => {
            let message = "The key is derived from the password by one round of MD5, without a salt.";
            return found.push(context, Report::issue(call, concept::WEAK_CIPHER, message));
        }
        "node-forge.cipher.createCipher" | "forge.cipher.createCipher" => {
            return check_transformation(context, call, '-', found);
        }
        "crypto.generateKeyPair" | "crypto.generateKeyPairSync" => {
            let kind = context.positional(call, 0).and_then(|kind| context.string(kind)).unwrap_or_default();
            let bits = option(context, call, "modulusLength").and_then(|bits| context.integer(bits));
            let curve = option(context, call, "namedCurve").and_then(|curve| context.string(curve)).unwrap_or_default();
            if matches!(kind, "rsa" | "dsa" | "rsa-pss" | "dh") {
                short(context, call, bits, 2048, found);
            } else if ["secp112", "secp128", "secp160", "secp192", "prime192", "sect113", "sect131", "sect163"]
                .iter()
                .any(|name| curve.starts_with(name))
            {
                found.push(context, Report::issue(call, concept::WEAK_KEY, "The curve is too small.").cwe(&[326, 327]));
            }
        }
        "crypto.generateKey" | "crypto.generateKeySync" => {
            let bits = option(context, call, "length").and_then(|bits| context.integer(bits));
            short(context, call, bits, 128, found);
        }
        "crypto.createDiffieHellman" => {
            let bits = context.positional(call, 0).and_then(|bits| context.integer(bits));
            short(context, call, bits, 2048, found);
        }
        "crypto.getDiffieHellman" | "crypto.createDiffieHellmanGroup" => {
            let group = context.positional(call, 0).and_then(|group| context.string(group)).unwrap_or_default();
            if matches!(group, "modp1" | "modp2" | "modp5") {
                short(context, call, Some(1024), 2048, found);
            }
        }
        "node-rsa" | "NodeRSA" => {
            let given = context.positional(call, 0);
            let bits = option(context, call, "b").or(given).and_then(|bits| context.integer(bits));
            short(context, call, bits, 2048, found);
        }
        "node-forge.pki.rsa.generateKeyPair"
        | "forge.pki.rsa.generateKeyPair"
        | "node-forge.rsa.generateKeyPair"
        | "forge.rsa.generateKeyPair" => {
            let given = context.positional(call, 0);
            let bits = option(context, call, "bits").or(given).and_then(|bits| context.integer(bits));
            short(context, call, bits, 2048, found);
        }
        "crypto-js.enc.Utf8.parse" => {}
        _ => library(context, call, path, found),
    }
    if context.method(call) == "generateKeyPair" && path.starts_with("node-rsa") {
        short(context, call, context.positional(call, 0).and_then(|bits| context.integer(bits)), 2048, found);
    }
}

/// `CryptoJS.DES.encrypt(…)`, `CryptoJS.AES.encrypt(text, key, { mode: CryptoJS.mode.ECB })`
fn library(context: &Context<'_>, call: NodeId, path: &str, found: &mut Findings) {
    let Some(cipher) = path.strip_suffix(".encrypt").or_else(|| path.strip_suffix(".decrypt")) else { return };
    let Some((library, name)) = cipher.rsplit_once(['.', '/']) else { return };
    if !library.to_ascii_lowercase().contains("crypto") {
        return;
    }
    let name = name.strip_prefix("tripledes").map_or(name, |_| "TripleDES");
    if BROKEN.iter().any(|broken| broken.eq_ignore_ascii_case(name)) {
        return found.push(context, Report::issue(call, concept::WEAK_CIPHER, "A broken cipher is used."));
    }
    if option(context, call, "mode").is_some_and(|mode| context.source(mode).ends_with("ECB")) {
        let message = "The ECB mode shows patterns of the plain text.";
        found.push(context, Report::issue(call, concept::WEAK_CIPHER, message));
    }
}

fn short(context: &Context<'_>, call: NodeId, bits: Option<i64>, least: i64, found: &mut Findings) {
    if bits.is_some_and(|bits| (1..least).contains(&bits)) {
        found.push(context, Report::issue(call, concept::WEAK_KEY, "A key is too short.").cwe(&[326, 327, 310]));
    }
}
