//! Regular expressions of Java.

use super::{ambiguity, is_slow, range};
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::{At, Table, of};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Where a pattern goes in.
static PATTERNS: Table = Table::new(&[
    of("Pattern", &["compile", "matches"], At::Nth(0)),
    of("String", &["matches", "split", "replaceAll", "replaceFirst", "splitWithDelimiters"], At::Nth(0)),
    of(
        "RegExUtils",
        &["removeAll", "removeFirst", "removePattern", "replaceAll", "replaceFirst", "replacePattern"],
        At::Nth(1),
    ),
    of("Splitter", &["onPattern"], At::Nth(0)),
    of("StringUtils", &["removePattern", "replacePattern", "removeAll"], At::Nth(1)),
    of("Scanner", &["useDelimiter", "findInLine", "hasNext", "next"], At::Nth(0)),
    of("*", &["matches", "replaceAll", "replaceFirst"], At::Nth(0)),
]);

/// A call that takes a pattern.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(&pattern) = PATTERNS.reached(context, call).first() else { return };
    if let Some(text) = context.string(pattern) {
        if is_slow(text) {
            let message = "The regular expression repeats a repetition and can take exponential time.";
            return found
                .push(context, Report::issue(call, concept::SLOW_REGEX, message).confidence(Confidence::Medium));
        }
        if ambiguity::is_polynomial(text) == Some(true)
            && context.callee(call) != "java.lang.String.split"
            && let Some(taint) = matched(context, call).and_then(|input| context.outside(input, Purposes::SIZE))
        {
            let message = format!("The expression takes more than linear time on text from {}.", taint.source());
            let report = Report::issue(call, concept::SLOW_REGEX, message).severity(Severity::Low);
            return found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
        }
        if let Some(why) = range::suspicious(text) {
            let report = Report::issue(call, concept::SLOW_REGEX, why).cwe(&[20]).severity(Severity::Low);
            found.push(context, report.confidence(Confidence::Medium));
        }
        return;
    }
    // A compiled pattern was judged where it was made; a literal one has no signs.
    let compiled = context.program().names.type_of(pattern).is_some_and(|kind| kind.ends_with("Pattern"));
    if compiled || context.positional(call, 1).is_some_and(|flags| context.source(flags).contains("LITERAL")) {
        return;
    }
    let Some(taint) = context.outside(pattern, Purposes::REGEX) else { return };
    if matches!(taint.origin.source, Source::Request | Source::Network) {
        let message = format!("The regular expression is made from {}.", taint.source());
        let report = Report::issue(call, concept::SLOW_REGEX, message).cwe(&[1333, 400, 730]);
        found.push(context, report.confidence(taint.confidence).trace(taint.trace));
    }
}

/// The text that an expression is matched with, where the call shows it.
fn matched(context: &Context<'_>, call: NodeId) -> Option<NodeId> {
    let path = context.callee(call);
    if path.ends_with("Pattern.matches") {
        return context.positional(call, 1);
    }
    if path.ends_with("Pattern.compile") {
        // `Pattern.compile(…).matcher(text)`, also through a name.
        let tree = context.tree();
        let above = tree.parent(call).and_then(|callee| tree.parent(callee));
        if let Some(matcher) =
            above.filter(|&above| context.kind(above) == Kind::Call && context.method(above) == "matcher")
        {
            return context.positional(matcher, 0);
        }
        let name = tree
            .parent(call)
            .filter(|&above| context.kind(above) == Kind::Assign)
            .and_then(|assign| tree.child(assign, crate::syntax::Field::Target).map(|target| context.source(target)))?;
        return tree
            .ids()
            .take(20_000)
            .find(|&node| {
                context.kind(node) == Kind::Call
                    && context.method(node) == "matcher"
                    && context.object(node).is_some_and(|object| context.source(object) == name)
            })
            .and_then(|matcher| context.positional(matcher, 0));
    }
    if path.contains("RegExUtils") || path.contains("StringUtils") {
        return context.positional(call, 0);
    }
    context.object(call)
}
