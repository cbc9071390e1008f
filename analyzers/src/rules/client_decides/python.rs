//! Rights that a cookie, header, form or address of the client decides in Python.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};
use crate::words::words;

/// Words that name rights.
const RIGHTS: &[&str] = &[
    "admin",
    "isadmin",
    "role",
    "roles",
    "superuser",
    "staff",
    "privilege",
    "privileges",
    "permission",
    "permissions",
    "authenticated",
    "authorized",
    "loggedin",
    "logged",
    "level",
    "internal",
    "premium",
];

pub(super) fn check(context: &Context<'_>, branch: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(test) = tree.child(branch, Field::Test) else { return };
    for part in tree.subtree(test).take(60) {
        if context.kind(part) != Kind::Compare && !(part == test && is_read(context, test)) {
            continue;
        }
        let sides: Vec<NodeId> =
            if context.kind(part) == Kind::Compare { tree.children(part).take(2).collect() } else { vec![part] };
        let constant = sides.len() == 1 || sides.iter().any(|&side| context.is_constant(side));
        let decided = sides.iter().find_map(|&side| asked(context, side));
        let Some(asked) = decided.filter(|_| constant) else { continue };
        let message = match asked {
            Asked::Right => "What the client sends decides whether rights are given.",
            Asked::Address => "A header that the client writes is taken for its address.",
        };
        let report = Report::issue(part, concept::UNCHECKED_INPUT, message);
        let report = if asked == Asked::Address { report.cwe(&[290, 807, 348]) } else { report.cwe(&[807, 639, 285]) };
        return found.push(context, report.confidence(Confidence::Medium));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Right,
    Address,
}

fn is_read(context: &Context<'_>, node: NodeId) -> bool {
    matches!(context.kind(node), Kind::Call | Kind::Subscript | Kind::Name)
}

/// What a request's part with that key says, if it is about rights or the client's address.
fn asked(context: &Context<'_>, side: NodeId) -> Option<Asked> {
    let tree = context.tree();
    let mut value = context.value(side);
    for _ in 0..3 {
        match context.kind(value) {
            Kind::Call if matches!(context.method(value), "lower" | "strip" | "upper") => {
                value = context.value(context.object(value)?);
            }
            Kind::Call if matches!(context.callee(value), "int" | "bool" | "str") => {
                value = context.value(context.positional(value, 0)?);
            }
            _ => break,
        }
    }
    let (container, key) = match context.kind(value) {
        Kind::Call if context.method(value) == "get" => (context.object(value)?, context.positional(value, 0)?),
        Kind::Subscript => (tree.child(value, Field::Object)?, tree.child(value, Field::Index)?),
        _ => return None,
    };
    let request = context.tainted(value, Purposes::CODE).is_some_and(|taint| taint.origin.source == Source::Request);
    if !request {
        return None;
    }
    let key = context.string(key)?;
    let place = context.source(container);
    let last = place.rsplit('.').next().unwrap_or_default();
    if !matches!(
        last,
        "cookies"
            | "COOKIES"
            | "headers"
            | "META"
            | "args"
            | "form"
            | "values"
            | "GET"
            | "POST"
            | "json"
            | "query_params"
    ) {
        return None;
    }
    let lower = key.to_ascii_lowercase();
    if matches!(
        lower.as_str(),
        "x-forwarded-for" | "x-real-ip" | "http_x_forwarded_for" | "client-ip" | "referer" | "http_referer"
    ) {
        return Some(Asked::Address);
    }
    words(key).iter().any(|word| RIGHTS.contains(&word.as_str())).then_some(Asked::Right)
}
