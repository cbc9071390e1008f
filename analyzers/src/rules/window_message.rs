//! CWE-346: messages between windows that anybody may read or send.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::names_secret;

pub(crate) const RULE: Rule = Rule {
    id: "window-message",
    cwe: &[346, 345, 201],
    severity: Severity::Medium,
    summary: "A message between windows goes to, or comes from, whoever is there.",
    advice: "Name the receiver's origin in `postMessage`, and compare `event.origin` before a message is used.",
    rows: &[javascript_row(&[Kind::Call], check_call), javascript_row(&[Kind::Assign], check_assign)],
    bad: &[
        javascript("window.parent.postMessage(password, '*');\n"),
        javascript("window.addEventListener('message', function (e) { run(e.data); });\n"),
        javascript("window.onmessage = e => { document.title = e.data.title; };\n"),
    ],
    good: &[
        javascript("window.parent.postMessage(password, 'https://a.example');\n"),
        javascript(
            "window.addEventListener('message', e => { if (e.origin !== 'https://a.example') return; run(e.data); });\n",
        ),
        javascript("worker.addEventListener('message', e => { run(e.data); });\n"),
    ],
};

fn check_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    match context.method(call) {
        "postMessage" => sends(context, call, found),
        "addEventListener" => {
            let of_window = context.object(call).is_some_and(|object| is_window(context.source(object)));
            let message = context.positional(call, 0).and_then(|name| context.string(name)) == Some("message");
            if let Some(handler) = context.positional(call, 1).filter(|_| of_window && message) {
                receives(context, handler, found);
            }
        }
        _ if context.callee(call) == "addEventListener" => {
            let message = context.positional(call, 0).and_then(|name| context.string(name)) == Some("message");
            if let Some(handler) = context.positional(call, 1).filter(|_| message) {
                receives(context, handler, found);
            }
        }
        _ => {}
    }
}

/// `window.onmessage = handler`
fn check_assign(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(handler)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    if context.source(target).strip_suffix(".onmessage").is_some_and(is_window) {
        receives(context, handler, found);
    }
}

fn is_window(text: &str) -> bool {
    matches!(text, "window" | "self" | "globalThis" | "top" | "parent" | "window.parent" | "window.top")
}

fn sends(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let any = context.positional(call, 1).and_then(|origin| context.string(origin)) == Some("*");
    let Some(data) = context.positional(call, 0).filter(|_| any) else { return };
    let private = |name: &str| {
        let lower = name.to_ascii_lowercase();
        names_secret(name) || lower.contains("username") || lower.contains("email")
    };
    let mut list = vec![data];
    list.push(context.value(data));
    let secret = list.into_iter().any(|node| {
        context.tree().subtree(node).take(100).any(|part| match context.kind(part) {
            Kind::Name | Kind::Attribute => private(context.name(part)),
            Kind::String => context.tree().field(part) == Field::Key && private(context.name(part)),
            _ => false,
        })
    });
    if secret {
        let message = "Private data is sent to whatever page is in the other window.";
        found.push(context, Report::issue(call, concept::INFORMATION_LEAK, message).confidence(Confidence::Medium));
    } else {
        let message = "A message is sent to whatever page is in the other window.";
        found.push(context, Report::audit(call, concept::INFORMATION_LEAK, message));
    }
}

fn receives(context: &Context<'_>, handler: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let value = context.value(handler);
    let function = match context.kind(value) {
        Kind::Lambda => value,
        _ => match context.flow().data().named_function(handler) {
            Some(function) => function,
            None => return,
        },
    };
    let text = context.source(function);
    let event =
        tree.children_in(function, Field::Parameter).next().map(|event| context.name(event)).unwrap_or_default();
    let uses =
        !event.is_empty() && text.contains(&format!("{event}.data")) || event.is_empty() && text.contains("data");
    let checks = text.contains("origin") || text.contains(".source");
    if uses && !checks {
        let message = "Messages are used whoever sends them.";
        let report = Report::issue(handler, concept::UNCHECKED_INPUT, message).cwe(&[346, 940, 20]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
