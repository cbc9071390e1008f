//! nginx's configuration: directives that end in a semicolon, blocks in braces.

use super::Reader;
use crate::syntax::{Field, Kind};

/// Reads a configuration.
pub(super) fn read(reader: &mut Reader<'_>) {
    // Per open block: how many nodes it opened.
    let mut blocks: Vec<usize> = Vec::new();
    let mut at = 0;
    loop {
        at = reader.find(at, reader.bytes.len(), |byte| !byte.is_ascii_whitespace());
        match reader.byte(at) {
            _ if at >= reader.bytes.len() => break,
            b'#' => {
                let end = reader.line_end(at);
                reader.comment(at..end);
                at = end;
            }
            b'}' => {
                at += 1;
                reader.end = reader.end.max(at);
                match blocks.pop() {
                    Some(count) => (0..count).for_each(|_| reader.close()),
                    None => reader.builder.mark_error(),
                }
            }
            b';' => at += 1,
            _ => at = directive(reader, &mut blocks, at),
        }
    }
    if !blocks.is_empty() {
        reader.builder.mark_error();
    }
    (0..blocks.into_iter().sum()).for_each(|_| reader.close());
}

fn directive(reader: &mut Reader<'_>, blocks: &mut Vec<usize>, start: usize) -> usize {
    let length = reader.bytes.len();
    let name_end = reader.find(start, length, |byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'{' | b'}'));
    let mut at = name_end;
    while at < length {
        match reader.byte(at) {
            b'"' | b'\'' => {
                at = reader.quoted(at);
                continue;
            }
            // `${name}`, `\.{2}`
            b'{' if reader.byte(at.saturating_sub(1)) == b'$' => {
                at = reader.find(at, length, |byte| matches!(byte, b'}' | b'\n'));
            }
            b';' | b'{' | b'}' => break,
            _ => {}
        }
        at += 1;
    }
    let at = at.min(length);
    let arguments = reader.trimmed(name_end..at);
    if name_end == start {
        reader.builder.mark_error();
        return at.max(start + 1);
    }
    reader.open(Kind::Pair, Field::Item, start);
    reader.key(start..name_end);
    if reader.byte(at) == b'{' {
        reader.open(Kind::Dict, Field::Value, name_end);
        let mut count = 2;
        if !arguments.is_empty() {
            reader.open(Kind::Pair, Field::Item, arguments.start);
            reader.key(arguments.clone());
            reader.open(Kind::Dict, Field::Value, arguments.end);
            count += 2;
        }
        blocks.push(count);
        return at + 1;
    }
    if reader.byte(at) != b';' {
        reader.builder.mark_error();
    }
    if !arguments.is_empty() {
        reader.scalar(Field::Value, arguments);
    }
    reader.end = reader.end.max(at);
    reader.close();
    if reader.byte(at) == b';' { at + 1 } else { at.max(start + 1) }
}
