//! Parts of queries in JavaScript: clauses that builders take as text, and commands of cloud databases.

use crate::concept;
use crate::finding::Step;
use crate::rule::common::first_use;
use crate::rule::script::requested;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// Methods of builders that take a clause as text.
const CLAUSES: &[&str] = &[
    "where",
    "andWhere",
    "orWhere",
    "having",
    "andHaving",
    "orderBy",
    "addOrderBy",
    "groupBy",
    "leftJoin",
    "innerJoin",
];
/// Methods that take a clause or value as it is, whatever stands in it.
const RAW: &[&str] =
    &["whereRaw", "orderByRaw", "havingRaw", "joinRaw", "fromRaw", "groupByRaw", "selectRaw", "literal", "raw"];
/// Commands whose options hold a statement.
const COMMANDS: &[(&str, &str)] = &[
    ("ExecuteStatementCommand", "Statement"),
    ("ExecuteStatementCommand", "sql"),
    ("BatchExecuteStatementCommand", "sql"),
    ("ExecuteSqlCommand", "sqlStatements"),
    ("SelectObjectContentCommand", "Expression"),
    ("executeStatement", "Statement"),
    ("executeStatement", "sql"),
    ("executeSql", "sqlStatements"),
    ("selectObjectContent", "Expression"),
    ("startQueryExecution", "QueryString"),
    ("StartQueryExecutionCommand", "QueryString"),
];

/// Whether a call is a tag before a template, which makes parameters of the values: ``sql.query`… ${value}` ``.
pub(super) fn is_tagged(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    tree.child(call, Field::Callee).is_some_and(|callee| {
        let end = tree.span(callee).end as usize;
        context.text().get(end..).is_some_and(|rest| rest.trim_start().starts_with('`'))
    })
}

/// Whether many objects that are no database have a method of that name.
pub(super) fn is_common(method: &str) -> bool {
    matches!(method, "get" | "map" | "all" | "any" | "one" | "none" | "many" | "each" | "result" | "multi" | "run")
}

/// Whether a name is that of a database or a connection to one.
pub(super) fn is_store(name: &str) -> bool {
    matches!(name, "db" | "database" | "conn" | "connection" | "pool" | "sqlite" | "knex" | "stmt" | "statement")
        || name.ends_with("db")
        || name.ends_with("database")
        || name.ends_with("connection")
}

/// The text of a query among the arguments of a call that is known by its object or its class.
pub(super) fn query_of(context: &Context<'_>, call: NodeId) -> Option<NodeId> {
    let method = context.method(call);
    if CLAUSES.contains(&method) && context.mentions("createQueryBuilder") {
        let first = context.positional(call, 0)?;
        let made = matches!(context.kind(context.value(first)), Kind::Template | Kind::Binary);
        return made.then_some(first);
    }
    command(context, call)
}

/// The statement among the options of a command.
fn command(context: &Context<'_>, call: NodeId) -> Option<NodeId> {
    let last = context.callee(call).rsplit('.').next().unwrap_or_default();
    COMMANDS.iter().filter(|(name, _)| *name == last).find_map(|(_, option)| {
        let options = context.value(context.positional(call, 0)?);
        context.entry(options, option)
    })
}

/// A clause that is put together with outside values; whether it was one.
pub(super) fn clause(context: &Context<'_>, call: NodeId, query: NodeId, found: &mut Findings) -> bool {
    let method = context.method(call);
    if let Some(option) = command(context, call) {
        if let Some(taint) = context.tainted(option, Purposes::SQL) {
            let message = format!("A query is put together with {}.", taint.source());
            let report = Report::issue(option, concept::SQL_STRING, message).confidence(taint.confidence);
            // Where the text stands, the command that holds it, and where it is sent.
            let mut trace = taint.trace;
            trace.push(Step { span: context.tree().span(call), note: "the command is made".to_owned() });
            trace.extend(first_use(context, call, "it is sent"));
            found.push(context, report.trace(trace));
        }
        return true;
    }
    let raw = RAW.contains(&method) && method != "raw";
    let built = CLAUSES.contains(&method);
    if !raw && !built {
        return false;
    }
    let taint = if built { context.tainted(query, Purposes::SQL) } else { requested(context, query, Purposes::SQL) };
    if let Some(taint) = taint.filter(|taint| !taint.origin.checked) {
        let message = format!("A clause of a query is put together with {}.", taint.source());
        let report = Report::issue(call, concept::SQL_STRING, message).confidence(taint.confidence);
        found.push(context, report.trace(taint.trace));
        return true;
    }
    built
}
