//! Modes that configuration gives to files.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{self, Dockerfile, Terraform, Yaml};
use crate::rule::setting::{Is, Settings, key, setting, text, value};
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Languages with such settings.
pub(super) const LANGUAGES: &[Language] = &[Yaml, Terraform, Dockerfile];

const MESSAGE: &str = "A file mode lets everybody write.";
const OPEN: Is = Is::OneOf(&["777", "0777", "0o777", "666", "0666", "0o666", "a+rwx", "u=rwx,g=rwx,o=rwx", "o+w"]);

static SETTINGS: Settings = Settings::new(
    concept::FILE_MODE,
    &[
        setting(&[Yaml], &["mode"], OPEN, MESSAGE).severity(Severity::Medium),
        setting(&[Yaml], &["defaultmode"], Is::OneOf(&["0777", "0666", "511"]), MESSAGE).severity(Severity::Medium),
        setting(&[Yaml], &["permissions"], Is::OneOf(&["0777", "0666", "777"]), MESSAGE).severity(Severity::Medium),
        setting(&[Terraform], &["file_permission"], OPEN, MESSAGE).severity(Severity::Medium),
        setting(&[Terraform], &["directory_permission"], OPEN, MESSAGE).severity(Severity::Medium),
    ],
);

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    SETTINGS.check(context, pair, found);
    let name = key(context, pair);
    if context.program().language != Dockerfile
        || !(name.eq_ignore_ascii_case("COPY") || name.eq_ignore_ascii_case("ADD"))
    {
        return;
    }
    let said = value(context, pair).map_or("", |value| text(context, value));
    let mode = said.split_whitespace().find_map(|word| word.strip_prefix("--chmod="));
    if mode.is_some_and(|mode| matches!(mode, "777" | "0777" | "666" | "0666" | "a+rwx")) {
        let report = Report::issue(pair, concept::FILE_MODE, MESSAGE);
        found.push(context, report.severity(Severity::Medium).confidence(Confidence::High));
    }
}
