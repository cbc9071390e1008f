//! Sessions and tokens of Go that stay valid for ever.

use super::{MOST_DAYS, report};
use crate::finding::Severity;
use crate::rule::common::setting;
use crate::rule::{Context, Findings};
use crate::syntax::{Kind, NodeId};

/// Literals of claims that are written out.
const CLAIMS: &[&str] = &["MapClaims{", "RegisteredClaims{", "StandardClaims{"];

/// `jwt.NewWithClaims(method, jwt.MapClaims{…})`, `jwt.WithoutClaimsValidation()`
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let Some((module, name)) = path.rsplit_once('.') else { return };
    if !module.contains("jwt") {
        return;
    }
    match name {
        "NewWithClaims" => {
            let Some(claims) = context.positional(call, 1) else { return };
            let literal = context.source(context.value(claims));
            let scope = context.source(context.tree().scope(call));
            let written = CLAIMS.iter().any(|claims| literal.contains(claims));
            let ends = ["\"exp\"", "ExpiresAt"].iter().any(|word| literal.contains(word) || scope.contains(word));
            if written && !ends {
                report(context, call, "The token never expires.", Severity::Low, found);
            }
        }
        "WithoutClaimsValidation" => {
            report(context, call, "Tokens are taken that have expired.", Severity::Medium, found);
        }
        _ => {}
    }
}

/// `jwt.Parser{SkipClaimsValidation: true}`, `sessions.Options{MaxAge: …}`
pub(super) fn option(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some((name, owner, value)) = setting(context, node) else { return };
    match name {
        "SkipClaimsValidation" if context.truth(value) == Some(true) => {
            report(context, node, "Tokens are taken that have expired.", Severity::Medium, found);
        }
        "MaxAge"
            if context.kind(node) == Kind::Keyword
                && owner.ends_with("sessions.Options")
                && context.integer(value).is_some_and(|seconds| seconds / 86_400 > MOST_DAYS) =>
        {
            report(context, node, "Sessions stay valid for months.", Severity::Low, found);
        }
        _ => {}
    }
}
