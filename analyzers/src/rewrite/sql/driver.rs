//! How a database library writes placeholders, read from imports, types and calls beside; never guessed.

use crate::query_methods::takes_parameters;
use crate::rewrite::context::Context;
use crate::rewrite::literal;
use crate::syntax::{Field, Kind, NodeId};

/// How placeholders are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rewrite) enum Placeholder {
    /// `?`
    Question,
    /// `%s`
    Percent,
    /// `:1`
    Colon,
    /// `$1`, parameters as further arguments
    Dollar,
    /// `:name`, parameters as a dict (`SQLAlchemy`'s `text`)
    Named,
}

/// A parameter: its name where placeholders have names, and its expression.
pub(super) type Parameter = (String, String);

impl Placeholder {
    /// The placeholder of parameter `index` (from 0).
    pub(super) fn text(self, index: usize, name: &str) -> String {
        match self {
            Self::Question => "?".to_owned(),
            Self::Percent => "%s".to_owned(),
            Self::Colon => format!(":{}", index + 1),
            Self::Dollar => format!("${}", index + 1),
            Self::Named => format!(":{name}"),
        }
    }

    /// The parameters as the call takes them.
    pub(super) fn list(self, parameters: &[Parameter]) -> String {
        let values: Vec<&str> = parameters.iter().map(|(_, value)| value.as_str()).collect();
        match self {
            Self::Dollar => values.join(", "),
            Self::Named => {
                let entries: Vec<String> =
                    parameters.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
                format!("{{{}}}", entries.join(", "))
            }
            Self::Colon => format!("[{}]", values.join(", ")),
            _ if values.len() == 1 => format!("({},)", values[0]),
            _ => format!("({})", values.join(", ")),
        }
    }
}

/// Whether the parameters are the keyword argument `params` (pandas) rather than the second argument.
pub(super) fn by_keyword(context: Context<'_>, call: NodeId) -> bool {
    matches!(context.callee_name(call), "read_sql" | "read_sql_query")
}

/// Libraries by the first parts of their module names.
const LIBRARIES: &[(&str, Placeholder)] = &[
    ("sqlite3", Placeholder::Question),
    ("aiosqlite", Placeholder::Question),
    ("pysqlite2", Placeholder::Question),
    ("pysqlite3", Placeholder::Question),
    ("apsw", Placeholder::Question),
    ("duckdb", Placeholder::Question),
    ("pyodbc", Placeholder::Question),
    ("psycopg2", Placeholder::Percent),
    ("psycopg", Placeholder::Percent),
    ("MySQLdb", Placeholder::Percent),
    ("pymysql", Placeholder::Percent),
    ("mysql", Placeholder::Percent),
    ("flask_mysqldb", Placeholder::Percent),
    ("flaskext.mysql", Placeholder::Percent),
    ("aiomysql", Placeholder::Percent),
    ("asyncmy", Placeholder::Percent),
    ("aiopg", Placeholder::Percent),
    ("pg8000", Placeholder::Percent),
    ("pymssql", Placeholder::Percent),
    ("django", Placeholder::Percent),
    ("snowflake", Placeholder::Percent),
    ("cx_Oracle", Placeholder::Colon),
    ("oracledb", Placeholder::Colon),
    ("asyncpg", Placeholder::Dollar),
    ("sqlalchemy", Placeholder::Named),
    ("flask_sqlalchemy", Placeholder::Named),
    ("sqlmodel", Placeholder::Named),
    ("databases", Placeholder::Named),
];

/// The placeholder for a call that runs a query, and whether `text(…)` must be added around the query.
pub(super) fn placeholder(context: Context<'_>, call: NodeId, in_text: bool) -> Option<(Placeholder, bool)> {
    if in_text {
        return Some((Placeholder::Named, false));
    }
    if matches!(context.callee_name(call), "fetch" | "fetchrow" | "fetchval") {
        return context.imports("asyncpg").then_some((Placeholder::Dollar, false));
    }
    let found = by_object(context, call).or_else(|| by_imports(context)).or_else(|| by_calls(context))?;
    let wraps = found == Placeholder::Named && !context.imports("databases");
    if found == Placeholder::Named
        && matches!(
            context.callee_name(call),
            "raw" | "execute_sql" | "read_sql" | "read_sql_query" | "exec_driver_sql"
        )
    {
        return None;
    }
    Some((found, wraps))
}

fn of_module(path: &str) -> Option<Placeholder> {
    LIBRARIES
        .iter()
        .find(|(module, _)| path == *module || path.strip_prefix(module).is_some_and(|rest| rest.starts_with('.')))
        .map(|&(_, placeholder)| placeholder)
}

/// By the type of what the method is called on.
fn by_object(context: Context<'_>, call: NodeId) -> Option<Placeholder> {
    of_module(context.callee_path(call)).or_else(|| {
        let callee = context.tree().child(call, Field::Callee)?;
        let object = context.tree().child(callee, Field::Object)?;
        of_module(context.type_of(object)?)
    })
}

/// By what the unit imports, where that leaves one answer.
fn by_imports(context: Context<'_>) -> Option<Placeholder> {
    let mut found = None;
    for (module, placeholder) in LIBRARIES {
        if context.imports(module) {
            match found {
                Some(known) if known != *placeholder => return None,
                _ => found = Some(*placeholder),
            }
        }
    }
    found
}

/// By the placeholders of other queries in the unit.
fn by_calls(context: Context<'_>) -> Option<Placeholder> {
    let tree = context.tree();
    let mut found = None;
    for call in tree.ids().filter(|&node| tree.kind(node) == Kind::Call && takes_parameters(context.callee_name(node)))
    {
        let (Some(query), Some(_)) = (tree.positional(call).next(), tree.positional(call).nth(1)) else { continue };
        let Some((_, text)) = (tree.kind(query) == Kind::String).then(|| literal::read(context.text(query))).flatten()
        else {
            continue;
        };
        let here = match (text.contains('?'), text.contains("%s")) {
            (true, false) => Placeholder::Question,
            (false, true) => Placeholder::Percent,
            _ => continue,
        };
        if found.is_some_and(|known| known != here) {
            return None;
        }
        found = Some(here);
    }
    found
}
