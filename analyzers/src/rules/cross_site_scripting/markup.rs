//! Templates that put values into a page unescaped.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::setting::{key, sibling, text, value};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::words::words;

/// Words of names whose values visitors write.
const VISITORS: &[&str] = &[
    "request",
    "req",
    "query",
    "params",
    "param",
    "args",
    "form",
    "get",
    "post",
    "comment",
    "comments",
    "message",
    "input",
    "username",
    "search",
    "bio",
    "feedback",
    "review",
    "cookies",
    "cookie",
    "session",
    "untrusted",
    "userinput",
];

/// Whether an expression names what visitors write.
fn is_visitors(expression: &str) -> bool {
    words(expression).iter().any(|word| VISITORS.contains(&word.as_str()))
}

/// Whether an expression is made safe before it is marked so.
fn is_cleaned(expression: &str) -> bool {
    [
        "escape",
        "bleach",
        "sanitize",
        "sanitise",
        "purify",
        "striptags",
        "tojson",
        "json_script",
        "markdown",
        "urlencode",
        "csrf",
        "|e|",
        "strip_tags",
    ]
    .iter()
    .any(|word| expression.to_ascii_lowercase().contains(word))
        || expression.starts_with("include")
        || expression.starts_with("block")
        || expression.starts_with("render")
        || expression.starts_with("yield")
        || expression.starts_with("partial")
        || expression.contains("body")
}

/// Checks an expression of a template.
pub(super) fn expression(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let whole = context.source(node);
    let inner = context.name(node).trim_matches('-').trim();
    let raw = if whole.starts_with("{{{")
        || whole.starts_with("{!!")
        || whole.starts_with("<%-")
        || whole.starts_with("<%==")
    {
        Some(inner.trim_start_matches('=').trim())
    } else if whole.starts_with("{{") {
        let marks = |filter: &str| matches!(filter.trim(), "safe" | "raw" | "safeseq");
        inner.split('|').skip(1).any(marks).then_some(inner)
    } else if whole.starts_with("<%=") {
        let inner = inner.trim_start_matches('=').trim();
        inner.strip_prefix("raw ").or_else(|| inner.strip_prefix("raw(")).or_else(|| inner.strip_suffix(".html_safe"))
    } else {
        if whole.starts_with("{%") {
            let off = inner == "autoescape off" || inner == "autoescape false";
            if off {
                let message = "A template stops escaping the values it shows.";
                let report = Report::issue(node, concept::JINJA_AUTOESCAPE, message).severity(Severity::Medium);
                found.push(context, report.confidence(Confidence::Medium));
            }
        }
        None
    };
    if let Some(value) = raw {
        report(context, node, value, found);
    }
}

fn report(context: &Context<'_>, node: NodeId, value: &str, found: &mut Findings) {
    if value.is_empty() || value.starts_with(['"', '\'']) || is_cleaned(value) {
        return;
    }
    let message = "A value is put into the page without being escaped.";
    let report = if is_visitors(value) {
        Report::issue(node, concept::MARK_SAFE, message).severity(Severity::Medium).confidence(Confidence::Medium)
    } else {
        Report::audit(node, concept::MARK_SAFE, message)
    };
    found.push(context, report);
}

/// Checks an attribute.
pub(super) fn attribute(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if tree.parent(pair).is_none_or(|tag| tree.kind(tag) != Kind::Dict) {
        return;
    }
    let name = key(context, pair).to_ascii_lowercase();
    let Some(said) = value(context, pair).map(|value| text(context, value)) else { return };
    match name.as_str() {
        "v-html" | "[innerhtml]" | ":innerhtml" | "x-html" | "ng-bind-html" => report(context, pair, said, found),
        "target" if said == "_blank" => {
            let rel = sibling(context, pair, "rel").unwrap_or_default();
            let href = sibling(context, pair, "href").unwrap_or_default();
            let foreign = href.starts_with("http") || href.starts_with("//") || href.contains("{{");
            if foreign && !rel.contains("noopener") && !rel.contains("noreferrer") {
                let message = "The page that opens may steer this one.";
                found.push(context, Report::audit(pair, concept::UNCHECKED_INPUT, message).cwe(&[1022]));
            }
        }
        // A template's value in a handler or address is code there.
        _ if name.starts_with("on") && name.len() > 4 && said.contains("{{") && !is_cleaned(said) => {
            let message = "A value becomes part of a script, where escaping for HTML does not help.";
            found.push(context, Report::audit(pair, concept::HTML_UNESCAPED, message));
        }
        "href" | "src" if said.trim_start().to_ascii_lowercase().starts_with("javascript:") && said.contains("{{") => {
            let message = "A value becomes part of a script, where escaping for HTML does not help.";
            found.push(context, Report::audit(pair, concept::HTML_UNESCAPED, message));
        }
        _ => {}
    }
}
