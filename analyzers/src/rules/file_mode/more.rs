//! File modes in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{Bash, Php, Ruby, Rust};
use crate::rule::listed::{Use, Uses};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

static USES: Uses = Uses::new(
    concept::FILE_MODE,
    &[
        Use {
            language: Php,
            names: &["chmod", "mkdir"],
            with: &["0777", "0666", "511"],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A file mode lets everybody write.",
        },
        Use {
            language: Ruby,
            names: &["File.chmod", "FileUtils.chmod", "FileUtils.chmod_R"],
            with: &["0777", "0666", "0o777", "511"],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A file mode lets everybody write.",
        },
        Use {
            language: Rust,
            names: &["Permissions.from_mode", ".set_mode", ".mode"],
            with: &["0o777", "0o666", "0o776", "0o767", "0o0777", "511", "438"],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "A file mode lets everybody write.",
        },
        Use {
            language: Bash,
            names: &["chmod"],
            with: &["777", "666", "a+w", "a+rwx", "o+w", "0777", "0666"],
            severity: Severity::Medium,
            confidence: Confidence::High,
            audit: false,
            message: "A file mode lets everybody write.",
        },
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    USES.check(context, node, found);
}
