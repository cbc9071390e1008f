//! CWE-327: a cipher, mode or key length that is broken.

use crate::concept;
use crate::finding::Severity;
use crate::rule::common::{call_path, constant_integer, path_of};
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::syntax::{Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "weak-cipher",
    cwe: &[327],
    severity: Severity::High,
    summary: "A broken cipher, a mode that shows patterns, or a short key is used.",
    advice: "Use AES-GCM or ChaCha20-Poly1305 with a random nonce, RSA keys of 2048 bits or more, curves of 224 bits or more.",
    rows: &[python_row(&[Kind::Call], check_cipher), python_row(&[Kind::Attribute], check_mode)],
    bad: &[
        python("from Crypto.Cipher import DES\ncipher = DES.new(key)\n"),
        python("from Crypto.Cipher import AES\ncipher = AES.new(key, AES.MODE_ECB)\n"),
        python(
            "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes\nCipher(algorithms.ARC4(key), None)\n",
        ),
        python("from cryptography.hazmat.primitives.ciphers import modes\nm = modes.ECB()\n"),
        python(
            "from cryptography.hazmat.primitives.asymmetric import rsa\nrsa.generate_private_key(public_exponent=65537, key_size=1024)\n",
        ),
        python("from Crypto.PublicKey import RSA\nRSA.generate(1024)\n"),
    ],
    good: &[
        python("from Crypto.Cipher import AES\ncipher = AES.new(key, AES.MODE_GCM)\n"),
        python("from cryptography.hazmat.primitives.asymmetric import rsa\nrsa.generate_private_key(65537, 4096)\n"),
        python("from Crypto.PublicKey import RSA\nRSA.generate(size)\n"),
    ],
};

const CIPHERS: &[&str] = &["DES", "DES3", "ARC2", "ARC4", "Blowfish", "CAST", "XOR"];
const ALGORITHMS: &[&str] = &["ARC4", "Blowfish", "IDEA", "CAST5", "SEED", "TripleDES"];

fn check_cipher(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some(path) = call_path(context, call) else { return };
    let pycrypto = path.strip_prefix("Crypto.Cipher.").or_else(|| path.strip_prefix("Cryptodome.Cipher."));
    let broken = pycrypto.and_then(|rest| rest.strip_suffix(".new")).is_some_and(|name| CIPHERS.contains(&name))
        || (path.starts_with("cryptography.")
            && path.rsplit_once(".algorithms.").is_some_and(|(_, name)| ALGORITHMS.contains(&name)));
    if broken {
        findings.push(context, Report::issue(call, concept::WEAK_CIPHER, "A broken cipher is used."));
        return;
    }
    if let Some((argument, name, least)) = key_length(path) {
        let bits = context.argument(call, argument, name).and_then(|bits| constant_integer(context, bits));
        if bits.is_some_and(|bits| bits < least) {
            let report = Report::issue(call, concept::WEAK_KEY, "A key is too short.").cwe(&[326, 327]);
            findings.push(context, report.severity(Severity::Medium));
        }
    }
}

/// Where a key generator takes the length, and the least that is sound.
fn key_length(path: &str) -> Option<(usize, &'static str, i64)> {
    match path {
        "cryptography.hazmat.primitives.asymmetric.rsa.generate_private_key" => Some((1, "key_size", 2048)),
        "cryptography.hazmat.primitives.asymmetric.dsa.generate_private_key" => Some((0, "key_size", 2048)),
        "Crypto.PublicKey.RSA.generate"
        | "Cryptodome.PublicKey.RSA.generate"
        | "Crypto.PublicKey.DSA.generate"
        | "Cryptodome.PublicKey.DSA.generate" => Some((0, "bits", 2048)),
        "rsa.newkeys" => Some((0, "nbits", 2048)),
        _ => None,
    }
}

fn check_mode(context: &Context<'_>, attribute: NodeId, findings: &mut Findings) {
    let Some(path) = path_of(context, attribute) else { return };
    let is_mode = path.ends_with(".MODE_ECB") && (path.starts_with("Crypto.") || path.starts_with("Cryptodome."))
        || path == "cryptography.hazmat.primitives.ciphers.modes.ECB";
    if is_mode {
        findings.push(
            context,
            Report::issue(attribute, concept::WEAK_CIPHER, "The ECB mode shows patterns of the plain text."),
        );
    }
}
