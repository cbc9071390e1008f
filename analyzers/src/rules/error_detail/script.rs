//! Stack traces in answers of JavaScript servers.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::graph::dfg::Value;
use crate::rule::script::is_answer;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// `res.send(err.stack)`, `res.end(error)`.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let sends = matches!(context.method(call), "send" | "end" | "write" | "json")
        && context.object(call).is_some_and(|object| is_answer(context, object));
    let Some(body) = context.positional(call, 0).filter(|_| sends) else { return };
    if context.path(context.value(body)) == "process.env" || context.path(body) == "process.env" {
        let message = "The environment, with the secrets in it, is sent to the client.";
        let report = Report::issue(call, concept::INFORMATION_LEAK, message).cwe(&[200, 497]);
        return found.push(context, report.severity(Severity::High));
    }
    let trace = context.tree().subtree(body).take(200).any(|part| match context.kind(part) {
        Kind::Attribute => context.name(part) == "stack" && !context.source(part).starts_with("this."),
        Kind::Name => {
            part == body && context.method(call) != "json" && is_caught(context, part) || holds_stack(context, part)
        }
        _ => false,
    });
    if trace {
        let message = "A stack trace is sent to the client.";
        found.push(context, Report::issue(call, concept::INFORMATION_LEAK, message).confidence(Confidence::Medium));
    }
}

/// Whether a name is bound by a `catch`.
fn is_caught(context: &Context<'_>, name: NodeId) -> bool {
    let data = context.flow().data();
    let definitions = data.definitions_of(name);
    definitions.iter().take(4).any(|&at| {
        let definition = &data.definitions[at as usize];
        definition.value == Value::Named
            && context.tree().parent(definition.node).is_some_and(|above| context.kind(above) == Kind::Handler)
    })
}

/// `const stack = err.stack`
fn holds_stack(context: &Context<'_>, name: NodeId) -> bool {
    let value = context.value(name);
    value != name && context.kind(value) == Kind::Attribute && context.name(value) == "stack"
}
