//! Whether a loop runs a few times only, as far as its own text shows it; never a guess in its favour.

use crate::graph::dfg::Value;
use crate::rule::Context;
use crate::rule::c::conditions::holds;
use crate::rule::c::evaluate;
use crate::syntax::{Field, Kind, NodeId};

/// Most rounds that count as few.
const FEW: i64 = 100;

/// Whether the loop ends after a few rounds.
pub(super) fn runs_few_times(context: &Context<'_>, each: NodeId) -> bool {
    let tree = context.tree();
    let Some(test) = tree.children_in(each, Field::Test).last() else { return false };
    // `do { … } while (0)` runs once.
    if matches!(context.kind(test), Kind::Number | Kind::Bool) {
        return context.truth(test) == Some(false);
    }
    let mut bounded = false;
    holds(context, test, true, &mut |left, operator, right| {
        bounded |= match operator {
            "<" | "<=" => evaluate(context, right)
                .is_some_and(|bound| counts_up(context, each, left, bound + i64::from(operator == "<="))),
            "==" => evaluate(context, right)
                .is_some_and(|value| is_set(context, each, context.source(left), &|set| set != value)),
            "!=" => evaluate(context, right)
                .is_some_and(|value| is_set(context, each, context.source(left), &|set| set == value)),
            _ => false,
        };
    });
    bounded || {
        // `!stop` and `more`
        let (name, stops): (_, fn(i64) -> bool) = match context.kind(test) {
            Kind::Unary if context.name(test) == "!" => match tree.children(test).last() {
                Some(inner) => (context.source(inner), |set| set != 0),
                None => return false,
            },
            _ => (context.source(test), |set| set == 0),
        };
        is_set(context, each, name, &stops)
    }
}

/// Whether a node runs in every round of the loop.
fn is_unconditional(context: &Context<'_>, each: NodeId, node: NodeId) -> bool {
    context.tree().ancestors(node).take_while(|&above| above != each).all(|above| {
        !matches!(
            context.kind(above),
            Kind::If | Kind::Switch | Kind::Case | Kind::For | Kind::While | Kind::Conditional | Kind::Boolean
        )
    })
}

/// Places in the loop where a name gets a value, its head's first part aside.
fn writes<'c>(context: &'c Context<'_>, each: NodeId, name: &'c str) -> impl Iterator<Item = NodeId> + 'c {
    let tree = context.tree();
    tree.subtree(each).take(4_000).filter(move |&node| {
        tree.field(node) == Field::Target
            && context.source(node) == name
            && tree.parent(node).is_some_and(|above| tree.field(above) != Field::Init)
    })
}

/// Whether a round always sets the name to a constant that `stops` the loop.
fn is_set(context: &Context<'_>, each: NodeId, name: &str, stops: &dyn Fn(i64) -> bool) -> bool {
    let tree = context.tree();
    let mut last = None;
    for target in writes(context, each, name) {
        let Some(assign) = tree.parent(target).filter(|&above| context.kind(above) == Kind::Assign) else {
            return false;
        };
        if !is_unconditional(context, each, target) {
            return false;
        }
        last = tree.child(assign, Field::Value).and_then(|value| evaluate(context, value));
    }
    last.is_some_and(stops)
}

/// Whether the name goes up by a step in every round, from a value near the bound.
fn counts_up(context: &Context<'_>, each: NodeId, counter: NodeId, bound: i64) -> bool {
    let tree = context.tree();
    // `++i < 2`
    let counter = if context.kind(counter) == Kind::AugAssign {
        match tree.child(counter, Field::Target) {
            Some(target) => target,
            None => return false,
        }
    } else {
        counter
    };
    if context.kind(counter) != Kind::Name {
        return false;
    }
    let name = context.source(counter);
    let mut steps = writes(context, each, name);
    let (Some(step), None) = (steps.next(), steps.next()) else { return false };
    let up = tree
        .parent(step)
        .is_some_and(|above| context.kind(above) == Kind::AugAssign && matches!(context.name(above), "++" | "+="));
    if !up || !is_unconditional(context, each, step) {
        return false;
    }
    let data = context.flow().data();
    let mut least = None;
    for &at in data.definitions_of(counter).iter() {
        let definition = &data.definitions[at as usize];
        let outside = !tree.contains(each, definition.node)
            || tree.ancestors(definition.node).take(3).any(|above| tree.field(above) == Field::Init);
        if !outside {
            continue;
        }
        let Value::Expression(value) = definition.value else { return false };
        let Some(value) = evaluate(context, value).filter(|_| value != definition.node) else { return false };
        least = Some(least.map_or(value, |known: i64| known.min(value)));
    }
    least.is_some_and(|least| bound - least <= FEW)
}
