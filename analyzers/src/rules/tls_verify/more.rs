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
            language: Rust,
            names: &[".set_verify", ".set_verify_callback", ".set_custom_verify_callback"],
            with: &["ssl_verify_none", "none"],
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
            names: &["git"],
            with: &["http.sslverify"],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            audit: false,
            message: "Certificates are not checked.",
        },
        Use {
            language: Bash,
            names: &["npm", "yarn", "pip", "pip3"],
            with: &["strict-ssl", "--trusted-host"],
            severity: Severity::Medium,
            confidence: Confidence::Medium,
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
    // `git config http.sslVerify true`
    if context.program().language == Bash
        && matches!(context.callee(node), "git" | "npm" | "yarn")
        && !context.tree().positional(node).any(|word| {
            context.string(word).is_some_and(|text| text == "false" || text.ends_with("=false") || text == "0")
        })
    {
        return;
    }
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
