//! Certificate checks in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{Bash, CSharp, Ruby, Rust};
use crate::rule::listed::{Use, Uses};
use crate::rule::{Context, Findings};
use crate::syntax::{Field, Kind, NodeId};

static USES: Uses = Uses::new(
    concept::TLS_VERIFY,
    &[
        Use {
            language: Rust,
            names: &[".danger_accept_invalid_certs", ".danger_accept_invalid_hostnames"],
            with: &["true"],
            severity: Severity::High,
            confidence: Confidence::High,
            audit: false,
            message: "Certificates are not checked.",
        },
        Use {
            language: Ruby,
            names: &["OpenSSL.SSL.VERIFY_NONE"],
            with: &[],
            severity: Severity::High,
            confidence: Confidence::High,
            audit: false,
            message: "Certificates are not checked.",
        },
        Use {
            language: CSharp,
            names: &["HttpClientHandler.DangerousAcceptAnyServerCertificateValidator"],
            with: &[],
            severity: Severity::High,
            confidence: Confidence::High,
            audit: false,
            message: "Certificates are not checked.",
        },
        Use {
            language: Bash,
            names: &["curl"],
            with: &["-k", "--insecure", "-ks", "-sk", "-fsslk", "-kl"],
            severity: Severity::Medium,
            confidence: Confidence::High,
            audit: false,
            message: "Certificates are not checked.",
        },
        Use {
            language: Bash,
            names: &["wget"],
            with: &["--no-check-certificate"],
            severity: Severity::Medium,
            confidence: Confidence::High,
            audit: false,
            message: "Certificates are not checked.",
        },
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    // As the value of an option or member it is told there.
    let told = context.program().language == Ruby
        && context.kind(node) == Kind::Attribute
        && context.tree().field(node) == Field::Value
        && context
            .tree()
            .parent(node)
            .is_some_and(|above| matches!(context.kind(above), Kind::Keyword | Kind::Pair | Kind::Assign));
    if !told {
        USES.check(context, node, found);
    }
}
