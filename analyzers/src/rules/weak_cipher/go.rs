//! Broken ciphers and short keys of Go's `crypto`.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

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
    if matches!(path, "crypto/cipher.Block.Encrypt" | "crypto/cipher.Block.Decrypt") && is_repeated(context, call) {
        let message = "Blocks are encrypted one by one, which shows patterns of the plain text.";
        return found.push(context, Report::issue(call, concept::WEAK_CIPHER, message).confidence(Confidence::Medium));
    }
    if matches!(path, "crypto/rsa.EncryptPKCS1v15" | "crypto/rsa.DecryptPKCS1v15") {
        let message = "This padding of RSA can be read by asking whether a padding is right; OAEP cannot.";
        let report = Report::issue(call, concept::WEAK_CIPHER, message).cwe(&[780, 327]).severity(Severity::Low);
        return found.push(context, report.confidence(Confidence::Medium));
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

/// Whether a call stands in a loop over blocks.
fn is_repeated(context: &Context<'_>, call: NodeId) -> bool {
    let around = context.tree().ancestors(call);
    let mut around = around.take_while(|&above| !matches!(context.kind(above), Kind::Function | Kind::Lambda));
    around.any(|above| matches!(context.kind(above), Kind::For | Kind::While))
        && context.function(call).is_none_or(|function| {
            // The modes that chain blocks by hand mix them.
            !context.source(function).contains('^') && !context.source(function).contains("xor")
        })
}
