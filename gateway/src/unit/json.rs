//! Where the strings of a JSON text stand; never changes it, reads broken and cut-off text as far as it goes.

use std::ops::Range;

/// A string value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text<'a> {
    /// The key it has in the nearest object; empty at the top.
    pub(super) key: &'a str,
    /// Objects around it, the outermost first, by the offset of their brace.
    pub(super) objects: Vec<usize>,
    /// The literal with its quotes.
    pub(super) span: Range<usize>,
    /// The string.
    pub(super) value: String,
    /// Whether the closing quote was there.
    pub(super) closed: bool,
}

/// Most strings that are read.
const MOST_STRINGS: usize = 256;
/// Deepest nesting that is followed.
const DEEPEST: usize = 32;

enum Open<'a> {
    Object { key: &'a str, at: usize },
    Array,
}

/// Every string value of `json` that is no key, in order.
pub(super) fn strings(json: &str) -> Vec<Text<'_>> {
    let bytes = json.as_bytes();
    let mut open: Vec<Open> = Vec::new();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() && found.len() < MOST_STRINGS {
        match bytes[at] {
            b'{' | b'[' if open.len() >= DEEPEST => break,
            b'{' => open.push(Open::Object { key: "", at }),
            b'[' => open.push(Open::Array),
            b'}' | b']' => drop(open.pop()),
            b'"' => {
                let (end, closed) = literal_end(bytes, at + 1);
                let after = json[end..].trim_start();
                if let (Some(Open::Object { key, .. }), true) = (open.last_mut(), after.starts_with(':')) {
                    *key = json.get(at + 1..end - 1).unwrap_or_default();
                } else {
                    found.push(text(&open, json, at..end, closed));
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn text<'a>(open: &[Open<'a>], json: &str, span: Range<usize>, closed: bool) -> Text<'a> {
    let objects = open.iter().filter_map(|item| match item {
        Open::Object { at, .. } => Some(*at),
        Open::Array => None,
    });
    let key = open.iter().rev().find_map(|item| match item {
        Open::Object { key, .. } => Some(*key),
        Open::Array => None,
    });
    let literal = &json[span.clone()];
    let value = if closed { serde_json::from_str(literal).ok() } else { unfinished(literal) };
    Text { key: key.unwrap_or_default(), objects: objects.collect(), span, value: value.unwrap_or_default(), closed }
}

/// One past the quote that ends the literal, and whether there is one.
fn literal_end(bytes: &[u8], from: usize) -> (usize, bool) {
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return (at + 1, true),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    (bytes.len(), false)
}

/// A literal without its end, read up to the last whole escape.
fn unfinished(literal: &str) -> Option<String> {
    (0..7.min(literal.len())).find_map(|cut| {
        let head = literal.get(..literal.len() - cut)?;
        serde_json::from_str(&format!("{head}\"")).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &[(&str, &str)]) {
        let found = strings(json);
        let shown: Vec<_> = found.iter().map(|text| (text.key, text.value.as_str())).collect();
        assert_eq!(shown, expected, "{json}");
        for text in &found {
            assert!(json[text.span.clone()].starts_with('"'));
        }
    }

    #[test]
    fn values() {
        check(r#"{"a": "x", "b": 1, "c": ["y", {"d": "z"}]}"#, &[("a", "x"), ("c", "y"), ("d", "z")]);
        check(r#"{"a": "x\n\"q\"\u00e9"}"#, &[("a", "x\n\"q\"\u{e9}")]);
        check(r#"{"a": "cut off\n"#, &[("a", "cut off\n")]);
        check(r#"{"a": "cut off\u00"#, &[("a", "cut off")]);
        check(r#"{"a": "cut off\"#, &[("a", "cut off")]);
        check(r#""top""#, &[("", "top")]);
        check(r#"}}]]{"a":"x"}"#, &[("a", "x")]);
        check("not json", &[]);
        check("\"", &[("", "")]);
    }
}
