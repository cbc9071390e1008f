//! A proxy's target that visitors choose, and an instance's metadata without a token.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{self, Nginx, Terraform};
use crate::rule::setting::{Is, Settings, setting};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

/// Languages with such settings.
pub(super) const LANGUAGES: &[Language] = &[Nginx, Terraform];

static SETTINGS: Settings = Settings::new(
    concept::SERVER_REQUEST,
    &[
        setting(
            &[Nginx],
            &["proxy_pass"],
            Is::Text(|url| {
                let host = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
                host.contains("$arg_")
                    || host.contains("$cookie_")
                    || host.contains("$http_x")
                    || host.contains("$args")
            }),
            "Visitors choose the server that requests are passed on to.",
        ),
        setting(
            &[Nginx],
            &["proxy_pass"],
            Is::Text(|url| url.contains("://$http_host") || url.contains("://$host")),
            "The host that a visitor names is where requests are passed on to.",
        )
        .audit(),
        setting(
            &[Terraform],
            &["metadata_options", "http_tokens"],
            Is::OneOf(&["optional"]),
            "The metadata of an instance is given out without a session token.",
        )
        .severity(Severity::Medium)
        .confidence(Confidence::High)
        .cwe(&[918, 1188]),
    ],
);

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    SETTINGS.check(context, pair, found);
}
