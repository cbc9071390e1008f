//! Credentials of C and C++ by the place where a library takes them, and in texts that say how to connect.

use super::{in_test, report as named};
use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;
use crate::words::is_placeholder;

/// Functions that take a password, and its place.
const TAKERS: &[(&str, usize)] = &[
    ("mysql_real_connect", 3),
    ("mysql_change_user", 2),
    ("PQsetdbLogin", 6),
    ("ldap_simple_bind_s", 2),
    ("ldap_simple_bind", 2),
    ("ssh_userauth_password", 2),
    ("libssh2_userauth_password", 2),
    ("sqlite3_key", 1),
    ("LogonUserA", 2),
    ("LogonUser", 2),
];

/// Options of curl whose value is a password, alone or behind a user.
const OPTIONS: &[&str] = &["CURLOPT_PASSWORD", "CURLOPT_USERPWD", "CURLOPT_PROXYUSERPWD", "CURLOPT_XOAUTH2_BEARER"];

/// Keys of a text that says how to connect.
const KEYS: &[&str] =
    &["host=", "user=", "username=", "dbname=", "database=", "server=", "uid=", "user id=", "driver=", "data source="];

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let given = arguments(context, call);
    if matches!(name, "strcmp" | "strncmp" | "strcasecmp" | "memcmp" | "wcscmp") {
        if let [one, other, ..] = given[..] {
            named(context, super::label(context, one), other, found);
            named(context, super::label(context, other), one, found);
        }
        return;
    }
    let option =
        name == "curl_easy_setopt" && given.get(1).is_some_and(|&option| OPTIONS.contains(&context.source(option)));
    let taken = TAKERS.iter().find(|(known, _)| *known == name).map(|&(_, at)| at).or(option.then_some(2));
    let taken = taken.or((context.method(call) == "setPassword").then_some(0));
    let Some(value) = taken.and_then(|at| given.get(at).copied()) else { return };
    let Some(text) = context.string(value) else { return };
    let secret = if option { text.rsplit(':').next().unwrap_or_default() } else { text };
    if secret.len() >= 3 && !is_placeholder(secret) && !in_test(context, value) {
        tell(context, value, found);
    }
}

/// `"host=db user=app password=…"`.
pub(super) fn text(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.source(node).len() > 1_000 {
        return;
    }
    let Some(text) = context.string(node) else { return };
    let lower = text.to_ascii_lowercase();
    if !KEYS.iter().any(|key| lower.contains(key)) {
        return;
    }
    let secret = ["password=", "passwd=", "pwd="].iter().find_map(|key| {
        let (_, rest) = lower.split_once(key)?;
        rest.split([' ', ';', '&', '\'', '"']).next()
    });
    let Some(secret) = secret else { return };
    let written = secret.len() >= 4 && !secret.contains(['%', '{', '$', '<', '*', '?']);
    if written && !is_placeholder(secret) && !in_test(context, node) {
        tell(context, node, found);
    }
}

fn tell(context: &Context<'_>, value: NodeId, found: &mut Findings) {
    let report = Report::issue(value, concept::HARDCODED_SECRET, "A credential stands in the source.");
    found.push(context, report.cwe(&[259, 798]).confidence(Confidence::Medium));
}
