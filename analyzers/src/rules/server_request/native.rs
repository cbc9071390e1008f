//! Requests of C and C++: curl, cpr, Qt, and names of hosts that are looked up.

use crate::concept;
use crate::graph::dfg::Value;
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Functions that connect to, or prepare a request of, the text at a place.
const FUNCTIONS: &[(&str, usize)] = &[
    ("getaddrinfo", 0),
    ("gethostbyname", 0),
    ("InternetOpenUrl", 1),
    ("InternetOpenUrlA", 1),
    ("InternetOpenUrlW", 1),
    ("URLDownloadToFile", 1),
    ("URLDownloadToFileA", 1),
    ("curl_url_set", 2),
    ("BIO_new_connect", 0),
    ("cpr.Get", 0),
    ("cpr.Post", 0),
    ("cpr.Url", 0),
    ("httplib.Client", 0),
    ("QNetworkRequest", 0),
];

/// Options of curl that say where a request goes.
const OPTIONS: &[&str] = &["CURLOPT_URL", "CURLOPT_PROXY", "CURLOPT_CONNECT_TO"];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let given = arguments(context, call);
    let target = if name == "curl_easy_setopt" {
        let goes = given.get(1).is_some_and(|&option| OPTIONS.contains(&context.source(option)));
        given.get(2).copied().filter(|_| goes)
    } else {
        FUNCTIONS.iter().find(|(known, _)| *known == name).and_then(|&(_, at)| given.get(at).copied())
    };
    let Some(target) = target else { return };
    let Some(taint) = context.outside(target, Purposes::URL) else { return };
    if has_fixed_host(context, target) {
        return;
    }
    let message = format!("The program connects to an address made from {}.", taint.source());
    // Who starts a program chooses for himself.
    let report = if matches!(taint.origin.source, Source::Request | Source::Network) {
        Report::issue(call, concept::SERVER_REQUEST, message).confidence(taint.confidence)
    } else {
        Report::audit(call, concept::SERVER_REQUEST, message)
    };
    found.push(context, report.trace(taint.trace));
}

/// Whether the text begins with a constant scheme, host and slash.
fn has_fixed_host(context: &Context<'_>, target: NodeId) -> bool {
    let tree = context.tree();
    let fixed = |text: &str| {
        text.split_once("://").is_some_and(|(_, rest)| {
            let host = rest.split('/').next().unwrap_or_default();
            !host.is_empty() && !host.contains('%') && rest.contains('/')
        })
    };
    let mut at = target;
    for _ in 0..8 {
        at = match context.kind(at) {
            // `url.c_str()`
            Kind::Call if matches!(context.method(at), "c_str" | "data") => match context.object(at) {
                Some(object) => object,
                None => break,
            },
            Kind::Binary | Kind::Cast => match tree.children(at).find(|&part| context.kind(part) != Kind::Type) {
                Some(first) => first,
                None => break,
            },
            Kind::Name if context.value(at) != at => context.value(at),
            _ => break,
        };
    }
    if context.string(at).is_some_and(fixed) {
        return true;
    }
    let data = context.flow().data();
    data.definitions_of(at).iter().take(8).any(|&at| match data.definitions.get(at as usize).map(|one| one.value) {
        Some(Value::Written(call, _)) => {
            context.tree().positional(call).skip(1).take(2).any(|part| context.string(part).is_some_and(fixed))
        }
        _ => false,
    })
}
