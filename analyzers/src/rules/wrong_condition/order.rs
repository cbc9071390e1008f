//! Conditions in the wrong order or with a body of their own: `a[i] && i < n`, `if (x);`, a character compared with EOF.

use super::{issue, push};
use crate::rule::c::types::{Type, type_of};
use crate::rule::c::{declared, integer, library};
use crate::rule::{Context, Findings};
use crate::syntax::{Field, Kind, NodeId};

/// `a[i] == x && i < n`
pub(super) fn used_first(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.name(node) != "&&" {
        return;
    }
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    if context.kind(right) != Kind::Compare {
        return;
    }
    let bound = match context.name(right) {
        "<" | "<=" => tree.child(right, Field::Left),
        ">" | ">=" => tree.child(right, Field::Right),
        _ => None,
    };
    let Some(bound) = bound.filter(|&bound| context.kind(bound) == Kind::Name) else { return };
    let name = context.source(bound);
    let constant_zero = tree.children(right).any(|part| context.integer(part) == Some(0));
    let used = tree.subtree(left).take(100).find(|&part| {
        context.kind(part) == Kind::Subscript
            && tree.child(part, Field::Index).is_some_and(|index| context.source(index) == name)
    });
    // Looked at before as well.
    let earlier = tree.subtree(left).take(100).any(|part| {
        context.kind(part) == Kind::Compare
            && tree.children(part).any(|side| context.source(side) == name)
            && !context.name(part).starts_with(['=', '!'])
    });
    if used.is_some() && !earlier && !constant_zero {
        let message = "The index is used before it is compared with its bound.";
        push(context, issue(node, message, &[125, 129, 120, 787]), node, found);
    }
}

/// `if (x); { … }`
pub(super) fn emptied(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(body) = tree.child(node, Field::Body).filter(|&body| context.kind(body) == Kind::Pass) else { return };
    if tree.child(node, Field::Else).is_some() || context.source(body) != ";" {
        return;
    }
    let next = tree.parent(node).and_then(|block| tree.children(block).find(|&part| part >= tree.end(node)));
    if next.is_some_and(|next| context.kind(next) == Kind::Block) {
        let message = "The semicolon ends the branch: the block behind it always runs.";
        push(context, issue(node, message, &[670, 483, 480]), node, found);
    }
}

/// `char c; while ((c = getchar()) != EOF)`
pub(super) fn cut_off(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let other = match (context.source(left), context.source(right)) {
        (_, "EOF") => left,
        ("EOF", _) => right,
        _ => return,
    };
    let (target, value) = if context.kind(other) == Kind::Assign {
        (tree.child(other, Field::Target), tree.child(other, Field::Value))
    } else {
        (Some(other), Some(context.value(other)))
    };
    let read = value.is_some_and(|value| {
        context.kind(value) == Kind::Call && matches!(library(context, value), "getchar" | "getc" | "fgetc")
    });
    let narrow = target
        .and_then(|target| declared(context, target))
        .is_some_and(|own| own.stars == 0 && !own.array && integer(own.kind).is_some_and(|(size, _)| size == 1));
    if read && narrow {
        let message = "A character cannot hold EOF beside all other characters: keep the result in an int.";
        push(context, issue(node, message, &[197, 253, 835]), node, found);
    }
}

/// `pointer + n < pointer`: the compiler may take it that this never holds.
pub(super) fn wrapped(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let (sum, pointer) = match context.name(node) {
        "<" => (left, right),
        ">" => (right, left),
        _ => return,
    };
    let same = context.kind(sum) == Kind::Binary
        && context.name(sum) == "+"
        && tree.child(sum, Field::Left).is_some_and(|base| context.source(base) == context.source(pointer));
    if same && matches!(type_of(context, pointer), Some(Type::Pointer(..))) {
        let message = "A pointer that overflows is undefined: compare the length with what is left.";
        push(context, issue(node, message, &[190, 758, 119]), node, found);
    }
}
