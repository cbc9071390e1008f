//! URL checks of JavaScript: hosts looked for in text, schemes refused one by one, suffixes compared by position.

use super::pattern::{LOOSE_HOST, loose_host};
use super::{host_of, names_url, report};
use crate::concept;
use crate::finding::Confidence;
use crate::rule::script::{around, pattern};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// `url.indexOf("example.com")`, `url.startsWith("https://example.com")`, `scheme` checks that forget a scheme.
pub(super) fn check_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.method(call);
    let (Some(object), Some(part)) = (context.object(call), context.positional(call, 0)) else { return };
    if matches!(method, "includes" | "indexOf" | "some" | "has") && refuses(context, context.value(object), call) {
        return report_scheme(context, call, found);
    }
    if matches!(method, "test" | "exec" | "match" | "replace")
        && let Some(pattern) = pattern(context, if matches!(method, "test" | "exec") { object } else { part })
        && is_scheme_list(pattern.text)
        && !around(context, call).contains("vbscript")
    {
        return report_scheme(context, call, found);
    }
    let Some(text) = context.string(part) else { return };
    if method == "startsWith" && is_scheme(text) && !around(context, call).contains("vbscript") {
        return report_scheme(context, call, found);
    }
    let loose = match method {
        "includes" => host_of(text).is_some(),
        "indexOf" => host_of(text).is_some() && compared(context, call, text),
        // `.example.com` ends a host, `https://host/` begins a URL: both are whole.
        "endsWith" => host_of(text).is_some() && !text.starts_with(['.', '/', '@']),
        "startsWith" => {
            let whole = text.split_once("://").is_none_or(|(_, rest)| rest.contains(['/', ':', '?']));
            host_of(text).is_some() && text.contains("://") && !whole
        }
        _ => false,
    };
    // A list of hosts is asked the other way round.
    let listed = matches!(context.kind(context.value(object)), Kind::List | Kind::Dict | Kind::New);
    if loose && !listed {
        let before = found.len();
        if names_url(context.source(object)) {
            report(context, call, found);
        }
        if found.len() == before {
            let message = "The text is checked for a host name in it, which a crafted URL also holds.";
            let report = Report::issue(call, concept::UNCHECKED_INPUT, message);
            found.push(context, report.confidence(Confidence::Low));
        }
    }
}

/// `/^https:\/\/www.example\.com/`, `new RegExp("^www\.example\.com")`
pub(super) fn check_pattern(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.kind(node) != Kind::Regex && context.callee(node) != "RegExp" {
        return;
    }
    let inside = tree.field(node) == Field::Argument
        && tree.parent(node).is_some_and(|above| {
            context.callee(above) == "RegExp" || matches!(context.method(above), "replace" | "replaceAll" | "split")
        });
    let Some(pattern) = pattern(context, node).filter(|_| !inside) else { return };
    let message = if loose_host(pattern.text) {
        LOOSE_HOST
    } else if context.kind(node) != Kind::Regex && loses_escape(context, node) {
        "The text of the pattern loses its backslashes: a dot that should be escaped matches anything."
    } else {
        return;
    };
    let report = Report::issue(node, concept::UNCHECKED_INPUT, message).cwe(&[20, 625]);
    found.push(context, report.confidence(Confidence::Medium));
}

/// Whether a text that becomes a pattern has a backslash which the text itself swallows: `"\.com"`, `"\d+"`.
fn loses_escape(context: &Context<'_>, call: NodeId) -> bool {
    let Some(first) = context.positional(call, 0).map(|first| context.value(first)) else { return false };
    context.tree().subtree(first).take(20).any(|part| {
        if context.kind(part) != Kind::String || !context.source(part).starts_with(['"', '\'', '`']) {
            return false;
        }
        let mut letters = context.source(part).chars();
        while let Some(letter) = letters.next() {
            if letter == '\\'
                && letters.next().is_some_and(|escaped| {
                    matches!(escaped, '.' | 'd' | 'D' | 'w' | 'W' | 's' | 'S' | '+' | '*' | '?' | '(' | ')')
                })
            {
                return true;
            }
        }
        false
    })
}

/// Whether the position is only asked for to know whether the text is there, or at the start without a slash after it.
fn compared(context: &Context<'_>, call: NodeId, text: &str) -> bool {
    let tree = context.tree();
    let Some(above) = tree.parent(call).filter(|&above| context.kind(above) == Kind::Compare) else { return false };
    let other =
        [Field::Left, Field::Right].into_iter().filter_map(|side| tree.child(above, side)).find(|&side| side != call);
    match other.and_then(|other| context.integer(other)) {
        Some(-1) => true,
        Some(0) if matches!(context.name(above), "===" | "==" | "!==" | "!=") => {
            !text.split_once("://").map_or(text, |(_, rest)| rest).contains('/')
        }
        Some(0) => true,
        _ => false,
    }
}

