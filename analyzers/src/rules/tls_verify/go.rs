//! Certificate checks of Go's `crypto/tls`.

use crate::concept;
use crate::rule::common::{asked_for, is_true, setting};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Checks an option of a configuration.
pub(super) fn option(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some((name, owner, value)) = setting(context, node).filter(|_| !asked_for(context, node)) else { return };
    match name {
        "InsecureSkipVerify" if is_true(context, value) => {
            found.push(context, Report::issue(node, concept::TLS_VERIFY, "Certificates are not checked."));
        }
        // A flag of somebody else's choosing.
        "InsecureSkipVerify" if !context.is_constant(value) => {
            found.push(context, Report::audit(node, concept::TLS_VERIFY, "Certificates may not be checked."));
        }
        "VerifyPeerCertificate" | "VerifyConnection"
            if (owner.is_empty() || owner.starts_with("crypto/tls.")) && accepts_all(context, value) =>
        {
            // The usual check is made as well unless it is switched off, which is told there.
            let message = "The own check of certificates accepts every one.";
            found.push(context, Report::audit(node, concept::TLS_VERIFY, message));
        }
        _ => {}
    }
}

/// Whether a function does nothing but return `nil`.
pub(in crate::rules) fn accepts_all(context: &Context<'_>, function: NodeId) -> bool {
    let tree = context.tree();
    let value = context.value(function);
    let Some(body) = tree.child(value, Field::Body).filter(|_| context.kind(value) == Kind::Lambda) else {
        return false;
    };
    let mut statements = tree.children(body);
    let only = statements.next().filter(|_| statements.next().is_none());
    only.is_some_and(|only| {
        context.kind(only) == Kind::Return
            && tree.child(only, Field::Value).is_some_and(|value| context.kind(value) == Kind::Null)
    })
}
