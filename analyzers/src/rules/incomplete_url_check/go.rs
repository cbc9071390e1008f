//! Checks of URLs and redirects in Go that a crafted text passes, and patterns that say less than they seem to.

use super::{pattern, report};
use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::words;

/// Functions that take a pattern first.
const PATTERNS: &[&str] = &[
    "regexp.MustCompile",
    "regexp.Compile",
    "regexp.Match",
    "regexp.MatchString",
    "regexp.MatchReader",
    "regexp.MustCompilePOSIX",
    "regexp.CompilePOSIX",
];

/// Checks a pattern.
pub(super) fn pattern(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !PATTERNS.contains(&context.callee(call)) {
        return;
    }
    let Some(argument) = context.positional(call, 0) else { return };
    let Some(pattern) = context.string(argument) else { return };
    let message = if pattern.contains(['\u{7}', '\u{8}']) && spells_bell(context.source(context.value(argument))) {
        "The escape stands for a control character, not for a boundary of words."
    } else {
        let Some(message) = pattern::says_less(pattern) else { return };
        message
    };
    let report = Report::issue(call, concept::UNCHECKED_INPUT, message).cwe(&[20, 625]);
    let written = context.value(argument);
    let report = if written == argument { report } else { report.step(context, written, "the pattern") };
    found.push(context, report.confidence(Confidence::Medium));
}

/// `url[0] == '/'` and `strings.HasPrefix(url, "/")` without a look at the second character: `//evil.example` passes.
pub(super) fn redirect(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let subject = match context.kind(node) {
        Kind::Compare if matches!(context.name(node), "==" | "!=") => {
            let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else {
                return;
            };
            let first = tree.child(left, Field::Index).and_then(|index| context.integer(index)) == Some(0);
            if context.kind(left) != Kind::Subscript || !first || context.string(right) != Some("/") {
                return;
            }
            tree.child(left, Field::Object)
        }
        Kind::Call if context.callee(node) == "strings.HasPrefix" => {
            if context.positional(node, 1).and_then(|part| context.string(part)) != Some("/") {
                return;
            }
            context.positional(node, 0)
        }
        _ => return,
    };
    let Some(subject) = subject.filter(|&subject| names_target(context.source(subject))) else { return };
    if !looks_at_second(context, node, context.source(subject)) {
        let message = "The check of a redirect also passes `//host` or `/\\\\host`, which lead elsewhere.";
        let report = Report::issue(node, concept::UNCHECKED_INPUT, message).cwe(&[601, 20]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// Whether a name is that of a place to go next.
fn names_target(name: &str) -> bool {
    words(name.split('.').next().unwrap_or(name)).iter().any(|word| {
        matches!(
            word.as_str(),
            "redirect"
                | "redir"
                | "url"
                | "target"
                | "next"
                | "location"
                | "return"
                | "dest"
                | "destination"
                | "goto"
                | "rd"
                | "back"
        )
    })
}

/// Whether the function also asks for a second slash and a backslash.
fn looks_at_second(context: &Context<'_>, node: NodeId, subject: &str) -> bool {
    let tree = context.tree();
    let scope = tree.scope(node);
    let (mut slash, mut backslash) = (false, false);
    for part in tree.subtree(scope).take(4_000) {
        match context.kind(part) {
            Kind::Compare => {
                let Some(left) = tree.child(part, Field::Left) else { continue };
                let object = tree.child(left, Field::Object).filter(|_| context.kind(left) == Kind::Subscript);
                let second = tree.child(left, Field::Index).and_then(|index| context.integer(index)) == Some(1);
                if second && object.is_some_and(|object| context.source(object) == subject) {
                    match tree.child(part, Field::Right).and_then(|right| context.string(right)) {
                        Some("/") => slash = true,
                        Some("\\") => backslash = true,
                        _ => {}
                    }
                }
            }
            Kind::Call
                if matches!(context.callee(part), "strings.HasPrefix" | "strings.Contains" | "strings.ContainsAny") =>
            {
                match context.positional(part, 1).and_then(|text| context.string(text)) {
                    Some("//") => slash = true,
                    Some(text) if text.contains('\\') => backslash = true,
                    _ => {}
                }
            }
            // A parsed URL without a host is on this site.
            Kind::Attribute if matches!(context.name(part), "Host" | "Hostname" | "IsAbs") => return true,
            _ => {}
        }
    }
    slash && backslash
}

/// `scheme == "javascript:"` and its like: the other schemes that run code are forgotten.
pub(super) fn scheme(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let part = match context.kind(call) {
        Kind::Compare if matches!(context.name(call), "==" | "!=") => {
            let named = tree.child(call, Field::Left).is_some_and(|left| context.name(left) == "Scheme");
            tree.child(call, Field::Right).filter(|_| named)
        }
        Kind::Call if context.callee(call) == "strings.HasPrefix" => context.positional(call, 1),
        _ => None,
    };
    let Some(part) = part.and_then(|part| context.string(part)) else { return };
    if part.trim_end_matches(':') != "javascript" {
        return;
    }
    let asked = |scheme: &str| {
        tree.subtree(tree.scope(call))
            .take(4_000)
            .filter(|&part| context.kind(part) == Kind::String)
            .any(|part| context.string(part).is_some_and(|text| text.trim_end_matches(':') == scheme))
    };
    if !asked("data") || !asked("vbscript") {
        report(context, call, found);
    }
}

/// Whether a literal spells a control character as `\a` or `\b`, which patterns write for a boundary.
fn spells_bell(literal: &str) -> bool {
    let mut escaped = false;
    literal.chars().any(|letter| {
        let hit = escaped && matches!(letter, 'a' | 'b');
        escaped = letter == '\\' && !escaped;
        hit
    })
}
