//! Regular expressions of PHP, C# and Ruby, whose engines go back; those of Rust do not, and are compiled at a cost.

use super::{is_slow, range};
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Which argument of a call or creation is the pattern.
fn place(language: Language, path: &str) -> Option<usize> {
    let end = |names: &[&str]| {
        names.iter().any(|name| path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    };
    match language {
        Language::CSharp if end(&["Regex"]) => Some(0),
        Language::CSharp if end(&["Regex.IsMatch", "Regex.Match", "Regex.Matches", "Regex.Replace", "Regex.Split"]) => {
            Some(1)
        }
        Language::Php if path.starts_with("preg_") && !matches!(path, "preg_quote" | "preg_last_error") => Some(0),
        Language::Php if matches!(path, "mb_ereg" | "mb_eregi" | "mb_ereg_replace") => Some(0),
        Language::Ruby if end(&["Regexp.new", "Regexp.compile"]) => Some(0),
        Language::Rust if end(&["Regex.new", "RegexBuilder.new", "bytes.Regex.new"]) => Some(0),
        _ => None,
    }
}

/// What stands between the signs of a literal.
pub(crate) fn bare(language: Language, text: &str) -> &str {
    let Some(first) = text.chars().next().filter(|_| language == Language::Php) else { return text };
    let close = match first {
        '(' => ')',
        '{' => '}',
        '[' => ']',
        '<' => '>',
        other => other,
    };
    if first.is_alphanumeric() || first == '\\' {
        return text;
    }
    text.get(first.len_utf8()..).and_then(|rest| rest.rsplit_once(close)).map_or(text, |(pattern, _)| pattern)
}

/// Checks a literal, a creation or a call.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let language = context.program().language;
    if context.kind(node) == Kind::Regex {
        let text = context.source(node).strip_prefix('/').and_then(|text| text.rsplit_once('/'));
        if let Some((pattern, _)) = text {
            judge(context, node, pattern, found);
        }
    }
    if !matches!(context.kind(node), Kind::Call | Kind::New) {
        return;
    }
    let Some(expression) = place(language, context.callee(node)).and_then(|place| context.positional(node, place))
    else {
        return;
    };
    if let Some(text) = context.string(expression) {
        // An engine that never goes back, or stops after a time.
        let bounded = ["NonBacktracking", "TimeSpan", "matchTimeout", "timeout:"];
        if language != Language::Rust && !bounded.iter().any(|word| context.source(node).contains(word)) {
            judge(context, node, bare(language, text), found);
        }
        return;
    }
    let Some(taint) = context.tainted(expression, Purposes::REGEX) else { return };
    if taint.origin.source < Source::Network || taint.origin.checked {
        return;
    }
    let message = format!("The regular expression is made from {}.", taint.source());
    let report = Report::issue(node, concept::SLOW_REGEX, message).cwe(&[1333, 400, 730, 20, 74]);
    let severity = if language == Language::Rust { Severity::Low } else { Severity::Medium };
    found.push(context, report.severity(severity).confidence(taint.confidence).trace(taint.trace));
}

fn judge(context: &Context<'_>, node: NodeId, pattern: &str, found: &mut Findings) {
    if is_slow(pattern) {
        let message = "The regular expression repeats a repetition and can take exponential time.";
        let report = Report::issue(node, concept::SLOW_REGEX, message).cwe(&[1333, 400, 730]);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    if let Some(why) = range::suspicious(pattern) {
        let report = Report::issue(node, concept::SLOW_REGEX, why).cwe(&[20]).severity(Severity::Low);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
