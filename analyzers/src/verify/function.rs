//! Function by function, how much of the original a model's candidate keeps; never less than METHOD asks for.

use std::collections::{HashMap, HashSet};

use crate::finding::Finding;
use crate::program::Program;
use crate::scan::Analysis;
use crate::syntax::{Field, Kind, NodeId};

/// Least share of the called APIs, other than replaced sinks, that a function keeps.
const LEAST_RETENTION: f32 = 0.7;

/// The dotted name of the outermost function that holds a node, empty for the module.
pub(super) fn name_of(program: &Program, node: NodeId) -> String {
    let tree = &program.tree;
    let mut names: Vec<&str> = std::iter::once(node)
        .chain(tree.ancestors(node))
        .filter(|&above| matches!(tree.kind(above), Kind::Function | Kind::Class))
        .map(|above| tree.name(above, &program.text))
        .collect();
    names.reverse();
    names.join(".")
}

/// Every function of a unit by its dotted name.
pub(super) fn functions(program: &Program) -> HashMap<String, NodeId> {
    let tree = &program.tree;
    tree.ids().filter(|&node| tree.kind(node) == Kind::Function).map(|node| (name_of(program, node), node)).collect()
}

/// Whether every function is still what it was: APIs called, parameters used, no stub, no constant in place of a result.
pub(super) fn kept(before: &Program, found: &Analysis, after: &Program) -> bool {
    let (old, new) = (functions(before), functions(after));
    let all_after = calls(after, NodeId::ROOT, &[]);
    let whole = retention(before, NodeId::ROOT, &found.findings, &all_after) >= LEAST_RETENTION;
    whole
        && old.iter().all(|(name, &function)| {
            let Some(&other) = new.get(name) else {
                // Inner functions may go; outer ones are the public surface's concern.
                return true;
            };
            let called = reachable_calls(after, other, &new);
            retention(before, function, &found.findings, &called) >= LEAST_RETENTION
                && parameters_used(before, function, after, other)
                && (!is_stub(after, other) || is_stub(before, function))
                && (!returns_constants(after, other) || returns_constants(before, function))
                && !(statements(before, function) >= 4 && statements(after, other) * 3 < statements(before, function))
        })
}

/// Names of what is called below a node, except in the statements of `sinks`.
fn calls(program: &Program, root: NodeId, sinks: &[Finding]) -> HashSet<String> {
    let tree = &program.tree;
    let sink_statements: Vec<NodeId> = sinks
        .iter()
        .map(|finding| tree.statement(finding.node))
        .filter(|&statement| !is_compound(tree.kind(statement)))
        .collect();
    // `md.digest(…)` goes with the `md` that a sink made.
    let made = |object: NodeId| {
        program
            .names
            .definition(object)
            .is_some_and(|definition| sink_statements.contains(&tree.statement(definition.node)))
    };
    let uses: Vec<NodeId> = if sink_statements.is_empty() {
        Vec::new()
    } else {
        let object = |call| tree.child(call, Field::Callee).and_then(|callee| tree.child(callee, Field::Object));
        tree.subtree(root).filter(|&node| tree.kind(node) == Kind::Call && object(node).is_some_and(made)).collect()
    };
    tree.subtree(root)
        .filter(|&node| matches!(tree.kind(node), Kind::Call | Kind::New))
        .filter(|&node| !sink_statements.iter().any(|&statement| tree.contains(statement, node)))
        .filter(|&node| !uses.iter().any(|&used| tree.contains(used, node)))
        .filter_map(|node| tree.child(node, Field::Callee))
        .map(|callee| match tree.name(callee, &program.text) {
            // A file is opened by its name or by its descriptor.
            "fdopen" => "open".to_owned(),
            // A statement is made with or without parameters.
            "prepareStatement" | "createStatement" => "statement".to_owned(),
            name => name.to_owned(),
        })
        .filter(|name| !name.is_empty())
        .collect()
}

const fn is_compound(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Module
            | Kind::Function
            | Kind::Class
            | Kind::If
            | Kind::While
            | Kind::For
            | Kind::Try
            | Kind::With
            | Kind::Switch
            | Kind::Case
            | Kind::Handler
    )
}

/// What a function calls, and what functions of the unit that it calls do.
fn reachable_calls(program: &Program, function: NodeId, functions: &HashMap<String, NodeId>) -> HashSet<String> {
    let mut called = calls(program, function, &[]);
    let inner: Vec<NodeId> = functions
        .iter()
        .filter(|(name, _)| called.contains(name.rsplit('.').next().unwrap_or(name)))
        .map(|(_, &node)| node)
        .collect();
    for node in inner {
        called.extend(calls(program, node, &[]));
    }
    called
}

fn retention(before: &Program, root: NodeId, sinks: &[Finding], after: &HashSet<String>) -> f32 {
    let wanted = calls(before, root, sinks);
    if wanted.is_empty() {
        return 1.0;
    }
    wanted.iter().filter(|name| after.contains(*name)).count() as f32 / wanted.len() as f32
}

fn parameters_used(before: &Program, old: NodeId, after: &Program, new: NodeId) -> bool {
    let reads = |program: &Program, function: NodeId, name: &str| {
        let tree = &program.tree;
        tree.subtree(function).any(|node| {
            tree.kind(node) == Kind::Name && tree.text(node, &program.text) == name && tree.field(node) != Field::Target
        })
    };
    before.tree.children_in(old, Field::Parameter).all(|parameter| {
        let name = before.tree.name(parameter, &before.text);
        name.is_empty() || !reads(before, old, name) || reads(after, new, name)
    })
}

fn body_statements(program: &Program, function: NodeId) -> Vec<NodeId> {
    let tree = &program.tree;
    let Some(body) = tree.child(function, Field::Body) else { return Vec::new() };
    tree.children(body)
        .filter(|&statement| {
            let docstring = tree.kind(statement) == Kind::ExprStatement
                && tree
                    .children(statement)
                    .next()
                    .is_some_and(|value| matches!(tree.kind(value), Kind::String | Kind::Template | Kind::Other));
            !docstring
        })
        .collect()
}

/// A body without work: nothing, `pass`, a constant, or an exception.
fn is_stub(program: &Program, function: NodeId) -> bool {
    let tree = &program.tree;
    body_statements(program, function).iter().all(|&statement| match tree.kind(statement) {
        Kind::Pass => true,
        Kind::Raise => true,
        Kind::Return => tree.child(statement, Field::Value).is_none_or(|value| is_constant(program, value)),
        _ => false,
    })
}

fn is_constant(program: &Program, value: NodeId) -> bool {
    let tree = &program.tree;
    match tree.kind(value) {
        Kind::String | Kind::Number | Kind::Bool | Kind::Null => true,
        Kind::List | Kind::Tuple | Kind::Dict | Kind::Set => {
            tree.subtree(value).all(|node| !matches!(tree.kind(node), Kind::Name | Kind::Call | Kind::Attribute))
        }
        _ => false,
    }
}

/// Whether the function returns something, and constants only.
fn returns_constants(program: &Program, function: NodeId) -> bool {
    let tree = &program.tree;
    let values: Vec<NodeId> = tree
        .subtree(function)
        .filter(|&node| tree.kind(node) == Kind::Return && tree.scope(node) == function)
        .filter_map(|node| tree.child(node, Field::Value))
        .collect();
    !values.is_empty() && values.iter().all(|&value| is_constant(program, value))
}

fn statements(program: &Program, function: NodeId) -> usize {
    program.tree.subtree(function).filter(|&node| program.tree.is_statement(node)).count()
}
