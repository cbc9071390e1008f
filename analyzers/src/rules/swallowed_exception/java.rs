//! Exceptions that Java code drops.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, NodeId};

/// An empty handler of everything, or of a failed check.
pub(super) fn handler(context: &Context<'_>, handler: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let kind = tree.child(handler, Field::Type).map(|kind| context.source(kind).trim()).unwrap_or_default();
    let last = kind.rsplit('.').next().unwrap_or(kind);
    let Some(body) = tree.child(handler, Field::Body) else { return };
    if tree.children(body).next().is_some() {
        return;
    }
    let checks = [
        "SecurityException",
        "GeneralSecurityException",
        "CertificateException",
        "SignatureException",
        "AccessControlException",
        "SSLException",
        "InvalidKeyException",
        "LoginException",
        "AuthenticationException",
    ];
    if checks.contains(&last) {
        let report = Report::issue(handler, concept::SWALLOW_EXCEPTION, "A failed check is dropped.").cwe(&[390, 391]);
        return found.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
    }
    if matches!(last, "Exception" | "Throwable" | "RuntimeException" | "Error") {
        let report = Report::issue(handler, concept::SWALLOW_EXCEPTION, "Every exception is caught and dropped.");
        found.push(context, report.cwe(&[390, 703]).severity(Severity::Low).confidence(Confidence::Medium));
    }
}
