//! Values of a query in Go become arguments; the placeholder is that of the driver at hand, and without one there is none.

use super::super::parts::{can_move, literal, parts, reads, source};
use super::super::query::parametrise;
use super::is_string;
use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const RUNS: &[&str] = &[
    "Query",
    "QueryRow",
    "Exec",
    "QueryContext",
    "QueryRowContext",
    "ExecContext",
    "Queryx",
    "QueryRowx",
    "QueryxContext",
    "QueryRowxContext",
    "MustExec",
    "Raw",
];

/// Placeholders by the driver that the unit imports or names.
fn placeholder(context: Context<'_>, path: &str) -> Option<fn(usize) -> String> {
    let text = context.program.text.as_str();
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    let question: fn(usize) -> String = |_| "?".to_owned();
    let dollar: fn(usize) -> String = |at| format!("${at}");
    // gorm takes question marks whatever the database is.
    if path.contains("gorm") {
        return Some(question);
    }
    let postgres = has(&["lib/pq", "jackc/pgx", "\"postgres\"", "\"pgx\""]);
    let others =
        has(&["go-sql-driver/mysql", "go-sqlite3", "modernc.org/sqlite", "\"mysql\"", "\"sqlite3\"", "\"sqlite\""]);
    match (postgres, others) {
        (true, false) => Some(dollar),
        (false, true) => Some(question),
        _ => None,
    }
}

/// Proposes the edit.
pub(super) fn propose(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    out.extend(edit(context, call));
}

fn edit(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    if tree.kind(call) != Kind::Call || !RUNS.contains(&context.callee_name(call)) {
        return None;
    }
    let mut arguments = tree.children_in(call, Field::Argument).skip_while(|&argument| {
        let text = context.text(argument);
        text == "ctx" || text.starts_with("context.") || text.ends_with(".Context()")
    });
    let query = arguments.next()?;
    // Parameters that are there already would change their numbers.
    if arguments.next().is_some() {
        return None;
    }
    let placeholder = placeholder(context, context.callee_path(call))?;
    let (value, statement) = source(context, query)?;
    let parts = parts(context.program, value)?;
    let made = parametrise(context, &parts, placeholder)?;
    let joined = made.parameters.iter().any(|parameter| parameter.contains(" + "));
    if joined && !made.values.iter().all(|&value| is_string(context, value)) {
        return None;
    }
    let draft = Draft::new(EditKind::ParameteriseQuery, call, &[89], "pass the values of the query as parameters");
    let values = made.parameters.join(", ");
    match statement {
        None => Some(draft.replace(tree.span(query), format!("{}, {values}", literal(&made.text))).finish()),
        Some(statement) => {
            let movable = made.values.iter().all(|&value| can_move(context, value, statement));
            (movable && reads(context, query).len() == 1).then(|| {
                draft
                    .replace(tree.span(value), literal(&made.text))
                    .insert(tree.span(query).end as usize, format!(", {values}"))
                    .finish()
            })
        }
    }
}
