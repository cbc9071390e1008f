//! Broken ciphers and short keys of Go's `crypto`.

use crate::concept;
use crate::finding::Severity;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Functions that make a broken cipher.
const BROKEN: &[&str] = &[
    "crypto/des.NewCipher",
    "crypto/des.NewTripleDESCipher",
    "crypto/rc4.NewCipher",
    "golang.org/x/crypto/blowfish.NewCipher",
    "golang.org/x/crypto/blowfish.NewSaltedCipher",
    "golang.org/x/crypto/cast5.NewCipher",
    "golang.org/x/crypto/tea.NewCipher",
    "golang.org/x/crypto/xtea.NewCipher",
];

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if BROKEN.contains(&path) {
        return found.push(context, Report::issue(call, concept::WEAK_CIPHER, "A broken cipher is used."));
    }
    let bits = match path {
        "crypto/rsa.GenerateKey" => context.positional(call, 1),
        "crypto/rsa.GenerateMultiPrimeKey" => context.positional(call, 2),
        _ => return,
    };
    if bits.and_then(|bits| context.integer(bits)).is_some_and(|bits| bits < 2048) {
        let report = Report::issue(call, concept::WEAK_KEY, "A key is too short.").cwe(&[326, 310]);
        found.push(context, report.severity(Severity::Medium));
    }
}