/// `javascript:`, `javascript`.
fn is_scheme(text: &str) -> bool {
    matches!(text.trim_end_matches(':'), "javascript")
}

/// `^(javascript|data)$`, `javascript:`.
fn is_scheme_list(pattern: &str) -> bool {
    let bare = pattern.trim_start_matches('^').trim_end_matches('$').trim_end_matches(':');
    let bare = bare.trim_start_matches('(').trim_end_matches(')').trim_end_matches(':');
    let names: Vec<&str> = bare.split('|').collect();
    let known = ["javascript", "data", "vbscript", "javascript:", "data:", "vbscript:"];
    names.iter().all(|name| known.contains(name)) && !names.iter().any(|name| name.starts_with("vbscript"))
}

/// A list of schemes with `javascript` but without all its relatives, also `"a|b".split("|")`.
fn refuses(context: &Context<'_>, list: NodeId, _: NodeId) -> bool {
    let tree = context.tree();
    let names: Vec<&str> = match context.kind(list) {
        Kind::List => tree.children(list).take(20).filter_map(|part| context.string(part)).collect(),
        Kind::Call if context.method(list) == "split" => {
            let text = context.object(list).and_then(|object| context.string(object)).unwrap_or_default();
            text.split('|').collect()
        }
        _ => return false,
    };
    names.iter().any(|name| is_scheme(name)) && !names.iter().any(|name| name.starts_with("vbscript"))
}

fn report_scheme(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let message =
        "Schemes that run code are refused one by one, and not all of them: `data:` and `vbscript:` do so too.";
    let report = Report::issue(node, concept::UNCHECKED_INPUT, message).cwe(&[184, 20]);
    found.push(context, report.confidence(Confidence::Medium));
}

/// `scheme === "javascript"`, and `x.indexOf(y) === x.length - y.length`.
pub(super) fn check_compare(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if !matches!(context.name(node), "==" | "===" | "!=" | "!==") {
        return;
    }
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    for (one, other) in [(left, right), (right, left)] {
        if context.string(one).is_some_and(is_scheme) && !around(context, node).contains("vbscript") {
            return report_scheme(context, node, found);
        }
        if is_position(context, one) && is_rest(context, other) && !asks_for_presence(context, node) {
            let message = "A suffix is compared by its position: text that does not hold it and is one shorter passes.";
            let report = Report::issue(node, concept::UNCHECKED_INPUT, message);
            return found.push(context, report.confidence(Confidence::Medium));
        }
    }
}

/// `case "javascript":`
pub(super) fn check_switch(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let cases = tree.subtree(node).take(400).filter(|&case| context.kind(case) == Kind::Case);
    let mut names = cases.filter_map(|case| tree.child(case, Field::Test)).filter_map(|test| context.string(test));
    if names.any(is_scheme) && !context.source(node).contains("vbscript") {
        report_scheme(context, node, found);
    }
}

/// `x.indexOf(y)`, `x.lastIndexOf(y)`, also through a name; of one character nothing can go wrong.
fn is_position(context: &Context<'_>, node: NodeId) -> bool {
    let value = context.value(node);
    context.kind(value) == Kind::Call
        && matches!(context.method(value), "indexOf" | "lastIndexOf")
        && context
            .positional(value, 0)
            .is_some_and(|part| context.string(part).is_none_or(|text| text.chars().count() > 1))
}

/// `x.length - y.length`, also through a name.
fn is_rest(context: &Context<'_>, node: NodeId) -> bool {
    let value = context.value(node);
    context.kind(value) == Kind::Binary && context.name(value) == "-" && context.source(value).contains(".length")
}

/// Whether the function also asks whether the text is there at all, or long enough.
fn asks_for_presence(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let scope = tree.scope(node);
    let compares =
        tree.subtree(scope).take(3_000).filter(|&other| other != node && context.kind(other) == Kind::Compare);
    let mut asks = compares.filter(|&compare| {
        let (Some(left), Some(right)) = (tree.child(compare, Field::Left), tree.child(compare, Field::Right)) else {
            return false;
        };
        let length = |side: NodeId| context.source(side).contains(".length");
        let position = |side: NodeId| is_position(context, side) || is_rest(context, side);
        match (context.name(compare), context.integer(right)) {
            ("!==" | "!=" | "===" | "==" | ">" | "<=", Some(-1)) => position(left),
            (">=" | "<" | ">", Some(0)) => position(left),
            (">=" | ">" | "<" | "<=", _) => length(left) && !position(left),
            _ => false,
        }
    });
    asks.next().is_some()
}
