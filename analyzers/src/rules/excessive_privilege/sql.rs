//! Grants of everything.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::sql::statement;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Checks a statement.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some(words) = statement(context, node) else { return };
    if !words.starts(&["grant"]) {
        return;
    }
    let all = words.holds(&["grant", "all"]);
    let everything = all && (words.holds(&["on", "*", ".", "*"]) || words.holds(&["on", "*.*"]));
    let everywhere = all && words.texts().any(|text| text == "%");
    let public = all && words.holds(&["to", "public"]);
    let role = ["superuser", "sysadmin", "dba", "db_owner"].iter().any(|role| words.holds(&["grant", role]));
    let message = if everything || role {
        "An account may do everything in the database."
    } else if everywhere {
        "An account may do everything, from any host."
    } else if public {
        "Everybody may do everything with it."
    } else {
        return;
    };
    found.push(context, Report::issue(node, concept::EXCESSIVE_PRIVILEGE, message).confidence(Confidence::Medium));
}
