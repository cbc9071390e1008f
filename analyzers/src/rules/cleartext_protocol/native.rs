//! Addresses in C and C++ that are fetched without encryption.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::origin::{Way, origin};
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Functions that fetch or look up the address at a place.
const FETCHES: &[(&str, usize)] = &[
    ("gethostbyname", 0),
    ("getaddrinfo", 0),
    ("InternetOpenUrl", 1),
    ("InternetOpenUrlA", 1),
    ("InternetOpenUrlW", 1),
    ("URLDownloadToFile", 1),
    ("URLDownloadToFileA", 1),
    ("URLDownloadToFileW", 1),
    ("URLOpenBlockingStream", 1),
    ("curl_easy_setopt", 2),
    ("fetch", 0),
    ("cpr.Url", 0),
    ("QUrl", 0),
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let Some(&(_, at)) = FETCHES.iter().find(|(known, _)| *known == name) else { return };
    let given = arguments(context, call);
    if name == "curl_easy_setopt" && given.get(1).is_none_or(|&option| context.source(option) != "CURLOPT_URL") {
        return;
    }
    let Some(&address) = given.get(at) else { return };
    let mut seen: Vec<NodeId> = Vec::new();
    origin(context, address, |node| {
        if context.kind(node) == Kind::String && is_open(context, node) && seen.len() < 8 {
            seen.push(node);
        }
        // A part of another text is not what is fetched.
        let searched = context.kind(node) == Kind::Call
            && context
                .tree()
                .child(node, Field::Callee)
                .is_some_and(|callee| context.name(callee).starts_with("str") && context.name(callee).ends_with("str"));
        if searched { Way::Stop } else { Way::On }
    });
    for node in seen {
        let message = "What is sent and received can be read and changed on the way: use https.";
        let report = Report::issue(node, concept::CLEARTEXT_PROTOCOL, message).cwe(&[319, 345]);
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    }
}

/// An address without encryption, outside of this machine and network.
fn is_open(context: &Context<'_>, node: NodeId) -> bool {
    let Some(text) = context.string(node) else { return false };
    let Some(rest) = text.strip_prefix("http://") else { return false };
    !["localhost", "127.", "10.", "192.168.", "[::1]", "0.0.0.0"].iter().any(|local| rest.starts_with(local))
}
