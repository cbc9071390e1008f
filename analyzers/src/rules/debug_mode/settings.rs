//! Debug modes that the environment switches on.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::setting::{is_on, variables};
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    for (name, value, node) in variables(context, pair) {
        let debugger = matches!(name, "FLASK_DEBUG" | "WERKZEUG_DEBUG") && is_on(value);
        let pages = matches!(name, "DEBUG" | "APP_DEBUG" | "DJANGO_DEBUG" | "RAILS_DEBUG") && is_on(value)
            || name == "FLASK_ENV" && value == "development";
        let message = "The environment switches a debug mode on.";
        if debugger {
            let report = Report::issue(node, concept::FLASK_DEBUG, message).severity(Severity::Medium);
            found.push(context, report.confidence(Confidence::Medium));
        } else if pages {
            found.push(context, Report::audit(node, concept::FLASK_DEBUG, message));
        }
    }
}
