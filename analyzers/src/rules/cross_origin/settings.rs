//! nginx: headers that let pages of every origin read answers.

use crate::concept;
use crate::rule::setting::{key, text, value, values};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Checks a directive.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    if key(context, pair) != "add_header" {
        return;
    }
    let said = value(context, pair).map_or("", |value| text(context, value));
    let mut words = said.split_whitespace();
    let is_origin = words.next().is_some_and(|name| name.eq_ignore_ascii_case("Access-Control-Allow-Origin"));
    let origin = words.next().unwrap_or_default().trim_matches(['"', '\'']);
    if !is_origin || !matches!(origin, "*" | "$http_origin") {
        return;
    }
    let tree = context.tree();
    let around = tree.parent(pair).unwrap_or(NodeId::ROOT);
    let credentials = tree.children(around).take(200).filter(|&other| tree.kind(other) == Kind::Pair).any(|other| {
        values(context, other)
            .iter()
            .any(|(_, text)| text.contains("Access-Control-Allow-Credentials") && text.contains("true"))
    });
    let report = if origin == "$http_origin" && credentials {
        let message = "Pages of every origin may read answers that belong to the visitor.";
        Report::issue(pair, concept::CORS_ANY, message)
    } else {
        Report::audit(pair, concept::CORS_ANY, "Pages of every origin may read answers.")
    };
    found.push(context, report);
}
