//! Sizes of allocations in Go that a request chooses.

use crate::concept;
use crate::finding::Confidence;
use crate::finding::Severity;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let sizes = match context.callee(call) {
        "make" => 1,
        "strings.Repeat" | "bytes.Repeat" => 1,
        _ => return,
    };
    for size in context.tree().positional(call).skip(sizes).take(2) {
        let taint = context
            .tainted(size, Purposes::SIZE)
            .filter(|taint| matches!(taint.origin.source, Source::Request | Source::Network) && !taint.origin.checked);
        if let Some(taint) = taint {
            let message = format!("The size of an allocation is chosen by {}.", taint.source());
            let report = Report::issue(call, concept::UNBOUNDED_WORK, message).confidence(Confidence::Medium);
            return found.push(context, report.trace(taint.trace));
        }
    }
}

/// `ctx, _ := context.WithTimeout(…)`, or a function to cancel with that is never used: the timer and what waits for it
/// stay.
pub(super) fn never_cancelled(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    let makes = matches!(
        context.callee(value),
        "context.WithCancel"
            | "context.WithTimeout"
            | "context.WithDeadline"
            | "context.WithCancelCause"
            | "context.WithTimeoutCause"
            | "context.WithDeadlineCause"
    );
    let Some(cancel) = tree.children(target).nth(1).filter(|_| makes && context.kind(target) == Kind::Tuple) else {
        return;
    };
    let name = context.source(cancel);
    // Kept beyond the function.
    let kept = context.program().names.binding(cancel).is_some_and(|binding| {
        let first = context.program().names.definitions(binding).first();
        first.is_some_and(|definition| definition.scope == NodeId::ROOT)
    }) && tree.scope(assign) != NodeId::ROOT;
    let used = || {
        context.kind(cancel) != Kind::Name
            || tree.subtree(tree.scope(assign)).take(8_000).any(|node| {
                let blank = |above: NodeId| {
                    tree.child(above, Field::Target).is_some_and(|target| context.source(target) == "_")
                };
                node != cancel
                    && context.kind(node) == Kind::Name
                    && context.source(node) == name
                    && tree.field(node) != Field::Target
                    && !tree.ancestors(node).take(2).any(|above| {
                        context.kind(above) == Kind::Tuple && tree.field(above) == Field::Target
                            || context.kind(above) == Kind::Assign && blank(above)
                    })
            })
    };
    if name == "_" || !kept && !used() {
        let message = "The context is never cancelled: its timer and what waits for it stay.";
        let report = Report::issue(assign, concept::UNBOUNDED_WORK, message).cwe(&[400, 772]);
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    }
}

/// What is called a context in the function around, by its parameters.
fn has_context(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    tree.ancestors(node).filter(|&above| matches!(context.kind(above), Kind::Function | Kind::Lambda)).take(4).any(
        |function| {
            tree.children_in(function, Field::Parameter).any(|parameter| {
                tree.child(parameter, Field::Type)
                    .is_some_and(|kind| matches!(context.path(kind), "context.Context" | "net/http.Request"))
            })
        },
    )
}

/// `go func() { … context.Background() … }()` where a context is at hand: the work outlives its request.
pub(super) fn detached(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if !matches!(context.callee(call), "context.Background" | "context.TODO") || !has_context(context, call) {
        return;
    }
    let starts = |node: NodeId| {
        context.kind(node) == Kind::ExprStatement
            && context.source(node).strip_prefix("go").is_some_and(|rest| rest.starts_with([' ', '\t']))
    };
    // With a limit of its own, as for what is done after the end of the request.
    let limited = tree.parent(call).is_some_and(|above| {
        matches!(context.callee(above), "context.WithTimeout" | "context.WithDeadline" | "context.WithTimeoutCause")
    });
    if limited {
        return;
    }
    let inside = tree.ancestors(call).take(40).any(starts);
    // `bg := context.Background(); go work(bg)`
    let statement = tree.statement(call);
    let name = tree.child(statement, Field::Target).map(|target| context.source(target));
    let handed = || {
        name.is_some_and(|name| {
            tree.subtree(tree.scope(call)).take(8_000).filter(|&node| starts(node)).any(|start| {
                tree.subtree(start)
                    .take(400)
                    .any(|part| context.kind(part) == Kind::Name && context.source(part) == name)
            })
        })
    };
    if inside || handed() {
        let message = "Work is started that no longer ends with its request.";
        let report = Report::issue(call, concept::UNBOUNDED_WORK, message).cwe(&[400, 772]);
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    }
}

/// `for { … }` in a function with a context that it never looks at.
pub(super) fn endless(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if tree.child(node, Field::Test).is_some() || !has_context(context, node) {
        return;
    }
    let (mut leaves, mut looks, mut waits) = (false, false, false);
    for part in tree.subtree(node).take(4_000) {
        match context.kind(part) {
            Kind::Break | Kind::Return | Kind::Raise => leaves = true,
            Kind::Attribute if matches!(context.name(part), "Done" | "Err") => looks = true,
            Kind::Name if context.source(part) == "ctx" && part != node => looks = true,
            Kind::Call => waits = true,
            _ => {}
        }
    }
    if waits && !leaves && !looks {
        let message = "The loop never ends, whatever its context says.";
        let report = Report::issue(node, concept::UNBOUNDED_WORK, message).cwe(&[400, 835]);
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    }
}
