//! Verification of peers in C and C++: OpenSSL, curl, mbed TLS, Boost.Asio, Qt.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Checks a call, or a condition on a result of verification.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.kind(node) == Kind::Boolean {
        return conflated(context, node, found);
    }
    let name = library(context, node);
    let given = arguments(context, node);
    let at = |index: usize| given.get(index).map(|&part| context.source(part)).unwrap_or_default();
    let off = match name {
        "SSL_CTX_set_verify" | "SSL_set_verify" => {
            at(1).contains("SSL_VERIFY_NONE") || given.get(1).and_then(|&part| context.integer(part)) == Some(0)
        }
        "curl_easy_setopt" => {
            matches!(
                at(1),
                "CURLOPT_SSL_VERIFYPEER"
                    | "CURLOPT_SSL_VERIFYHOST"
                    | "CURLOPT_PROXY_SSL_VERIFYPEER"
                    | "CURLOPT_PROXY_SSL_VERIFYHOST"
            ) && given
                .get(2)
                .is_some_and(|&part| context.truth(part) == Some(false) || at(2) == "FALSE" || at(2) == "false")
        }
        "mbedtls_ssl_conf_authmode" => at(1).contains("VERIFY_NONE") || at(1).contains("VERIFY_OPTIONAL"),
        "gnutls_certificate_set_verify_flags" => at(1).contains("DISABLE"),
        "SSL_CTX_set_cert_verify_callback" => false,
        _ => {
            (matches!(context.method(node), "set_verify_mode") && at(0).contains("verify_none"))
                || (context.method(node) == "setPeerVerifyMode" && at(0).contains("VerifyNone"))
                || context.method(node) == "ignoreSslErrors"
        }
    };
    if off {
        let message = "The certificate of the peer is not checked.";
        found.push(context, Report::issue(node, concept::TLS_VERIFY, message).cwe(&[295, 297]));
    }
}

/// `result == X509_V_OK || result == …`: another result is taken for success.
fn conflated(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if tree.parent(node).is_some_and(|above| context.kind(above) == Kind::Boolean) {
        return;
    }
    let operator = context.name(node);
    let wanted = if operator == "||" { "==" } else { "!=" };
    let mut zero = false;
    let mut other = false;
    for part in
        tree.subtree(node).take(80).filter(|&part| context.kind(part) == Kind::Compare && context.name(part) == wanted)
    {
        let (Some(left), Some(right)) = (tree.child(part, Field::Left), tree.child(part, Field::Right)) else {
            continue;
        };
        for (subject, bound) in [(left, right), (right, left)] {
            let value = context.value(subject);
            let verified = context.kind(value) == Kind::Call && library(context, value) == "SSL_get_verify_result";
            if !verified {
                continue;
            }
            let is_ok = context.source(bound) == "X509_V_OK" || context.integer(bound) == Some(0);
            zero |= is_ok;
            other |= !is_ok && (context.integer(bound).is_some() || context.source(bound).starts_with("X509_V_"));
        }
    }
    if zero && other {
        let message = "A failed verification is taken for a good one.";
        found.push(context, Report::issue(node, concept::TLS_VERIFY, message).confidence(Confidence::Medium));
    }
}
