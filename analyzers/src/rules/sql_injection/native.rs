//! Queries in C and C++: the client libraries of SQLite, MySQL, PostgreSQL, ODBC, and methods of connections.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::{arguments, declared, library};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Functions that run or prepare the text at a place.
const FUNCTIONS: &[(&str, usize)] = &[
    ("mysql_query", 1),
    ("mysql_real_query", 1),
    ("mysql_send_query", 1),
    ("mysql_stmt_prepare", 1),
    ("sqlite3_exec", 1),
    ("sqlite3_get_table", 1),
    ("sqlite3_prepare", 1),
    ("sqlite3_prepare_v2", 1),
    ("sqlite3_prepare_v3", 1),
    ("PQexec", 1),
    ("PQsendQuery", 1),
    ("PQprepare", 2),
    ("PQexecParams", 1),
    ("SQLExecDirect", 1),
    ("SQLExecDirectA", 1),
    ("SQLExecDirectW", 1),
    ("SQLPrepare", 1),
    ("OCIStmtPrepare", 2),
    ("dbcmd", 1),
];

/// Methods of connections and statements.
const METHODS: &[&str] =
    &["executeQuery", "executeUpdate", "prepareStatement", "exec", "exec_params", "execute", "query", "prepare"];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let given = arguments(context, call);
    let query = match FUNCTIONS.iter().find(|(known, _)| *known == name) {
        Some(&(_, at)) => given.get(at).copied(),
        None if METHODS.contains(&context.method(call)) => {
            let object = context.object(call).map(|object| context.source(object).to_ascii_lowercase());
            let is_database = object.as_ref().is_some_and(|object| {
                ["conn", "stmt", "statement", "query", "db", "txn", "work", "sql", "database"]
                    .iter()
                    .any(|word| object.contains(word))
            });
            // `QSqlQuery q; q.exec(…)`
            let typed = context.object(call).and_then(|object| declared(context, object)).is_some_and(|own| {
                let kind = own.kind.to_ascii_lowercase();
                ["sql", "pqxx", "query", "statement", "connection"].iter().any(|word| kind.contains(word))
            });
            let is_database = is_database || typed;
            given.first().copied().filter(|_| is_database)
        }
        None => None,
    };
    let Some(query) = query else { return };
    match context.exposure(query, Purposes::SQL) {
        Exposure::Constant | Exposure::Harmless => {}
        Exposure::Tainted(taint) if taint.origin.source != Source::Unknown => {
            // A query that is handed through whole is the caller's.
            let whole = taint.origin.source == Source::Parameter
                && context.kind(query) == Kind::Name
                && context.flow().data().definitions_of(query).iter().all(|&at| {
                    matches!(
                        context.flow().data().definitions[at as usize].value,
                        crate::graph::dfg::Value::Parameter(_)
                    )
                });
            if whole {
                return;
            }
            let message = format!("The query text holds {}.", taint.source());
            let sure = if taint.origin.source == Source::Parameter { Confidence::Medium } else { taint.confidence };
            found.push(context, Report::issue(call, concept::SQL_STRING, message).confidence(sure).trace(taint.trace));
        }
        Exposure::Tainted(_) | Exposure::Unclear => {
            found.push(context, Report::audit(call, concept::SQL_STRING, "The query text is not constant."));
        }
    }
}
