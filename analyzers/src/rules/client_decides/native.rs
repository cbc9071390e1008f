//! C and C++: rights that hang on the environment or on what a name server says.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::library;
use crate::rule::c::origin::{Way, origin};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::words;

/// Words of what must not be had for the asking.
const RIGHTS: &[&str] = &[
    "admin",
    "auth",
    "authenticate",
    "authenticated",
    "authorized",
    "login",
    "grant",
    "allow",
    "allowed",
    "privilege",
    "privileged",
    "root",
    "trusted",
    "access",
    "password",
    "passwd",
    "secret",
    "permit",
    "superuser",
    "enable",
];

/// Checks a branch.
pub(super) fn branch(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(test) = tree.children_in(node, Field::Test).last() else { return };
    let Some(call) = tree.subtree(test).take(60).find(|&part| {
        context.kind(part) == Kind::Call
            && matches!(library(context, part), "strcmp" | "strncmp" | "strcasecmp" | "stricmp" | "_stricmp" | "strstr")
    }) else {
        return;
    };
    let (mut named, mut told) = (false, false);
    for part in tree.positional(call).take(2) {
        origin(context, part, |node| {
            if context.kind(node) == Kind::Call {
                let name = library(context, node);
                named |= matches!(name, "gethostbyaddr" | "getnameinfo" | "gethostbyname");
                told |= matches!(name, "getenv" | "secure_getenv" | "getlogin");
            }
            if context.kind(node) == Kind::Attribute && context.name(node) == "h_name" {
                named = true;
            }
            Way::On
        });
    }
    let holds_right = |part: NodeId| {
        tree.subtree(part).take(600).any(|inner| {
            matches!(context.kind(inner), Kind::Name | Kind::Attribute | Kind::Call)
                && words(context.name(inner)).iter().any(|word| RIGHTS.contains(&word.as_str()))
        })
    };
    let body = tree.child(node, Field::Body);
    if named || told && (body.is_some_and(holds_right) || holds_right(test)) {
        let message = if named {
            "Whoever answers for the address chooses this name: it proves nothing."
        } else {
            "Whoever starts the program chooses this value: it proves nothing."
        };
        let report = Report::issue(node, concept::UNCHECKED_INPUT, message).cwe(&[290, 807, 287]);
        found.push(context, report.confidence(Confidence::Low));
    }
}
