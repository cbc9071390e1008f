//! Parsing within bounds: every unit has a budget of operations and reads, and a text that is broken throughout is found
//! out piece by piece before it costs the square of its length.

use std::borrow::Cow;
use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, Parser, Point, Tree};

use super::python;

/// Parser operations granted per unit, and per byte of it. Real code needs about 1 per byte, the densest 3.
const OPERATIONS: usize = 5_000;
const OPERATIONS_PER_BYTE: usize = 6;
/// tree-sitter calls back once per this many operations.
const OPERATIONS_PER_CALL: usize = 100;
/// Longer texts are looked at in windows of this many bytes, each by itself, but for the last, before they are parsed as a
/// whole.
const WINDOW: usize = 2_048;
/// Errors of a window that may be due to where it was cut, and the most of all windows beside those. Recovery costs up to
/// the square of the errors in a row, which no operation count shows; real code has 5 in a window, in the wrong language 10.
const CUT_ERRORS: usize = 8;
const MOST_ERRORS: usize = 800;
/// Deepest nesting in an ERROR node: what goes on deeper makes the parser keep all ways to read it, and is not lowered
/// either.
const DEEPEST: usize = 400;
/// Bytes that the parser is given at once; reads granted per unit, and per chunk of it: one to pass it, more for what is
/// looked at again where chunks meet.
const CHUNK: usize = 4_096;
const READS: usize = 1_000;
const READS_PER_CHUNK: usize = 100;

/// What parsing may cost.
struct Budget {
    calls: usize,
    reads: usize,
}

impl Budget {
    /// For a text of so many bytes.
    const fn of(length: usize) -> Self {
        Self {
            calls: (OPERATIONS + length * OPERATIONS_PER_BYTE) / OPERATIONS_PER_CALL,
            reads: READS + length / CHUNK * READS_PER_CHUNK,
        }
    }

    /// Parses what `read` gives; `None` beyond the budget.
    fn parse<'t>(self, parser: &mut Parser, read: &mut impl FnMut(usize, Point) -> &'t [u8]) -> Option<Tree> {
        let Self { mut calls, mut reads } = self;
        let mut progress = |_: &tree_sitter::ParseState| {
            #[cfg(test)]
            crate::work::add(OPERATIONS_PER_CALL);
            calls = calls.saturating_sub(1);
            if calls == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        // A grammar's own scanner may look ahead to the end from every place, which no operation count shows: after so
        // many reads the text is over.
        let mut read = |at: usize, point: Point| {
            if reads == 0 {
                return <&[u8]>::default();
            }
            reads -= 1;
            let rest = read(at, point);
            rest.get(..CHUNK).unwrap_or(rest)
        };
        parser.reset();
        let tree = parser.parse_with_options(&mut read, None, Some(options));
        tree.filter(|_| reads > 0)
    }
}

/// Parses within the budget; `None` beyond it, and for a text that is too broken.
pub(super) fn parse(parser: &mut Parser, text: &str) -> Option<Tree> {
    if is_broken(parser, text) { None } else { parse_bounded(parser, text, text.len()) }
}

/// Whether a text is too broken to be parsed at once.
fn is_broken(parser: &mut Parser, text: &str) -> bool {
    let mut errors = 0;
    // Prose in long texts would count as errors wherever a window begins in it.
    let python = text.len() > WINDOW && parser.language().is_some_and(|language| language.name() == Some("python"));
    let looked_at = if python { python::without_long_texts(text) } else { Cow::Borrowed(text) };
    let mut windows = windows(&looked_at).peekable();
    while let (Some(window), Some(_)) = (windows.next(), windows.peek()) {
        errors += errors_in(parse_bounded(parser, window, window.len()).as_ref());
        if are_too_many(errors) {
            return true;
        }
    }
    false
}

/// How many errors the tree of a window counts for; `None` is one beyond its budget.
pub(super) fn errors_in(tree: Option<&Tree>) -> usize {
    tree.map_or(MOST_ERRORS + 1, |tree| {
        let Damage { errors, depth } = Damage::of(tree);
        if depth > DEEPEST { MOST_ERRORS + 1 } else { errors.saturating_sub(CUT_ERRORS) }
    })
}

/// Whether so many errors are more than recovery can be asked for.
pub(super) fn are_too_many(errors: usize) -> bool {
    errors > MOST_ERRORS
}

/// Parses with the budget of `length` bytes.
pub(super) fn parse_bounded(parser: &mut Parser, text: &str, length: usize) -> Option<Tree> {
    let bytes = text.as_bytes();
    parse_with(parser, &mut |at: usize, _: Point| bytes.get(at..).unwrap_or_default(), length)
}

/// Parses what `read` gives with the budget of `length` bytes.
pub(super) fn parse_with<'t>(
    parser: &mut Parser,
    read: &mut impl FnMut(usize, Point) -> &'t [u8],
    length: usize,
) -> Option<Tree> {
    Budget::of(length).parse(parser, read)
}

/// Consecutive parts of at most [`WINDOW`] bytes (and a character), cut after a line where there is one.
pub(super) fn windows(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = if rest.len() > WINDOW { cut(rest) } else { rest.len() };
        let (window, after) = rest.split_at(end);
        rest = after;
        (!window.is_empty()).then_some(window)
    })
}

/// Where a text of more than [`WINDOW`] bytes is cut: after the last line that ends by then, if there is one.
fn cut(text: &str) -> usize {
    let most = text.ceil_char_boundary(WINDOW);
    text[..most].rfind('\n').map_or(most, |line| line + 1)
}

/// What did not parse.
#[derive(Default)]
struct Damage {
    /// ERROR nodes and missing tokens.
    errors: usize,
    /// Deepest node around errors and in them.
    depth: usize,
}

impl Damage {
    fn of(tree: &Tree) -> Self {
        let mut cursor = tree.walk();
        let mut damage = Self::default();
        // Depth of the children of the ERROR nodes around, innermost last.
        let (mut depth, mut inside): (usize, Vec<usize>) = (0, Vec::new());
        loop {
            let node = cursor.node();
            damage.errors += usize::from(node.is_error() || node.is_missing());
            if (node.has_error() || !inside.is_empty()) && cursor.goto_first_child() {
                depth += 1;
                damage.depth = damage.depth.max(depth);
                if node.is_error() {
                    inside.push(depth);
                }
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return damage;
                }
                if inside.last() == Some(&depth) {
                    inside.pop();
                }
                depth -= 1;
            }
        }
    }
}
