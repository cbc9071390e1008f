//! Results that may be nothing: where they go, and whether something looks at them before they are used; bounded.

use crate::rule::Context;
use crate::rule::c::paths::{Next, Use, after, uses};
use crate::syntax::{Field, Kind, NodeId};

/// The variable or member that the result of a call is given to.
pub(crate) fn receiver(context: &Context<'_>, call: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let mut at = call;
    for _ in 0..4 {
        let above = tree.parent(at)?;
        match context.kind(above) {
            Kind::Cast => at = above,
            Kind::Assign if tree.field(at) == Field::Value => return tree.child(above, Field::Target),
            _ => return None,
        }
    }
    None
}

/// Whether a name or member stands in an expression.
pub(crate) fn mentions(context: &Context<'_>, node: NodeId, name: &str) -> bool {
    context
        .tree()
        .subtree(node)
        .take(200)
        .any(|part| matches!(context.kind(part), Kind::Name | Kind::Attribute) && context.source(part) == name)
}

/// The first place that goes through the result of a call before anything looked whether there is one; `reaches` says
/// whether a call goes through its argument of that name.
pub(crate) fn unchecked_use(
    context: &Context<'_>,
    call: NodeId,
    reaches: impl Fn(NodeId, &str) -> bool,
) -> Option<NodeId> {
    let target = receiver(context, call)?;
    let name = context.source(target);
    if !matches!(context.kind(target), Kind::Name | Kind::Attribute) {
        return None;
    }
    let tree = context.tree();
    // Compared in the same expression, as in `if ((p = malloc(n)) == NULL)`.
    let tested = tree.ancestors(call).take(6).any(|above| {
        matches!(context.kind(above), Kind::Compare | Kind::Boolean | Kind::If | Kind::While)
            || context.kind(above) == Kind::Unary && context.name(above) == "!"
    });
    if tested {
        return None;
    }
    let control = &context.flow().data().control;
    let mut used = None;
    // The first use on each way decides.
    after(
        context,
        call,
        |_, _| true,
        |step, vertex| {
            let test = tree.child(step, Field::Test).filter(|&test| control.vertex(test) == vertex);
            if test.is_some_and(|test| mentions(context, test, name)) || context.kind(step) == Kind::Assert {
                return Next::Stop;
            }
            match uses(context, name, step, vertex).first() {
                Some(Use::Reached(at)) => {
                    used = used.or(Some(*at));
                    Next::Stop
                }
                Some(Use::Passed(inner)) if reaches(*inner, name) => {
                    used = used.or(Some(*inner));
                    Next::Stop
                }
                Some(_) => Next::Stop,
                None => Next::On,
            }
        },
    );
    used
}
