//! Functions that merge objects into each other by walking down their keys.

use crate::graph::dfg::Value;
use crate::rule::Context;
use crate::syntax::{Field, Kind, NodeId};

/// Whether `object[index] = …` is the step of a merge that goes down into `object[index]` without refusing a key.
pub(super) fn pollutes(context: &Context<'_>, target: NodeId, object: NodeId, index: NodeId) -> bool {
    let tree = context.tree();
    let (into, key) = (context.source(object), context.source(index));
    if context.kind(index) != Kind::Name || context.kind(object) != Kind::Name {
        return false;
    }
    let Some(function) = outermost(context, target) else { return false };
    if !is_key(context, index) || is_own_key(context, index, into) || is_guarded(context, function, into, key) {
        return false;
    }
    // A call that gets `object[index]`, also through a name.
    let step = |node: NodeId| {
        let value = context.value(node);
        context.kind(value) == Kind::Subscript
            && tree.child(value, Field::Object).is_some_and(|inner| context.source(inner) == into)
            && tree.child(value, Field::Index).is_some_and(|inner| context.source(inner) == key)
    };
    // `merge(into[key] || {}, …)`
    let below = |node: NodeId| {
        step(node) || matches!(context.kind(node), Kind::Boolean | Kind::Conditional) && tree.children(node).any(step)
    };
    let mut calls = tree.subtree(function).take(4_000).filter(|&node| context.kind(node) == Kind::Call);
    calls.any(|call| {
        let goes_down = tree.positional(call).take(6).any(below);
        goes_down && (recurs(context, call, function) || hands_on(context, call, function))
    })
}

/// The outermost function around a node whose parameters may be what is merged: callbacks belong to it.
fn outermost(context: &Context<'_>, node: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let mut functions =
        tree.ancestors(node).filter(|&above| matches!(context.kind(above), Kind::Function | Kind::Lambda));
    let first = functions.next()?;
    if context.kind(first) == Kind::Function {
        return Some(first);
    }
    // A lambda that is handed to `forEach` or assigned.
    match tree.parent(first).filter(|_| tree.field(first) == Field::Argument) {
        Some(_) => functions.next().or(Some(first)),
        None => Some(first),
    }
}

/// Whether a name holds a key of an object: of `for … in`, `Object.keys`, `Object.entries`, or a parameter of that role.
fn is_key(context: &Context<'_>, index: NodeId) -> bool {
    let data = context.flow().data();
    let definitions = data.definitions_of(index);
    definitions.iter().take(4).any(|&at| match data.definitions[at as usize].value {
        Value::Element(_) | Value::Parameter(_) => true,
        Value::Expression(value) => matches!(context.kind(value), Kind::Subscript | Kind::Call),
        _ => false,
    })
}

/// Whether the keys are those of the object that is written: `for (const key in object) object[key] = f(object[key])`.
fn is_own_key(context: &Context<'_>, index: NodeId, into: &str) -> bool {
    let data = context.flow().data();
    let of = |node: NodeId| {
        let value = context.value(node);
        context.source(node) == into
            || matches!(context.callee(value), "Object.keys" | "Object.entries" | "Object.getOwnPropertyNames")
                && context.positional(value, 0).is_some_and(|object| context.source(object) == into)
    };
    let definitions = data.definitions_of(index);
    !definitions.is_empty()
        && definitions.iter().take(4).all(|&at| match data.definitions[at as usize].value {
            Value::Element(list) => of(list),
            // `const keys = Object.keys(object); … keys[i]`
            Value::Expression(value) if context.kind(value) == Kind::Subscript => {
                context.tree().child(value, Field::Object).is_some_and(of)
            }
            Value::Parameter(function) => context
                .tree()
                .parent(function)
                .filter(|&call| context.kind(call) == Kind::Call && context.method(call) == "forEach")
                .and_then(|call| context.object(call))
                .is_some_and(of),
            _ => false,
        })
}

/// Whether the call is of the function itself or of one that calls it.
fn recurs(context: &Context<'_>, call: NodeId, function: NodeId) -> bool {
    let data = context.flow().data();
    let Some(called) = data.called(call) else {
        let name = context.name(function);
        return !name.is_empty() && context.source(call).starts_with(name);
    };
    if called == function {
        return true;
    }
    let tree = context.tree();
    let mut calls = tree.subtree(called).take(2_000).filter(|&node| context.kind(node) == Kind::Call);
    calls.any(|inner| data.called(inner) == Some(function))
}

/// Whether the call is of a parameter of the function: a step of a walk that the caller goes on with.
fn hands_on(context: &Context<'_>, call: NodeId, function: NodeId) -> bool {
    let tree = context.tree();
    let Some(callee) = tree.child(call, Field::Callee) else { return false };
    let own = context.source(callee);
    tree.children_in(function, Field::Parameter).any(|parameter| context.name(parameter) == own)
}

/// Whether the function looks at its keys: it names two of the dangerous ones, asks the target for its own properties,
/// or gives the key to a check.
fn is_guarded(context: &Context<'_>, function: NodeId, into: &str, key: &str) -> bool {
    let text = context.source(function);
    let named = |text: &str| {
        text.contains("__proto__") && (text.contains("constructor") || text.contains("prototype"))
            || text.contains("hasOwnProperty.call") && text.contains(&format!("({into}, {key})"))
    };
    if named(text)
        || [format!("{into}.hasOwnProperty({key})"), format!("hasOwn({into}, {key})"), format!("call({into}, {key})")]
            .iter()
            .any(|asked| text.contains(asked.as_str()))
        || text.contains("instanceof Object")
    {
        return true;
    }
    // `if (isSafe(key))`, `if (blocked.includes(key)) continue`
    let tree = context.tree();
    let checks = tree.subtree(function).take(4_000).filter(|&node| context.kind(node) == Kind::If);
    let asks = checks.filter_map(|test| tree.child(test, Field::Test)).any(|test| {
        tree.subtree(test).take(60).any(|call| {
            context.kind(call) == Kind::Call
                && !matches!(context.method(call), "hasOwnProperty" | "propertyIsEnumerable")
                && tree.positional(call).take(2).any(|part| context.source(part) == key)
        })
    });
    asks && named(context.text())
}
