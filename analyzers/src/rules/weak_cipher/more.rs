//! Broken ciphers in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::listed::{Use, Uses};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

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
            names: &["OpenSSL.Cipher.DES.new", "OpenSSL.Cipher.RC4.new"],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A broken cipher is used.",
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
    USES.check(context, node, found);
}
