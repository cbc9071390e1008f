//! CWE-416 in C++: containers that change while they are walked, and references to what ends with the function.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::declared;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Methods that may move or end the elements of a vector.
const MOVES: &[&str] =
    &["push_back", "emplace_back", "insert", "emplace", "erase", "clear", "resize", "pop_back", "assign", "push_front"];

/// Checks a loop.
pub(super) fn walked(context: &Context<'_>, each: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(body) = tree.child(each, Field::Body) else { return };
    if let Some(container) = tree.child(each, Field::Iter) {
        let name = context.source(container).trim_start_matches('*');
        for call in changes(context, body, name) {
            if !goes_on(context, call, each) {
                continue;
            }
            let message = "The container changes while the loop walks it: its place in it is no longer valid.";
            let report = Report::issue(each, concept::MEMORY_LIFETIME, message).cwe(&[416, 672, 664]);
            return found.push(context, report.confidence(Confidence::Medium));
        }
        return;
    }
    // `for (auto it = v.begin(); …)`
    for start in tree.children_in(each, Field::Init) {
        let (Some(target), Some(value)) = (tree.child(start, Field::Target), tree.child(start, Field::Value)) else {
            continue;
        };
        if context.kind(value) != Kind::Call || !matches!(context.method(value), "begin" | "cbegin" | "rbegin") {
            continue;
        }
        let Some(object) = context.object(value) else { continue };
        let (place, name) = (context.source(target), context.source(object));
        for call in changes(context, body, name) {
            let method = context.method(call);
            let ours = tree.positional(call).any(|part| context.source(part) == place);
            let own = declared(context, object).map(|own| own.kind).unwrap_or_default();
            let linked = ["list", "map", "set"].iter().any(|kind| own.contains(kind));
            let renewed = tree.ancestors(call).take_while(|&above| above != each).any(|above| {
                context.kind(above) == Kind::Assign
                    && tree.child(above, Field::Target).is_some_and(|target| context.source(target) == place)
            });
            let harmful = if method == "erase" { ours } else { !linked || method == "clear" };
            if harmful && !renewed && goes_on(context, call, each) {
                let message = "The iterator is no longer valid after this, and the loop goes on with it.";
                let report = Report::issue(call, concept::MEMORY_LIFETIME, message).cwe(&[416, 672, 664]);
                return found.push(context, report.confidence(Confidence::Medium));
            }
        }
    }
}

/// Calls in a loop that change the container of that name.
fn changes(context: &Context<'_>, body: NodeId, name: &str) -> Vec<NodeId> {
    context
        .tree()
        .subtree(body)
        .take(3_000)
        .filter(|&part| {
            context.kind(part) == Kind::Call
                && MOVES.contains(&context.method(part))
                && context.object(part).is_some_and(|object| context.source(object) == name)
        })
        .take(8)
        .collect()
}

/// Whether the loop may go on after a statement: nothing behind it in its block leaves.
fn goes_on(context: &Context<'_>, call: NodeId, each: NodeId) -> bool {
    let tree = context.tree();
    let mut at = tree.statement(call);
    while let Some(above) = tree.parent(at).filter(|&above| above != each) {
        let leaves = tree
            .children(above)
            .any(|part| part > at && matches!(context.kind(part), Kind::Break | Kind::Return | Kind::Raise));
        if context.kind(above) == Kind::Block && leaves || context.kind(at) == Kind::Return {
            return false;
        }
        at = above;
    }
    true
}

/// `return local;` of a function that gives a reference.
pub(super) fn reference(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value).filter(|&value| context.kind(value) == Kind::Name) else { return };
    let Some(function) = context.function(node) else { return };
    let Some(kind) = tree.child(function, Field::Type) else { return };
    let between = crate::rule::c::between(context, tree.span(kind).end, tree.name_span(function).start);
    let Some(own) = declared(context, value) else { return };
    let head = context.source(own.node).split_whitespace().next().unwrap_or_default();
    let local =
        tree.contains(function, own.node) && !own.reference && !matches!(head, "static" | "extern" | "thread_local");
    let by_value = !own.parameter || !context.source(own.node).contains(['&', '*']);
    let inner = tree.ancestors(node).find(|&above| context.kind(above) == Kind::Lambda);
    if between.contains('&') && !between.contains("operator") && local && by_value && inner.is_none() && own.stars == 0
    {
        let message = "The reference is to a variable that is gone when the function returns.";
        found.push(context, Report::issue(node, concept::MEMORY_LIFETIME, message).cwe(&[562, 825, 416]));
    }
}
