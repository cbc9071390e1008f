//! Forgery checks in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{CSharp, Ruby};
use crate::rule::listed::{Use, Uses};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

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
