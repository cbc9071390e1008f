//! Connections of JavaScript with an empty password, or one that stands in the program.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Functions and classes that reach a database: the end of their name, and where a password stands among the arguments.
const DRIVERS: &[(&str, Option<usize>)] = &[
    ("createConnection", None),
    ("createPool", None),
    ("createPoolCluster", None),
    ("createClient", None),
    ("Sequelize", Some(2)),
    ("sequelize", Some(2)),
    ("Client", None),
    ("Pool", None),
    ("Connection", None),
    ("ConnectionPool", None),
    ("knex", None),
    ("DataSource", None),
    ("getConnection", None),
    ("connect", None),
    ("createTransport", None),
    ("Redis", None),
    ("ioredis", None),
    ("mssql.connect", None),
];

/// The password that a call or construction gives to a database.
pub(in crate::rules) fn password(context: &Context<'_>, call: NodeId) -> Option<NodeId> {
    let last = context.callee(call).rsplit('.').next().unwrap_or_default();
    let &(_, at) = DRIVERS.iter().find(|(name, _)| *name == last)?;
    let options = context.tree().positional(call).take(5).map(|part| context.value(part));
    let mut named = options.filter_map(|options| {
        let holder = context.entry(options, "connection").map_or(options, |inner| context.value(inner));
        context.entry(holder, "password").or_else(|| context.entry(holder, "pass"))
    });
    let placed = at.and_then(|at| context.positional(call, at));
    named.next().or(placed)
}

/// Checks a call or construction.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(password) = password(context, call) else { return };
    if context.string(password) == Some("") {
        let message = "A server is reached with an empty password.";
        found.push(context, Report::issue(password, concept::HARDCODED_SECRET, message).confidence(Confidence::Medium));
    }
}
