//! Where a value comes from: back through definitions, copies, callers and functions of the unit; bounded, never a proof.

use crate::graph::dfg::Value;
use crate::lang::memory::{self, Gives};
use crate::rule::Context;
use crate::rule::c::{arguments, library};
use crate::syntax::{Field, Kind, NodeId};

/// Most expressions that are looked at for one value.
const MOST_STEPS: usize = 64;

/// What a caller thinks of an expression on the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// This is what was looked for.
    Found,
    /// What lies behind it may be.
    On,
    /// What lies behind it is of no interest.
    Stop,
}

/// The first expression that a value comes from and that `judge` takes.
pub(crate) fn origin(context: &Context<'_>, node: NodeId, mut judge: impl FnMut(NodeId) -> Way) -> Option<NodeId> {
    let mut seen = vec![node];
    let mut at = 0;
    while let Some(&node) = seen.get(at) {
        at += 1;
        match judge(node) {
            Way::Found => return Some(node),
            Way::Stop => continue,
            Way::On => {}
        }
        for next in before(context, node) {
            if seen.len() < MOST_STEPS && !seen.contains(&next) {
                seen.push(next);
            }
        }
    }
    None
}

/// The expressions that give an expression its value.
fn before(context: &Context<'_>, node: NodeId) -> Vec<NodeId> {
    let tree = context.tree();
    let child = |field| tree.child(node, field).into_iter().collect();
    match context.kind(node) {
        Kind::Name | Kind::Attribute => {
            let data = context.flow().data();
            let mut list = Vec::new();
            for &at in data.definitions_of(node).iter().take(16) {
                let definition = &data.definitions[at as usize];
                match definition.value {
                    Value::Expression(value) | Value::Element(value) => list.push(value),
                    Value::Written(call, _) => list.extend(written(context, call)),
                    Value::Parameter(_) => list.push(definition.node),
                    Value::Arguments(_) | Value::Output(_) | Value::Named => {}
                }
            }
            list
        }
        Kind::Parameter => {
            let function = tree.scope(node);
            let data = context.flow().data();
            let callers = context.flow().callers(function).iter().take(16);
            callers
                .filter_map(|&call| {
                    let given = data.passed(call, function).into_iter().find(|&(_, parameter)| parameter == node);
                    given.map(|(value, _)| value)
                })
                .collect()
        }
        Kind::Cast | Kind::Assign => tree.children_in(node, Field::Value).collect(),
        Kind::Unary if matches!(context.name(node), "&" | "*") => child(Field::Value),
        Kind::Subscript => child(Field::Object),
        Kind::Binary if matches!(context.name(node), "+" | "-") => child(Field::Left),
        Kind::Conditional => [Field::Body, Field::Else].iter().filter_map(|&field| tree.child(node, field)).collect(),
        Kind::Call => {
            if matches!(context.method(node), "c_str" | "data" | "str") {
                return context.object(node).into_iter().collect();
            }
            match library(context, node) {
                "strdup" | "_strdup" | "wcsdup" | "strndup" | "strcpy" | "strncpy" | "strcat" => {
                    arguments(context, node).into_iter().rev().take(2).collect()
                }
                _ => returned(context, node),
            }
        }
        _ => Vec::new(),
    }
}

/// What a library function copies into its buffer.
fn written(context: &Context<'_>, call: NodeId) -> Vec<NodeId> {
    let given = arguments(context, call);
    let Some(writer) = memory::writer(library(context, call)) else { return Vec::new() };
    match writer.gives {
        Gives::Same(at) => given.get(usize::from(at)).copied().into_iter().collect(),
        Gives::From(at) => given.into_iter().skip(usize::from(at)).take(16).collect(),
        Gives::Outside(_) | Gives::Stream(_) => Vec::new(),
    }
}

/// What a function of the unit gives back.
fn returned(context: &Context<'_>, call: NodeId) -> Vec<NodeId> {
    let tree = context.tree();
    let Some(function) = context.flow().data().called(call) else { return Vec::new() };
    tree.subtree(function)
        .take(3_000)
        .filter(|&inner| context.kind(inner) == Kind::Return && tree.scope(inner) == function)
        .filter_map(|inner| tree.child(inner, Field::Value))
        .take(8)
        .collect()
}
