//! CWE-401, CWE-667: memory lost where realloc fails, and locks that stay closed on some way.

use crate::concept;
use crate::finding::Confidence;
use crate::graph::Edge;
use crate::rule::c::paths::{Next, after};
use crate::rule::c::result::receiver;
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Functions that close a lock, and what opens it.
const LOCKS: &[(&str, &str)] = &[
    ("pthread_mutex_lock", "pthread_mutex_unlock"),
    ("pthread_rwlock_rdlock", "pthread_rwlock_unlock"),
    ("pthread_rwlock_wrlock", "pthread_rwlock_unlock"),
    ("pthread_spin_lock", "pthread_spin_unlock"),
    ("sem_wait", "sem_post"),
    ("mtx_lock", "mtx_unlock"),
    ("EnterCriticalSection", "LeaveCriticalSection"),
    ("spin_lock", "spin_unlock"),
    ("mutex_lock", "mutex_unlock"),
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    if name == "realloc" {
        return lost(context, call, found);
    }
    let by_method = context.method(call) == "lock" && context.positional(call, 0).is_none();
    let known = LOCKS.iter().find(|(known, _)| *known == name);
    if known.is_none() && !by_method {
        return;
    }
    let tree = context.tree();
    let Some(function) = context.function(call) else { return };
    let lock = if by_method { context.object(call) } else { arguments(context, call).first().copied() };
    let Some(lock) = lock.map(|lock| context.source(lock)) else { return };
    let opens = |node: NodeId| {
        context.kind(node) == Kind::Call
            && if by_method {
                context.method(node) == "unlock" && context.object(node).is_some_and(|it| context.source(it) == lock)
            } else {
                known.is_some_and(|(_, open)| library(context, node) == *open)
                    && arguments(context, node).first().is_some_and(|&it| context.source(it) == lock)
            }
    };
    let alone = tree.parent(call).is_some_and(|above| context.kind(above) == Kind::ExprStatement);
    // Opened elsewhere where this function never does.
    if !alone || !tree.subtree(function).take(6_000).any(opens) {
        return;
    }
    let control = &context.flow().data().control;
    let ends = after(
        context,
        call,
        |_, edge| edge != Edge::Exception,
        |step, vertex| {
            let opened = tree.subtree(step).take(400).any(|node| control.vertex(node) == vertex && opens(node));
            let leaves = tree.subtree(step).take(100).any(|node| {
                context.kind(node) == Kind::Call && matches!(library(context, node), "exit" | "abort" | "pthread_exit")
            });
            if opened || leaves { Next::Stop } else { Next::On }
        },
    );
    if ends.leaves {
        let message = "The lock stays closed on some way out of the function.";
        let report = Report::issue(call, concept::RESOURCE_LEAK, message).cwe(&[667, 764, 833, 404]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// `p = realloc(p, n)`: where it fails, nothing points to the memory any more.
fn lost(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(target) = receiver(context, call) else { return };
    let Some(&given) = arguments(context, call).first() else { return };
    let mut pointer = given;
    while context.kind(pointer) == Kind::Cast {
        let Some(inner) = tree.children_in(pointer, Field::Value).last() else { return };
        pointer = inner;
    }
    if context.source(pointer) == context.source(target) && !context.source(target).is_empty() {
        let message = "Where realloc fails, the old memory is lost: keep the result apart first.";
        let report = Report::issue(call, concept::RESOURCE_LEAK, message).cwe(&[401, 772]);
        found.push(context, report.severity(crate::finding::Severity::Low).confidence(Confidence::Low));
    }
}
