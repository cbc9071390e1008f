//! Files of Go that were written to and are closed without a look at the outcome, which may be that nothing was kept.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::graph::dfg::Value;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Checks `f.Close()` and `defer f.Close()`.
pub(super) fn close(context: &Context<'_>, statement: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(call) = tree.child(statement, Field::Value).filter(|&call| context.kind(call) == Kind::Call) else {
        return;
    };
    if context.method(call) != "Close" {
        return;
    }
    let Some(file) = context.object(call).filter(|&file| context.kind(file) == Kind::Name) else { return };
    if !is_written(context, file, 0) || is_flushed(context, statement, context.source(file)) {
        return;
    }
    let message = "The file was written to, and nobody asks whether closing it failed.";
    let report = Report::issue(call, concept::UNCHECKED_RESULT, message).cwe(&[252, 703]);
    found.push(context, report.severity(Severity::Low).confidence(Confidence::Low));
}

/// Whether a file was opened for writing; also by the callers of a function that gets it.
fn is_written(context: &Context<'_>, file: NodeId, depth: u32) -> bool {
    let data = context.flow().data();
    depth < 3
        && data.definitions_of(file).iter().take(4).any(|&at| match data.definitions[at as usize].value {
            Value::Expression(value) => match context.callee(value) {
                "os.Create" => true,
                "os.OpenFile" => context.positional(value, 1).is_some_and(|flags| {
                    ["O_WRONLY", "O_RDWR", "O_APPEND"].iter().any(|flag| context.source(flags).contains(flag))
                }),
                _ => false,
            },
            Value::Parameter(function) => {
                let parameter = data.definitions[at as usize].node;
                context.flow().callers(function).iter().take(6).any(|&call| {
                    data.passed(call, function)
                        .into_iter()
                        .any(|(value, to)| to == parameter && is_written(context, value, depth + 1))
                })
            }
            _ => false,
        })
}

/// Whether the function makes sure by other means: `Sync`, or another `Close` whose outcome is used.
fn is_flushed(context: &Context<'_>, statement: NodeId, file: &str) -> bool {
    let tree = context.tree();
    tree.subtree(tree.scope(statement)).take(6_000).any(|node| {
        context.kind(node) == Kind::Call
            && matches!(context.method(node), "Close" | "Sync")
            && context.object(node).is_some_and(|object| context.source(object) == file)
            && tree.parent(node).is_some_and(|above| context.kind(above) != Kind::ExprStatement)
    })
}
