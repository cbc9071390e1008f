//! Certificate checks that configuration switches off.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{self, Dockerfile, Ini, Json, Terraform, Toml, Yaml};
use crate::rule::setting::{Is, Settings, is_off, is_on, setting, variables};
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Languages with such settings.
pub(super) const LANGUAGES: &[Language] = &[Yaml, Json, Toml, Ini, Dockerfile, Terraform];

const FILES: &[Language] = &[Yaml, Json, Toml, Ini, Terraform];
const MESSAGE: &str = "Certificates are not checked.";

static SETTINGS: Settings = Settings::new(
    concept::TLS_VERIFY,
    &[
        setting(FILES, &["insecure_skip_verify"], Is::On, MESSAGE),
        setting(FILES, &["insecureskipverify"], Is::On, MESSAGE),
        setting(FILES, &["insecure-skip-verify"], Is::On, MESSAGE),
        setting(FILES, &["insecure-skip-tls-verify"], Is::On, MESSAGE),
        setting(FILES, &["insecureskiptlsverify"], Is::On, MESSAGE),
        setting(FILES, &["skip_tls_verify"], Is::On, MESSAGE),
        setting(FILES, &["skip_cert_verify"], Is::On, MESSAGE),
        setting(FILES, &["validate_certs"], Is::Off, MESSAGE),
        setting(FILES, &["verify_ssl"], Is::Off, MESSAGE),
        setting(FILES, &["ssl_verify"], Is::Off, MESSAGE),
        setting(FILES, &["verify-ssl"], Is::Off, MESSAGE),
        setting(FILES, &["tls_verify"], Is::Off, MESSAGE),
        setting(FILES, &["sslverify"], Is::Off, MESSAGE),
        setting(FILES, &["strict-ssl"], Is::Off, MESSAGE),
        setting(FILES, &["verify_certificates"], Is::Off, MESSAGE),
        setting(FILES, &["ssl_verification"], Is::Off, MESSAGE).confidence(Confidence::Medium),
        setting(FILES, &["rejectunauthorized"], Is::Off, MESSAGE),
        setting(&[Terraform, Json, Yaml], &["trustservercertificate"], Is::On, MESSAGE).audit(),
    ],
);

/// Variables that switch the checks of a program off: their names, and whether being on does it.
const VARIABLES: &[(&str, bool)] = &[
    ("NODE_TLS_REJECT_UNAUTHORIZED", false),
    ("PYTHONHTTPSVERIFY", false),
    ("GIT_SSL_NO_VERIFY", true),
    ("NPM_CONFIG_STRICT_SSL", false),
    ("ANSIBLE_GALAXY_IGNORE", true),
    ("VAULT_SKIP_VERIFY", true),
    ("CURL_INSECURE", true),
    ("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", true),
];

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    SETTINGS.check(context, pair, found);
    for (name, value, node) in variables(context, pair) {
        let Some((_, on)) = VARIABLES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else { continue };
        if if *on { is_on(value) } else { is_off(value) } {
            let report = Report::issue(node, concept::TLS_VERIFY, MESSAGE).severity(Severity::Medium);
            found.push(context, report);
        }
    }
}
