//! Data, configuration and markup: small bounded readers that lower a text to keys and values; no grammar, no recursion.
//!
//! **One shape.** A setting is a `Pair` of a `Key` (a `String`) and a `Value`: a `Dict` of pairs, a `List`, or a scalar.
//! Blocks with labels (`resource "a" "b" { … }`, `location /x { … }`) nest one pair per label. Rules see the keys above a
//! value and need not know the language. A tag of HTML is a `Dict` with the tag's name, a template's expression an
//! `Interpolation`; a statement of SQL is an `Other` over its words.

pub(super) mod dockerfile;
mod flow;
mod hcl;
mod ini;
mod markup;
mod nginx;
mod sql;
mod yaml;

use std::ops::Range;

use super::Language;
use crate::program::Limits;
use crate::syntax::{Builder, Escapes, Field, Kind, Span, Tree};

/// Reads a text that is no program.
pub(super) fn read(language: Language, text: &str, limits: &Limits) -> Tree {
    let mut reader = Reader::new(text, limits);
    if text.len() > limits.bytes {
        reader.builder.truncate();
        reader.end = text.len();
    } else {
        match language {
            Language::Yaml => yaml::read(&mut reader),
            Language::Json => flow::document(&mut reader),
            Language::Toml | Language::Ini => ini::read(&mut reader),
            Language::Dockerfile => dockerfile::read(&mut reader),
            Language::Terraform => hcl::read(&mut reader),
            Language::Nginx => nginx::read(&mut reader),
            Language::Sql => sql::read(&mut reader),
            _ => markup::read(&mut reader),
        }
    }
    reader.builder.finish(text)
}

/// How often the end of something long may be looked for in vain.
const MOST_MISSES: usize = 40;

/// The state of one reading: what is open, and how far things have come.
struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    builder: Builder,
    limits: &'t Limits,
    /// Nodes that stand open.
    depth: usize,
    /// Nodes that would stand open but for a limit.
    skipped: usize,
    /// End of the last thing that was read.
    end: usize,
    /// How often the end of something long was looked for in vain.
    misses: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, limits: &'t Limits) -> Self {
        let mut builder = Builder::new(Escapes::Data, text.len() / 12);
        builder.open(Kind::Module, Field::Item, Span::new(0, text.len()), 0);
        Self { text, bytes: text.as_bytes(), builder, limits, depth: 1, skipped: 0, end: 0, misses: 0 }
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn slice(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    fn starts(&self, at: usize, with: &str) -> bool {
        self.bytes.get(at..).is_some_and(|rest| rest.starts_with(with.as_bytes()))
    }

    /// The first place from `at` on, below `end`, where a byte is one of `wanted`; else `end`.
    fn find(&self, at: usize, end: usize, wanted: impl Fn(u8) -> bool) -> usize {
        let end = end.min(self.bytes.len());
        let part = self.bytes.get(at..end).unwrap_or_default();
        part.iter().position(|&byte| wanted(byte)).map_or(end.max(at), |found| at + found)
    }

    /// Where the line at `at` ends, its line break not included.
    fn line_end(&self, at: usize) -> usize {
        self.find(at, self.bytes.len(), |byte| byte == b'\n')
    }

    /// The first place from `at` on, below `end`, that is no blank.
    fn skip_blanks(&self, at: usize, end: usize) -> usize {
        self.find(at, end, |byte| !matches!(byte, b' ' | b'\t' | b'\r'))
    }

    /// `range` without blanks and line breaks at its ends.
    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let part = self.bytes.get(range.clone()).unwrap_or_default();
        let lead = part.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let trail = part.iter().skip(lead).rev().take_while(|byte| byte.is_ascii_whitespace()).count();
        range.start + lead..(range.start + part.len()).saturating_sub(trail).max(range.start + lead)
    }

    fn is_full(&self) -> bool {
        self.builder.len() >= self.limits.nodes
    }

    /// Opens a node that ends where its [`Reader::close`] finds the reader.
    fn open(&mut self, kind: Kind, field: Field, start: usize) {
        if self.skipped > 0 || self.depth >= self.limits.depth || self.is_full() {
            self.builder.truncate();
            self.skipped += 1;
            return;
        }
        self.depth += 1;
        self.end = self.end.max(start);
        self.builder.open(kind, field, Span::new(start, self.bytes.len()), 0);
    }

    fn close(&mut self) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        self.depth -= 1;
        self.builder.close_at(self.end);
    }

    /// Names the node that was opened last.
    fn name_open(&mut self, name: Range<usize>) {
        if self.skipped == 0 {
            self.builder.name_open(Span::new(name.start, name.end));
        }
    }

    /// A node without children; `content` is its name.
    fn leaf(&mut self, kind: Kind, field: Field, whole: Range<usize>, content: Range<usize>) {
        self.end = self.end.max(whole.end);
        if self.skipped > 0 || self.is_full() {
            self.builder.truncate();
            return;
        }
        let id = self.builder.open(kind, field, Span::new(whole.start, whole.end), 0);
        self.builder.set_name(id, Span::new(content.start, content.end));
        self.builder.close();
    }

    /// A key with or without quotes.
    fn key(&mut self, range: Range<usize>) {
        let content = self.unquoted(range.clone());
        self.leaf(Kind::String, Field::Key, range, content);
    }

    /// What stands between the quotes, if there are any.
    fn unquoted(&self, range: Range<usize>) -> Range<usize> {
        let (first, last) = (self.byte(range.start), self.byte(range.end.saturating_sub(1)));
        if range.len() >= 2 && matches!(first, b'"' | b'\'') && first == last {
            range.start + 1..range.end - 1
        } else {
            range
        }
    }

    /// A scalar: quoted text, or what a bare word says.
    fn scalar(&mut self, field: Field, range: Range<usize>) {
        let content = self.unquoted(range.clone());
        let word = self.slice(range.clone());
        let kind = if content == range {
            match word {
                "true" | "false" | "True" | "False" | "TRUE" | "FALSE" => Kind::Bool,
                "null" | "~" | "Null" | "NULL" | "" => Kind::Null,
                _ if is_number(word) => Kind::Number,
                _ => Kind::String,
            }
        } else {
            Kind::String
        };
        self.leaf(kind, field, range, content);
    }

    /// The end of the quoted text that begins at `at`: past its closing quote, or the end of the line where there is none.
    fn quoted(&mut self, at: usize) -> usize {
        let quote = self.byte(at);
        let mut next = at + 1;
        while next < self.bytes.len() {
            match self.byte(next) {
                b'\\' if quote == b'"' => next += 1,
                byte if byte == quote => {
                    // `''` in a text between single quotes.
                    if quote == b'\'' && self.byte(next + 1) == quote {
                        next += 1;
                    } else {
                        return next + 1;
                    }
                }
                _ => {}
            }
            next += 1;
        }
        self.builder.mark_error();
        self.line_end(at)
    }

    /// A comment.
    fn comment(&mut self, range: Range<usize>) {
        self.end = self.end.max(range.end);
        self.builder.comment(Span::new(range.start, range.end));
    }
}

fn is_number(word: &str) -> bool {
    let digits = word.trim_start_matches(['-', '+']);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'))
        && digits.bytes().filter(|&byte| byte == b'.').count() < 2
}

#[cfg(test)]
mod tests;
