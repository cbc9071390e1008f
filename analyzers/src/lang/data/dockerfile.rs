//! Dockerfiles: one pair per instruction; variables and labels as pairs of their own.

use std::ops::Range;

use super::flow;
use super::{MOST_MISSES, Reader};
use crate::syntax::{Field, Kind};

/// The first words of lines.
pub(in crate::lang) const INSTRUCTIONS: &[&str] = &[
    "FROM",
    "RUN",
    "CMD",
    "LABEL",
    "MAINTAINER",
    "EXPOSE",
    "ENV",
    "ADD",
    "COPY",
    "ENTRYPOINT",
    "VOLUME",
    "USER",
    "WORKDIR",
    "ARG",
    "ONBUILD",
    "STOPSIGNAL",
    "HEALTHCHECK",
    "SHELL",
];

/// Reads a Dockerfile.
pub(super) fn read(reader: &mut Reader<'_>) {
    let mut at = 0;
    while at < reader.bytes.len() {
        let end = reader.line_end(at);
        let start = reader.skip_blanks(at, end);
        let line = reader.slice(start..end).trim_end();
        if line.is_empty() {
            at = end + 1;
            continue;
        }
        if line.starts_with('#') {
            reader.comment(start..start + line.len());
            at = end + 1;
            continue;
        }
        let word = reader.find(start, end, |byte| !byte.is_ascii_alphabetic());
        let name = reader.slice(start..word);
        if !INSTRUCTIONS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            reader.builder.mark_error();
            at = end + 1;
            continue;
        }
        let (stop, next) = extent(reader, word, end);
        instruction(reader, start..word, stop);
        at = next;
    }
}

/// Where the instruction whose first line ends at `end` ends, and where the next begins.
fn extent(reader: &mut Reader<'_>, start: usize, end: usize) -> (usize, usize) {
    let mut end = end;
    let mut from = start;
    loop {
        let line = reader.slice(from..end).trim_end();
        let comment = from > start && (line.trim_start().starts_with('#') || line.trim().is_empty());
        if !(line.ends_with('\\') || line.ends_with('`') || comment) || end >= reader.bytes.len() {
            break;
        }
        from = end + 1;
        end = reader.line_end(from);
    }
    let head = reader.slice(start..end);
    let Some(mark) = here_mark(head).filter(|_| reader.misses < MOST_MISSES) else { return (end, end + 1) };
    let mut line = end + 1;
    while line < reader.bytes.len() {
        let stop = reader.line_end(line);
        if reader.slice(line..stop).trim() == mark {
            return (stop, stop + 1);
        }
        line = stop + 1;
    }
    reader.misses += 1;
    (end, end + 1)
}

/// The word that ends the here document which a command begins.
fn here_mark(command: &str) -> Option<&str> {
    let rest = command.split_once("<<")?.1.trim_start_matches(['-', '"', '\'']);
    let mark = rest.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next()?;
    (!mark.is_empty()).then_some(mark)
}

fn instruction(reader: &mut Reader<'_>, name: Range<usize>, end: usize) {
    reader.open(Kind::Pair, Field::Item, name.start);
    reader.key(name.clone());
    let rest = reader.trimmed(name.end..end);
    let word = reader.slice(name).to_ascii_uppercase();
    if !rest.is_empty() {
        match word.as_str() {
            "ENV" | "ARG" | "LABEL" => variables(reader, rest, word == "ENV"),
            _ if reader.byte(rest.start) == b'[' => {
                flow::collection(reader, rest.start, flow::YAML, Field::Value);
            }
            _ => reader.leaf(Kind::String, Field::Value, rest.clone(), rest),
        }
    }
    reader.end = reader.end.max(end.min(reader.bytes.len()));
    reader.close();
}

/// `NAME=value NAME="value" …`, or the old `NAME value`.
fn variables(reader: &mut Reader<'_>, range: Range<usize>, old_form: bool) {
    reader.open(Kind::Dict, Field::Value, range.start);
    let mut at = range.start;
    while at < range.end {
        at = reader.find(at, range.end, |byte| !byte.is_ascii_whitespace() && byte != b'\\');
        if at >= range.end {
            break;
        }
        if reader.byte(at) == b'#' {
            at = reader.line_end(at);
            continue;
        }
        let stop = reader.find(at, range.end, |byte| byte == b'=' || byte.is_ascii_whitespace());
        reader.open(Kind::Pair, Field::Item, at);
        reader.key(at..stop);
        if reader.byte(stop) == b'=' && stop < range.end {
            let from = stop + 1;
            let end = if matches!(reader.byte(from), b'"' | b'\'') {
                reader.quoted(from).min(range.end)
            } else {
                reader.find(from, range.end, |byte| byte.is_ascii_whitespace())
            };
            if end > from {
                reader.scalar(Field::Value, from..end);
            }
            at = end;
        } else {
            let rest = reader.trimmed(stop..range.end);
            if old_form && !rest.is_empty() {
                reader.scalar(Field::Value, rest.clone());
                at = range.end;
            } else {
                at = stop;
            }
        }
        reader.close();
    }
    reader.close();
}
