//! Regular expressions of C and C++: regcomp, PCRE, std::regex, Boost and Qt.

use super::is_slow;
use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::library;
use crate::rule::c::origin::{Way, origin};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Checks a call or creation.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let at = if context.kind(node) == Kind::New {
        let kind = tree.child(node, Field::Callee).or_else(|| tree.child(tree.parent(node)?, Field::Type));
        let name = kind.map(|kind| context.source(kind).trim()).unwrap_or_default();
        if !matches!(
            name.rsplit("::").next(),
            Some("regex" | "wregex" | "basic_regex" | "QRegExp" | "QRegularExpression")
        ) {
            return;
        }
        0
    } else {
        match library(context, node).rsplit('.').next().unwrap_or_default() {
            "regcomp" => 1,
            "pcre_compile" | "pcre2_compile" | "regex" | "wregex" | "QRegExp" | "QRegularExpression"
            | "g_regex_new" => 0,
            _ => return,
        }
    };
    let Some(pattern) = tree.positional(node).nth(at) else { return };
    let mut literal = None;
    origin(context, pattern, |part| {
        if matches!(context.kind(part), Kind::String | Kind::Template) {
            literal = literal.or(Some(part));
        }
        Way::On
    });
    let pattern = literal.unwrap_or(pattern);
    if let Some(text) = context.string(pattern) {
        // As written: the escapes of the literal are read already.
        if is_slow(text) {
            let message = "The regular expression repeats a repetition and can take exponential time.";
            let report = Report::issue(pattern, concept::SLOW_REGEX, message).cwe(&[1333, 400, 730]);
            found.push(context, report.confidence(Confidence::Medium));
        }
        return;
    }
    if let Some(taint) = context.tainted(pattern, Purposes::REGEX).filter(|taint| {
        matches!(taint.origin.source, Source::Request | Source::Network | Source::Input | Source::Arguments)
            && !taint.origin.checked
    }) {
        let message = format!("The regular expression is made from {}.", taint.source());
        let report = Report::issue(node, concept::SLOW_REGEX, message).cwe(&[1333, 400, 730, 625]);
        found.push(context, report.confidence(Confidence::Low).trace(taint.trace));
    }
}
