//! Lines of `key = value` under `[sections]`: INI, TOML, properties and files of environment variables.

use std::ops::Range;

use super::Reader;
use super::flow;
use crate::syntax::{Field, Kind};

/// Reads a file of sections and settings.
pub(super) fn read(reader: &mut Reader<'_>) {
    let mut section = false;
    let mut at = 0;
    while at < reader.bytes.len() {
        let end = reader.line_end(at);
        let start = reader.skip_blanks(at, end);
        let line = reader.slice(start..end).trim_end();
        at = match reader.byte(start) {
            _ if line.is_empty() => end + 1,
            b'#' | b';' | b'!' => {
                reader.comment(start..start + line.len());
                end + 1
            }
            b'[' => {
                if section {
                    reader.close();
                    reader.close();
                }
                let name = start + line.len() - line.trim_start_matches('[').len();
                let close = reader.find(name, end, |byte| byte == b']');
                if close == end {
                    reader.builder.mark_error();
                }
                reader.open(Kind::Pair, Field::Item, start);
                reader.key(name..close);
                reader.open(Kind::Dict, Field::Value, close);
                section = true;
                end + 1
            }
            _ => setting(reader, start, end),
        };
    }
    if section {
        reader.close();
        reader.close();
    }
}

/// One line; the start of the next.
fn setting(reader: &mut Reader<'_>, start: usize, end: usize) -> usize {
    let start = if reader.starts(start, "export ") { reader.skip_blanks(start + 7, end) } else { start };
    let quoted = matches!(reader.byte(start), b'"' | b'\'');
    let from = if quoted { reader.quoted(start).min(end) } else { start };
    let mark = reader.find(from, end, |byte| matches!(byte, b'=' | b':'));
    let key = reader.trimmed(start..mark);
    let name = reader.slice(key.clone());
    let plausible = name.len() <= 120 && (quoted || !name.contains(['{', '(', ';', '<'])) && !key.is_empty();
    if mark == end || !plausible {
        // `skip-networking` of a database, a word alone.
        if !plausible || name.split_whitespace().count() > 2 || name.contains(['{', '}', '(', ';']) {
            reader.builder.mark_error();
        }
        return end + 1;
    }
    reader.open(Kind::Pair, Field::Item, key.start);
    reader.key(key);
    let next = value(reader, reader.skip_blanks(mark + 1, end), end);
    reader.close();
    next
}

fn value(reader: &mut Reader<'_>, at: usize, end: usize) -> usize {
    for quotes in ["\"\"\"", "'''"] {
        if reader.starts(at, quotes) {
            let inner = at + 3;
            let rest = reader.bytes.get(inner..).unwrap_or_default();
            let length = rest.windows(3).position(|three| three == quotes.as_bytes()).unwrap_or(rest.len());
            let close = (inner + length + 3).min(reader.bytes.len());
            reader.leaf(Kind::String, Field::Value, at..close, inner..inner + length);
            return reader.line_end(close) + 1;
        }
    }
    match reader.byte(at) {
        _ if at >= end => end + 1,
        b'[' | b'{' if balanced(reader, at, end) => {
            let close = flow::collection(reader, at, flow::YAML, Field::Value);
            reader.line_end(close) + 1
        }
        b'"' | b'\'' => {
            let close = reader.quoted(at).min(end);
            let rest = reader.trimmed(close..end);
            let range = if rest.is_empty() || matches!(reader.byte(rest.start), b'#' | b';') {
                at..close
            } else {
                reader.trimmed(at..end)
            };
            reader.scalar(Field::Value, range);
            end + 1
        }
        _ => {
            let range = plain(reader, at, end);
            reader.scalar(Field::Value, range);
            end + 1
        }
    }
}

/// Whether the bracket at `at` is closed somewhere, as a collection is.
fn balanced(reader: &Reader<'_>, at: usize, end: usize) -> bool {
    let close = if reader.byte(at) == b'[' { b']' } else { b'}' };
    // A list of TOML may run over lines; a value in brackets of another file does not.
    let limit = (end + 4_000).min(reader.bytes.len());
    reader.find(at, limit, |byte| byte == close) < limit
}

/// A bare value without the comment behind it.
fn plain(reader: &Reader<'_>, at: usize, end: usize) -> Range<usize> {
    let mut stop = at;
    while stop < end {
        if matches!(reader.byte(stop), b'#' | b';') && stop > at && reader.byte(stop - 1).is_ascii_whitespace() {
            break;
        }
        stop += 1;
    }
    reader.trimmed(at..stop)
}
