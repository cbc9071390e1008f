//! Errors of Java servers sent to clients.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Whether a value goes back to the stack trace of an exception, and not only to its message.
fn traces(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    if depth > 4 {
        return false;
    }
    let tree = context.tree();
    if tree.subtree(node).take(200).any(|part| {
        context.kind(part) == Kind::Call
            && (matches!(context.method(part), "getStackTrace")
                || context.callee(part).ends_with("ExceptionUtils.getStackTrace")
                || context.callee(part).ends_with("Throwables.getStackTraceAsString"))
    }) {
        return true;
    }
    context.flow().leaves(node).into_iter().any(|leaf| {
        // A function of the unit that prints the trace into a text.
        let written = |name: &str, scope: NodeId| {
            tree.subtree(scope).take(3_000).any(|call| {
                context.kind(call) == Kind::Call
                    && context.method(call) == "printStackTrace"
                    && context.positional(call, 0).is_some_and(|target| {
                        context.source(target).contains(name)
                            || tree.subtree(context.value(target)).take(40).any(|part| context.source(part) == name)
                    })
            })
        };
        match context.kind(leaf) {
            Kind::Call if matches!(context.method(leaf), "toString" | "getBuffer") => {
                context.object(leaf).is_some_and(|object| written(context.source(object), tree.scope(leaf)))
            }
            Kind::New => tree.positional(leaf).any(|part| traces(context, part, depth + 1)),
            _ => false,
        }
    })
}

/// Whether an expression tells what an exception says.
fn tells(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    tree.subtree(node).take(200).any(|part| {
        context.kind(part) == Kind::Call
            && matches!(context.method(part), "getMessage" | "getLocalizedMessage" | "toString" | "getCause")
            && context.object(part).is_some_and(|object| {
                let kind = context.program().names.type_of(object).unwrap_or_default();
                let caught = tree.ancestors(part).any(|above| {
                    context.kind(above) == Kind::Handler
                        && tree
                            .child(above, Field::Target)
                            .is_some_and(|name| context.source(name) == context.source(object))
                });
                caught || kind.ends_with("Exception") || kind.ends_with("Throwable")
            })
    })
}

/// `return stackTrace;` of a controller's method or handler of exceptions.
pub(super) fn answer(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value) else { return };
    let serves = context.function(node).is_some_and(|function| {
        tree.children_in(function, Field::Decorator).any(|mark| {
            let mark = context.source(mark);
            mark.contains("Mapping") || mark.contains("ExceptionHandler")
        })
    });
    if serves && traces(context, value, 0) {
        let message = "A stack trace is sent to the client.";
        found.push(context, Report::issue(node, concept::INFORMATION_LEAK, message).confidence(Confidence::Medium));
    }
}

/// A call that writes an answer, or hands it to a page.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.method(call);
    let to_answer = |node: NodeId| {
        let value = context.value(node);
        [node, value].into_iter().any(|part| {
            let text = context.source(part);
            (text.contains("getWriter()") || text.contains("getOutputStream()"))
                && !context.callee(part).starts_with("java.net")
                && (text.contains("resp") || text.contains("res."))
        })
    };
    let shown = match method {
        "printStackTrace" => context
            .positional(call, 0)
            .is_some_and(|target| to_answer(target) || context.tree().positional(context.value(target)).any(to_answer)),
        "sendError" | "print" | "println" | "write" | "append" => {
            let answer = method == "sendError" || context.object(call).is_some_and(to_answer);
            let body = context.tree().positional(call).last();
            if answer && let Some(body) = body {
                if traces(context, body, 0) {
                    true
                } else if tells(context, body) {
                    let message = "What an error says is sent to the client.";
                    let report = Report::issue(call, concept::INFORMATION_LEAK, message).cwe(&[209]);
                    return found.push(context, report.confidence(Confidence::Medium));
                } else {
                    false
                }
            } else {
                false
            }
        }
        _ => false,
    };
    if shown {
        let message = "A stack trace is sent to the client.";
        found.push(context, Report::issue(call, concept::INFORMATION_LEAK, message).confidence(Confidence::Medium));
    }
}
