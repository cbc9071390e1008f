//! One line of Markdown: its containers, whether it opens or closes a fence; never looks at another line.

use std::ops::Range;

/// Lists and quotes that a line starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Containers {
    /// Quote marks.
    pub(crate) quotes: usize,
    /// Columns of indentation after the last quote mark, list markers included.
    pub(crate) indent: usize,
    /// Whether a list marker is among them.
    pub(crate) list: bool,
    /// Where the rest of the line starts.
    pub(crate) rest: usize,
}

/// Deepest nesting of containers that is followed.
const DEEPEST: usize = 16;

/// Reads the containers of a line (or of its beginning).
pub(crate) fn containers(line: &str) -> Containers {
    let mut found = Containers::default();
    for _ in 0..DEEPEST {
        let (columns, width) = blanks(&line[found.rest..], found.indent);
        let after = &line[found.rest + width..];
        found.indent += columns;
        found.rest += width;
        if let Some(quoted) = after.strip_prefix('>') {
            found.quotes += 1;
            found.indent = 0;
            found.rest += 1 + usize::from(quoted.starts_with(' '));
        } else if let Some(marker) = list_marker(after) {
            found.list = true;
            found.indent += marker + 1;
            found.rest += marker + 1;
        } else {
            break;
        }
    }
    found
}

/// Columns and bytes of the blanks at the start of `text`, which stands at `column`.
fn blanks(text: &str, column: usize) -> (usize, usize) {
    let (mut at, mut bytes) = (column, 0);
    for byte in text.bytes() {
        match byte {
            b' ' => at += 1,
            b'\t' => at += 4 - at % 4,
            _ => break,
        }
        bytes += 1;
    }
    (at - column, bytes)
}

/// Length of a list marker that a blank follows.
fn list_marker(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = bytes.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
    let marker = match (digits, bytes.get(digits)?) {
        (0, b'-' | b'*' | b'+') => 1,
        (1.., b'.' | b')') => digits + 1,
        _ => return None,
    };
    matches!(bytes.get(marker)?, b' ' | b'\t').then_some(marker)
}

/// The fence characters that a fence consists of and how it is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fence {
    /// `` ` `` or `~`.
    pub(crate) mark: u8,
    /// How many.
    pub(crate) length: usize,
    /// Quote marks before it.
    pub(crate) quotes: usize,
    /// Columns of indentation before it.
    pub(crate) indent: usize,
}

/// Whether a line opens a fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Opening {
    /// It does not.
    No,
    /// It may, with more bytes.
    Open,
    /// It does; the range is the info string.
    Yes(Fence, Range<usize>),
}

/// Whether `line` opens a fence; `whole` says that nothing more belongs to it.
pub(crate) fn opening(line: &str, whole: bool) -> Opening {
    let found = containers(line);
    let rest = line[found.rest..].trim_end_matches(['\r', '\n']);
    let Some(mark @ (b'`' | b'~')) = rest.bytes().next() else {
        // A lone `-`, `12` or `12.` may still become a list marker.
        let marker_like =
            rest.len() <= 10 && rest.bytes().all(|byte| byte.is_ascii_digit() || b"-*+.)".contains(&byte));
        return if !whole && (rest.is_empty() || marker_like) { Opening::Open } else { Opening::No };
    };
    let length = rest.bytes().take_while(|&byte| byte == mark).count();
    let info = &rest[length..];
    if length < 3 {
        return if info.is_empty() && !whole { Opening::Open } else { Opening::No };
    }
    if mark == b'`' && info.contains('`') {
        return Opening::No;
    }
    if !whole {
        return Opening::Open;
    }
    let start = found.rest + length;
    let fence = Fence { mark, length, quotes: found.quotes, indent: found.indent };
    Opening::Yes(fence, start..start + info.len())
}

/// What a line is to an open fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inside {
    /// A line of its content, which starts at this byte.
    Content(usize),
    /// Its closing line.
    Closer,
    /// The quote that held the fence has ended before this line.
    Left,
}

impl Fence {
    /// What a whole line is to this fence.
    pub(crate) fn inside(self, line: &str) -> Inside {
        let Some(start) = self.after_quotes(line) else { return Inside::Left };
        if self.closes(&line[start..]) { Inside::Closer } else { Inside::Content(start + self.strip(&line[start..])) }
    }

    /// Where the line continues after the quote marks of this fence.
    fn after_quotes(self, line: &str) -> Option<usize> {
        let mut at = 0;
        for _ in 0..self.quotes {
            let (columns, width) = blanks(&line[at..], 0);
            let rest = line[at + width..].strip_prefix('>').filter(|_| columns <= 16)?;
            at += width + 1 + usize::from(rest.starts_with(' '));
        }
        Some(at)
    }

