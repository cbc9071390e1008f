//! CWE-117: values lose their line breaks where they enter a log entry; never changes another character.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::pieces::{Conversion, Piece, pieces};
use crate::syntax::{Field, Kind, NodeId};

const NAME: &str = "one_line";

const HELPER: &str = r#"def one_line(value):
    """Returns a value as text whose line breaks are written as escapes, so that a log entry stays one entry."""
    return str(value).replace("\r", "\\r").replace("\n", "\\n")
"#;

/// `log.info("user " + name)` → `log.info("user " + one_line(name))`.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let writes = |call: NodeId| {
        tree.kind(call) == Kind::Call
            && matches!(
                context.callee_name(call),
                "debug" | "info" | "warning" | "warn" | "error" | "exception" | "critical" | "log"
            )
    };
    let Some(call) = context.around(node, writes) else { return };
    let mut arguments = tree.positional(call).skip(usize::from(context.callee_name(call) == "log"));
    let Some(message) = arguments.next() else { return };
    let rest: Vec<NodeId> = arguments.collect();
    let mut values: Vec<NodeId> = Vec::new();
    if let Some(taken) = pieces(context.program, message) {
        for piece in &taken.pieces {
            if let Piece::Value(value, Conversion::Plain | Conversion::Text) = piece {
                values.push(*value);
            }
        }
    } else if rest.is_empty() {
        values.push(message);
    }
    if let Some(format) = context.string(message) {
        values.extend(rest.iter().zip(conversions(&format)).filter(|(_, kind)| *kind == 's').map(|(&value, _)| value));
    }
    let mut draft =
        Draft::new(EditKind::EscapeMarkup, call, &[117], "write the line breaks of logged values as escapes")
            .helper(NAME, HELPER.to_owned());
    let mut any = false;
    for value in values.into_iter().filter(|&value| may_break(context, value)) {
        draft = draft.replace(tree.span(value), format!("{NAME}({})", context.text(value)));
        any = true;
    }
    if any {
        out.push(draft.finish());
    }
}

/// The letters of a format's `%` conversions, in order.
fn conversions(format: &str) -> Vec<char> {
    let mut letters = Vec::new();
    let mut rest = format.chars();
    while let Some(letter) = rest.next() {
        if letter == '%' {
            let kind = rest.find(|letter| !matches!(letter, '0'..='9' | '.' | '-' | '+' | ' ' | '#'));
            match kind {
                Some('%') => {}
                Some(kind) => letters.push(kind),
                None => break,
            }
        }
    }
    letters
}

/// Whether a value may be text with line breaks.
fn may_break(context: Context<'_>, value: NodeId) -> bool {
    let tree = context.tree();
    if context.is_constant(value) || matches!(context.type_of(value), Some("int" | "float" | "bool")) {
        return false;
    }
    match tree.kind(value) {
        Kind::Name | Kind::Attribute | Kind::Subscript | Kind::Boolean | Kind::Conditional => {
            tree.field(value) != Field::Callee
        }
        Kind::Call => !matches!(
            context.callee_name(value),
            "one_line"
                | "repr"
                | "ascii"
                | "int"
                | "float"
                | "len"
                | "round"
                | "sum"
                | "hash"
                | "id"
                | "quote"
                | "type"
        ),
        _ => false,
    }
}
