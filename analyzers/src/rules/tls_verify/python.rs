//! Options of Python's libraries that switch the check of certificates off.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::common::{constant_text, path_of};
use crate::rule::served::setting;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Options that mean nothing else, whichever library takes them.
const OFF: &[&str] = &[
    "verify_certs",
    "ssl_verify",
    "ssl_assert_hostname",
    "ssl_verify_cert",
    "ssl_verify_identity",
    "ssl_check_hostname",
    "validate_certs",
    "verify_ssl_certs",
    "tls_verify",
    "verify_tls",
    "ssl_cert_verify",
];
/// Options that are harm when they are on.
const ON: &[&str] = &[
    "disable_ssl_certificate_validation",
    "tlsAllowInvalidCertificates",
    "tlsAllowInvalidHostnames",
    "tlsInsecure",
    "ssl_disabled",
    "insecure_skip_verify",
];

pub(super) fn option(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some((name, value)) = setting(context, node) else { return };
    let off = || context.truth(value) == Some(false) && context.kind(value) != Kind::Null;
    let none = || {
        matches!(path_of(context, value), Some("ssl.CERT_NONE"))
            || matches!(constant_text(context, value), Some("none" | "CERT_NONE"))
    };
    let unchecked = match name {
        _ if OFF.contains(&name) => off(),
        _ if ON.contains(&name) => context.truth(value) == Some(true),
        "ssl_cert_reqs" => none() || context.kind(value) == Kind::Null,
        // As an argument it has its own check.
        "cert_reqs" => context.kind(node) == Kind::Pair && none(),
        "check_hostname" | "verify_ssl" | "verify_mode" if context.kind(node) == Kind::Pair => off() || none(),
        "known_hosts" => {
            context.kind(value) == Kind::Null
                && context.tree().parent(node).is_some_and(|call| context.callee(call).starts_with("asyncssh."))
        }
        "ssl" | "verify_ssl" if context.kind(node) == Kind::Keyword => off() && is_client(context, node),
        "verify" => {
            off()
                && context.kind(node) == Kind::Keyword
                && context.tree().parent(node).is_some_and(|call| context.callee(call).starts_with("boto3."))
        }
        "PYTHONHTTPSVERIFY" => constant_text(context, value) == Some("0"),
        "CURL_CA_BUNDLE" | "REQUESTS_CA_BUNDLE" => {
            context.kind(node) == Kind::Assign && constant_text(context, value) == Some("")
        }
        _ => false,
    };
    if unchecked {
        report(context, value, found);
    }
}

/// A request of aiohttp: a verb with an address, in a unit that uses the library.
fn is_client(context: &Context<'_>, keyword: NodeId) -> bool {
    let Some(call) = context.tree().parent(keyword) else { return false };
    context.mentions("aiohttp")
        && !context.callee(call).starts_with("aiohttp.")
        && !context.callee(call).contains("session")
        && matches!(
            context.method(call),
            "get" | "post" | "put" | "delete" | "patch" | "head" | "request" | "ws_connect"
        )
}

/// `curl.setopt(pycurl.SSL_VERIFYPEER, 0)`, `ldap.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_NEVER)`.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let (Some(name), Some(value)) = (context.positional(call, 0), context.positional(call, 1)) else { return };
    let last = |node: NodeId| context.source(node).rsplit('.').next().unwrap_or_default();
    let off = match context.method(call) {
        "setopt" => matches!(last(name), "SSL_VERIFYPEER" | "SSL_VERIFYHOST") && context.truth(value) == Some(false),
        "set_option" => {
            last(name) == "OPT_X_TLS_REQUIRE_CERT" && matches!(last(value), "OPT_X_TLS_NEVER" | "OPT_X_TLS_ALLOW")
        }
        "setdefault" => constant_text(context, name) == Some("PYTHONHTTPSVERIFY"),
        _ => false,
    };
    if off {
        report(context, call, found);
    }
}

fn report(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let report = Report::issue(node, concept::TLS_VERIFY, "Certificates are not checked.");
    found.push(context, report.confidence(Confidence::High));
}
