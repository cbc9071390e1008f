//! Certificate checks that C# and PHP switch off by a setting or a callback.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Members of .NET that decide about a certificate.
const CALLBACKS: &[&str] = &[
    "ServerCertificateCustomValidationCallback",
    "ServerCertificateValidationCallback",
    "RemoteCertificateValidationCallback",
    "CertificateValidationCallback",
    "ServerCertificateValidator",
];

/// Options of PHP's clients that are off where they are false.
const CHECKS: &[&str] = &["verify_peer", "verify_peer_name", "sslverify", "verify", "ssl_verify"];

/// `handler.ServerCertificateCustomValidationCallback = (…) => true`.
pub(super) fn setting(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let name = match context.kind(node) {
        Kind::Keyword => context.name(node),
        _ => tree.child(node, Field::Target).map_or("", |target| context.name(target)),
    };
    if !CALLBACKS.contains(&name) {
        return;
    }
    let accepts = tree.child(node, Field::Value).is_some_and(|value| accepts_all(context, value));
    if accepts {
        report(context, node, found);
    }
}

/// `new RemoteCertificateValidationCallback((…) => true)`, `new SslStream(stream, false, (…) => true)`.
pub(super) fn creation(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let path = context.callee(node);
    let takes = ["SslStream", "RemoteCertificateValidationCallback"].iter().any(|class| path.ends_with(class));
    let told = context.tree().field(node) == Field::Value;
    if takes && !told && context.tree().positional(node).any(|part| accepts_all(context, part)) {
        report(context, node, found);
    }
}

/// Whether a callback lets every certificate through.
fn accepts_all(context: &Context<'_>, value: NodeId) -> bool {
    let tree = context.tree();
    let value = context.value(value);
    if context.kind(value) == Kind::New {
        return tree.positional(value).next().is_some_and(|inner| accepts_all(context, inner));
    }
    let function = match context.kind(value) {
        Kind::Lambda => Some(value),
        Kind::Name => context.flow().data().named_function(value),
        _ => None,
    };
    let Some(body) = function.and_then(|function| tree.child(function, Field::Body)) else { return false };
    if context.kind(body) != Kind::Block {
        return context.truth(body) == Some(true);
    }
    let mut returns = tree.subtree(body).take(400).filter(|&part| context.kind(part) == Kind::Return).peekable();
    returns.peek().is_some()
        && returns.all(|part| tree.child(part, Field::Value).is_some_and(|value| context.truth(value) == Some(true)))
}

/// Whether a value switches off what it is given to.
fn is_off(context: &Context<'_>, value: NodeId) -> bool {
    context.truth(value) == Some(false)
        || context.integer(value) == Some(0)
        || matches!(context.string(value), Some("0" | "false"))
}

fn option(context: &Context<'_>, name: NodeId, value: NodeId) -> bool {
    let written = context.source(name);
    match written {
        "CURLOPT_SSL_VERIFYPEER" | "CURLOPT_PROXY_SSL_VERIFYPEER" => is_off(context, value),
        // Whether there is a name at all says nothing.
        "CURLOPT_SSL_VERIFYHOST" => {
            is_off(context, value)
                || context.integer(value) == Some(1)
                || context.truth(value) == Some(true) && context.integer(value).is_none()
        }
        _ => context.string(name).is_some_and(|name| {
            CHECKS.contains(&name) && is_off(context, value) && context.kind(value) != Kind::Null
                || name == "allow_self_signed" && context.truth(value) == Some(true)
        }),
    }
}

/// `curl_setopt($ch, CURLOPT_SSL_VERIFYPEER, false)`, `Http::withoutVerifying()`.
pub(super) fn call(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let off = match context.callee(node) {
        "curl_setopt" => {
            let (name, value) = (context.positional(node, 1), context.positional(node, 2));
            name.zip(value).is_some_and(|(name, value)| option(context, name, value))
        }
        path => path.ends_with("withoutVerifying") || context.method(node) == "withoutVerifying",
    };
    if off {
        report(context, node, found);
    }
}

/// `CURLOPT_SSL_VERIFYPEER => false`, `'ssl' => ['verify_peer' => false]`.
pub(super) fn pair(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(name), Some(value)) = (tree.child(node, Field::Key), tree.child(node, Field::Value)) else { return };
    if !option(context, name, value) {
        return;
    }
    // `'verify'` is a word of many libraries.
    let client = context.string(name) != Some("verify")
        || ["Guzzle", "GuzzleHttp", "Client(", "Http::"].iter().any(|word| context.text().contains(word));
    if client {
        report(context, node, found);
    }
}

fn report(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let message = "Certificates are not checked.";
    let report = Report::issue(node, concept::TLS_VERIFY, message).severity(Severity::High);
    found.push(context, report.confidence(Confidence::High));
}
