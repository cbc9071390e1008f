//! Debugging in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::Php;
use crate::rule::listed::{Use, Uses};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

static USES: Uses = Uses::new(
    concept::FLASK_DEBUG,
    &[
        Use {
            language: Php,
            names: &["ini_set"],
            with: &["display_errors"],
            severity: Severity::Low,
            confidence: Confidence::Medium,
            audit: false,
            message: "Errors are shown to the client.",
        },
        Use {
            language: Php,
            names: &["define"],
            with: &["wp_debug"],
            severity: Severity::Low,
            confidence: Confidence::Medium,
            audit: false,
            message: "Errors are shown to the client.",
        },
        Use {
            language: Php,
            names: &["phpinfo"],
            with: &[],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "The configuration is shown to the client.",
        },
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    // `ini_set('display_errors', 0)`
    let off = context.positional(node, 1).is_some_and(|value| {
        matches!(context.string(value), Some("0" | "off" | "Off" | "no" | "false" | "" | "stderr"))
            || context.integer(value) == Some(0)
            || context.truth(value) == Some(false)
    });
    if off {
        return;
    }
    USES.check(context, node, found);
}
