//! The values of a shell string quoted in place; never where the program itself is a value.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::pieces::{Conversion, Piece, pieces};
use crate::rewrite::shell::{CWE, words};
use crate::syntax::{Field, Kind, NodeId, Span};

/// Quotes each value of the command with `shlex.quote`.
pub(super) fn propose(context: Context<'_>, call: NodeId, command: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let command = if tree.kind(command) == Kind::Name {
        let uses = context.uses(tree.scope(call), context.text(command));
        let statement = if uses.leaks { None } else { context.reaching(command, &uses) }?;
        tree.child(statement, Field::Value)?
    } else {
        command
    };
    let taken = pieces(context.program, command).filter(crate::rewrite::pieces::Pieces::is_dynamic)?;
    let Some(Piece::Text(first)) = taken.pieces.first() else { return None };
    // The program must be constant, and nothing may be read by a second shell.
    if !first.trim_start().contains(char::is_whitespace) {
        return None;
    }
    let whole: String =
        taken.pieces.iter().map(|piece| if let Piece::Text(text) = piece { text.as_str() } else { "\u{1}" }).collect();
    let nested = ["`", "$(", "sh -c", "ssh ", "eval ", "xargs", "python -c", "python3 -c", "\\"]
        .iter()
        .any(|mark| whole.contains(mark));
    if nested || !balanced(&whole) {
        return None;
    }
    let (shlex, import) = context.module("shlex");
    let mut draft =
        Draft::new(EditKind::QuoteArgument, call, CWE, "quote the values that are put into the shell string")
            .import(import);
    let mut any = false;
    for piece in &taken.pieces {
        let Piece::Value(node, conversion) = piece else { continue };
        if tree.kind(*node) == Kind::Call
            && matches!(context.callee_path(*node), "shlex.quote" | "pipes.quote" | "int" | "float")
        {
            continue;
        }
        // A value that holds several words would become one.
        if !matches!(conversion, Conversion::Plain | Conversion::Text) || words::holds_several(context, *node) {
            return None;
        }
        // `str(x)`: the conversion stays inside the quoting.
        let outer = tree.parent(*node).filter(|&parent| {
            tree.kind(parent) == Kind::Call && context.callee_name(parent) == "str" && *conversion == Conversion::Text
        });
        let (span, source) = match outer {
            Some(outer) => (tree.span(outer), context.text(outer).to_owned()),
            None if *conversion == Conversion::Text && !words::is_text(context, *node) => {
                (tree.span(*node), format!("str({})", context.text(*node)))
            }
            None => (tree.span(*node), context.text(*node).to_owned()),
        };
        draft = draft.replace(span, format!("{shlex}.quote({source})"));
        for quote in quotes_around(context, *node)? {
            draft = draft.replace(quote, "");
        }
        any = true;
    }
    any.then(|| draft.finish())
}

/// Whether every quote in the text is closed, and holds at most one value and nothing else when it holds one.
fn balanced(whole: &str) -> bool {
    let mut rest = whole;
    while let Some(at) = rest.find(['\'', '"']) {
        let quote = &rest[at..=at];
        let Some(close) = rest[at + 1..].find(quote) else { return false };
        let inside = &rest[at + 1..at + 1 + close];
        if inside.contains('\u{1}') && inside != "\u{1}" {
            return false;
        }
        rest = &rest[at + close + 2..];
    }
    true
}

/// The shell's own quotes right around an interpolation, which must go; `None` where they cannot be told from Python's.
fn quotes_around(context: Context<'_>, node: NodeId) -> Option<Vec<Span>> {
    let tree = context.tree();
    let text = context.program.text.as_bytes();
    let hole = tree.parent(node).filter(|&parent| tree.kind(parent) == Kind::Interpolation);
    let Some(hole) = hole else {
        // In `+`, `%` and `.format` quotes stand in other literals: only unquoted values are mended there.
        let literals = tree.statement(node);
        let quoted = ["'%s'", "\\\"%s\\\"", "\"%s\"", "'{}'", "\"{}\"", "'\" +", "\\'' +", "\"' +", "'\"+"]
            .iter()
            .any(|mark| context.text(literals).contains(mark));
        return (!quoted).then(Vec::new);
    };
    let span = tree.span(hole);
    let before = (span.start as usize).checked_sub(1)?;
    let after = span.end as usize;
    let (left, right) = (*text.get(before)?, *text.get(after)?);
    if matches!(left, b'\'' | b'"') && left == right {
        let template = tree.parent(hole)?;
        // The literal's own quotes.
        let own = tree.span(template);
        if before < own.start as usize + 2 || after + 1 >= own.end as usize {
            return Some(Vec::new());
        }
        let escaped = text.get(before.checked_sub(1)?) == Some(&b'\\');
        return (!escaped).then(|| vec![Span::new(before, before + 1), Span::new(after, after + 1)]);
    }
    Some(Vec::new())
}
