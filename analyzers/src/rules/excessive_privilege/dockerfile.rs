//! The user that an image runs as.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::setting::{key, text, value};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Checks a whole Dockerfile: the last user of its last stage counts.
pub(super) fn check(context: &Context<'_>, module: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let pairs: Vec<NodeId> = tree.children(module).filter(|&node| tree.kind(node) == Kind::Pair).collect();
    let is = |pair: NodeId, name: &str| key(context, pair).eq_ignore_ascii_case(name);
    let said = |pair: NodeId| value(context, pair).map_or("", |value| text(context, value));
    let Some(last) = pairs.iter().rposition(|&pair| is(pair, "FROM")) else { return };
    let stage = pairs.get(last..).unwrap_or_default();
    if let Some(&user) = stage.iter().rev().find(|&&pair| is(pair, "USER")) {
        let name = said(user).split(':').next().unwrap_or_default();
        if matches!(name, "root" | "0") {
            let report = Report::issue(user, concept::EXCESSIVE_PRIVILEGE, "The image runs as root.");
            found.push(context, report);
        }
        return;
    }
    let Some(&from) = stage.first() else { return };
    let base = said(from).to_ascii_lowercase();
    // A stage that goes on from another one has its user.
    let parent = base.split_whitespace().next().unwrap_or_default();
    let named = |pair: NodeId| said(pair).to_ascii_lowercase().split_whitespace().last() == Some(parent);
    let inherits = pairs.iter().take(last).any(|&pair| is(pair, "FROM") && named(pair));
    let unprivileged = ["nonroot", "rootless", "unprivileged", "chainguard"].iter().any(|word| base.contains(word));
    let starts = stage.iter().any(|&pair| is(pair, "CMD") || is(pair, "ENTRYPOINT"));
    if starts && !inherits && !unprivileged {
        let message = "The image names no user, so its processes run as root.";
        let report = Report::issue(from, concept::EXCESSIVE_PRIVILEGE, message);
        found.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
    }
}

/// Checks one instruction.
pub(super) fn instruction(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    if !key(context, pair).eq_ignore_ascii_case("RUN") {
        return;
    }
    let Some(value) = value(context, pair) else { return };
    if text(context, value).split_whitespace().any(|word| word == "sudo") {
        let message = "sudo in an image gives whoever breaks in a way to root.";
        found.push(context, Report::audit(pair, concept::EXCESSIVE_PRIVILEGE, message));
    }
}
