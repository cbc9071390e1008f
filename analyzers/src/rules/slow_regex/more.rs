//! Regular expressions of PHP, C# and Ruby, whose engines go back; those of Rust do not, and are compiled at a cost.

use super::{ambiguity, is_slow, range};
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::pattern::alternatives;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
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

/// Methods of Ruby's texts that match a pattern against all of the text.
const MATCHERS: &[&str] = &[
    "match",
    "match?",
    "scan",
    "sub",
    "sub!",
    "gsub",
    "gsub!",
    "split",
    "index",
    "rindex",
    "partition",
    "rpartition",
    "slice",
    "slice!",
    "start_with?",
    "=~",
    "!~",
    "===",
];

/// A request's text that is matched by a pattern whose time grows with the square of its length.
pub(super) fn matched(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (left, right) = match context.kind(node) {
        Kind::Binary if matches!(context.name(node), "=~" | "!~") => {
            (tree.child(node, Field::Left), tree.child(node, Field::Right))
        }
        Kind::Subscript => (tree.child(node, Field::Object), tree.child(node, Field::Index)),
        Kind::Call if MATCHERS.contains(&context.method(node)) => (context.object(node), context.positional(node, 0)),
        _ => return,
    };
    let (Some(left), Some(right)) = (left, right) else { return };
    for (subject, pattern) in [(left, right), (right, left)] {
        let Some(text) = written(context, pattern) else { continue };
        let taint = context
            .tainted(subject, Purposes::SIZE)
            .filter(|taint| taint.origin.source == Source::Request && !taint.origin.checked);
        let slow = || alternatives(text).into_iter().any(|part| ambiguity::is_polynomial(part) == Some(true));
        let Some(taint) = taint.filter(|_| slow()) else { continue };
        let message = "Matching the request's text takes time that grows with the square of its length.";
        let report = Report::issue(node, concept::SLOW_REGEX, message).cwe(&[1333, 400, 730]).severity(Severity::Low);
        return found.push(context, report.confidence(Confidence::Low).trace(taint.trace));
    }
}

/// The text of a pattern of Ruby, also through a name.
fn written<'c>(context: &'c Context<'_>, pattern: NodeId) -> Option<&'c str> {
    let value = context.value(pattern);
    match context.kind(value) {
        Kind::Regex => {
            let text = context.source(value);
            let inner = text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
            let inner = inner.or_else(|| text.strip_prefix("%r{").and_then(|rest| rest.rsplit_once('}')));
            inner.map(|(pattern, _)| pattern)
        }
        Kind::Call if matches!(context.callee(value), "Regexp.new" | "Regexp.compile") => {
            context.string(context.positional(value, 0)?)
        }
        _ => None,
    }
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
