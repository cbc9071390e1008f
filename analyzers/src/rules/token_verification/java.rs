//! Tokens that Java code takes without a check of the signature.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// `parser.parse(token)` takes unsigned tokens too; `JWT.decode(token)` checks nothing.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let parser = ["JwtParser", "Jwts", "DefaultJwtParser", "DefaultJwtParserBuilder", "JwtParserBuilder"]
        .iter()
        .any(|class| is_method_of(path, class, method));
    if parser && matches!(method, "parse" | "parsePlaintextJwt" | "parseClaimsJwt" | "parseUnsecuredClaims") {
        if context.is_constant_text(call) || method == "parse" && checks(context, call) {
            return;
        }
        let message = "The token is taken whether it is signed or not.";
        found.push(context, Report::issue(call, concept::TOKEN_VERIFY, message));
        return;
    }
    if is_method_of(path, "JWT", "decode") || is_method_of(path, "JWTParser", "parse") {
        let verified = context.function(call).is_some_and(|function| {
            let text = context.source(function);
            text.contains(".verify(") || text.contains("setVerificationKey") || text.contains(".process(")
        });
        if !verified {
            let message = "Claims are read from a token that nobody checked.";
            let report = Report::issue(call, concept::TOKEN_VERIFY, message).severity(Severity::Medium);
            found.push(context, report.confidence(Confidence::Medium));
        }
    } else if is_method_of(path, "Algorithm", "none") || context.path(call).ends_with("SignatureAlgorithm.NONE") {
        found
            .push(context, Report::issue(call, concept::TOKEN_VERIFY, "Tokens are made or taken without a signature."));
    } else if method == "setSkipSignatureVerification" || method == "setSkipAllValidators" {
        found.push(context, Report::issue(call, concept::TOKEN_VERIFY, "The token's signature is not checked."));
    }
}

/// Whether the handler of a token takes signed ones only.
fn checks(context: &Context<'_>, call: NodeId) -> bool {
    context.positional(call, 1).is_some_and(|handler| {
        let handler = context.value(handler);
        let tree = context.tree();
        let own: Vec<&str> = tree
            .subtree(handler)
            .take(400)
            .filter(|&part| context.kind(part) == Kind::Function)
            .map(|part| context.name(part))
            .collect();
        !own.is_empty() && own.iter().all(|name| name.ends_with("Jws"))
    })
}
