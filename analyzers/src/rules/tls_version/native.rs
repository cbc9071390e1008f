//! Protocol versions in C and C++: OpenSSL, Boost.Asio, Schannel, curl.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::library;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Functions of OpenSSL that speak one old version only.
const METHODS: &[&str] = &["SSLv2", "SSLv3", "TLSv1", "TLSv1_1", "DTLSv1"];

/// Versions as Boost.Asio, Schannel and curl name them.
const VERSIONS: &[&str] = &[
    "sslv2",
    "sslv2_client",
    "sslv2_server",
    "sslv3",
    "sslv3_client",
    "sslv3_server",
    "tlsv1",
    "tlsv1_client",
    "tlsv1_server",
    "tlsv11",
    "tlsv11_client",
    "tlsv11_server",
];

/// Checks a call or name.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let message = "An old version of the protocol is used, which is broken.";
    let issue = |node: NodeId| Report::issue(node, concept::TLS_VERSION, message).cwe(&[327, 326, 757]);
    match context.kind(node) {
        Kind::Call => {
            let name = library(context, node);
            let head = ["_method", "_client_method", "_server_method"].iter().find_map(|tail| name.strip_suffix(tail));
            if head.is_some_and(|head| METHODS.contains(&head)) {
                found.push(context, issue(node));
            }
        }
        Kind::Attribute if VERSIONS.contains(&context.name(node)) && context.source(node).contains("::") => {
            let place = context.tree().field(node);
            if place != Field::Object {
                found.push(context, issue(node));
            }
        }
        Kind::Attribute if context.source(node).contains("context::") && is_open(context.name(node)) => {
            // Any version: the old ones must be switched off one by one.
            let function = context.function(node).unwrap_or(NodeId::ROOT);
            let body = context.source(function);
            let off = |name: &str| body.contains(name);
            if context.tree().field(node) == Field::Argument
                && !(off("no_sslv3") && off("no_tlsv1") && off("no_tlsv1_1"))
            {
                let message = "Old versions of the protocol are not switched off.";
                let report = Report::issue(node, concept::TLS_VERSION, message).cwe(&[326, 757]);
                found.push(context, report.confidence(Confidence::Medium));
            }
        }
        Kind::Name if is_schannel(context.name(node)) => {
            let defines = context.tree().field(node) == Field::Target;
            if !defines {
                found.push(context, issue(node));
            }
        }
        _ => {}
    }
}

fn is_open(name: &str) -> bool {
    matches!(name, "sslv23" | "sslv23_client" | "sslv23_server" | "tls" | "tls_client" | "tls_server")
}

fn is_schannel(name: &str) -> bool {
    [
        "SP_PROT_PCT1",
        "SP_PROT_SSL2",
        "SP_PROT_SSL3",
        "SP_PROT_TLS1_CLIENT",
        "SP_PROT_TLS1_SERVER",
        "SP_PROT_TLS1_0",
        "SP_PROT_TLS1_1",
    ]
    .iter()
    .any(|lead| name.starts_with(lead))
        || matches!(
            name,
            "CURL_SSLVERSION_SSLv2"
                | "CURL_SSLVERSION_SSLv3"
                | "CURL_SSLVERSION_TLSv1_0"
                | "CURL_SSLVERSION_TLSv1_1"
                | "SSL3_VERSION"
                | "TLS1_VERSION"
                | "TLS1_1_VERSION"
        )
}
