//! JSON and what is written like it elsewhere: braces, brackets, keys and values.

use super::Reader;
use crate::syntax::{Field, Kind};

/// How a language writes collections.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Whether `#` begins a comment.
    pub(super) hash: bool,
    /// Whether `//` and `/* */` are comments.
    pub(super) slash: bool,
    /// Whether a value may be an expression with calls, and text in quotes holds `${…}`.
    pub(super) expressions: bool,
}

/// JSON, with the comments that people write into it.
pub(super) const JSON: Style = Style { hash: true, slash: true, expressions: false };
/// YAML's flow style.
pub(super) const YAML: Style = Style { hash: true, slash: false, expressions: false };
/// Objects and tuples of HCL.
pub(super) const HCL: Style = Style { hash: true, slash: true, expressions: true };

/// Reads a whole text of JSON, or of several documents in a row.
pub(super) fn document(reader: &mut Reader<'_>) {
    let mut at = 0;
    loop {
        at = skip(reader, at, JSON);
        match reader.byte(at) {
            _ if at >= reader.bytes.len() => return,
            b'{' | b'[' => at = collection(reader, at, JSON, Field::Item),
            b'"' | b'\'' => {
                let end = reader.quoted(at);
                let next = skip(reader, end, JSON);
                if reader.byte(next) == b':' {
                    at = loose_pair(reader, at, end, next + 1);
                } else {
                    reader.scalar(Field::Item, at..end);
                    at = end;
                }
            }
            b',' => at += 1,
            _ => {
                let end = reader.find(at, reader.bytes.len(), |byte| byte.is_ascii_whitespace() || byte == b',');
                let range = at..end.max(at + 1);
                if reader.slice(range.clone()).bytes().any(|byte| matches!(byte, b'{' | b'}' | b'[' | b']' | b'"')) {
                    reader.builder.mark_error();
                }
                reader.scalar(Field::Item, range.clone());
                at = range.end;
            }
        }
    }
}

/// `"key": value` outside of all braces, as people quote a part of a file.
fn loose_pair(reader: &mut Reader<'_>, start: usize, key_end: usize, after: usize) -> usize {
    reader.open(Kind::Pair, Field::Item, start);
    reader.key(start..key_end);
    let at = skip(reader, after, JSON);
    let end = match reader.byte(at) {
        b'{' | b'[' => collection(reader, at, JSON, Field::Value),
        b'"' | b'\'' => {
            let end = reader.quoted(at);
            reader.scalar(Field::Value, at..end);
            end
        }
        _ => {
            let end = reader.find(at, reader.bytes.len(), |byte| matches!(byte, b',' | b'\n'));
            let range = reader.trimmed(at..end);
            reader.scalar(Field::Value, range);
            end
        }
    };
    reader.close();
    end
}

/// An open collection.
struct Frame {
    dict: bool,
    /// Whether a pair stands open, and whether it has its value.
    pair: bool,
    valued: bool,
}

/// Reads the collection that begins at `at`; where it ends.
pub(super) fn collection(reader: &mut Reader<'_>, at: usize, style: Style, field: Field) -> usize {
    let mut frames: Vec<Frame> = Vec::new();
    let mut at = at;
    loop {
        at = skip(reader, at, style);
        if at >= reader.bytes.len() {
            reader.builder.mark_error();
            for frame in frames {
                close(reader, &frame);
            }
            return at;
        }
        match reader.byte(at) {
            open @ (b'{' | b'[') => {
                let dict = open == b'{';
                let role = place(reader, &mut frames, field);
                reader.open(if dict { Kind::Dict } else { Kind::List }, role, at);
                frames.push(Frame { dict, pair: false, valued: false });
                at += 1;
            }
            b'}' | b']' => {
                at += 1;
                reader.end = reader.end.max(at);
                let Some(frame) = frames.pop() else { return at };
                close(reader, &frame);
                if frames.is_empty() {
                    return at;
                }
            }
            b',' | b';' => {
                end_pair(reader, frames.last_mut());
                at += 1;
            }
            b':' | b'=' => at += 1,
            b'>' if reader.byte(at.saturating_sub(1)) == b'=' => at += 1,
            _ => at = word(reader, &mut frames, at, style),
        }
    }
}

fn close(reader: &mut Reader<'_>, frame: &Frame) {
    if frame.pair {
        reader.close();
    }
    reader.close();
}

fn end_pair(reader: &mut Reader<'_>, frame: Option<&mut Frame>) {
    if let Some(frame) = frame.filter(|frame| frame.pair) {
        reader.close();
        frame.pair = false;
    }
}

/// The role of a value that begins here; what it ends is ended.
fn place(reader: &mut Reader<'_>, frames: &mut [Frame], outer: Field) -> Field {
    let Some(frame) = frames.last_mut() else { return outer };
    if !frame.pair {
        return Field::Item;
    }
    if frame.valued {
        reader.close();
        frame.pair = false;
        return Field::Item;
    }
    frame.valued = true;
    Field::Value
}

/// A key or a scalar value.
fn word(reader: &mut Reader<'_>, frames: &mut [Frame], at: usize, style: Style) -> usize {
    let awaits = frames.last().is_some_and(|frame| frame.pair && !frame.valued);
    let keys = frames.last().is_some_and(|frame| frame.dict) && !awaits;
    let quoted = matches!(reader.byte(at), b'"' | b'\'');
    let end = match reader.byte(at) {
        b'"' if style.expressions => super::hcl::quoted(reader, at),
        b'"' | b'\'' => reader.quoted(at),
        _ if style.expressions && !keys => super::hcl::expression_end(reader, at),
        _ => bare_end(reader, at, keys),
    };
    let range = if quoted { at..end } else { reader.trimmed(at..end) };
    // Whatever cannot be told apart is passed over, one byte at least.
    let end = end.max(at + 1);
    if keys {
        end_pair(reader, frames.last_mut());
        reader.open(Kind::Pair, Field::Item, at);
        reader.key(range);
        if let Some(frame) = frames.last_mut() {
            (frame.pair, frame.valued) = (true, false);
        }
        return end;
    }
    let role = place(reader, frames, Field::Item);
    if style.expressions {
        super::hcl::scalar(reader, role, range);
    } else {
        reader.scalar(role, range);
    }
    end
}

/// The end of a bare word: of a key at its colon, of a value where the next thing begins.
fn bare_end(reader: &Reader<'_>, at: usize, key: bool) -> usize {
    let mut end = at;
    while end < reader.bytes.len() {
        match reader.byte(end) {
            b',' | b'{' | b'}' | b'[' | b']' | b'\n' | b';' => break,
            b':' | b'=' if key => break,
            b'#' if end > at && reader.byte(end - 1).is_ascii_whitespace() => break,
            _ => end += 1,
        }
    }
    end
}

/// Skips blanks, line breaks and comments.
pub(super) fn skip(reader: &mut Reader<'_>, at: usize, style: Style) -> usize {
    let mut at = at;
    loop {
        at = reader.find(at, reader.bytes.len(), |byte| !byte.is_ascii_whitespace());
        let end = if style.hash && reader.byte(at) == b'#' || style.slash && reader.starts(at, "//") {
            reader.line_end(at)
        } else if style.slash && reader.starts(at, "/*") {
            let found = reader.bytes.get(at + 2..).and_then(|rest| rest.windows(2).position(|pair| pair == b"*/"));
            found.map_or(reader.bytes.len(), |found| at + 2 + found + 2)
        } else {
            return at;
        };
        reader.comment(at..end);
        at = end;
    }
}
