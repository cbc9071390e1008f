//! CWE-116: text that is made harmless only in part: the first occurrence, one of two quotes, a tag that grows again.

mod attribute;
mod chain;
mod markup;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::script::{around, pattern};
use crate::rule::{Context, Findings, Report, Rule, example, javascript, javascript_row, row};
use crate::syntax::{Field, Kind, NodeId};
use chain::{Replace, chain, replace};

pub(crate) const RULE: Rule = Rule {
    id: "incomplete-sanitization",
    cwe: &[116, 20, 80],
    severity: Severity::Medium,
    summary: "Text is made harmless in a way that leaves some of the harm in it.",
    advice: "Use a library that escapes or sanitises for the purpose; by hand, replace every occurrence (`/x/g`) and the escape character first.",
    rows: &[
        javascript_row(&[Kind::Call], check_replace),
        javascript_row(&[Kind::Regex, Kind::New, Kind::Call], check_filter),
        javascript_row(&[Kind::Binary], attribute::check),
        row(&[Language::Ruby, Language::CSharp, Language::Php], &[Kind::Call], check_replace),
    ],
    bad: &[
        example(Language::Ruby, "def clean(text)\n  text.sub(\"'\", '')\nend\n"),
        example(Language::Ruby, "def quote(text)\n  text.gsub(/\"/, '\\\\\"')\nend\n"),
        example(Language::Ruby, "def clean(path)\n  path.gsub('../', '')\nend\n"),
        example(Language::CSharp, "class A { string Clean(string path) { return path.Replace(\"../\", \"\"); } }\n"),
        example(Language::Php, "<?php\nfunction clean($path) { return str_replace('../', '', $path); }\n"),
        javascript("function clean(s) { return s.replace(\"'\", ''); }\n"),
        javascript("function quote(s) { return s.replace(/\"/g, '\\\\\"'); }\n"),
        javascript("function clean(x) { return x.replace(/<script\\b[^>]*>[\\s\\S]*?<\\/script>/gi, ''); }\n"),
        javascript("function clean(p) { return p.replace(/\\.\\.\\//g, ''); }\n"),
        javascript("function encode(s) { return s.replace(/\"/g, '&quot;').replace(/&/g, '&amp;'); }\n"),
        javascript("function decode(s) { return s.replace(/&amp;/g, '&').replace(/&quot;/g, '\"'); }\n"),
        javascript("const escaped = raw.replace(/\"/g, '\\\"');\n"),
        javascript("const filter = /<script.*?>.*?<\\/script>/i;\nrun(filter);\n"),
        javascript("const html = '<a title=\"' + s.replace(/[<>]/g, '') + '\">';\n"),
    ],
    good: &[
        example(Language::Ruby, "def clean(text)\n  text.gsub(\"'\", '').sub('px', '')\nend\n"),
        example(Language::CSharp, "class A { string Clean(string text) { return text.Replace(\"-\", \"\"); } }\n"),
        example(Language::Php, "<?php\nfunction clean($text) { return str_replace(' ', '_', $text); }\n"),
        javascript("function clean(s) { return s.replace(/'/g, ''); }\n"),
        javascript("function quote(s) { return s.replace(/\\\\/g, '\\\\\\\\').replace(/\"/g, '\\\\\"'); }\n"),
        javascript("function clean(s) { while (s.indexOf('../') >= 0) { s = s.replace('../', ''); } return s; }\n"),
        javascript("function encode(s) { return s.replace(/&/g, '&amp;').replace(/\"/g, '&quot;'); }\n"),
        javascript("const name = title.replace('@user', 'somebody');\n"),
        javascript("const width = style.replace('px', '').replace('%', '');\n"),
        javascript("const html = '<a title=\"' + s.replace(/[<>\"]/g, '') + '\">';\n"),
    ],
};

fn report(context: &Context<'_>, node: NodeId, message: &str, found: &mut Findings) {
    let report = Report::issue(node, concept::INCOMPLETE_ESCAPE, message);
    found.push(context, report.confidence(Confidence::Medium));
}

fn check_replace(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(own) = replace(context, call) else { return };
    let list = chain(context, call);
    if let Some(message) = first_only(context, &own, &list)
        .or_else(|| lone_escape(context, &own, &list))
        .or_else(|| grows_again(context, &own))
        .or_else(|| twice(&own, &list))
        .or_else(|| nothing(&own))
    {
        report(context, call, message, found);
    }
}

