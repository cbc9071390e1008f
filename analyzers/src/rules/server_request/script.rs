//! Requests that JavaScript makes: the platform's own and the usual clients.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::script::{Lead, lead, outside};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Clients that are called themselves, or by a verb.
const CLIENTS: &[&str] = &[
    "request",
    "request-promise",
    "request-promise-native",
    "axios",
    "got",
    "node-fetch",
    "fetch",
    "needle",
    "superagent",
    "undici",
    "phin",
    "bent",
    "ky",
    "urllib",
    "http",
    "https",
    "follow-redirects.http",
    "follow-redirects.https",
    "axios.create",
    "got.extend",
    "window.fetch",
    "globalThis.fetch",
    "cross-fetch",
    "isomorphic-fetch",
    "make-fetch-happen",
    "$",
    "jQuery",
    "jquery",
];
const VERBS: &[&str] = &[
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "del",
    "head",
    "options",
    "request",
    "fetch",
    "stream",
    "ajax",
    "getJSON",
    "load",
    "postForm",
    "getScript",
];
/// Options that name where a request goes.
const TARGETS: &[&str] = &["url", "uri", "baseURL", "baseUrl", "host", "hostname", "prefixUrl"];

/// Checks a call or construction.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let first = context.positional(call, 0);
    let target = if context.kind(call) == Kind::New {
        matches!(path, "WebSocket" | "ws" | "EventSource" | "URL.Request").then_some(first).flatten()
    } else if matches!(path, "jsdom.JSDOM.fromURL" | "JSDOM.fromURL") || method == "fromURL" {
        first
    } else if matches!(path, "net.connect" | "net.createConnection" | "tls.connect") {
        // `connect({ host, port })`, `connect(port, host)`
        context.positional(call, 1).filter(|&host| context.kind(context.value(host)) != Kind::Lambda).or(first)
    } else if matches!(method, "goto" | "navigate") && !path.starts_with("history") {
        first.filter(|_| {
            context.object(call).is_some_and(|object| context.source(object).to_ascii_lowercase().ends_with("page"))
        })
    } else if method == "open" && context.positional(call, 1).is_some() && is_ajax(context, call) {
        context.positional(call, 1)
    } else {
        is_client(context, call, path, method).then_some(first).flatten()
    };
    let Some(target) = target else { return };
    let targets = targets(context, call, target);
    for url in targets {
        let Some(taint) = outside(context, url, Purposes::URL) else { continue };
        if taint.origin.source != Source::Request {
            continue;
        }
        let fixed = place(&lead(context, url, Purposes::URL));
        if fixed == Place::Query {
            continue;
        }
        let message = format!("A request goes where {} says.", taint.source());
        let mut report = Report::issue(call, concept::SERVER_REQUEST, message).confidence(taint.confidence);
        if fixed == Place::Path {
            report = report.severity(Severity::Low).confidence(Confidence::Low);
        }
        return found.push(context, report.trace(taint.trace));
    }
}

fn is_client(context: &Context<'_>, call: NodeId, path: &str, method: &str) -> bool {
    if context.kind(call) != Kind::Call {
        return false;
    }
    if CLIENTS.contains(&path) {
        return !matches!(path, "http" | "https" | "$" | "jQuery" | "jquery" | "axios.create");
    }
    let Some((head, verb)) = path.rsplit_once('.') else { return false };
    let own = context.object(call).and_then(|object| context.program().names.type_of(object)).unwrap_or_default();
    VERBS.contains(&verb)
        && verb == method
        && (CLIENTS.contains(&head) || CLIENTS.contains(&own))
        && !(matches!(head, "$" | "jQuery" | "jquery") && matches!(verb, "delete" | "options" | "head"))
}

fn is_ajax(context: &Context<'_>, call: NodeId) -> bool {
    context.object(call).is_some_and(|object| {
        context
            .program()
            .names
            .type_of(object)
            .is_some_and(|kind| kind.ends_with("XMLHttpRequest") || kind.ends_with("ActiveXObject"))
            || matches!(context.source(object).to_ascii_lowercase().as_str(), "xhr" | "xmlhttp" | "ajax")
    })
}

/// The expressions that say where the request goes.
fn targets(context: &Context<'_>, call: NodeId, first: NodeId) -> Vec<NodeId> {
    let mut list = Vec::new();
    for argument in context.tree().positional(call).take(3) {
        let value = context.value(argument);
        if context.kind(value) == Kind::Dict {
            list.extend(TARGETS.iter().filter_map(|name| context.entry(value, name)));
        }
    }
    if context.kind(context.value(first)) != Kind::Dict {
        list.insert(0, first);
    }
    list
}

/// Where in a URL the constant beginning ends.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Start,
    Path,
    Query,
}

fn place(lead: &Lead) -> Place {
    let text = lead.text.as_str();
    if text.contains(['?', '#']) || lead.own && !text.contains('/') {
        return Place::Query;
    }
    let rest = text.split_once("//").map_or(text, |(_, rest)| rest);
    if lead.own || rest.find('/').is_some_and(|at| at > 0) || text.starts_with('/') && !text.starts_with("//") {
        Place::Path
    } else {
        Place::Start
    }
}
