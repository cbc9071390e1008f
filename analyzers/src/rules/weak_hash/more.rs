//! Broken hashes in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::listed::{Use, Uses};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

static USES: Uses = Uses::new(
    concept::WEAK_HASH,
    &[
        Use {
            language: Php,
            names: &["md5", "sha1", "md5_file", "sha1_file"],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Low,
            audit: true,
            message: "A broken hash function is used.",
        },
        Use {
            language: Php,
            names: &["hash", "hash_init", "hash_hmac", "openssl_digest", "mhash"],
            with: &["md5", "sha1", "md4", "sha-1"],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A broken hash function is used.",
        },
        Use {
            language: CSharp,
            names: &[
                "MD5.Create",
                "SHA1.Create",
                "MD5CryptoServiceProvider",
                "SHA1CryptoServiceProvider",
                "SHA1Managed",
                "MD5Cng",
                "SHA1Cng",
                "HMACMD5",
                "MD5.HashData",
                "SHA1.HashData",
            ],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A broken hash function is used.",
        },
        Use {
            language: Ruby,
            names: &[
                "Digest.MD5.hexdigest",
                "Digest.MD5.digest",
                "Digest.SHA1.hexdigest",
                "Digest.SHA1.digest",
                "Digest.MD5.new",
                "Digest.SHA1.new",
                "Digest.MD5.base64digest",
                "OpenSSL.Digest.MD5.new",
                "OpenSSL.Digest.SHA1.new",
            ],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A broken hash function is used.",
        },
        Use {
            language: Ruby,
            names: &["OpenSSL.Digest.new"],
            with: &["md5", "sha1"],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A broken hash function is used.",
        },
        Use {
            language: Rust,
            names: &[
                "Md5.new",
                "Sha1.new",
                "md5.compute",
                "Md5.digest",
                "Sha1.digest",
                "sha1.Sha1.from",
                "Sha1.from",
                "Md4.new",
            ],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A broken hash function is used.",
        },
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    USES.check(context, node, found);
}
