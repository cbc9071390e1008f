//! Safe forms of answers about errors: a text that says nothing of what happened.

use crate::program::Program;
use crate::syntax::{Kind, NodeId};
use crate::verify::witness::forms::{calls, name};

/// Calls that answer a client.
const ANSWERS: &[&str] = &[
    "send",
    "json",
    "end",
    "write",
    "print",
    "println",
    "append",
    "sendError",
    "body",
    "entity",
    "render",
    "sendStatus",
    "Error",
    "JSON",
    "String",
];

/// Whether the code at `root` answers, and with constants alone wherever it does.
pub(super) fn says_nothing(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    let mut any = false;
    for call in calls(program, root).filter(|&call| ANSWERS.contains(&name(program, call))) {
        let arguments: Vec<NodeId> = tree.positional(call).collect();
        let tells = |node: NodeId| match tree.kind(node) {
            Kind::Attribute => matches!(tree.name(node, &program.text), "stack" | "message" | "stackTrace"),
            Kind::Call => matches!(
                name(program, node),
                "getMessage" | "getStackTrace" | "toString" | "printStackTrace" | "getLocalizedMessage" | "Error"
            ),
            _ => false,
        };
        if arguments.iter().any(|&argument| tree.subtree(argument).any(tells)) {
            return false;
        }
        let constant = |node: NodeId| {
            tree.subtree(node).any(|part| program.names.text(part).is_some_and(|text| !text.is_empty()))
                && tree.subtree(node).all(|part| !matches!(tree.kind(part), Kind::Call | Kind::Attribute))
        };
        any |= arguments.iter().any(|&argument| constant(argument));
    }
    any
}
