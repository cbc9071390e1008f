//! Byte offsets as people count: lines and columns from 1, columns in characters.

use analyzers::syntax::Span;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(super) struct Place {
    /// Line, from 1.
    pub(super) line: usize,
    /// Column in characters, from 1.
    pub(super) column: usize,
}

/// The start of every line of a text.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Reads the lines of `text`.
    pub(super) fn of(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The place of a byte offset.
    pub(super) fn place(&self, offset: usize) -> Place {
        let (line, before) = self.split(offset);
        Place { line, column: before.chars().count() + 1 }
    }

    /// The place of a byte offset, its column in UTF-16 code units.
    fn utf16_place(&self, offset: usize) -> Place {
        let (line, before) = self.split(offset);
        Place { line, column: before.encode_utf16().count() + 1 }
    }

    /// The line of a byte offset, from 1, and what stands before the offset in it.
    fn split(&self, offset: usize) -> (usize, &'t str) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        (line, self.text.get(start..offset.min(self.text.len())).unwrap_or_default())
    }

    /// The text of a line, from 1.
    pub(super) fn line(&self, line: usize) -> &'t str {
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line)).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// Both ends of a span.
    pub(super) fn places(&self, span: Span) -> (Place, Place) {
        (self.place(span.start as usize), self.place(span.end as usize))
    }

    /// Both ends of a span, columns in UTF-16 code units.
    pub(super) fn utf16_places(&self, span: Span) -> (Place, Place) {
        (self.utf16_place(span.start as usize), self.utf16_place(span.end as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, offset: usize, line: usize, column: usize) {
        assert_eq!(Lines::of(text).place(offset), Place { line, column }, "{text:?} at {offset}");
    }

    #[test]
    fn offsets_are_counted_in_lines_and_characters() {
        check("", 0, 1, 1);
        check("ab\ncd", 0, 1, 1);
        check("ab\ncd", 2, 1, 3);
        check("ab\ncd", 3, 2, 1);
        check("ab\ncd", 5, 2, 3);
        check("é = x\n", 3, 1, 3);
        check("a\r\nb", 3, 2, 1);
        check("ab", 99, 1, 3);
    }

    #[test]
    fn some_characters_count_twice() {
        assert_eq!(Lines::of("x = '😀é' + y").utf16_place(11), Place { line: 1, column: 9 });
    }
}
