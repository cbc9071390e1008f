//! Patterns for tags, attributes and steps out of a directory.

use crate::pattern::literal_of;
use crate::rule::script::Pattern;

/// Whether a pattern takes out text that can grow together again from what stood around it.
pub(super) fn dangerous(pattern: &str) -> bool {
    tags(pattern) || handlers(pattern) || steps(pattern)
}

/// `<script…`, `<!--`, `<(script|style)…`, but not a closing tag or one that is spelt out.
fn tags(pattern: &str) -> bool {
    let plain = pattern.replace("\\-", "-").replace("\\<", "<");
    if plain.match_indices("<!--").any(|(at, found)| {
        !plain[at + found.len()..].starts_with(|next: char| next.is_ascii_alphabetic() || next == '[')
    }) {
        return true;
    }
    let mut rest = plain.as_str();
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let name = rest.trim_start_matches(['(', '?', ':']);
        let scripts = ["script", "iframe", "object", "embed"]
            .iter()
            .any(|tag| name.strip_prefix(tag).is_some_and(|after| !after.starts_with([' ', '-']) && !after.is_empty()));
        // `<.*cript.*`, `<[a-z\/](.|\n)*?>`
        let open =
            rest.starts_with(".*") && rest.contains("cript") || rest.starts_with("[a-z") || rest.starts_with("[a-zA-Z");
        if scripts || open {
            return true;
        }
    }
    false
}

/// ` on\w+=…`
fn handlers(pattern: &str) -> bool {
    pattern.contains("on\\w") || pattern.contains("on[a-z") || pattern.contains("\\sng-")
}

/// `../` and `/..` alone, also with an optional slash around.
fn steps(pattern: &str) -> bool {
    if pattern.starts_with('^') {
        return false;
    }
    let bare = pattern.replace("(\\/)?", "").replace("\\/?", "");
    literal_of(&bare).is_some_and(|text| {
        text.contains("..") && text.contains('/') && text.bytes().all(|byte| matches!(byte, b'.' | b'/'))
    })
}

/// Whether a pattern that looks for script tags or comments misses some that browsers accept.
pub(super) fn misses_tags(pattern: &Pattern<'_>) -> bool {
    let text = pattern.text;
    if text == "-->" {
        return true;
    }
    let lower = text.to_ascii_lowercase();
    let open = [".*", ".+"].iter().any(|any| text.contains(any)) && pattern.lacks('s');
    if lower.contains("<script") || lower.contains("<(script") {
        let Some((_, close)) = lower.split_once("<\\/").or_else(|| lower.split_once("</")) else { return false };
        if !close.contains("script") {
            return false;
        }
        let exact = close.ends_with("script>") || close.ends_with("script)>");
        let picky = text.contains("(\\s|\\w|=") || text.contains("( |\\n|\\w");
        let either = text.contains("(.|\\s)");
        return exact || pattern.lacks('i') || open || picky || either;
    }
    // `<!--…-->` where other ways to end a comment are looked for as well, or beside other tags.
    text.contains("<!--") && text.contains("--!?>") && open || comments_and_tags(text)
}

/// `<!--(…)-->|<(…)>`: a tokeniser that takes comments apart by hand.
fn comments_and_tags(text: &str) -> bool {
    let comment = text.contains("!--") && text.contains("-->");
    let group = text.contains("!--(") && (text.contains("|<(") || text.contains(")|(") || text.contains(")|<"));
    comment && (group || text.contains("<!(--"))
}
