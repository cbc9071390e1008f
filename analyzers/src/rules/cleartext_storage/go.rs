//! Secrets in the logs of Go programs.

use super::is_made_safe;
use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::rules::log_injection::go::logs;
use crate::syntax::{Field, Kind, NodeId};
use crate::words::names_secret;

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !logs(context, call) {
        return;
    }
    // `%T` says the type, `%d` a number.
    let format = context.positional(call, 0).and_then(|format| context.string(format)).unwrap_or_default();
    let verbs = if context.method(call).ends_with('f') { crate::taint::verbs(format) } else { Vec::new() };
    let shown = |at: usize| at == 0 || verbs.get(at - 1).is_none_or(|verb| !matches!(verb, 'T' | 'd' | 'p' | 't'));
    if context
        .tree()
        .positional(call)
        .enumerate()
        .take(12)
        .any(|(at, value)| shown(at) && holds_secret(context, value, 0))
    {
        let message = "A password or key is written to the log as it is.";
        let report = Report::issue(call, concept::INFORMATION_LEAK, message).cwe(&[532, 312]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// Whether a secret is part of a text as it is: not hashed, encrypted, measured or compared.
fn holds_secret(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    let tree = context.tree();
    if depth > 8 {
        return false;
    }
    let below = |part: NodeId| holds_secret(context, part, depth + 1);
    match context.kind(node) {
        Kind::Name | Kind::Attribute => {
            let named = names_secret(context.name(node)) && !is_made_safe(context, node);
            let value = context.value(node);
            named && tree.field(node) != Field::Callee
                || value != node
                    && matches!(context.kind(value), Kind::Binary | Kind::Call | Kind::Name)
                    && below(value)
        }
        Kind::Binary => context.name(node) == "+" && tree.children(node).any(below),
        Kind::Cast | Kind::Spread | Kind::Unary => tree.children_in(node, Field::Value).any(below),
        Kind::List | Kind::Dict | Kind::Pair | Kind::New => {
            tree.children(node).filter(|&part| tree.field(part) != Field::Callee).take(30).any(below)
        }
        Kind::Keyword => tree.children_in(node, Field::Value).any(below),
        Kind::Subscript => {
            let key = tree.child(node, Field::Index).and_then(|key| context.string(key));
            key.is_some_and(names_secret) || tree.child(node, Field::Object).is_some_and(below)
        }
        Kind::Call => {
            let path = context.callee(node);
            let name = path.rsplit('.').next().unwrap_or_default();
            matches!(path, "fmt.Sprintf" | "fmt.Sprint" | "fmt.Sprintln" | "fmt.Errorf" | "errors.New" | "strings.Join")
                && tree.positional(node).any(below)
                || name.starts_with("Get") && names_secret(name)
                || context.flow().data().called(node).is_some() && names_secret(name) && !name.starts_with("Is")
                || matches!(name, "FormValue" | "Get" | "Getenv" | "PostFormValue")
                    && context.positional(node, 0).and_then(|key| context.string(key)).is_some_and(names_secret)
        }
        _ => false,
    }
}