    /// Whether what follows the quote marks is a bare closer, at least as long as the opener.
    fn closes(self, rest: &str) -> bool {
        let (columns, width) = blanks(rest, 0);
        let rest = rest[width..].trim_end();
        columns <= self.indent + 3 && rest.len() >= self.length && rest.bytes().all(|byte| byte == self.mark)
    }

    /// Bytes of indentation that belong to the container, not to the code.
    fn strip(self, rest: &str) -> usize {
        let mut column = 0;
        for (at, byte) in rest.bytes().enumerate() {
            let next = match byte {
                b' ' => column + 1,
                b'\t' => column + 4 - column % 4,
                _ => return at,
            };
            if next > self.indent {
                return at;
            }
            column = next;
        }
        rest.len()
    }

    /// What each line of its content starts with.
    pub(crate) fn prefix(self) -> String {
        "> ".repeat(self.quotes) + &" ".repeat(self.indent)
    }
}

/// The label in an info string: its first word, without what engines write around it (`{.python}`, `python:app.py`).
pub(crate) fn label(info: &str) -> &str {
    let info = info.trim().trim_start_matches(['{', '.']);
    let end = info.find(|character: char| character.is_whitespace() || ",{}".contains(character)).unwrap_or(info.len());
    let word = &info[..end];
    match word.split_once(':') {
        // `12:20:src/app.py`: the path says more than the numbers.
        Some((head, _)) if head.bytes().all(|byte| byte.is_ascii_digit()) => word.rsplit(':').next().unwrap_or(word),
        Some((head, _)) => head,
        None => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn opens(line: &str, expected: &str) {
        let found = match opening(line, true) {
            Opening::Yes(fence, info) => {
                format!(
                    "{}{} q{} i{} {}",
                    char::from(fence.mark),
                    fence.length,
                    fence.quotes,
                    fence.indent,
                    label(&line[info])
                )
            }
            other => format!("{other:?}"),
        };
        assert_eq!(found.trim_end(), expected, "{line:?}");
    }

    #[test]
    fn openers() {
        opens("```", "`3 q0 i0");
        opens("```python\n", "`3 q0 i0 python");
        opens("~~~~ js title=x", "~4 q0 i0 js");
        opens("   ```py", "`3 q0 i3 py");
        opens("- ```py", "`3 q0 i2 py");
        opens("1. ```py", "`3 q0 i3 py");
        opens("  12) ```py", "`3 q0 i6 py");
        opens("> ```py", "`3 q1 i0 py");
        opens("> > - ~~~", "~3 q2 i2");
        opens("\t```py", "`3 q0 i4 py");
        opens("```{.python .numbers}", "`3 q0 i0 python");
        opens("```python:src/app.py", "`3 q0 i0 python");
        opens("```12:20:src/app.py", "`3 q0 i0 src/app.py");
        opens("```js{1,3}", "`3 q0 i0 js");
        opens("``", "No");
        opens("``` a `b`", "No");
        opens("text ```", "No");
        opens("```x```", "No");
        opens("-```", "No");
        opens("", "No");
    }

    #[test]
    fn beginnings() {
        for line in ["", "  ", "-", "- ", "12", "1.", "> ", "`", "``", "```", "```py", "~"] {
            assert_eq!(opening(line, false), Opening::Open, "{line:?}");
        }
        for line in ["a", "  a", "- a", "12 ", "`a", "~a", "> a", "```a`", "*a"] {
            assert_eq!(opening(line, false), Opening::No, "{line:?}");
        }
    }

    #[track_caller]
    fn inside(opener: &str, line: &str, expected: Inside) {
        let Opening::Yes(fence, _) = opening(opener, true) else { unreachable!("{opener:?} opens a fence") };
        assert_eq!(fence.inside(line), expected, "{line:?} in {opener:?}");
    }

    #[test]
    fn content_and_closers() {
        inside("```", "```\n", Inside::Closer);
        inside("```", "````  \n", Inside::Closer);
        inside("```", "   ```", Inside::Closer);
        inside("```", "    ```", Inside::Content(0));
        inside("```", "``` x", Inside::Content(0));
        inside("```", "~~~", Inside::Content(0));
        inside("````", "```", Inside::Content(0));
        inside("~~~", "~~~", Inside::Closer);
        inside("- ```", "  x", Inside::Content(2));
        inside("- ```", "    x", Inside::Content(2));
        inside("- ```", "x", Inside::Content(0));
        inside("- ```", "  ```", Inside::Closer);
        inside("> ```", "> x", Inside::Content(2));
        inside("> ```", ">x", Inside::Content(1));
        inside("> ```", "> ```", Inside::Closer);
        inside("> ```", "x", Inside::Left);
        inside("> ```", "```", Inside::Left);
    }
}
