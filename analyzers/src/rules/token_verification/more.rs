//! Tokens of Ruby, PHP, C# and Rust whose signature nobody checks.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

const MESSAGE: &str = "The token is accepted without checking its signature.";

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let last = if method.is_empty() { path.rsplit('.').next().unwrap_or(path) } else { method };
    let unchecked = match context.program().language {
        Language::Ruby if path.ends_with("JWT.decode") => {
            context.positional(call, 2).and_then(|verify| context.truth(verify)) == Some(false)
                || says_none(context, call)
        }
        Language::Php if path.ends_with("JWT.decode") => says_none(context, call),
        Language::CSharp => match last {
            "WithVerifySignature" => context.positional(call, 0).and_then(|on| context.truth(on)) == Some(false),
            "DoNotVerifySignature" => true,
            "Decode" | "DecodeToObject" => {
                context.object(call).is_some_and(|object| is_decoder(context, object))
                    && (context.tree().positional(call).count() == 1 && context.keyword(call, "verify").is_none()
                        || context.keyword(call, "verify").and_then(|on| context.truth(on)) == Some(false)
                        || context.positional(call, 2).and_then(|on| context.truth(on)) == Some(false))
            }
            _ => false,
        },
        Language::Rust => matches!(
            last,
            "insecure_disable_signature_validation"
                | "dangerous_insecure_decode"
                | "insecure_decode"
                | "dangerous_unsafe_decode"
                | "dangerous_insecure_decode_with_validation"
        ),
        _ => false,
    };
    if unchecked {
        report(context, call, MESSAGE, &[347, 345], found);
    }
}

/// `algorithm: 'none'`
fn says_none(context: &Context<'_>, call: NodeId) -> bool {
    context.tree().subtree(call).take(60).any(|part| {
        context.kind(part) == Kind::String && context.string(part).is_some_and(|text| text.eq_ignore_ascii_case("none"))
    })
}

fn is_decoder(context: &Context<'_>, object: NodeId) -> bool {
    let kind = context.program().names.type_of(object).unwrap_or_default();
    let name = context.source(object).to_ascii_lowercase();
    kind.ends_with("JwtDecoder") || name.contains("jwt") || name == "decoder"
}

/// `new TokenValidationParameters { ValidateLifetime = false }`, `options.RequireSignedTokens = false`.
pub(super) fn option(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let name = if context.kind(node) == Kind::Assign {
        tree.child(node, Field::Target).map_or("", |target| context.name(target))
    } else {
        context.name(node)
    };
    let off = tree.child(node, Field::Value).and_then(|value| context.truth(value)) == Some(false);
    if !off {
        return;
    }
    match name {
        "ValidateIssuerSigningKey" | "RequireSignedTokens" | "VerifySignature" => {
            report(context, node, MESSAGE, &[347, 345], found);
        }
        "ValidateLifetime" | "RequireExpirationTime" => {
            report(context, node, "The token is accepted after it has run out.", &[613], found);
        }
        "ValidateAudience" | "ValidateIssuer" => {
            let message = "Tokens made for or by somebody else are accepted.";
            let audit = Report::audit(node, concept::TOKEN_VERIFY, message).severity(Severity::Low);
            found.push(context, audit.cwe(&[345]).confidence(Confidence::Medium));
        }
        _ => {}
    }
}

fn report(context: &Context<'_>, node: NodeId, message: &str, cwe: &'static [u16], found: &mut Findings) {
    let report = Report::issue(node, concept::TOKEN_VERIFY, message).cwe(cwe);
    found.push(context, report.confidence(Confidence::Medium));
}
