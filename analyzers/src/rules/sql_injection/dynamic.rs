//! Statements that procedures of a database put together themselves.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::sql::{Words, statement};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// What runs a text as a statement.
const RUNS: &[&[&str]] = &[
    &["execute", "immediate"],
    &["exec"],
    &["execute"],
    &["sp_executesql"],
    &["prepare"],
    &["open"],
    &["dbms_sql.parse"],
];

/// Checks a statement of SQL.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some(words) = statement(context, node) else { return };
    // `EXEC('… ' + @name)`, `EXECUTE 'SELECT … ' || name`, `SET @sql = N'SELECT …' + @name` and then `EXEC(@sql)`.
    let runs = RUNS.iter().filter_map(|run| Some(words.find(run)? + run.len())).min();
    let assigned = ["set", "select", "declare"].iter().find_map(|verb| words.find(&[verb]));
    let from = match (runs, assigned) {
        (Some(at), _) => at,
        (None, Some(at)) if runs_text(context) => at,
        _ => match (0..words.len()).find(|&at| words.get(at).is_some_and(|(word, ..)| word == ":")) {
            Some(at) if runs_text(context) => at,
            _ => return,
        },
    };
    if is_joined(&words, from) {
        let message = "A procedure puts a statement together from values.";
        let report = Report::issue(node, concept::SQL_STRING, message).confidence(Confidence::Medium);
        found.push(context, report);
    }
}

/// Whether the unit runs texts as statements.
fn runs_text(context: &Context<'_>) -> bool {
    let lower = context.text().to_ascii_lowercase();
    ["exec(", "exec (", "execute(", "execute (", "sp_executesql", "execute immediate", "prepare "]
        .iter()
        .any(|run| lower.contains(run))
        || lower.lines().take(2_000).any(|line| line.trim_start().starts_with("execute "))
}

/// Whether a text that is a statement is joined with a value that no function quotes.
fn is_joined(words: &Words, from: usize) -> bool {
    const VERBS: &[&str] = &[
        "select ",
        "insert ",
        "update ",
        "delete ",
        "drop ",
        "alter ",
        "create ",
        "exec ",
        "grant ",
        "truncate ",
        "where ",
        "from ",
    ];
    let end = words.len();
    let is_statement = |at: usize| {
        words
            .get(at)
            .is_some_and(|(text, kind, _)| kind == Kind::String && VERBS.iter().any(|verb| text.contains(verb)))
    };
    (from..end).filter(|&at| is_statement(at)).any(|first| {
        let mut at = first + 1;
        while let Some((word, kind, _)) = words.get(at) {
            if !(matches!(word, "+" | "||" | "," | "(" | ")") || kind == Kind::String || kind == Kind::Name) {
                return false;
            }
            let joins = matches!(word, "+" | "||");
            if let Some((value, Kind::Name, _)) = words.get(at + 1).filter(|_| joins) {
                let quotes = matches!(
                    value,
                    "quotename"
                        | "quote_ident"
                        | "quote_literal"
                        | "quote_nullable"
                        | "dbms_assert.simple_sql_name"
                        | "dbms_assert.enquote_name"
                        | "dbms_assert.enquote_literal"
                        | "dbms_assert.sql_object_name"
                        | "dbms_assert.qualified_sql_name"
                        | "n"
                        | "char"
                        | "chr"
                        | "cast"
                        | "str"
                ) || value == "quote";
                if !quotes {
                    return true;
                }
            }
            at += 1;
        }
        // `CONCAT('SELECT … ', name)`

        first >= 2
            && words.get(first - 2).is_some_and(|(word, ..)| word == "concat")
            && words.get(first + 1).is_some_and(|(word, ..)| word == ",")
            && words.get(first + 2).is_some_and(|(word, kind, _)| kind == Kind::Name && word != "quote")
    })
}
