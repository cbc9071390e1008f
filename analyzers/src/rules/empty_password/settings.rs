//! Servers that are told to ask for no password.

use crate::concept;
use crate::rule::setting::{is_on, variables};
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    for (name, value, node) in variables(context, pair) {
        let open = match name {
            "MYSQL_ALLOW_EMPTY_PASSWORD" | "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD" | "ALLOW_EMPTY_PASSWORD" => is_on(value),
            "POSTGRES_HOST_AUTH_METHOD" => value == "trust",
            _ => false,
        };
        if open {
            let message = "A server asks for no password.";
            found.push(context, Report::issue(node, concept::HARDCODED_SECRET, message));
        }
    }
}
