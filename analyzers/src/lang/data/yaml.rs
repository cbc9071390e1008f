//! YAML's block style by indentation; flow collections, quoted and block scalars; anchors and tags are passed over.

use super::Reader;
use super::flow;
use crate::syntax::{Field, Kind};

/// What stands open, each with the column it began at.
#[derive(Debug, Clone, Copy)]
enum Open {
    Map(usize),
    List(usize),
    /// A key, and whether its value was seen.
    Pair(usize, bool),
}

/// Reads a text of one or more documents.
pub(super) fn read(reader: &mut Reader<'_>) {
    let mut open = Vec::new();
    let mut at = 0;
    while at < reader.bytes.len() {
        let end = reader.line_end(at);
        let start = reader.skip_blanks(at, end);
        let line = reader.slice(start..end).trim_end();
        at = match line {
            "" => end + 1,
            _ if line.starts_with('#') => {
                reader.comment(start..start + line.len());
                end + 1
            }
            _ if start == at && (line.starts_with("---") || line == "...") => {
                close(reader, &mut open, 0);
                end + 1
            }
            // Directives, and the statements of templates.
            _ if (start == at && line.starts_with('%')) || line.starts_with("{{") || line.starts_with("{%") => end + 1,
            _ => self::line(reader, &mut open, start, start - at, end).max(end.min(at) + 1),
        };
    }
    close(reader, &mut open, 0);
}

fn close(reader: &mut Reader<'_>, open: &mut Vec<Open>, keep: usize) {
    while open.len() > keep {
        open.pop();
        reader.close();
    }
}

/// Reads what begins at `at` in `column`; the start of the next line to read.
fn line(reader: &mut Reader<'_>, open: &mut Vec<Open>, at: usize, column: usize, end: usize) -> usize {
    let (mut at, mut column) = (at, column);
    loop {
        let blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0);
        if reader.byte(at) == b'-' && blank(reader.byte(at + 1)) {
            if !settle(reader, open, column, true) {
                return end + 1;
            }
            if !matches!(open.last(), Some(Open::List(own)) if *own == column) {
                let role = role(open);
                reader.open(Kind::List, role, at);
                open.push(Open::List(column));
            }
            let next = reader.skip_blanks(at + 1, end);
            column += next - at;
            at = next;
            if at >= end || reader.byte(at) == b'#' {
                return end + 1;
            }
        } else if let Some((key_end, after)) = key(reader, at, end) {
            if !settle(reader, open, column, false) {
                return end + 1;
            }
            if !matches!(open.last(), Some(Open::Map(own)) if *own == column) {
                let role = role(open);
                reader.open(Kind::Dict, role, at);
                open.push(Open::Map(column));
            }
            reader.open(Kind::Pair, Field::Item, at);
            reader.key(at..key_end);
            open.push(Open::Pair(column, false));
            return value(reader, open, after, column, end);
        } else {
            return alone(reader, open, at, column, end);
        }
    }
}

/// Ends what a line in `column` ends; `false` if the line goes on with a value that was seen already.
fn settle(reader: &mut Reader<'_>, open: &mut Vec<Open>, column: usize, dash: bool) -> bool {
    while let Some(&last) = open.last() {
        match last {
            Open::Pair(own, valued) if own < column => return !valued,
            Open::Pair(own, false) if own == column && dash => return true,
            Open::Map(own) if own == column && !dash => return true,
            Open::Map(own) if own < column => return true,
            Open::List(own) if own == column && dash || own < column => return true,
            _ => {}
        }
        open.pop();
        reader.close();
    }
    true
}

/// The role of a collection that begins now.
fn role(open: &mut [Open]) -> Field {
    match open.last_mut() {
        Some(Open::Pair(_, valued)) => {
            *valued = true;
            Field::Value
        }
        _ => Field::Item,
    }
}

