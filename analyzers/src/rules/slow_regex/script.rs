//! Regular expressions of JavaScript: slow literals, and expressions that somebody else writes.

use super::{is_slow, range};
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::script::pattern;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Checks a literal or a construction.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let builds = context.kind(node) != Kind::Regex && context.callee(node) == "RegExp";
    if context.kind(node) == Kind::Regex || builds {
        let inside = context
            .tree()
            .parent(node)
            .is_some_and(|above| context.tree().field(node) == Field::Argument && context.callee(above) == "RegExp");
        if !inside && pattern(context, node).is_some_and(|pattern| is_slow(pattern.text)) {
            let message = "The pattern can match the same text in very many ways, which takes exponential time.";
            let report = Report::issue(node, concept::SLOW_REGEX, message);
            return found.push(context, report.confidence(Confidence::Medium));
        }
        if !inside && let Some(why) = pattern(context, node).and_then(|pattern| range::suspicious(pattern.text)) {
            let report = Report::issue(node, concept::SLOW_REGEX, why).cwe(&[20, 185]).severity(Severity::Low);
            return found.push(context, report.confidence(Confidence::Medium));
        }
    }
    let expression = if builds {
        context.positional(node, 0)
    } else if context.kind(node) == Kind::Call && matches!(context.method(node), "match" | "matchAll" | "search") {
        context
            .positional(node, 0)
            .filter(|&first| !matches!(context.kind(context.value(first)), Kind::Regex | Kind::New))
    } else {
        None
    };
    let Some(expression) = expression.filter(|&expression| !context.is_constant(expression)) else { return };
    let taint = context.tainted(expression, Purposes::REGEX).filter(|taint| {
        matches!(taint.origin.source, Source::Request | Source::Input | Source::Arguments) && !taint.origin.checked
    });
    let Some(taint) = taint else {
        if builds {
            let message = "A regular expression is put together at run time; text in it must be escaped.";
            found.push(context, Report::audit(node, concept::SLOW_REGEX, message).cwe(&[1333, 185, 625]));
        }
        return;
    };
    let message =
        format!("A regular expression is made from {}, which can make it match in exponential time.", taint.source());
    let report = Report::issue(node, concept::SLOW_REGEX, message).severity(Severity::Medium);
    found.push(context, report.cwe(&[1333, 400, 730]).confidence(taint.confidence).trace(taint.trace));
}
