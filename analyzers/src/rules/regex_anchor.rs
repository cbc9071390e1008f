//! CWE-20/625: patterns whose anchor holds for one alternative only, and patterns for hosts that match anywhere.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::pattern::alternatives;
use crate::rule::script::pattern;
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "regex-anchor",
    cwe: &[20, 625],
    severity: Severity::Medium,
    summary: "A pattern that checks a value also matches values that only hold what it looks for.",
    advice: "Put the alternatives in a group, `^(?:a|b)$`, and anchor both ends.",
    rows: &[javascript_row(&[Kind::Regex, Kind::New, Kind::Call], check)],
    bad: &[
        javascript("function ok(host) { return /^good\\.com|better\\.com/.test(host); }\n"),
        javascript("const allowed = new RegExp('jpg|png$');\n"),
        javascript("if (url.match(/https?:\\/\\/www\\.example\\.com/)) { go(url); }\n"),
    ],
    good: &[
        javascript("function ok(host) { return /^(?:good\\.com|better\\.com)$/.test(host); }\n"),
        javascript("const stripped = text.replace(/^a|b/, '');\n"),
        javascript("if (url.match(/^https?:\\/\\/www\\.example\\.com\\//)) { go(url); }\n"),
        javascript("const trimmed = /^\\s+|\\s+$/g;\n"),
    ],
};

fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.kind(node) != Kind::Regex && context.callee(node) != "RegExp" {
        return;
    }
    let Some(pattern) = pattern(context, node) else { return };
    // `text.replace(/^a|b$/g, "")` and `split` are no checks.
    let above = tree.parent(node).filter(|&above| context.kind(above) == Kind::Call);
    let edits = |call: NodeId| matches!(context.method(call), "replace" | "replaceAll" | "split");
    if above
        .is_some_and(|call| tree.field(node) == Field::Argument && (edits(call) || context.callee(call) == "RegExp"))
    {
        return;
    }
    if half_anchored(pattern.text) {
        let message = "The anchor of the pattern holds for one of its alternatives only.";
        let report = Report::issue(node, concept::UNCHECKED_INPUT, message);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    let tests = above.is_some_and(|call| tree.field(node) == Field::Argument && context.method(call) == "match")
        || tree
            .parent(node)
            .is_some_and(|callee| tree.field(node) == Field::Object && matches!(context.name(callee), "test" | "exec"));
    if tests && unanchored_url(pattern.text) {
        let message = "The pattern for a URL matches anywhere in the text.";
        let report = Report::issue(node, concept::UNCHECKED_INPUT, message);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// Whether a part has letters that stand for themselves.
fn has_letters(part: &str) -> bool {
    let mut escaped = false;
    let mut class = false;
    part.chars().any(|letter| {
        let plain = letter.is_alphanumeric() && letter.is_alphabetic() && !escaped && !class;
        match letter {
            '[' if !escaped => class = true,
            ']' if !escaped => class = false,
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
        plain
    })
}

/// `^a|b`, `a|b$`: one end anchored in the first or last alternative, nothing in the others.
fn half_anchored(pattern: &str) -> bool {
    let parts = alternatives(pattern);
    // Groups that only group show that somebody thought of precedence.
    if parts.len() < 2 || parts.len() > 40 || pattern.contains("(?") {
        return false;
    }
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    let starts = first.starts_with('^');
    let ends = last.ends_with('$') && !last.ends_with("\\$");
    let bare = |part: &&str| !part.contains(['^', '$']) && !part.contains("\\b");
    let letters = |parts: &[&str]| parts.iter().all(|part| has_letters(part));
    if starts && ends {
        // `^foo|bar|baz$`
        return parts.len() > 2 && parts[1..parts.len() - 1].iter().all(bare) && letters(&parts);
    }
    if starts {
        let rest = &parts[1..];
        return rest.iter().all(bare) && letters(&parts) && !first.ends_with('$') && !first.contains("\\b");
    }
    let rest = &parts[..parts.len() - 1];
    ends && rest.iter().all(bare) && letters(&parts) && !last.starts_with('^') && !last.contains("\\b")
}

/// `https?:\/\/www\.example\.com`: a scheme and a host with nothing that ties them to the start of the text.
fn unanchored_url(pattern: &str) -> bool {
    let Some(rest) = pattern.strip_prefix("http") else { return false };
    let rest = rest.trim_start_matches(['s', '?']);
    let rest = rest.strip_prefix(":\\/\\/").or_else(|| rest.strip_prefix("://"));
    rest.is_some_and(|host| [".com", ".org", ".net", ".io", ".edu", ".gov"].iter().any(|ending| host.contains(ending)))
}
