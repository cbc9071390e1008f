//! Workflows that put a stranger's words into a script.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::setting::{above, key, text, value};
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// What a stranger chooses, below `github.event` or `github`: the end of the name.
const CHOSEN: &[&str] = &[
    ".title",
    ".body",
    ".message",
    ".name",
    ".email",
    ".ref",
    ".label",
    ".default_branch",
    ".page_name",
    ".head_branch",
    ".display_title",
    ".homepage",
    ".description",
];

/// Events whose payload a stranger writes.
const EVENTS: &[&str] = &[
    "github.event.issue.",
    "github.event.pull_request.",
    "github.event.comment.",
    "github.event.review.",
    "github.event.review_comment.",
    "github.event.discussion.",
    "github.event.pages",
    "github.event.commits",
    "github.event.head_commit.",
    "github.event.workflow_run.",
    "github.event.client_payload",
];

/// Checks a pair of a workflow.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let name = key(context, pair);
    let script = name == "script" && above(context, pair, "with").is_some();
    if name != "run" && !script {
        return;
    }
    let Some(value) = value(context, pair) else { return };
    let said = text(context, value);
    let mut inputs = false;
    for part in said.split("${{").skip(1).take(100) {
        let Some((expression, _)) = part.split_once("}}") else { continue };
        let expression = expression.trim();
        let foreign = expression.contains("github.head_ref")
            || (EVENTS.iter().any(|event| expression.contains(event))
                && (CHOSEN.iter().any(|end| expression.ends_with(end)) || expression.contains("client_payload")));
        if foreign {
            let message = "A stranger's words become part of a script that a workflow runs.";
            let report = Report::issue(pair, concept::SHELL_STRING, message).cwe(&[78, 94]).severity(Severity::High);
            return found.push(context, report.confidence(Confidence::High));
        }
        inputs |= expression.starts_with("inputs.") || expression.starts_with("github.event.inputs.");
    }
    if inputs {
        let message = "An input becomes part of a script that a workflow runs.";
        found.push(context, Report::audit(pair, concept::SHELL_STRING, message).cwe(&[78, 94]));
    }
}
