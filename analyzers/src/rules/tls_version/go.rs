//! Protocol versions and cipher suites of Go's `crypto/tls`.

use crate::concept;
use crate::finding::Severity;
use crate::rule::common::{asked_for, path_of, setting};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// The number of TLS 1.2.
const SOUND: i64 = 0x0303;

/// Checks an option of a configuration.
pub(super) fn option(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some((name, owner, value)) = setting(context, node).filter(|_| !asked_for(context, node)) else { return };
    if !(owner.is_empty() || owner.ends_with("tls.Config")) {
        return;
    }
    match name {
        "MinVersion" | "MaxVersion" => {
            let old = old_version(context, value);
            // Both ends must be sound; an upper end of 0 is the newest.
            if old.is_some_and(|number| number != 0 || name == "MinVersion") {
                let message = "An old protocol version is allowed.";
                let report = Report::issue(node, concept::TLS_VERSION, message);
                found.push(context, if old == Some(0) { report.severity(Severity::Low) } else { report });
            }
        }
        "CipherSuites" if holds_weak_suite(context, value) => {
            found.push(context, Report::issue(node, concept::TLS_VERSION, "A broken cipher suite is allowed."));
        }
        _ => {}
    }
}

/// A configuration that says nothing of versions.
pub(super) fn literal(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.callee(node) == "crypto/tls.Config" && context.keyword(node, "MinVersion").is_none() {
        let message = "The configuration names no oldest protocol version.";
        found.push(context, Report::audit(node, concept::TLS_VERSION, message));
    }
}

/// The number of an outdated version.
fn old_version(context: &Context<'_>, value: NodeId) -> Option<i64> {
    let named = |node: NodeId| match path_of(context, node) {
        Some("crypto/tls.VersionSSL30") => Some(0x0300),
        Some("crypto/tls.VersionTLS10") => Some(0x0301),
        Some("crypto/tls.VersionTLS11") => Some(0x0302),
        _ => None,
    };
    named(value)
        .or_else(|| named(context.value(value)))
        .or_else(|| context.integer(value))
        .filter(|&number| (0..SOUND).contains(&number))
}

fn holds_weak_suite(context: &Context<'_>, value: NodeId) -> bool {
    let tree = context.tree();
    [value, context.value(value)].into_iter().any(|root| {
        tree.subtree(root).take(400).any(|part| {
            matches!(context.kind(part), Kind::Attribute | Kind::Name | Kind::Call)
                && (path_of(context, part).is_some_and(is_weak_suite)
                    || context.callee(part) == "crypto/tls.InsecureCipherSuites")
        })
    })
}

/// The suites that `crypto/tls` itself calls insecure.
fn is_weak_suite(path: &str) -> bool {
    let Some(name) = path.strip_prefix("crypto/tls.TLS_") else { return false };
    name.contains("RC4") || name.contains("3DES") || name.starts_with("RSA_WITH") || name.ends_with("CBC_SHA256")
}
