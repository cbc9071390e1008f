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
        Kind::New => constructed(context, node, found),
        Kind::Attribute
            if VERSIONS.contains(&context.name(node))
                && context.source(node).contains("::")
                && is_last_use(context, node) =>
        {
            found.push(context, issue(node));
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

/// Whether a version is used where it stands, not handed to a function of the unit or kept for a context.
fn is_last_use(context: &Context<'_>, node: NodeId) -> bool {
    let Some(above) = context.tree().parent(node) else { return false };
    match (context.kind(above), context.tree().field(node)) {
        (_, Field::Object) => false,
        // Looked at where the context is made.
        (Kind::New, _) => false,
        (Kind::Call, Field::Argument) => context.flow().data().called(above).is_none(),
        (Kind::Assign, _) => !context.source(above).contains("::method"),
        _ => true,
    }
}

/// `context name(context::tlsv1)`, `new context(method)`.
fn constructed(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let kind = tree.child(node, Field::Callee).or_else(|| tree.child(tree.parent(node)?, Field::Type));
    if !kind.is_some_and(|kind| context.source(kind).trim().ends_with("context")) {
        return;
    }
    let Some(method) = tree.positional(node).next() else { return };
    let leaves = context.flow().leaves(method);
    let named = |wanted: &dyn Fn(&str) -> bool| {
        leaves.iter().any(|&leaf| context.kind(leaf) == Kind::Attribute && wanted(context.name(leaf)))
    };
    if named(&|name| VERSIONS.contains(&name)) {
        let message = "An old version of the protocol is used, which is broken.";
        found.push(context, Report::issue(node, concept::TLS_VERSION, message).cwe(&[327, 326, 757]));
    } else if named(&is_open) && !old_are_off(context, node, named(&|name| name.starts_with("tls"))) {
        let message = "Old versions of the protocol are not switched off.";
        let report = Report::issue(node, concept::TLS_VERSION, message).cwe(&[326, 757]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// Whether the function, or one that it calls, switches the old versions off one by one.
fn old_are_off(context: &Context<'_>, node: NodeId, tls: bool) -> bool {
    let tree = context.tree();
    let function = context.function(node).unwrap_or(NodeId::ROOT);
    let called = tree.subtree(function).take(3_000).filter(|&part| context.kind(part) == Kind::Call);
    let called = called.filter_map(|call| context.flow().data().called(call)).take(16);
    let texts: Vec<&str> = std::iter::once(function).chain(called).map(|part| context.source(part)).collect();
    let off = |name: &str| {
        let letter = |letter: char| letter.is_alphanumeric() || letter == '_';
        texts.iter().any(|text| text.split(|other| !letter(other)).any(|word| word == name))
    };
    (tls || off("no_sslv3")) && off("no_tlsv1") && off("no_tlsv1_1") && !off("no_tlsv1_2")
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
