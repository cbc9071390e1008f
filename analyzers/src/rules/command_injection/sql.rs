//! Commands of the system that a database is told to run.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::sql::statement;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Checks a statement of SQL.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some(words) = statement(context, node) else { return };
    let named = |at: usize| words.get(at).filter(|(_, kind, _)| *kind != Kind::String).map_or("", |(word, ..)| word);
    let runs = (0..words.len()).any(|at| {
        let word = named(at);
        word == "xp_cmdshell" || word.ends_with(".xp_cmdshell") || word == "sys_exec" || word == "sys_eval"
    });
    let copies = words.starts(&["copy"]) && (words.holds(&["to", "program"]) || words.holds(&["from", "program"]));
    if runs || copies {
        let message = "The database runs commands of the system.";
        let report = Report::issue(node, concept::SHELL_STRING, message).severity(Severity::High);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
