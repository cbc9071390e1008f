//! Ways through a function after a place: what comes next, and what each step reads, writes and hands on; bounded.

use crate::graph::Edge;
use crate::rule::Context;
use crate::syntax::{Field, Kind, NodeId};

/// Most steps of one walk.
const MOST_STEPS: usize = 1_500;

/// What a walk does at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Goes on.
    On,
    /// Does not look behind this step.
    Stop,
}

/// Whether a walk came to the end of the function on some way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    /// Some way reaches the end or a `return`.
    pub(crate) leaves: bool,
    /// The last step of the first such way.
    pub(crate) last: Option<NodeId>,
}

/// Visits every step that can come after the one that evaluates `from`, each once.
pub(crate) fn after(
    context: &Context<'_>,
    from: NodeId,
    mut follow: impl FnMut(u32, Edge) -> bool,
    mut visit: impl FnMut(NodeId, u32) -> Next,
) -> Ends {
    let control = &context.flow().data().control;
    let successors = context.successors();
    let start = control.vertex(from);
    let mut seen = std::collections::HashSet::from([start]);
    let mut open = vec![start];
    let mut ends = Ends { leaves: false, last: None };
    while let Some(vertex) = open.pop() {
        let next = successors.get(vertex as usize).map(Vec::as_slice).unwrap_or_default();
        let mut any = false;
        for &(to, edge) in next {
            if edge == Edge::Child || !follow(vertex, edge) {
                continue;
            }
            any = true;
            if seen.len() >= MOST_STEPS || !seen.insert(to) {
                continue;
            }
            let Some(&node) = control.nodes.get(to as usize) else { continue };
            if visit(node, to) == Next::On {
                open.push(to);
            }
        }
        ends.leaves |= !any && next.iter().all(|&(_, edge)| edge == Edge::Child);
        // A branch or loop at the end of the function, whose other way has nothing to lead to.
        if any && is_open_at_the_end(context, vertex, next) && follow(vertex, Edge::False) {
            ends.leaves = true;
        }
        if ends.leaves && ends.last.is_none() {
            ends.last = control.nodes.get(vertex as usize).copied();
        }
    }
    ends
}

/// Whether a condition has no step behind the way on which it does not hold.
fn is_open_at_the_end(context: &Context<'_>, vertex: u32, next: &[(u32, Edge)]) -> bool {
    let Some(&node) = context.flow().data().control.nodes.get(vertex as usize) else { return false };
    let tests = matches!(context.kind(node), Kind::If | Kind::While | Kind::For)
        && context.tree().child(node, Field::Test).is_some_and(|test| context.truth(test) != Some(true));
    tests
        && next.iter().any(|&(_, edge)| edge == Edge::True)
        && !next.iter().any(|&(_, edge)| matches!(edge, Edge::False | Edge::Next))
}

/// The nodes that a step evaluates itself.
pub(crate) fn evaluated<'c>(context: &'c Context<'_>, node: NodeId, vertex: u32) -> impl Iterator<Item = NodeId> + 'c {
    let control = &context.flow().data().control;
    context.tree().subtree(node).take(3_000).filter(move |&inner| control.vertex(inner) == vertex)
}

/// How a step uses what is called `name` (a name or chain of members as written).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It gets another value, or something it is a member of does.
    Set,
    /// What it points to is read or written.
    Reached(NodeId),
    /// It is an argument of this call.
    Passed(NodeId),
    /// It is returned, stored or otherwise handed on.
    Kept(NodeId),
    /// Its value is only looked at.
    Seen,
}

/// The uses of `name` at a step, in order.
pub(crate) fn uses(context: &Context<'_>, name: &str, node: NodeId, vertex: u32) -> Vec<Use> {
    let tree = context.tree();
    let mut list = Vec::new();
    let mut set = Vec::new();
    for inner in evaluated(context, node, vertex) {
        if !matches!(context.kind(inner), Kind::Name | Kind::Attribute) {
            continue;
        }
        let text = context.source(inner);
        if text != name {
            let prefix = name.strip_prefix(text).is_some_and(|rest| rest.starts_with(['.', '-']));
            if prefix && tree.field(inner) == Field::Target {
                set.push(Use::Set);
            }
            continue;
        }
        if tree.field(inner) == Field::Target {
            let above = tree.parent(inner).map(|above| context.kind(above));
            if above == Some(Kind::AugAssign) {
                list.push(Use::Seen);
            } else {
                set.push(Use::Set);
            }
            continue;
        }
        list.push(role(context, inner));
    }
    // The right side comes before the left.
    list.extend(set);
    list
}

