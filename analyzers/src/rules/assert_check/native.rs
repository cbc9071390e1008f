//! Bounds in C and C++ that only an assertion keeps, which release builds leave out.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Functions that a wrong length harms.
const SIZED: &[&str] =
    &["memcpy", "memmove", "memset", "strncpy", "read", "recv", "malloc", "alloca", "fread", "strcpy", "strcat"];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(callee) = tree.child(call, Field::Callee).filter(|&callee| context.kind(callee) == Kind::Name) else {
        return;
    };
    let name = context.source(callee).to_ascii_lowercase();
    if !name.contains("assert") || name.contains("static_assert") {
        return;
    }
    let given = arguments(context, call);
    let tests = given.iter().flat_map(|&part| tree.subtree(part).take(60));
    let bounds = tests
        .filter(|&part| context.kind(part) == Kind::Compare && matches!(context.name(part), "<" | "<=" | ">" | ">="));
    let names: Vec<&str> = bounds
        .flat_map(|test| tree.subtree(test).take(40))
        .filter(|&part| matches!(context.kind(part), Kind::Name | Kind::Attribute))
        .map(|part| context.source(part))
        .collect();
    let Some(function) = context.function(call).filter(|_| !names.is_empty()) else { return };
    // A length that a caller of another unit gives; what the function computes itself is its own business.
    let head = context.source(function).split('{').next().unwrap_or_default();
    let given =
        |name: &str| tree.children_in(function, Field::Parameter).any(|parameter| context.name(parameter) == name);
    let hidden = head.split_whitespace().any(|word| word == "static");
    // What the unit neither declares nor computes comes from somewhere else as well.
    let foreign = |name: &str| {
        let declares = |part: NodeId| matches!(context.kind(part), Kind::Parameter | Kind::Assign);
        !name.contains(|letter: char| letter.is_whitespace() || letter == '(')
            && name.chars().any(char::is_lowercase)
            && tree.subtree(function).take(4_000).filter(|&part| declares(part)).all(|part| {
                context.name(part) != name
                    && tree.children_in(part, Field::Target).all(|target| context.source(target) != name)
            })
    };
    let names: Vec<&str> = names.into_iter().filter(|name| if given(name) { !hidden } else { foreign(name) }).collect();
    let harmed = tree.subtree(function).take(4_000).filter(|&node| node > call).any(|node| {
        context.kind(node) == Kind::Call
            && SIZED.contains(&library(context, node))
            && arguments(context, node)
                .iter()
                .any(|&part| tree.subtree(part).take(20).any(|inner| names.contains(&context.source(inner))))
    });
    if harmed {
        let message = "Only an assertion keeps the bound: release builds leave it out.";
        let report = Report::issue(call, concept::ASSERT_CHECK, message).cwe(&[617, 754, 703]);
        found.push(context, report.confidence(Confidence::Low));
    }
}
