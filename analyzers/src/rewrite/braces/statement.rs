//! Statements that are put before or after another, each on a line of its own; never where one branch has no block.

use crate::edit::TextEdit;
use crate::rewrite::context::Context;
use crate::syntax::{Field, Kind, NodeId, Span};

/// Whether a statement stands in a block and begins its line.
pub(super) fn begins_line(context: Context<'_>, statement: NodeId) -> bool {
    let tree = context.tree();
    let text = context.program.text.as_str();
    let at = tree.span(statement).start as usize;
    let start = crate::edit::start_of_line(text, at);
    let in_block = tree
        .parent(statement)
        .is_some_and(|above| matches!(tree.kind(above), Kind::Block | Kind::Module) && !is_class_body(context, above));
    in_block && text.get(start..at).is_some_and(|before| before.trim().is_empty()) && !tree.in_error(statement)
}

fn is_class_body(context: Context<'_>, block: NodeId) -> bool {
    let tree = context.tree();
    tree.parent(block).is_some_and(|class| tree.kind(class) == Kind::Class)
}

/// The edit that puts lines before a statement.
pub(super) fn before(context: Context<'_>, statement: NodeId, lines: &[String]) -> Option<TextEdit> {
    if !begins_line(context, statement) {
        return None;
    }
    let text = context.program.text.as_str();
    let at = context.tree().span(statement).start as usize;
    let newline = crate::edit::line_ending(text);
    let indent = crate::edit::indent_at(text, at);
    let mut added = String::new();
    for line in lines {
        added.extend([line.as_str(), newline, indent]);
    }
    Some(TextEdit { span: Span::new(at, at), text: added })
}

/// The edit that puts lines after a statement.
pub(super) fn after(context: Context<'_>, statement: NodeId, lines: &[String]) -> Option<TextEdit> {
    let text = context.program.text.as_str();
    let span = context.tree().span(statement);
    let end = crate::edit::end_of_line(text, span.end as usize);
    let rest = text.get(span.end as usize..end)?.trim().trim_start_matches(';').trim();
    let alone = begins_line(context, statement) && (rest.is_empty() || rest.starts_with("//"));
    alone.then(|| crate::edit::after_statement(text, span, lines))
}

/// The name that a `catch` around a node binds, where the node reads it.
pub(super) fn caught(context: Context<'_>, node: NodeId) -> Option<&str> {
    let tree = context.tree();
    let handler = tree.ancestors(node).find(|&above| tree.kind(above) == Kind::Handler)?;
    let name = context.text(tree.child(handler, Field::Target)?);
    context.names_in(node).find(|read| *read == name)
}
