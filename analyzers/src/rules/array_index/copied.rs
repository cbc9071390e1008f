//! CWE-787: arrays of a fixed size that are filled as long as something comes, whatever their size.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::{self as sizes, declared};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Checks `array[index]` that is written to.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if tree.field(node) != Field::Target {
        return;
    }
    let (Some(object), Some(index)) = (tree.child(node, Field::Object), tree.child(node, Field::Index)) else { return };
    let fixed = declared(context, object).is_some_and(|own| own.array && tree.child(own.node, Field::Index).is_some());
    if !fixed {
        return;
    }
    let stepped = context.kind(index) == Kind::AugAssign && context.name(index) == "++";
    let counter = if stepped { tree.child(index, Field::Target) } else { Some(index) };
    let Some(counter) = counter.filter(|&it| matches!(context.kind(it), Kind::Name | Kind::Attribute)) else { return };
    let name = context.source(counter);
    let each = tree
        .ancestors(node)
        .take_while(|&above| !matches!(context.kind(above), Kind::Function | Kind::Lambda))
        .find(|&above| matches!(context.kind(above), Kind::For | Kind::While));
    let message = match each {
        Some(each) if steps(context, each, name) && reads(context, each) && !is_compared(context, each, name) => {
            "The loop ends with what it reads, not with the array: a longer text overwrites what follows."
        }
        None if stepped && outlives(context, counter) && !is_compared(context, body(context, node), name) => {
            "Nothing looks whether there is room for one more element."
        }
        _ => return,
    };
    let report = Report::issue(node, concept::ARRAY_INDEX, message).cwe(&[787, 120, 119, 129, 193]);
    found.push(context, report.confidence(Confidence::Low).trace(sizes::buffer(context, object)));
}

fn body(context: &Context<'_>, node: NodeId) -> NodeId {
    context.function(node).unwrap_or(NodeId::ROOT)
}

/// Whether a loop moves its counter up.
fn steps(context: &Context<'_>, each: NodeId, name: &str) -> bool {
    let tree = context.tree();
    tree.subtree(each).take(2_000).any(|part| {
        context.kind(part) == Kind::AugAssign
            && matches!(context.name(part), "++" | "+=")
            && tree.child(part, Field::Target).is_some_and(|target| context.source(target) == name)
    })
}

/// Whether the condition of a loop looks at what is read: an element, what a pointer points to, a character.
fn reads(context: &Context<'_>, each: NodeId) -> bool {
    let tree = context.tree();
    let Some(test) = tree.child(each, Field::Test) else { return false };
    tree.subtree(test).take(60).any(|part| match context.kind(part) {
        Kind::Subscript => true,
        Kind::Unary => context.name(part) == "*",
        Kind::Call => matches!(context.callee(part), "getchar" | "getc" | "fgetc" | "read" | "recv" | "fread"),
        _ => false,
    })
}

/// Whether a comparison looks at the counter itself.
fn is_compared(context: &Context<'_>, around: NodeId, name: &str) -> bool {
    let tree = context.tree();
    tree.subtree(around).take(4_000).any(|part| {
        matches!(context.kind(part), Kind::Compare)
            && tree.subtree(part).take(60).any(|inner| {
                matches!(context.kind(inner), Kind::Name | Kind::Attribute)
                    && context.source(inner) == name
                    && !tree
                        .ancestors(inner)
                        .take_while(|&above| above != part)
                        .any(|above| context.kind(above) == Kind::Subscript)
            })
            || context.kind(part) == Kind::Call && context.callee(part).to_ascii_lowercase().contains("assert")
    })
}

/// A counter that keeps its value between calls.
fn outlives(context: &Context<'_>, counter: NodeId) -> bool {
    let Some(own) = declared(context, counter) else { return false };
    context.kind(counter) == Kind::Attribute
        || !own.parameter && (context.function(own.node).is_none() || context.source(own.node).starts_with("static"))
}
