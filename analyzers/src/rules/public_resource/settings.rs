//! Access lists and policies: settings as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{self, Json, Terraform, Yaml};
use crate::rule::setting::{Is, Settings, above, member, setting};
use crate::rule::{Context, Findings};
use crate::syntax::{Kind, NodeId};

/// Languages with such settings.
pub(super) const LANGUAGES: &[Language] = &[Terraform, Json, Yaml];

const READ: &str = "Everybody may read the storage.";
const WRITE: &str = "Everybody may write to the storage.";
const BLOCK: &str = "What keeps storage from becoming public is switched off.";
const ANYBODY: &str = "A policy allows everybody.";

static SETTINGS: Settings = Settings::new(
    concept::PUBLIC_RESOURCE,
    &[
        setting(&[Terraform], &["acl"], Is::OneOf(&["public-read-write"]), WRITE).severity(Severity::High),
        setting(&[Terraform], &["acl"], Is::OneOf(&["public-read", "authenticated-read"]), READ),
        setting(&[Terraform], &["block_public_acls"], Is::Off, BLOCK),
        setting(&[Terraform], &["block_public_policy"], Is::Off, BLOCK),
        setting(&[Terraform], &["ignore_public_acls"], Is::Off, BLOCK),
        setting(&[Terraform], &["restrict_public_buckets"], Is::Off, BLOCK),
        setting(&[Terraform], &["google_*", "member"], Is::OneOf(&["allUsers", "allAuthenticatedUsers"]), ANYBODY),
        setting(&[Terraform], &["google_*", "members"], Is::OneOf(&["allUsers", "allAuthenticatedUsers"]), ANYBODY),
        setting(&[Terraform], &["container_access_type"], Is::OneOf(&["blob", "container"]), READ),
        setting(&[Terraform], &["allow_blob_public_access"], Is::On, BLOCK),
        setting(&[Terraform], &["allow_nested_items_to_be_public"], Is::On, BLOCK),
        setting(&[Yaml, Json], &["properties", "accesscontrol"], Is::OneOf(&["PublicReadWrite"]), WRITE)
            .severity(Severity::High),
        setting(&[Yaml, Json], &["properties", "accesscontrol"], Is::OneOf(&["PublicRead"]), READ),
        setting(&[Yaml, Json], &["publicaccessblockconfiguration", "blockpublicacls"], Is::Off, BLOCK),
        setting(&[Yaml, Json], &["publicaccessblockconfiguration", "blockpublicpolicy"], Is::Off, BLOCK),
        setting(LANGUAGES, &["statement", "principal"], Is::OneOf(&["*"]), ANYBODY)
            .confidence(Confidence::Medium)
            .when(allows),
        setting(LANGUAGES, &["statement", "principal", "aws"], Is::OneOf(&["*"]), ANYBODY)
            .confidence(Confidence::Medium)
            .when(allows),
        setting(&[Terraform], &["statement", "principals", "identifiers"], Is::OneOf(&["*"]), ANYBODY)
            .confidence(Confidence::Medium)
            .when(allows),
    ],
);

/// Whether the statement around a principal allows without a condition.
fn allows(context: &Context<'_>, pair: NodeId) -> bool {
    let tree = context.tree();
    let outer = above(context, pair, "principal").unwrap_or(pair);
    let Some(statement) = tree.parent(outer).filter(|&statement| tree.kind(statement) == Kind::Dict) else {
        return false;
    };
    let denied = member(context, statement, "effect").is_some_and(|effect| {
        crate::rule::setting::values(context, effect).iter().any(|(_, text)| text.eq_ignore_ascii_case("deny"))
    });
    !denied && member(context, statement, "condition").is_none()
}

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    SETTINGS.check(context, pair, found);
}
