//! Broken ciphers in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::listed::{Use, Uses};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

static USES: Uses = Uses::new(
    concept::WEAK_CIPHER,
    &[
        Use {
            language: Php,
            names: &["openssl_encrypt", "openssl_decrypt"],
            with: &["des", "rc4", "rc2", "bf-", "aes-128-ecb", "aes-256-ecb", "aes-192-ecb"],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A broken cipher or mode is used.",
        },
        Use {
            language: Php,
            names: &["mcrypt_encrypt", "mcrypt_decrypt", "mcrypt_module_open", "mcrypt_ecb"],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A cipher library that is no longer kept is used.",
        },
        Use {
            language: CSharp,
            names: &[
                "DES.Create",
                "DESCryptoServiceProvider",
                "TripleDES.Create",
                "TripleDESCryptoServiceProvider",
                "RC2.Create",
                "RC2CryptoServiceProvider",
                "TripleDESCng",
            ],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A broken cipher is used.",
        },
        Use {
            language: CSharp,
            names: &["CipherMode.ECB"],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A mode that shows patterns of the text is used.",
        },
        Use {
            language: CSharp,
            names: &["CipherMode.CBC", "CipherMode.CFB"],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: true,
            message: "A mode without authentication is used.",
        },
        Use {
            language: Ruby,
            names: &["OpenSSL.Cipher.new", "OpenSSL.Cipher.Cipher.new"],
            with: &["des", "rc4", "rc2", "bf", "aes-128-ecb", "aes-256-ecb", "aes-192-ecb"],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A broken cipher or mode is used.",
        },
        Use {
            language: Ruby,
            names: &[
                "OpenSSL.Cipher.DES.new",
                "OpenSSL.Cipher.RC4.new",
                "OpenSSL.Cipher.RC2.new",
                "OpenSSL.Cipher.BF.new",
                "OpenSSL.Cipher.CAST5.new",
                "OpenSSL.Cipher.IDEA.new",
            ],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A broken cipher is used.",
        },
        Use {
            language: Ruby,
            names: &[
                "OpenSSL.Cipher.AES.new",
                "OpenSSL.Cipher.AES128.new",
                "OpenSSL.Cipher.AES192.new",
                "OpenSSL.Cipher.AES256.new",
            ],
            with: &["ecb"],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A mode that shows patterns of the text is used.",
        },
        Use {
            language: Rust,
            names: &[
                "Des.new",
                "TdesEde3.new",
                "Rc4.new",
                "Blowfish.new",
                "Cipher.des_ecb",
                "Cipher.aes_128_ecb",
                "Cipher.aes_256_ecb",
                "Cipher.des_cbc",
                "Cipher.rc4",
            ],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A broken cipher or mode is used.",
        },
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.kind(node) != Kind::Attribute {
        length(context, node, found);
    } else if context.tree().field(node) == Field::Callee {
        return;
    }
    USES.check(context, node, found);
}

/// Where the maker of a key of RSA or DSA takes its length.
fn length(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let ends = |names: &[&str]| {
        names.iter().any(|name| path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    };
    let given = match context.program().language {
        Ruby if ends(&["PKey.RSA.new", "PKey.RSA.generate", "PKey.DSA.new", "PKey.DSA.generate", "PKey.DH.new"]) => {
            context.positional(call, 0)
        }
        CSharp
            if ends(&[
                "RSA.Create",
                "RSACryptoServiceProvider",
                "RSACng",
                "DSA.Create",
                "DSACryptoServiceProvider",
            ]) =>
        {
            context.positional(call, 0)
        }
        Rust if ends(&["RsaPrivateKey.new"]) => context.positional(call, 1),
        Rust if ends(&["Rsa.generate", "Dsa.generate"]) => context.positional(call, 0),
        Php if path == "openssl_pkey_new" => {
            context.positional(call, 0).and_then(|options| context.entry(context.value(options), "private_key_bits"))
        }
        _ => None,
    };
    if given.and_then(|bits| context.integer(bits)).is_some_and(|bits| (64..2048).contains(&bits)) {
        let message = "The key is too short.";
        let report = Report::issue(call, concept::WEAK_CIPHER, message).cwe(&[326, 327]).severity(Severity::Medium);
        found.push(context, report.confidence(Confidence::High));
    }
}
