//! `exec.Command("sh", "-c", text)` → the program and its arguments, where all syntax of the shell is constant.

use super::super::command::{command, drop_statement, split, vector_with};
use super::super::parts::{Part, literal};
use super::is_string;
use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{NodeId, Span};

/// Proposes the edit.
pub(super) fn propose(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    out.extend(edit(context, call));
}

fn edit(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let skipped = match context.callee_path(call) {
        "os/exec.Command" => 0,
        "os/exec.CommandContext" => 1,
        _ => return None,
    };
    let arguments: Vec<NodeId> = tree.children_in(call, crate::syntax::Field::Argument).skip(skipped).collect();
    let [shell, option, text] = arguments[..] else { return None };
    let name = context.program.names.text(shell)?.rsplit('/').next()?;
    if !matches!(name, "sh" | "bash" | "dash" | "zsh") || context.program.names.text(option) != Some("-c") {
        return None;
    }
    let (parts, statement) = command(context, text)?;
    let strings = parts.iter().all(|part| match part {
        Part::Value(node) => is_string(context, *node),
        Part::Text(_) => true,
    });
    let words = split(context, &parts).filter(|_| strings)?;
    let elements = vector_with(&words, |word| render(context, word))?;
    let span = Span { start: tree.span(shell).start, end: tree.span(text).end };
    let draft =
        Draft::new(EditKind::ArgumentVector, call, &[78], "run the program with an argument list, without a shell")
            .replace(span, elements.join(", "));
    drop_statement(context, statement, draft).map(Draft::finish)
}

fn render(context: Context<'_>, word: &[Part]) -> String {
    let texts: Vec<String> = word
        .iter()
        .map(|part| match part {
            Part::Text(text) => literal(text),
            Part::Value(node) => context.text(*node).to_owned(),
        })
        .collect();
    texts.join("+")
}