/// The end of a key at `at`, and where its value may begin.
fn key(reader: &Reader<'_>, at: usize, end: usize) -> Option<(usize, usize)> {
    let ends = |colon: usize| colon + 1 >= end || matches!(reader.byte(colon + 1), b' ' | b'\t' | b'\r');
    if matches!(reader.byte(at), b'"' | b'\'') {
        let quote = reader.byte(at);
        let close = reader.find(at + 1, end, |byte| byte == quote);
        let colon = reader.skip_blanks(close + 1, end);
        return (close < end && reader.byte(colon) == b':' && ends(colon)).then_some((close + 1, colon + 1));
    }
    if matches!(reader.byte(at), b'{' | b'[' | b'#' | b'|' | b'>' | b'&' | b'!' | b'*' | b'%' | b'@' | b'`') {
        return None;
    }
    let mut from = at;
    loop {
        let colon = reader.find(from, end, |byte| matches!(byte, b':' | b'#'));
        if colon >= end || (reader.byte(colon) == b'#' && reader.byte(colon - 1).is_ascii_whitespace()) {
            return None;
        }
        if reader.byte(colon) == b':' && ends(colon) {
            let key = reader.trimmed(at..colon);
            return (!key.is_empty()).then_some((key.end, colon + 1));
        }
        from = colon + 1;
    }
}

/// A line, or the rest of one, that is neither an item nor a key.
fn alone(reader: &mut Reader<'_>, open: &mut Vec<Open>, at: usize, column: usize, end: usize) -> usize {
    if !settle(reader, open, column, false) {
        return end + 1;
    }
    match open.last() {
        Some(&Open::Pair(own, _)) => value(reader, open, at, own, end),
        Some(&Open::List(own)) => value(reader, open, at, own, end),
        _ if matches!(reader.byte(at), b'{' | b'[') => value(reader, open, at, column, end),
        // More of a plain text, or nothing that YAML knows.
        Some(Open::Map(_)) => end + 1,
        None => {
            reader.builder.mark_error();
            end + 1
        }
    }
}

/// A value that begins on this line, if one does, below a key or item in `column`; the start of the next line to read.
fn value(reader: &mut Reader<'_>, open: &mut [Open], at: usize, column: usize, end: usize) -> usize {
    let mut at = reader.skip_blanks(at, end);
    let mut tagged = false;
    while matches!(reader.byte(at), b'&' | b'!') && at < end {
        tagged |= reader.byte(at) == b'!' && !reader.starts(at, "!!");
        at = reader.skip_blanks(reader.find(at, end, |byte| byte.is_ascii_whitespace()), end);
    }
    let comment = |at: usize| reader.byte(at) == b'#' && reader.byte(at.saturating_sub(1)).is_ascii_whitespace();
    if at >= end || comment(at) {
        return end + 1;
    }
    let role = role(open);
    let last = match reader.byte(at) {
        b'|' | b'>' => return block(reader, role, column, end, tagged),
        b'*' => {
            reader.leaf(Kind::Other, role, at..end, at..end);
            end
        }
        b'{' | b'[' if !reader.starts(at, "{{") => flow::collection(reader, at, flow::YAML, role),
        b'"' | b'\'' => {
            let close = reader.quoted(at);
            if tagged {
                reader.leaf(Kind::Other, role, at..close, at..close);
            } else {
                reader.scalar(role, at..close);
            }
            close
        }
        _ => {
            let mut stop = at;
            while stop < end && !comment_at(reader, stop) {
                stop += 1;
            }
            let range = reader.trimmed(at..stop);
            if tagged {
                reader.leaf(Kind::Other, role, range.clone(), range);
            } else {
                reader.scalar(role, range);
            }
            end
        }
    };
    reader.line_end(last) + 1
}

fn comment_at(reader: &Reader<'_>, at: usize) -> bool {
    reader.byte(at) == b'#' && reader.byte(at.saturating_sub(1)).is_ascii_whitespace()
}

/// A block scalar whose header ends at `end`: the lines that are blank or stand deeper than `column`.
fn block(reader: &mut Reader<'_>, role: Field, column: usize, end: usize, tagged: bool) -> usize {
    let start = (end + 1).min(reader.bytes.len());
    let (mut at, mut last) = (start, start);
    while at < reader.bytes.len() {
        let end = reader.line_end(at);
        let content = reader.skip_blanks(at, end);
        if content < end {
            if content - at <= column {
                break;
            }
            last = end;
        }
        at = end + 1;
    }
    let kind = if tagged { Kind::Other } else { Kind::String };
    reader.leaf(kind, role, start..last, start..last);
    at.max(start)
}
