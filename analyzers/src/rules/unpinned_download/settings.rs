//! Images, files and actions that are taken in whatever version is there.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{self, Dockerfile, Yaml};
use crate::rule::setting::{in_service, key, sibling, text, value};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Languages with such settings.
pub(super) const LANGUAGES: &[Language] = &[Dockerfile, Yaml];

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let Some(value) = value(context, pair) else { return };
    let said = text(context, value);
    let name = key(context, pair).to_ascii_uppercase();
    match (context.program().language, name.as_str()) {
        (Dockerfile, "FROM") => from(context, pair, said, found),
        (Dockerfile, "ADD") => add(context, pair, said, found),
        (Yaml, "IMAGE") if is_image(context, pair) => image(context, pair, said, found),
        (Yaml, "USES") => action(context, pair, said, found),
        _ => {}
    }
}

fn from(context: &Context<'_>, pair: NodeId, said: &str, found: &mut Findings) {
    let base = said.split_whitespace().find(|word| !word.starts_with("--")).unwrap_or_default();
    // A stage of this file has no version.
    let tree = context.tree();
    let stages = tree
        .children(NodeId::ROOT)
        .take(200)
        .filter(|&other| tree.kind(other) == Kind::Pair && key(context, other).eq_ignore_ascii_case("FROM"));
    let mut names = stages.filter_map(|stage| {
        let said = crate::rule::setting::value(context, stage).map_or("", |value| text(context, value));
        said.split_whitespace().last()
    });
    if base == "scratch" || names.any(|name| name.eq_ignore_ascii_case(base) && name != said) {
        return;
    }
    image(context, pair, base, found);
}

fn image(context: &Context<'_>, pair: NodeId, image: &str, found: &mut Findings) {
    if image.is_empty() || image.contains(['$', '{', '@', '<']) {
        return;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    let tag = name.split_once(':').map(|(_, tag)| tag);
    if tag.is_none_or(|tag| tag == "latest") {
        let message = "An image is taken in whatever version is there.";
        found.push(context, Report::audit(pair, concept::UNPINNED_DOWNLOAD, message).cwe(&[1357, 829]));
    }
}

/// Whether a pair called `image` names an image of a container.
fn is_image(context: &Context<'_>, pair: NodeId) -> bool {
    in_service(context, pair) && crate::rule::setting::above(context, pair, "properties").is_none()
        || sibling(context, pair, "name").is_some()
}

/// `ADD https://…`: nothing checks what comes.
fn add(context: &Context<'_>, pair: NodeId, said: &str, found: &mut Findings) {
    if said.contains("--checksum=") {
        return;
    }
    let url = said.split_whitespace().find(|word| word.starts_with("http://") || word.starts_with("https://"));
    let Some(url) = url else { return };
    let message = "A file from elsewhere is added to an image without being checked.";
    let report = Report::issue(pair, concept::UNPINNED_DOWNLOAD, message);
    let severity = if url.starts_with("http://") { Severity::High } else { Severity::Medium };
    found.push(context, report.severity(severity).confidence(Confidence::Medium));
}

/// An action of somebody else by a name that can be moved.
fn action(context: &Context<'_>, pair: NodeId, said: &str, found: &mut Findings) {
    let Some((action, version)) = said.split_once('@') else { return };
    let own = action.starts_with("actions/") || action.starts_with("github/") || action.starts_with('.');
    let fixed = version.len() >= 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    if own || fixed || !action.contains('/') {
        return;
    }
    if matches!(version, "main" | "master" | "HEAD" | "dev" | "develop") {
        let message = "An action of somebody else is taken in whatever state its branch is in.";
        let report = Report::issue(pair, concept::UNPINNED_DOWNLOAD, message).cwe(&[829, 1357]);
        found.push(context, report.severity(Severity::Low).confidence(Confidence::Medium));
    } else {
        let message = "An action of somebody else is taken in whatever version its name points to.";
        found.push(context, Report::audit(pair, concept::UNPINNED_DOWNLOAD, message).cwe(&[829, 1357]));
    }
}
