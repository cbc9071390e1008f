//! CWE-829: a workflow with the repository's rights that runs what a stranger proposes.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::setting::{key, top, value, values};
use crate::rule::{Context, Findings, Report, Rule, example, row};
use crate::syntax::{Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "untrusted-checkout",
    cwe: &[829, 94],
    severity: Severity::High,
    summary: "A workflow with the repository's rights and secrets runs the code of a pull request.",
    advice: "Build pull requests in a workflow on `pull_request`, without secrets, and let another one act on its results.",
    rows: &[row(&[Language::Yaml], &[Kind::Pair], check)],
    bad: &[example(
        Language::Yaml,
        "on: pull_request_target\njobs:\n  test:\n    steps:\n      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n      - run: npm test\n",
    )],
    good: &[
        example(
            Language::Yaml,
            "on: pull_request_target\njobs:\n  label:\n    steps:\n      - uses: actions/checkout@v4\n      - uses: actions/labeler@v5\n",
        ),
        example(
            Language::Yaml,
            "on: pull_request\njobs:\n  test:\n    steps:\n      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n",
        ),
    ],
};

fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let name = key(context, pair);
    if !matches!(name, "ref" | "run") || !is_privileged(context) {
        return;
    }
    let head = values(context, pair).iter().any(|(_, text)| {
        let checks_out = name == "ref"
            || text.contains("gh pr checkout")
            || text.contains("git checkout")
            || text.contains("git fetch");
        let foreign =
            ["github.event.pull_request.head", "github.head_ref", "refs/pull/", "github.event.workflow_run.head"]
                .iter()
                .any(|part| text.contains(part))
                || text.contains("gh pr checkout");
        checks_out && foreign
    });
    if head {
        let message = "A workflow with the repository's rights takes the code of a pull request.";
        let report = Report::issue(pair, concept::UNTRUSTED_CHECKOUT, message);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// Whether the workflow runs with the repository's rights when a stranger sets it off.
fn is_privileged(context: &Context<'_>) -> bool {
    let privileged = |name: &str| matches!(name, "pull_request_target" | "workflow_run" | "issue_comment");
    // `on` reads as a truth value in YAML 1.1 only.
    let Some(on) = top(context, "on") else { return false };
    if values(context, on).iter().any(|(_, text)| privileged(text)) {
        return true;
    }
    let tree = context.tree();
    let events = value(context, on).filter(|&events| tree.kind(events) == Kind::Dict);
    events.is_some_and(|events| tree.children(events).take(40).any(|event| privileged(key(context, event))))
}