/// What is done with the value of an expression.
fn role(context: &Context<'_>, node: NodeId) -> Use {
    let tree = context.tree();
    let mut at = node;
    for _ in 0..8 {
        let Some(above) = tree.parent(at) else { return Use::Seen };
        match (context.kind(above), tree.field(at)) {
            (Kind::Attribute | Kind::Subscript, Field::Object) => {
                return if measured(context, above) { Use::Seen } else { Use::Reached(above) };
            }
            (Kind::Unary, _) => match context.name(above) {
                "*" => return if measured(context, above) { Use::Seen } else { Use::Reached(above) },
                "&" => return Use::Set,
                _ => return Use::Seen,
            },
            (Kind::Call | Kind::New, Field::Argument) => {
                return if by_reference(context, above, at) { Use::Set } else { Use::Passed(above) };
            }
            (Kind::Call, Field::Callee) => return Use::Reached(above),
            (Kind::Cast | Kind::Tuple, _) | (Kind::Conditional, Field::Body | Field::Else) => at = above,
            (Kind::Binary, _) if matches!(context.name(above), "+" | "-") => at = above,
            (Kind::Binary, _) => return Use::Kept(above),
            (Kind::Return | Kind::Assign | Kind::List | Kind::Pair | Kind::Raise, _) => return Use::Kept(above),
            (Kind::Delete, _) => return Use::Passed(above),
            _ => return Use::Seen,
        }
    }
    Use::Seen
}

/// Whether `sizeof` takes the size of an expression, which does not reach it.
fn measured(context: &Context<'_>, node: NodeId) -> bool {
    let above = context.tree().parent(node);
    above.is_some_and(|above| context.kind(above) == Kind::Unary && context.name(above) == "sizeof")
}

/// Whether a function of the unit takes an argument by reference, and so may set it.
fn by_reference(context: &Context<'_>, call: NodeId, argument: NodeId) -> bool {
    let data = context.flow().data();
    let Some(function) = data.called(call).filter(|_| context.kind(call) == Kind::Call) else { return false };
    let parameter = data.passed(call, function).into_iter().find(|&(value, _)| value == argument);
    parameter.and_then(|(_, parameter)| super::declared(context, parameter)).is_some_and(|own| own.reference)
}

/// What a condition says of a pointer: `Some(true)` where it holds only if the pointer is there, `Some(false)` where only
/// if it is not.
pub(crate) fn presence(context: &Context<'_>, test: NodeId, name: &str) -> Option<bool> {
    let tree = context.tree();
    match context.kind(test) {
        Kind::Name | Kind::Attribute => (context.source(test) == name).then_some(true),
        Kind::Unary if context.name(test) == "!" => {
            presence(context, tree.child(test, Field::Value)?, name).map(|is| !is)
        }
        Kind::Assign => {
            let target = tree.child(test, Field::Target)?;
            (context.source(target) == name).then_some(true)
        }
        Kind::Compare => {
            let (left, right) = (tree.child(test, Field::Left)?, tree.child(test, Field::Right)?);
            let null = |node: NodeId| {
                context.kind(node) == Kind::Null
                    || context.kind(node) == Kind::Number && context.integer(node) == Some(0)
                    || context.source(node) == "NULL"
                    || context.source(node) == "-1"
            };
            let about = |node: NodeId| presence(context, node, name) == Some(true);
            if !(about(left) && null(right) || about(right) && null(left)) {
                // `fd < 0`
                if about(left) && context.integer(right) == Some(0) {
                    return match context.name(test) {
                        "<" => Some(false),
                        ">=" | ">" => Some(true),
                        _ => None,
                    };
                }
                return None;
            }
            match context.name(test) {
                "==" => Some(false),
                "!=" => Some(true),
                _ => None,
            }
        }
        Kind::Boolean => {
            let (left, right) = (tree.child(test, Field::Left)?, tree.child(test, Field::Right)?);
            let either = presence(context, left, name).or_else(|| presence(context, right, name))?;
            match (context.name(test), either) {
                ("&&", true) => Some(true),
                ("||", false) => Some(false),
                _ => None,
            }
        }
        _ => None,
    }
}
