//! Passwords and data that Java code sends in the clear.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::prefix;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// The plain address that a request goes to: looked for in the values it was made from.
fn plain(context: &Context<'_>, node: NodeId, depth: u32) -> Option<NodeId> {
    if depth > 8 {
        return None;
    }
    let tree = context.tree();
    let value = context.value(node);
    let text = prefix(context, value).to_ascii_lowercase();
    if let Some(rest) = text.strip_prefix("http://") {
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        let far = !matches!(host, "localhost" | "127.0.0.1" | "[")
            && !host.starts_with("10.")
            && !host.starts_with("192.168.");
        return far.then_some(value);
    }
    match context.kind(value) {
        Kind::New | Kind::Call => {
            let path = context.callee(value);
            let made = path.rsplit('.').next().unwrap_or_default();
            if matches!(made, "URL" | "URI") && context.positional(value, 1).is_some() {
                let scheme = context.positional(value, 0);
                let host = context.positional(value, 1).and_then(|host| context.string(host));
                if scheme.is_some_and(|scheme| context.string(scheme) == Some("http")) {
                    let near = host
                        .is_some_and(|host| matches!(host.to_ascii_lowercase().as_str(), "localhost" | "127.0.0.1"));
                    return (!near).then_some(value);
                }
            }
            let object = context.object(value).filter(|_| context.kind(value) == Kind::Call);
            tree.positional(value).take(4).chain(object).find_map(|part| plain(context, part, depth + 1))
        }
        Kind::Cast => tree.child(value, Field::Value).and_then(|inner| plain(context, inner, depth + 1)),
        _ => None,
    }
}

/// Credentials in the header of a plain request; a plain address where TLS was meant.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.method(call);
    if matches!(method, "setHeader" | "addHeader" | "setRequestProperty" | "addRequestProperty" | "header") {
        let name = context.positional(call, 0).and_then(|name| context.string(name)).unwrap_or_default();
        let address = context.object(call).filter(|_| name.eq_ignore_ascii_case("authorization"));
        if let Some(address) = address.and_then(|object| plain(context, object, 0)) {
            let message = "Credentials are sent over a plain connection.";
            let report = Report::issue(call, concept::CLEARTEXT_PROTOCOL, message).cwe(&[319, 522]);
            found.push(context, report.step(context, address, "the plain address"));
        }
        return;
    }
    if matches!(method, "put" | "setProperty") {
        return directory(context, call, found);
    }
    if method == "openConnection" {
        let tree = context.tree();
        let meant = tree.parent(call).is_some_and(|above| {
            context.kind(above) == Kind::Cast
                && tree
                    .child(above, Field::Type)
                    .is_some_and(|kind| context.source(kind).ends_with("HttpsURLConnection"))
        });
        let address = context.object(call).filter(|_| meant);
        if let Some(address) = address.and_then(|object| plain(context, object, 0)) {
            let message = "A plain address is opened where TLS was meant.";
            let report = Report::issue(call, concept::CLEARTEXT_PROTOCOL, message).cwe(&[319, 345]);
            found.push(context, report.step(context, address, "the plain address"));
        }
        return;
    }
    if matches!(method, "getInputStream" | "getOutputStream") && context.callee(call).contains("HttpURLConnection") {
        // The branch for what is no TLS connection.
        let tree = context.tree();
        let other = tree.ancestors(call).filter(|&above| context.kind(above) == Kind::If).any(|branch| {
            tree.child(branch, Field::Else).is_some_and(|other| tree.contains(other, call))
                && tree
                    .child(branch, Field::Test)
                    .is_some_and(|test| context.source(test).contains("instanceof HttpsURLConnection"))
        });
        if other {
            let report = Report::issue(call, concept::CLEARTEXT_PROTOCOL, "A connection without TLS is used.");
            found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
        }
    }
}

/// `env.put(Context.PROVIDER_URL, "ldap://…")` with a password in the same function.
fn directory(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(key) = context.positional(call, 0) else { return };
    let provider =
        context.source(key).ends_with("PROVIDER_URL") || context.string(key) == Some("java.naming.provider.url");
    let Some(url) = context.positional(call, 1).filter(|_| provider) else { return };
    let text = prefix(context, url).to_ascii_lowercase();
    let Some(rest) = text.strip_prefix("ldap://") else { return };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    let near = matches!(host, "localhost" | "127.0.0.1" | "") && !rest.is_empty()
        || host.starts_with("10.")
        || host.starts_with("192.168.");
    let function = context.function(call).map(|function| context.source(function)).unwrap_or_default();
    let password = function.contains("\"simple\"") || function.contains("SECURITY_CREDENTIALS");
    let covered = function.contains("\"ssl\"") || function.contains("StartTls");
    if !near && password && !covered {
        let message = "Credentials are sent over a plain connection.";
        found.push(context, Report::issue(call, concept::CLEARTEXT_PROTOCOL, message).cwe(&[522, 319]));
    }
}

/// Clients of protocols without encryption, and plain sockets.
pub(super) fn construction(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let path = context.callee(node);
    let class = path.rsplit('.').next().unwrap_or(path);
    match class {
        "FTPClient" | "TelnetClient" | "TFTPClient" | "RLoginClient" | "RCommandClient" => {
            let report =
                Report::issue(node, concept::CLEARTEXT_PROTOCOL, "A protocol sends passwords and data in the clear.");
            found.push(context, report.confidence(Confidence::Medium));
        }
        "Socket" | "ServerSocket" => {
            let port = context.tree().positional(node).find_map(|part| context.integer(part));
            let plain = port.is_some_and(|port| matches!(port, 21 | 23 | 25 | 80 | 110 | 143 | 389));
            let report = if plain {
                Report::issue(node, concept::CLEARTEXT_PROTOCOL, "A connection without TLS is opened.")
                    .severity(Severity::Low)
                    .confidence(Confidence::Medium)
            } else {
                Report::audit(node, concept::CLEARTEXT_PROTOCOL, "A connection without TLS is opened.")
            };
            found.push(context, report);
        }
        _ => {}
    }
}
