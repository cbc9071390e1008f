//! nginx: directories that list themselves.

use crate::concept;
use crate::lang::Language::Nginx;
use crate::rule::setting::{Is, Settings, setting};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

static SETTINGS: Settings = Settings::new(
    concept::INFORMATION_LEAK,
    &[
        setting(&[Nginx], &["autoindex"], Is::On, "The server lists the files of a directory."),
        setting(&[Nginx], &["server_tokens"], Is::On, "The server tells which version it is.").audit(),
    ],
);

/// Checks a directive.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    SETTINGS.check(context, pair, found);
}
