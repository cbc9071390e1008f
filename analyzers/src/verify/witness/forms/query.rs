//! Safe forms of queries and templates: a fixed text with its values beside it.

use crate::program::Program;
use crate::query_methods;
use crate::syntax::{Field, Kind, NodeId};
use crate::verify::witness::forms::{calls, name};

/// A query with parameters beside it, a prepared statement that is bound, or an object mapper.
pub(super) fn query(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    calls(program, root).any(|call| {
        let method = name(program, call);
        if matches!(
            method,
            "filter_by"
                | "filter"
                | "setString"
                | "setInt"
                | "setLong"
                | "setObject"
                | "bindparams"
                | "setParameter"
                | "where"
                | "insert"
                | "values"
        ) {
            return true;
        }
        if method == "prepareStatement" {
            return tree.positional(call).next().is_some_and(|text| is_fixed(program, text));
        }
        // `db.prepare("…").get(value)`
        if method == "prepare" {
            let run = tree.parent(call).and_then(|method| tree.parent(method));
            return tree.positional(call).next().is_some_and(|text| is_fixed(program, text))
                && run.is_some_and(|run| {
                    tree.kind(run) == Kind::Call && tree.children_in(run, Field::Argument).next().is_some()
                });
        }
        let piece = matches!(method, "whereRaw" | "andWhereRaw" | "orWhereRaw" | "havingRaw" | "joinRaw");
        if !piece && !query_methods::runs(method) {
            return false;
        }
        let mut arguments = tree.positional(call);
        let text = arguments.next();
        let second = arguments
            .next()
            .is_some_and(|second| !matches!(tree.kind(second), Kind::Lambda | Kind::Function | Kind::String));
        let keyword = ["params", "parameters", "args", "vars", "bind"]
            .iter()
            .any(|key| tree.keyword(call, key, &program.text).is_some());
        (second || keyword) && text.is_some_and(|text| is_fixed(program, text))
    })
}

/// Whether a query's text holds no value: a literal, constants, or a variable that is built of those.
pub(super) fn is_fixed(program: &Program, node: NodeId) -> bool {
    let tree = &program.tree;
    if program.names.constant(node).is_some() {
        return true;
    }
    match tree.kind(node) {
        Kind::String => true,
        Kind::Template | Kind::Binary => tree.children(node).all(|child| match tree.kind(child) {
            Kind::Text | Kind::String => true,
            Kind::Interpolation => tree
                .child(child, Field::Value)
                .is_some_and(|value| program.names.constant(value).is_some() || placeholders(program, value)),
            _ => is_fixed(program, child),
        }),
        Kind::Name => program.names.binding(node).is_some_and(|binding| {
            let definitions = program.names.definitions(binding);
            !definitions.is_empty()
                && definitions.iter().all(|definition| {
                    let statement = tree.statement(definition.node);
                    definition
                        .value
                        .or_else(|| tree.child(statement, Field::Value))
                        .is_some_and(|value| tree.kind(value) != Kind::Name && is_fixed(program, value))
                })
        }),
        // `QUERIES[column]`: one of a fixed list.
        Kind::Subscript => tree.child(node, Field::Object).is_some_and(|table| is_fixed_table(program, table)),
        Kind::Call if name(program, node) == "get" => tree
            .child(node, Field::Callee)
            .and_then(|callee| tree.child(callee, Field::Object))
            .is_some_and(|table| is_fixed_table(program, table)),
        Kind::Call => {
            matches!(name(program, node), "text" | "sql" | "SQL" | "dedent")
                && tree.positional(node).next().is_some_and(|text| is_fixed(program, text))
        }
        _ => false,
    }
}

/// Whether a name stands for one literal collection of fixed texts.
fn is_fixed_table(program: &Program, node: NodeId) -> bool {
    let tree = &program.tree;
    let table = match tree.kind(node) {
        Kind::Name => program.names.definition(node).and_then(|definition| definition.value),
        _ => Some(node),
    };
    table.is_some_and(|table| match tree.kind(table) {
        Kind::Dict => tree
            .children(table)
            .all(|pair| tree.child(pair, Field::Value).is_some_and(|value| program.names.text(value).is_some())),
        Kind::List | Kind::Tuple => tree.children(table).all(|value| program.names.text(value).is_some()),
        _ => false,
    })
}

/// `", ".join("?" for _ in values)`
fn placeholders(program: &Program, value: NodeId) -> bool {
    let text = program.tree.text(value, &program.text);
    text.contains("\"?\"") || text.contains("'?'") || text.contains("'%s'") || text.contains("\"%s\"")
}

/// A constant template with variables beside it.
pub(super) fn template(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    calls(program, root).any(|call| {
        matches!(name(program, call), "render_template_string" | "from_string" | "Template")
            && tree.positional(call).next().is_some_and(|text| is_fixed(program, text))
    })
}
