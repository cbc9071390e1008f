//! What the parser reads of Python: indentation deeper than its scanner can hold begins anew.

use std::borrow::Cow;

/// The grammar's scanner keeps two bytes per level and one per open string in 1,024, and aborts the process when they
/// are one too many; it counts up to 255 strings. Each level is at least a column deeper than the one above it.
const MOST_COLUMNS: usize = 380;
/// Columns of a tab, as the scanner counts them.
const TAB: usize = 8;

/// The text with form feeds, which set the column to 0, where indentation passes the bound; same length.
pub(super) fn shallow(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut deep = Vec::new();
    let (mut indenting, mut continued, mut columns) = (true, false, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b' ' | b'\t' if indenting => {
                columns += if byte == b'\t' { TAB } else { 1 };
                if columns > MOST_COLUMNS {
                    deep.push(at);
                    columns = 0;
                }
                continued = false;
            }
            b'\r' if continued => {}
            // A line of blanks that goes on adds to the columns of the next.
            b'\n' if indenting && continued => continued = false,
            b'\n' => (indenting, continued, columns) = (true, false, 0),
            b'\r' | 0x0c if indenting => (continued, columns) = (false, 0),
            b'\\' if indenting => continued = true,
            _ => (indenting, continued) = (false, false),
        }
    }
    if deep.is_empty() {
        return text;
    }
    let length = text.len();
    let mut bytes = text.into_owned().into_bytes();
    for at in deep {
        if let Some(byte) = bytes.get_mut(at) {
            *byte = 0x0c;
        }
    }
    Cow::Owned(String::from_utf8(bytes).unwrap_or_else(|_| " ".repeat(length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Language;
    use crate::program::{Limits, Program};

    #[test]
    fn only_deep_indentation_begins_anew() {
        let check = |text: &str, feeds: usize| {
            let masked = shallow(Cow::Borrowed(text));
            assert_eq!((masked.len(), masked.matches('\u{c}').count()), (text.len(), feeds), "{text:?}");
        };
        let blanks = " ".repeat(300);
        check(&format!("{blanks}x{blanks}\n{blanks}\n{blanks}\r{blanks}\n"), 0);
        check(&format!("x\n{blanks}{blanks}y"), 1);
        check(&format!("x\n{blanks}\\\r\n{blanks}y\n{blanks}\\\n{blanks}y"), 2);
        check(&"\t".repeat(47), 0);
        check(&"\t".repeat(48), 1);
    }

    #[test]
    #[expect(clippy::format_collect, reason = "a short text of a test")]
    fn more_levels_than_the_scanner_holds_are_survived() {
        for levels in [505, 509, 510, 511, 600] {
            let lines: String = (0..levels).map(|level| format!("{}if a:\n", " ".repeat(level))).collect();
            let text = format!("{lines}{}x = f'{{a}}' + f\"{{f'{{b}}'}}\"\n", " ".repeat(levels));
            let _ = Program::parse(Language::Python, text, &Limits::default());
        }
    }
}
