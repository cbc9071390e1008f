//! JSON web tokens in JavaScript: decoded unverified, without key, or with `none` among the algorithms.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::script::option;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let allows_none = |list: NodeId| {
        let list = context.value(list);
        std::iter::once(list)
            .chain(context.tree().children(list).take(20))
            .any(|part| context.string(part).is_some_and(|name| name.eq_ignore_ascii_case("none")))
    };
    let message = match path {
        "jsonwebtoken.verify" | "jwt.verify" => {
            let none = option(context, call, "algorithms").is_some_and(allows_none);
            let keyless = context.positional(call, 1).is_some_and(|key| {
                let key = context.value(key);
                context.kind(key) == Kind::Null || context.truth(key) == Some(false)
            });
            (none || keyless).then_some("The token is accepted without a signature.")
        }
        "jsonwebtoken.sign" | "jwt.sign" => option(context, call, "algorithm")
            .is_some_and(allows_none)
            .then_some("The token is made without a signature."),
        "jwt-simple.decode" => context
            .positional(call, 2)
            .is_some_and(|unchecked| context.truth(unchecked) == Some(true))
            .then_some("The token's signature is not checked."),
        _ => None,
    };
    if let Some(message) = message {
        return found.push(context, Report::issue(call, concept::TOKEN_VERIFY, message));
    }
    // Read without a check: fine for display, no proof of who sent it.
    let reads =
        matches!(path, "jsonwebtoken.decode" | "jwt.decode" | "jwt-decode" | "jose.decodeJwt" | "jwt-decode.jwtDecode");
    if reads
        && !["jsonwebtoken.verify", ".verify(", "jwtVerify", "jwt.verify"]
            .iter()
            .any(|check| context.text().contains(check))
    {
        let message = "Claims are read from a token that nobody checks in this code.";
        let report = Report::issue(call, concept::TOKEN_VERIFY, message);
        found.push(context, report.severity(Severity::Medium).confidence(Confidence::Low));
    }
}
