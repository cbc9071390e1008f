//! Versions that servers and clouds are told to accept.

use crate::concept;
use crate::finding::Confidence;
use crate::lang::Language::{self, Ini, Nginx, Terraform, Yaml};
use crate::rule::setting::{Is, Settings, setting};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

/// Languages with such settings.
pub(super) const LANGUAGES: &[Language] = &[Nginx, Terraform, Yaml, Ini];

const OLD: Is = Is::Text(|text| {
    text.split([' ', ',', ':']).any(|word| {
        matches!(
            word.trim_matches(['"', '\'', '+']).to_ascii_lowercase().replace(['_', '-'], ".").as_str(),
            "sslv2"
                | "sslv3"
                | "tlsv1"
                | "tlsv1.0"
                | "tlsv1.1"
                | "tls1"
                | "tls1.0"
                | "tls1.1"
                | "tls.1.0"
                | "tls.1.1"
                | "tls10"
                | "tls11"
                | "1.0"
                | "1.1"
                | "tlsv1.2016"
                | "tlsv1.1.2016"
                | "versiontls10"
                | "versiontls11"
        )
    })
});
const MESSAGE: &str = "An old version of TLS is accepted.";

static SETTINGS: Settings = Settings::new(
    concept::TLS_VERSION,
    &[
        setting(&[Nginx], &["ssl_protocols"], OLD, MESSAGE),
        setting(&[Nginx], &["proxy_ssl_protocols"], OLD, MESSAGE),
        setting(&[Terraform], &["minimum_protocol_version"], OLD, MESSAGE),
        setting(&[Terraform], &["min_tls_version"], OLD, MESSAGE),
        setting(&[Terraform], &["minimum_tls_version"], OLD, MESSAGE),
        setting(&[Terraform], &["security_policy"], OLD, MESSAGE),
        setting(
            &[Terraform],
            &["ssl_policy"],
            Is::OneOf(&[
                "ELBSecurityPolicy-2014-10",
                "ELBSecurityPolicy-2015-05",
                "ELBSecurityPolicy-2016-08",
                "ELBSecurityPolicy-TLS-1-0-2015-04",
                "ELBSecurityPolicy-TLS-1-1-2017-01",
            ]),
            MESSAGE,
        ),
        setting(&[Yaml], &["mintlsversion"], OLD, MESSAGE),
        setting(&[Yaml], &["minversion"], Is::OneOf(&["VersionTLS10", "VersionTLS11", "TLS1.0", "TLS1.1"]), MESSAGE),
        setting(&[Yaml], &["minimumprotocolversion"], OLD, MESSAGE),
        setting(&[Ini, Yaml], &["minprotocol"], OLD, MESSAGE).confidence(Confidence::Medium),
        setting(&[Ini], &["ssl_min_protocol_version"], OLD, MESSAGE),
        setting(&[Ini], &["tls_version"], OLD, MESSAGE).confidence(Confidence::Medium),
    ],
);

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    SETTINGS.check(context, pair, found);
}