/// `s.replace("'", "")`: only the first one goes.
fn first_only(context: &Context<'_>, own: &Replace<'_>, list: &[Replace<'_>]) -> Option<&'static str> {
    let (from, to) = (own.from.as_deref()?, own.to.as_deref()?);
    if own.all != Some(false) || in_loop(context, own.call) {
        return None;
    }
    let removes = to.is_empty();
    let escapes = to.starts_with(['\\', '%', '&']) || from == "%25";
    let meta = match from {
        "'" | "\"" | "`" | "<" | ">" | "|" | "&" | ";" => removes || escapes,
        "/" | "[" | "]" | "{" | "}" | "(" | ")" | "\\" => escapes && to != from,
        "%25" => true,
        // The end of a program's output is one line end.
        "\n" => removes && list.len() > 1 && list.iter().any(|other| other.from.is_none()),
        _ => removes && from.contains("..") && from.contains('/'),
    };
    // `s.replace('"', '').replace('"', '')` takes a pair of quotes off.
    let paired = list.iter().filter(|other| other.from.as_deref() == Some(from) && other.to == own.to).count() > 1;
    let unquotes = paired && matches!(from, "'" | "\"" | "`");
    (meta && !unquotes).then_some("Only the first occurrence is replaced; the others stay in the text.")
}

/// `s.replace(/'/g, "\\'")`: a backslash in the text undoes the escape.
fn lone_escape(context: &Context<'_>, own: &Replace<'_>, list: &[Replace<'_>]) -> Option<&'static str> {
    let to = own.to.as_deref()?;
    let quotes = own.set.as_ref()?;
    let escape = to.strip_prefix('\\')?;
    let whole = matches!(escape, "$&" | "$1")
        || escape.chars().count() == 1 && quotes.iter().any(|one| escape.starts_with(*one));
    let dangerous = quotes.iter().any(|one| matches!(one, '\'' | '"' | '`')) && !quotes.contains(&'\\');
    if !whole || !dangerous || own.all == Some(false) && own.flags_known {
        return None;
    }
    if !context.program().language.is_script() {
        let before = list.iter().take_while(|other| other.call != own.call);
        let handled = before.into_iter().any(|other| {
            other.from.as_deref() == Some("\\") || other.set.as_ref().is_some_and(|set| set.contains(&'\\'))
        });
        return (!handled)
            .then_some("Quotes are escaped, backslashes are not: a backslash before the quote undoes the escape.");
    }
    // The backslash is taken care of before, or the text is JSON, in which it is escaped.
    let scope = around(context, own.call);
    let start = context.tree().span(context.tree().scope(own.call)).start as usize;
    let second = context.positional(own.call, 1)?;
    let before = (context.tree().span(second).start as usize).checked_sub(start)?;
    let before = scope.get(..before)?;
    let handled = before.contains("\\\\") || before.contains("JSON.stringify");
    (!handled).then_some("Quotes are escaped, backslashes are not: a backslash before the quote undoes the escape.")
}

/// `s.replace(/<script>…/gi, "")`, `p.replace(/\.\.\//g, "")`: what is left can grow together to the same again.
fn grows_again(context: &Context<'_>, own: &Replace<'_>) -> Option<&'static str> {
    let removes = own.to.as_deref() == Some("") || own.to.is_none() && own.by_function;
    if !removes || in_loop(context, own.call) {
        return None;
    }
    let first = context.positional(own.call, 0)?;
    let again = "Taking the text out once can leave the same text behind: what stood around it grows together.";
    // Steps out of a directory by text, not by pattern.
    if let Some(text) = context.string(first).filter(|_| own.all == Some(true)) {
        let steps =
            text.contains("..") && text.bytes().all(|byte| matches!(byte, b'.' | b'/' | b'\\')) && text.len() > 2;
        return (steps && !context.program().language.is_script()).then_some(again);
    }
    let pattern = pattern(context, first)?;
    if own.all != Some(true) && pattern.lacks('g') && own.from.is_some() {
        return None;
    }
    markup::dangerous(pattern.text).then_some(again)
}

/// Escapes in the wrong order: `&` after the entities, `&amp;` before them.
fn twice(own: &Replace<'_>, list: &[Replace<'_>]) -> Option<&'static str> {
    let at = list.iter().position(|other| other.call == own.call)?;
    if own.all == Some(false) || !own.flags_known {
        return None;
    }
    let (from, to) = (own.from.as_deref()?, own.to.as_deref()?);
    let (before, after) = (&list[..at], &list[at + 1..]);
    let made = |sign: char| before.iter().any(|other| other.all == Some(true) && other.makes(sign));
    let escapes = (from == "&" && to == "&amp;" && made('&')) || (from == "%" && to == "%25" && made('%'));
    if escapes {
        return Some("The escape character is escaped last, so that what was escaped before is escaped twice.");
    }
    let read = |start: &str| {
        after
            .iter()
            .any(|other| other.from.as_deref().is_some_and(|from| from.len() > start.len() && from.starts_with(start)))
    };
    let unescapes = (from == "&amp;" && to == "&" && read("&")) || (from == "\\\\" && to == "\\" && read("\\"));
    unescapes.then_some("The escape character is unescaped first, so that text is unescaped twice.")
}

/// `raw.replace(/"/g, '\"')`: puts in what was there.
fn nothing(own: &Replace<'_>) -> Option<&'static str> {
    let same = own.from.as_deref().or(own.core.as_deref())? == own.to.as_deref()?;
    (same && !own.any_case).then_some("The replacement puts in what was there: nothing is escaped.")
}

/// Whether a loop repeats the replacement.
fn in_loop(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    let scope = tree.scope(call);
    tree.ancestors(call).take_while(|&above| above != scope).any(|above| context.kind(above) == Kind::While)
}

/// A pattern for tags that does not match what browsers take for one.
fn check_filter(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.kind(node) != Kind::Regex && context.callee(node) != "RegExp" {
        return;
    }
    let inside = context.tree().parent(node).filter(|&above| matches!(context.kind(above), Kind::New | Kind::Call));
    if inside.is_some_and(|above| context.tree().field(node) == Field::Argument && context.callee(above) == "RegExp") {
        return;
    }
    let Some(pattern) = pattern(context, node) else { return };
    if markup::misses_tags(&pattern) {
        report(context, node, "The pattern for tags does not match everything that browsers take for one.", found);
    }
}
