//! Forgery checks in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{CSharp, Ruby};
use crate::rule::listed::{Use, Uses};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, NodeId};

static USES: Uses = Uses::new(
    concept::CSRF_OFF,
    &[
        Use {
            language: Ruby,
            names: &["skip_before_action", "skip_before_filter"],
            with: &["verify_authenticity_token"],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "Forms are not checked for forgery.",
        },
        Use {
            language: Ruby,
            names: &["skip_forgery_protection"],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "Forms are not checked for forgery.",
        },
        Use {
            language: CSharp,
            names: &["IgnoreAntiforgeryToken", "IgnoreAntiforgeryTokenAttribute"],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "Forms are not checked for forgery.",
        },
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    USES.check(context, node, found);
}

/// `config.action_controller.allow_forgery_protection = false`
pub(super) fn setting(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    let off = context.truth(value) == Some(false);
    if off && matches!(context.name(target), "allow_forgery_protection" | "per_form_csrf_tokens") {
        // Tests post without a page before.
        let testing = context.mentions("config.cache_classes = true") && context.mentions(":test");
        let message = "Forms are not checked for forgery.";
        let report = if testing {
            Report::audit(assign, concept::CSRF_OFF, message)
        } else {
            Report::issue(assign, concept::CSRF_OFF, message)
        };
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// `protect_from_forgery` alone empties the session and runs the action all the same.
pub(super) fn weak(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let named = context.source(node) == "protect_from_forgery" || context.callee(node) == "protect_from_forgery";
    if !named || context.tree().field(node) == Field::Callee {
        return;
    }
    let with = context.keyword(node, "with").map_or("", |with| context.source(with));
    if !matches!(with, ":exception" | ":reset_session") {
        let message = "A forged request is answered with an empty session instead of being refused.";
        found.push(
            context,
            Report::issue(node, concept::CSRF_OFF, message).severity(Severity::Low).confidence(Confidence::Low),
        );
    }
}
