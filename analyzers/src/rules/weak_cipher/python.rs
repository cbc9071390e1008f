//! Ways in which Python's libraries are used that take a good cipher's strength away.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if path.starts_with("Crypto") && path.ends_with(".Cipher.PKCS1_v1_5.new") {
        return padding(context, call, found);
    }
    if matches!(context.method(call), "encrypt" | "decrypt")
        && context
            .tree()
            .positional(call)
            .skip(1)
            .take(2)
            .any(|part| context.kind(part) == Kind::Call && context.callee(part).ends_with(".padding.PKCS1v15"))
    {
        return padding(context, call, found);
    }
    if matches!(path, "rsa.encrypt" | "rsa.decrypt") && context.mentions("import rsa") {
        return padding(context, call, found);
    }
    if path.ends_with("rsa.generate_private_key") || path.ends_with("RSA.generate") {
        let exponent = ["public_exponent", "e"].iter().find_map(|name| context.keyword(call, name));
        let exponent = exponent.or_else(|| context.positional(call, 0).filter(|_| path.ends_with("private_key")));
        if exponent.and_then(|exponent| context.integer(exponent)).is_some_and(|number| number < 65_537) {
            let report = Report::issue(call, concept::WEAK_KEY, "The public exponent is too small.");
            found.push(context, report.cwe(&[326, 327]).severity(Severity::Medium));
        }
        return;
    }
    // `AES.new(key, AES.MODE_CBC, key[:16])`
    if path.starts_with("Crypto") && path.ends_with(".new") && path.contains(".Cipher.") {
        let key = context.argument(call, 0, "key");
        let vector =
            context.positional(call, 2).or_else(|| ["iv", "IV", "nonce"].iter().find_map(|n| context.keyword(call, n)));
        let (Some(key), Some(vector)) = (key, vector) else { return };
        let made = context.value(vector);
        let of = match context.kind(made) {
            Kind::Subscript => context.tree().child(made, Field::Object),
            Kind::Name | Kind::Attribute => Some(made),
            _ => None,
        };
        if of.is_some_and(|of| context.source(of) == context.source(key)) {
            let message = "The key is its own initialisation vector.";
            found.push(context, Report::issue(call, concept::FIXED_NONCE, message).cwe(&[329, 1204]));
        }
    }
}

fn padding(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let message = "The padding of version 1.5 lets others decrypt by asking.";
    let report = Report::issue(call, concept::WEAK_CIPHER, message).cwe(&[780, 327]);
    found.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
}
