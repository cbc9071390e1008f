//! Protocol versions of Java's TLS.

use crate::concept;
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Whether the name allows a version before TLS 1.2.
fn is_old(name: &str) -> bool {
    matches!(
        name.to_ascii_uppercase().as_str(),
        "SSL" | "SSLV2" | "SSLV3" | "TLS" | "TLSV1" | "TLSV1.0" | "TLSV1.1" | "SSLV2HELLO" | "DTLSV1" | "DTLSV1.0"
    )
}

/// Whether an expression holds the name of an old version; `TLS` alone lets the library choose.
fn names_old(context: &Context<'_>, node: NodeId, plain: bool) -> bool {
    let tree = context.tree();
    context.flow().leaves(node).into_iter().any(|leaf| {
        tree.subtree(leaf).take(60).any(|part| {
            context.string(part).is_some_and(|name| is_old(name) && (plain || !name.eq_ignore_ascii_case("tls")))
        })
    })
}

/// A call that chooses versions.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let chosen = if is_method_of(path, "SSLContext", "getInstance") {
        context.positional(call, 0).map(|name| (name, false))
    } else if matches!(context.method(call), "setEnabledProtocols" | "setProtocols") {
        context.positional(call, 0).map(|list| (list, true))
    } else if is_method_of(path, "System", "setProperty") {
        let key = context.positional(call, 0).and_then(|key| context.string(key)).unwrap_or_default();
        let of_versions = matches!(key, "https.protocols" | "jdk.tls.client.protocols" | "jdk.tls.server.protocols");
        context.positional(call, 1).filter(|_| of_versions).map(|list| (list, true))
    } else {
        None
    };
    let Some((versions, plain)) = chosen else { return };
    let listed = context.string(versions).is_some_and(|list| plain && list.split(',').any(|name| is_old(name.trim())));
    if listed || names_old(context, versions, plain) {
        let report = Report::issue(call, concept::TLS_VERSION, "An old protocol version is chosen.");
        return found.push(context, report.cwe(&[327, 326]));
    }
    if is_method_of(path, "SSLContext", "getInstance") && context.string(versions) == Some("TLS") {
        let message = "The library chooses the protocol version, which older ones choose too low.";
        found.push(context, Report::audit(call, concept::TLS_VERSION, message));
    }
}

/// `new SSLParameters(suites, versions)`.
pub(super) fn construction(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.kind(node) != Kind::New || context.callee(node).rsplit('.').next() != Some("SSLParameters") {
        return;
    }
    if context.positional(node, 1).is_some_and(|versions| names_old(context, versions, true)) {
        found.push(
            context,
            Report::issue(node, concept::TLS_VERSION, "An old protocol version is chosen.").cwe(&[327, 326]),
        );
    }
}
