//! HCL, the language of Terraform: blocks with labels, attributes, strings with `${…}`, here documents.

use std::ops::Range;

use super::Reader;
use super::flow;
use crate::syntax::{Field, Kind};

/// Reads a file of blocks and attributes.
pub(super) fn read(reader: &mut Reader<'_>) {
    // Per open block: how many nodes it opened.
    let mut blocks: Vec<usize> = Vec::new();
    let mut at = 0;
    loop {
        at = flow::skip(reader, at, flow::HCL);
        match reader.byte(at) {
            _ if at >= reader.bytes.len() => break,
            b'}' => {
                at += 1;
                reader.end = reader.end.max(at);
                match blocks.pop() {
                    Some(count) => (0..count).for_each(|_| reader.close()),
                    None => reader.builder.mark_error(),
                }
            }
            byte if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'"') => {
                at = entry(reader, &mut blocks, at);
            }
            b',' | b';' => at += 1,
            _ => {
                reader.builder.mark_error();
                at = reader.line_end(at);
            }
        }
    }
    if !blocks.is_empty() {
        reader.builder.mark_error();
    }
    (0..blocks.into_iter().sum()).for_each(|_| reader.close());
}

/// A block's head, or an attribute.
fn entry(reader: &mut Reader<'_>, blocks: &mut Vec<usize>, start: usize) -> usize {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut at = start;
    loop {
        at = reader.skip_blanks(at, reader.bytes.len());
        match reader.byte(at) {
            b'=' if !reader.starts(at, "==") => {
                let Some(key) = words.last().cloned() else { return at + 1 };
                reader.open(Kind::Pair, Field::Item, key.start);
                reader.key(key);
                at = value(reader, at + 1);
                reader.close();
                return at;
            }
            b'{' if !words.is_empty() => {
                let mut count = 0;
                for word in words {
                    reader.open(Kind::Pair, Field::Item, word.start);
                    reader.key(word.clone());
                    reader.open(Kind::Dict, Field::Value, word.end);
                    count += 2;
                }
                blocks.push(count);
                return at + 1;
            }
            b'"' if words.len() < 8 => {
                let end = quoted(reader, at);
                words.push(at..end);
                at = end;
            }
            byte if (byte.is_ascii_alphanumeric() || byte == b'_') && words.len() < 8 => {
                let end = reader.find(at, reader.bytes.len(), |byte| {
                    !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || !byte.is_ascii())
                });
                words.push(at..end);
                at = end;
            }
            _ => {
                reader.builder.mark_error();
                return reader.line_end(at).max(at + 1);
            }
        }
    }
}

/// The value of an attribute; where it ends.
fn value(reader: &mut Reader<'_>, at: usize) -> usize {
    let mut at = reader.skip_blanks(at, reader.bytes.len());
    if reader.starts(at, "<<") {
        return here_document(reader, at);
    }
    // What is encoded is read as what it is made of.
    for call in ["jsonencode(", "yamlencode("] {
        if reader.starts(at, call) {
            let inner = flow::skip(reader, at + call.len(), flow::HCL);
            if matches!(reader.byte(inner), b'{' | b'[') {
                at = inner;
            }
        }
    }
    if matches!(reader.byte(at), b'{' | b'[') {
        let end = flow::collection(reader, at, flow::HCL, Field::Value);
        return if reader.byte(end) == b')' { end + 1 } else { end };
    }
    let end = expression_end(reader, at);
    let range = reader.trimmed(at..end);
    scalar(reader, Field::Value, range);
    end.max(at)
}

/// `<<EOF … EOF`.
fn here_document(reader: &mut Reader<'_>, at: usize) -> usize {
    let head = reader.line_end(at);
    let mark = reader.slice(at..head).trim_start_matches(['<', '-', '~']).trim();
    let start = (head + 1).min(reader.bytes.len());
    let mut line = start;
    while line < reader.bytes.len() {
        let end = reader.line_end(line);
        if reader.slice(line..end).trim() == mark {
            reader.leaf(Kind::String, Field::Value, start..line, start..line);
            return end;
        }
        line = end + 1;
    }
    reader.builder.mark_error();
    let end = reader.bytes.len();
    reader.leaf(Kind::String, Field::Value, start..end, start..end);
    end
}

/// A string, number, truth value, or an expression that is none of these.
pub(super) fn scalar(reader: &mut Reader<'_>, field: Field, range: Range<usize>) {
    let text = reader.slice(range.clone());
    let whole_string = text.starts_with('"') && quoted_end(reader, range.start) == range.end;
    if whole_string {
        let content = range.start + 1..range.end.saturating_sub(1).max(range.start + 1);
        let dynamic = text.contains("${") || text.contains("%{");
        reader.leaf(if dynamic { Kind::Template } else { Kind::String }, field, range, content);
    } else if matches!(text, "true" | "false" | "null") || super::is_number(text) {
        reader.scalar(field, range);
    } else {
        reader.leaf(Kind::Other, field, range.clone(), range);
    }
}

/// The end of the string at `at`; a missing one is told.
pub(super) fn quoted(reader: &mut Reader<'_>, at: usize) -> usize {
    let end = quoted_end(reader, at);
    if reader.byte(end.saturating_sub(1)) != b'"' || end == at + 1 {
        reader.builder.mark_error();
    }
    end
}

/// The end of the string at `at`, whose `${…}` may hold strings of their own; the end of the line where it is open.
fn quoted_end(reader: &Reader<'_>, at: usize) -> usize {
    let (mut next, mut braces) = (at + 1, 0_usize);
    while next < reader.bytes.len() {
        match reader.byte(next) {
            b'\\' => next += 1,
            b'\n' => return next,
            b'{' if braces > 0 || matches!(reader.byte(next - 1), b'$' | b'%') => braces += 1,
            b'}' => braces = braces.saturating_sub(1),
            b'"' if braces == 0 => return next + 1,
            _ => {}
        }
        next += 1;
    }
    reader.bytes.len()
}

/// Where an expression ends: at the end of its line, or at what closes the collection around it.
pub(super) fn expression_end(reader: &mut Reader<'_>, at: usize) -> usize {
    let (mut next, mut depth) = (at, 0_usize);
    while next < reader.bytes.len() {
        match reader.byte(next) {
            b'"' => {
                next = quoted_end(reader, next);
                continue;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => break,
            b')' | b']' | b'}' => depth -= 1,
            b'\n' | b',' if depth == 0 => break,
            b'#' if depth == 0 => break,
            b'/' if depth == 0 && reader.byte(next + 1) == b'/' => break,
            _ => {}
        }
        next += 1;
    }
    next
}
