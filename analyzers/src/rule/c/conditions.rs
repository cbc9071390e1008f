//! Conditions that hold at a place because of the branches and loops around it and the exits before it; bounded.

use crate::rule::Context;
use crate::rule::c::library;
use crate::syntax::{Field, Kind, NodeId};
use crate::words::words;

/// Calls `take` with `low < high`, `low <= high`, `a != b` or `a == b` for each comparison that holds at `node`.
pub(crate) fn each_condition(context: &Context<'_>, node: NodeId, mut take: impl FnMut(NodeId, &str, NodeId)) {
    let tree = context.tree();
    let mut inner = node;
    for above in tree.ancestors(node).take(60) {
        let field = tree.field(inner);
        match context.kind(above) {
            Kind::Function | Kind::Lambda => return,
            Kind::If | Kind::While | Kind::For | Kind::Conditional
                if matches!(field, Field::Body | Field::Else) && !is_late(context, above) =>
            {
                if let Some(test) = tree.children_in(above, Field::Test).last() {
                    holds(context, test, field == Field::Body, &mut take);
                }
            }
            Kind::Boolean if field == Field::Right => {
                if let Some(left) = tree.child(above, Field::Left) {
                    holds(context, left, context.name(above) == "&&", &mut take);
                }
            }
            Kind::Block => {
                for before in tree.children(above).take(400).take_while(|&before| before < inner) {
                    if context.kind(before) == Kind::If
                        && tree.child(before, Field::Body).is_some_and(|body| leaves(context, body))
                        && let Some(test) = tree.children_in(before, Field::Test).last()
                    {
                        holds(context, test, false, &mut take);
                    }
                }
            }
            _ => {}
        }
        inner = above;
    }
}

/// `do … while` tests afterwards.
fn is_late(context: &Context<'_>, node: NodeId) -> bool {
    context.kind(node) == Kind::While && context.source(node).starts_with("do")
}

/// The comparisons that hold where a condition came out as `side`, turned so that the smaller side is first.
pub(crate) fn holds(context: &Context<'_>, test: NodeId, side: bool, take: &mut impl FnMut(NodeId, &str, NodeId)) {
    let tree = context.tree();
    let mut open = vec![(test, side)];
    while let Some((test, side)) = open.pop() {
        match (context.kind(test), context.name(test), side) {
            (Kind::Boolean, "&&", true) | (Kind::Boolean, "||", false) => {
                open.extend(tree.children(test).take(2).map(|part| (part, side)));
            }
            (Kind::Unary, "!", _) => open.extend(tree.children(test).last().map(|part| (part, !side))),
            (Kind::Compare, operator, _) => {
                let (Some(left), Some(right)) = (tree.child(test, Field::Left), tree.child(test, Field::Right)) else {
                    continue;
                };
                match (operator, side) {
                    ("<", true) | (">=", false) => take(left, "<", right),
                    ("<=", true) | (">", false) => take(left, "<=", right),
                    (">", true) | ("<=", false) => take(right, "<", left),
                    (">=", true) | ("<", false) => take(right, "<=", left),
                    ("!=", true) | ("==", false) => take(left, "!=", right),
                    ("==", true) | ("!=", false) => take(left, "==", right),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// Whether a branch ends by leaving what is around it.
pub(crate) fn leaves(context: &Context<'_>, body: NodeId) -> bool {
    let last = match context.kind(body) {
        Kind::Block => context.tree().children(body).last(),
        _ => Some(body),
    };
    last.is_some_and(|last| {
        matches!(context.kind(last), Kind::Return | Kind::Break | Kind::Continue | Kind::Raise)
            || context
                .tree()
                .child(last, Field::Value)
                .is_some_and(|call| context.kind(call) == Kind::Call && never_returns(library(context, call)))
    })
}

/// Functions that end the program, by name.
fn never_returns(name: &str) -> bool {
    matches!(name, "exit" | "abort" | "_exit" | "_Exit" | "err" | "errx" | "longjmp" | "quick_exit" | "usage")
        || words(name).iter().any(|word| matches!(word.as_str(), "die" | "fatal" | "panic" | "bail" | "abort" | "exit"))
}
