//! HTML and its templates: tags with their attributes, the text of scripts, the expressions of template engines.

use super::{MOST_MISSES, Reader};
use crate::syntax::{Field, Kind};

/// What opens and closes an expression or statement of a template engine, the longest first.
const EXPRESSIONS: &[(&str, &str)] =
    &[("{{{", "}}}"), ("{{", "}}"), ("{%", "%}"), ("{!!", "!!}"), ("{#", "#}"), ("<%", "%>"), ("<?", "?>")];

/// Longest expression.
const LONGEST: usize = 4_000;

/// Reads a page or a template.
pub(super) fn read(reader: &mut Reader<'_>) {
    let length = reader.bytes.len();
    let mut at = 0;
    while at < length {
        at = reader.find(at, length, |byte| matches!(byte, b'<' | b'{'));
        if at >= length {
            break;
        }
        at = if reader.starts(at, "<!--") {
            let end = find(reader, at + 4, length, "-->").map_or(length, |end| end + 3);
            reader.comment(at..end);
            end
        } else if let Some(end) = expression(reader, at) {
            end
        } else if reader.byte(at) == b'<' && reader.byte(at + 1).is_ascii_alphabetic() {
            tag(reader, at)
        } else {
            at + 1
        };
    }
}

/// Where `wanted` stands from `at` on, below `end`.
fn find(reader: &Reader<'_>, at: usize, end: usize, wanted: &str) -> Option<usize> {
    let part = reader.bytes.get(at..end.min(reader.bytes.len()))?;
    part.windows(wanted.len()).position(|window| window == wanted.as_bytes()).map(|found| at + found)
}

/// Reads the expression at `at`, if one begins there; its end.
fn expression(reader: &mut Reader<'_>, at: usize) -> Option<usize> {
    let &(open, close) = EXPRESSIONS.iter().find(|(open, _)| reader.starts(at, open))?;
    let from = at + open.len();
    if reader.misses >= MOST_MISSES {
        return None;
    }
    let Some(end) = find(reader, from, from + LONGEST, close) else {
        reader.misses += 1;
        return None;
    };
    if open == "{#" {
        reader.comment(at..end + close.len());
    } else {
        let content = reader.trimmed(from..end);
        reader.leaf(Kind::Interpolation, Field::Item, at..end + close.len(), content);
    }
    Some(end + close.len())
}

/// Reads the tag at `at`, and what a script or style holds.
fn tag(reader: &mut Reader<'_>, start: usize) -> usize {
    let length = reader.bytes.len();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'_' | b'.');
    let name_end = reader.find(start + 1, length, |byte| !is_name(byte));
    let name = reader.slice(start + 1..name_end).to_ascii_lowercase();
    reader.open(Kind::Dict, Field::Item, start);
    reader.name_open(start + 1..name_end);
    let mut at = name_end;
    let mut closed = false;
    while at < length {
        at = reader.find(at, length, |byte| !byte.is_ascii_whitespace());
        match reader.byte(at) {
            b'>' => {
                closed = true;
                at += 1;
                break;
            }
            b'<' if expression_opens(reader, at) => at = expression(reader, at).unwrap_or(at + 1),
            b'<' => break,
            b'{' if expression_opens(reader, at) => at = expression(reader, at).unwrap_or(at + 1),
            b'/' | b'=' => at += 1,
            _ => at = attribute(reader, at),
        }
    }
    if !closed {
        reader.builder.mark_error();
    }
    reader.end = reader.end.max(at.min(length));
    if closed && matches!(name.as_str(), "script" | "style") && reader.byte(at.saturating_sub(2)) != b'/' {
        let close = format!("</{name}");
        let end = find_folded(reader, at, &close).unwrap_or(length);
        if !reader.slice(at..end).trim().is_empty() && name == "script" {
            reader.leaf(Kind::String, Field::Body, at..end, at..end);
        }
        reader.end = reader.end.max(end);
        at = end;
    }
    reader.close();
    at.max(start + 1)
}

fn expression_opens(reader: &Reader<'_>, at: usize) -> bool {
    EXPRESSIONS.iter().any(|(open, _)| reader.starts(at, open))
}

/// Where `wanted`, in any case, stands from `at` on.
fn find_folded(reader: &Reader<'_>, at: usize, wanted: &str) -> Option<usize> {
    let part = reader.bytes.get(at..)?;
    part.windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted.as_bytes())).map(|found| at + found)
}

fn attribute(reader: &mut Reader<'_>, start: usize) -> usize {
    let length = reader.bytes.len();
    let end = reader
        .find(start, length, |byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'>' | b'/' | b'<'))
        .max(start + 1);
    reader.open(Kind::Pair, Field::Item, start);
    reader.key(start..end);
    let equals = reader.find(end, length, |byte| !byte.is_ascii_whitespace());
    let mut at = end;
    if reader.byte(equals) == b'=' {
        let from = reader.find(equals + 1, length, |byte| !byte.is_ascii_whitespace());
        let quote = reader.byte(from);
        if matches!(quote, b'"' | b'\'') {
            let close = reader.find(from + 1, length, |byte| byte == quote);
            let stop = (close + 1).min(length);
            reader.leaf(Kind::String, Field::Value, from..stop, from + 1..close.max(from + 1));
            at = stop;
        } else {
            at = reader.find(from, length, |byte| byte.is_ascii_whitespace() || byte == b'>');
            reader.leaf(Kind::String, Field::Value, from..at, from..at);
        }
    }
    reader.end = reader.end.max(at);
    reader.close();
    at
}
