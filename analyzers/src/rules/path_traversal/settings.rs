//! nginx: an alias that a path can step out of.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::setting::{key, text, value};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Checks a directive: `location /files { alias /data/; }` serves `/files../secret`.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    if key(context, pair) != "alias" {
        return;
    }
    let tree = context.tree();
    let target = value(context, pair).map_or("", |value| text(context, value));
    let location = tree.ancestors(pair).take(12).find(|&above| tree.kind(above) == Kind::Pair);
    let Some(location) = location.map(|location| key(context, location)) else { return };
    let path = location.strip_prefix("^~").map_or(location, str::trim);
    if path.starts_with('/') && !path.ends_with('/') && target.ends_with('/') {
        let message = "A path can step out of the directory that the alias names.";
        let report = Report::issue(pair, concept::PATH_TRAVERSAL, message).cwe(&[22]).severity(Severity::High);
        found.push(context, report.confidence(Confidence::High));
    }
}
