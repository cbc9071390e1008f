//! SQL as a row of words: one `Other` per statement over `Name`, `String`, `Number` and signs; no grammar of a dialect.

use super::Reader;
use crate::syntax::{Field, Kind};

/// Reads statements.
pub(super) fn read(reader: &mut Reader<'_>) {
    let length = reader.bytes.len();
    let mut open = false;
    let mut at = 0;
    while at < length {
        let byte = reader.byte(at);
        let start = at;
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let line_start = at == 0 || reader.byte(at - 1) == b'\n';
        if reader.starts(at, "--") || (byte == b'#' && line_start) {
            at = reader.line_end(at);
            reader.comment(start..at);
            continue;
        }
        if reader.starts(at, "/*") {
            let found = reader.bytes.get(at + 2..).and_then(|rest| rest.windows(2).position(|pair| pair == b"*/"));
            at = found.map_or(length, |found| at + 2 + found + 2);
            reader.comment(start..at);
            continue;
        }
        if byte == b';' {
            at += 1;
            if open {
                reader.close();
                open = false;
            }
            continue;
        }
        // `$$`, `$body$`: what stands between two of them is code.
        if byte == b'$' {
            let end = reader.find(at + 1, length, |byte| !(byte.is_ascii_alphanumeric() || byte == b'_'));
            if reader.byte(end) == b'$' {
                at = end + 1;
                continue;
            }
        }
        if !open {
            reader.open(Kind::Other, Field::Item, at);
            open = true;
        }
        match byte {
            b'\'' => {
                at = reader.quoted(at);
                reader.leaf(Kind::String, Field::Item, start..at, start + 1..at.saturating_sub(1).max(start + 1));
            }
            b'"' | b'`' => {
                at = reader.find(at + 1, length, |other| other == byte || other == b'\n');
                at = (at + 1).min(length);
                reader.leaf(Kind::Name, Field::Item, start..at, start + 1..at.saturating_sub(1).max(start + 1));
            }
            _ if byte.is_ascii_digit() => {
                at = reader.find(at, length, |byte| !(byte.is_ascii_alphanumeric() || byte == b'.'));
                reader.leaf(Kind::Number, Field::Item, start..at, start..at);
            }
            _ if is_word(byte) => {
                at = reader.find(at, length, |byte| !is_word(byte) && byte != b'.');
                reader.leaf(Kind::Name, Field::Item, start..at, start..at);
            }
            _ => {
                at = if reader.starts(at, "||") { at + 2 } else { at + 1 };
                reader.leaf(Kind::Other, Field::Item, start..at, start..at);
            }
        }
    }
    if open {
        reader.close();
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'#' | b'$') || !byte.is_ascii()
}
