//! Certificate checks of Ruby's clients: options that switch them off.

use crate::concept;
use crate::finding::{Severity, Step};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Options that are off where they are false.
const CHECKS: &[&str] =
    &["ssl_verify_peer", "verify_ssl", "ssl_verifypeer", "verify_peer", "ssl_verify", "verify_hostname", "tls_verify"];

/// Checks an option: `ssl_verify_peer: false`, `ssl: { verify: false }`, `verify_mode: OpenSSL::SSL::VERIFY_NONE`.
pub(super) fn option(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let name = match context.kind(node) {
        Kind::Keyword => context.name(node),
        _ => tree.child(node, Field::Key).and_then(|key| context.string(key)).unwrap_or_default(),
    };
    let Some(value) = tree.child(node, Field::Value) else { return };
    let off = context.truth(value) == Some(false) && context.kind(value) != Kind::Null;
    let none = context.integer(value) == Some(0) || context.path(value).ends_with("VERIFY_NONE");
    let client = || {
        let around = tree.ancestors(node).take(6).map(|above| match context.kind(above) {
            Kind::Keyword => context.name(above).to_owned(),
            Kind::Pair => {
                tree.child(above, Field::Key).and_then(|key| context.string(key)).unwrap_or_default().to_owned()
            }
            Kind::Call => context.callee(above).to_owned(),
            _ => String::new(),
        });
        around.into_iter().any(|name| {
            ["ssl", "HTTParty", "Faraday", "Excon", "RestClient", "HTTPX", "Net.HTTP"]
                .iter()
                .any(|known| name.contains(known))
        })
    };
    let switched = CHECKS.contains(&name) && off
        || name == "verify" && off && client()
        || matches!(name, "verify_mode" | "verify_ssl" | "ssl_verify_mode") && (none || off);
    if switched {
        report(context, node, found);
    }
}

/// `http.verify_mode = OpenSSL::SSL::VERIFY_NONE`, `Excon.defaults[:ssl_verify_peer] = false`.
pub(super) fn assign(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(node, Field::Target), tree.child(node, Field::Value)) else { return };
    let name = match context.kind(target) {
        Kind::Subscript => tree.child(target, Field::Index).and_then(|key| context.string(key)).unwrap_or_default(),
        Kind::Attribute => context.name(target),
        Kind::Call => context.method(target),
        _ => return,
    };
    let off = context.truth(value) == Some(false) && context.kind(value) != Kind::Null;
    let none = context.integer(value) == Some(0) || context.path(value).ends_with("VERIFY_NONE");
    if CHECKS.contains(&name) && off || name == "verify_mode" && none {
        report(context, node, found);
    }
}

fn report(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let message = "Certificates are not checked.";
    let report = Report::issue(node, concept::TLS_VERIFY, message).severity(Severity::High);
    found.push(context, report.trace(first_request(context, node)));
}

/// The first call afterwards on what the option is given to.
fn first_request(context: &Context<'_>, node: NodeId) -> Vec<Step> {
    const MOST: usize = 600;
    let tree = context.tree();
    let statement = tree.statement(node);
    let Some(target) = tree.child(statement, Field::Target) else { return Vec::new() };
    let object = match context.kind(target) {
        Kind::Name => target,
        _ => tree.child(target, Field::Object).unwrap_or(target),
    };
    let name = context.source(object).split(['.', '[']).next().unwrap_or_default();
    let (after, end) = (tree.end(statement).index() as u32, tree.end(tree.scope(node)).index() as u32);
    let step = |node: NodeId, note: &str| Step { span: tree.span(node), note: note.to_owned() };
    let request = (after..end).take(MOST).map(NodeId).find(|&call| {
        context.kind(call) == Kind::Call
            && !name.is_empty()
            && context.object(call).is_some_and(|object| context.source(object) == name)
            && ["get", "post", "put", "patch", "delete", "head", "request", "start"].contains(&context.method(call))
    });
    request.map(|request| vec![step(node, "set here"), step(request, "the request is sent here")]).unwrap_or_default()
}
