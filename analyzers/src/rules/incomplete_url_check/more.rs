//! Checks of URLs and hosts in PHP, C#, Ruby, Rust and Java that a crafted text passes.

use super::{host_of, names_url, pattern, report};
use crate::concept;
use crate::finding::Confidence;
use crate::lang::Language;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Checks a pattern, or a look into the text of a URL.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if let Some(pattern) = written_pattern(context, node) {
        let Some(message) = pattern::says_less(pattern) else { return };
        let report = Report::issue(node, concept::UNCHECKED_INPUT, message).cwe(&[20, 625]);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    if context.kind(node) != Kind::Call {
        return;
    }
    let (subject, part) = if context.program().language == Language::Php {
        let known = ["strpos", "stripos", "str_contains", "strstr", "str_starts_with", "str_ends_with"];
        if !known.contains(&context.callee(node)) {
            return;
        }
        (context.positional(node, 0), context.positional(node, 1))
    } else {
        (context.object(node), context.positional(node, 0))
    };
    let (Some(subject), Some(part)) = (subject, part) else { return };
    let method = if context.program().language == Language::Php { context.callee(node) } else { context.method(node) };
    let Some(text) = context.string(part).filter(|text| host_of(text).is_some()) else { return };
    let loose = match method {
        "include?" | "index" | "Contains" | "IndexOf" | "indexOf" | "contains" | "find" | "strpos" | "stripos"
        | "str_contains" | "strstr" => true,
        "end_with?" | "EndsWith" | "endsWith" | "ends_with" | "str_ends_with" => !text.starts_with(['.', '/', '@']),
        "start_with?" | "StartsWith" | "startsWith" | "starts_with" | "str_starts_with" => {
            text.split_once("://").is_some_and(|(_, rest)| !rest.contains(['/', ':', '?']))
        }
        _ => false,
    };
    if !loose || matches!(context.kind(context.value(subject)), Kind::List | Kind::Dict | Kind::New) {
        return;
    }
    if names_url(context.source(subject)) {
        return report(context, node, found);
    }
    if context.program().language == Language::Java {
        return;
    }
    let message = "The text is checked for a host name in it, which a crafted URL also holds.";
    found.push(context, Report::issue(node, concept::UNCHECKED_INPUT, message).confidence(Confidence::Low));
}

/// The text of a pattern that a node holds.
fn written_pattern<'c>(context: &'c Context<'_>, node: NodeId) -> Option<&'c str> {
    if context.kind(node) == Kind::Regex {
        return context.source(node).strip_prefix('/')?.rsplit_once('/').map(|(pattern, _)| pattern);
    }
    let path = context.callee(node);
    let ends = |names: &[&str]| names.iter().any(|name| path.ends_with(name));
    let place = match context.program().language {
        Language::Ruby if ends(&["Regexp.new", "Regexp.compile"]) => 0,
        Language::Ruby if matches!(context.method(node), "match" | "match?") => 0,
        Language::CSharp if path == "Regex" || path.ends_with(".Regex") => 0,
        Language::CSharp if ends(&["Regex.IsMatch", "Regex.Match"]) => 1,
        Language::Rust if ends(&["Regex.new"]) => 0,
        Language::Php if matches!(path, "preg_match") => 0,
        _ => return None,
    };
    context.string(context.positional(node, place)?)
}
