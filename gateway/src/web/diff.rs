//! Two versions of a unit, line beside line, with what changed inside a line; bounded in time and size.

use std::ops::Range;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffTag, capture_diff_slices_deadline};

/// Time after which the difference is taken as found so far.
const PATIENCE: Duration = Duration::from_millis(200);
/// Longest line whose inside is compared.
const MOST_LINE_BYTES: usize = 1_000;
/// Most pairs of changed lines that are tried for likeness.
const MOST_PAIRS: usize = 4_096;
/// Unchanged lines that are shown around a change.
const CONTEXT: usize = 4;
/// Fewest unchanged lines that are worth folding.
const WORTH_FOLDING: usize = 4;

/// A line of the comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Row {
    /// The line before, `None` where there was none.
    pub(super) old: Option<Side>,
    /// The line after, `None` where there is none.
    pub(super) new: Option<Side>,
    /// Whether both are the same.
    pub(super) same: bool,
}

/// One side of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Side {
    /// Line number, from 1.
    pub(super) line: usize,
    /// The line's bytes in its text, without the line end.
    pub(super) bytes: Range<usize>,
    /// What changed inside of it, in bytes of the text.
    pub(super) changed: Vec<Range<usize>>,
}

/// Rows that are shown together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Whether the rows are unchanged and far from any change.
    pub(super) folded: bool,
    /// The rows.
    pub(super) rows: Vec<Row>,
}

/// The lines of a text, in bytes, without their ends.
pub(super) fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let pieces = text.split_inclusive('\n').map(|line| {
        let range = start..start + line.trim_end_matches(['\n', '\r']).len();
        start += line.len();
        range
    });
    pieces.collect()
}

/// Compares two texts.
pub(super) fn rows(old: &str, new: &str) -> Vec<Row> {
    let deadline = Some(Instant::now() + PATIENCE);
    let (old_lines, new_lines) = (lines(old), lines(new));
    let operations =
        capture_diff_slices_deadline(Algorithm::Patience, &pieces(old, &old_lines), &pieces(new, &new_lines), deadline);
    let mut rows = Vec::new();
    for operation in operations {
        let (tag, before, after) = operation.as_tag_tuple();
        let same = tag == DiffTag::Equal;
        let pairs = if same {
            before.zip(after).map(|(old, new)| (Some(old), Some(new))).collect()
        } else {
            let old_part = pieces(old, old_lines.get(before.clone()).unwrap_or_default());
            let new_part = pieces(new, new_lines.get(after.clone()).unwrap_or_default());
            let place = |line: Option<usize>, part: &Range<usize>| line.map(|line| line + part.start);
            let pairs = paired(&old_part, &new_part).into_iter();
            pairs.map(|(left, right)| (place(left, &before), place(right, &after))).collect::<Vec<_>>()
        };
        for (left, right) in pairs {
            let side = |line: Option<usize>, lines: &[Range<usize>]| {
                let line = line?;
                Some(Side { line: line + 1, bytes: lines.get(line)?.clone(), changed: Vec::new() })
            };
            let mut row = Row { old: side(left, &old_lines), new: side(right, &new_lines), same };
            if !same && let (Some(left), Some(right)) = (&mut row.old, &mut row.new) {
                (left.changed, right.changed) = inside((old, &left.bytes), (new, &right.bytes), deadline);
            }
            rows.push(row);
        }
    }
    rows
}

/// Which line of a changed part became which: like lines stand side by side, in order; the rest fills up from above.
fn paired(old: &[&str], new: &[&str]) -> Vec<(Option<usize>, Option<usize>)> {
    let mut pairs = Vec::with_capacity(old.len().max(new.len()));
    let (mut left, mut right) = (0, 0);
    for (old_like, new_like) in alike(old, new).into_iter().chain([(old.len(), new.len())]) {
        let (olds, news) = (old_like - left, new_like - right);
        pairs.extend(
            (0..olds.max(news)).map(|at| ((at < olds).then_some(left + at), (at < news).then_some(right + at))),
        );
        if old_like < old.len() {
            pairs.push((Some(old_like), Some(new_like)));
        }
        (left, right) = (old_like + 1, new_like + 1);
    }
    pairs
}

/// The pairs of like lines, in order, whose likeness is largest in sum. None where the part is too large to try them all.
fn alike(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    if old.len() * new.len() > MOST_PAIRS {
        return Vec::new();
    }
    let olds: Vec<_> = old.iter().map(|line| bag(line)).collect();
    let news: Vec<_> = new.iter().map(|line| bag(line)).collect();
    // best[i][j] is the largest sum for the lines from i and from j on.
    let mut best = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    let at =
        |best: &[Vec<u32>], i: usize, j: usize| best.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default();
    for (i, old) in olds.iter().enumerate().rev() {
        for (j, new) in news.iter().enumerate().rev() {
            let value =
                (likeness(old, new) + at(&best, i + 1, j + 1)).max(at(&best, i + 1, j)).max(at(&best, i, j + 1));
            if let Some(cell) = best.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = value;
            }
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while let (Some(old), Some(new)) = (olds.get(i), news.get(j)) {
        let like = likeness(old, new);
        if like > 0 && at(&best, i, j) == like + at(&best, i + 1, j + 1) {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if at(&best, i, j) == at(&best, i + 1, j) {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// The words of a line, sorted.
fn bag(line: &str) -> Vec<&str> {
    let mut bag: Vec<&str> = pieces(line, &words(line, &(0..line.floor_char_boundary(MOST_LINE_BYTES))));
    bag.retain(|word| !word.trim().is_empty());
    bag.sort_unstable();
    bag
}

/// Letters that two sorted bags share, in percent of the larger one; 0 where it is less than half.
fn likeness(old: &[&str], new: &[&str]) -> u32 {
    let letters = |bag: &[&str]| bag.iter().map(|word| word.len()).sum::<usize>();
    let (mut shared, mut rest) = (0, new);
    for word in old {
        rest = rest.get(rest.partition_point(|other| other < word)..).unwrap_or_default();
        if rest.first() == Some(word) {
            shared += word.len();
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    let percent = shared * 100 / letters(old).max(letters(new)).max(1);
    if percent < 50 { 0 } else { percent as u32 }
}

/// What changed inside a line; nothing where so much changed that marking it would not help.
fn inside(
    (old, old_line): (&str, &Range<usize>),
    (new, new_line): (&str, &Range<usize>),
    deadline: Option<Instant>,
) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let longest = old_line.len().max(new_line.len());
    if longest > MOST_LINE_BYTES {
        return Default::default();
    }
    let (old_words, new_words) = (words(old, old_line), words(new, new_line));
    let (before, after) = (pieces(old, &old_words), pieces(new, &new_words));
    let (mut left, mut right, mut kept) = (Vec::new(), Vec::new(), 0);
    for operation in capture_diff_slices_deadline(Algorithm::Myers, &before, &after, deadline) {
        let (tag, old_part, new_part) = operation.as_tag_tuple();
        if tag == DiffTag::Equal {
            kept += before.get(old_part).unwrap_or_default().iter().map(|word| word.trim().len()).sum::<usize>();
        } else {
            left.extend(joined(old_words.get(old_part).unwrap_or_default()));
            right.extend(joined(new_words.get(new_part).unwrap_or_default()));
        }
    }
    // Lines with little in common are different lines, not one that was edited.
    if kept * 4 < longest { Default::default() } else { (left, right) }
}

fn pieces<'t>(text: &'t str, ranges: &[Range<usize>]) -> Vec<&'t str> {
    ranges.iter().map(|range| text.get(range.clone()).unwrap_or_default()).collect()
}

fn joined(words: &[Range<usize>]) -> Option<Range<usize>> {
    Some(words.first()?.start..words.last()?.end)
}

#[derive(PartialEq, Clone, Copy)]
enum Sort {
    Word,
    Blank,
    Other,
}

/// The words of a line: runs of letters and digits, runs of blanks, single other characters.
fn words(text: &str, line: &Range<usize>) -> Vec<Range<usize>> {
    let sort = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => Sort::Word,
        c if c.is_whitespace() => Sort::Blank,
        _ => Sort::Other,
    };
    let mut words: Vec<(Range<usize>, Sort)> = Vec::new();
    for (at, c) in text.get(line.clone()).unwrap_or_default().char_indices() {
        let (start, end, sort) = (line.start + at, line.start + at + c.len_utf8(), sort(c));
        match words.last_mut() {
            Some((word, last)) if *last == sort && sort != Sort::Other => word.end = end,
            _ => words.push((start..end, sort)),
        }
    }
    words.into_iter().map(|(word, _)| word).collect()
}

/// Puts rows into blocks, so that long unchanged parts can be folded.
pub(super) fn blocks(rows: Vec<Row>) -> Vec<Block> {
    let mut near = vec![false; rows.len()];
    for (at, _) in rows.iter().enumerate().filter(|(_, row)| !row.same) {
        let around = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(rows.len());
        near.get_mut(around).unwrap_or_default().fill(true);
    }
    let mut blocks: Vec<Block> = Vec::new();
    for (row, near) in rows.into_iter().zip(near) {
        match blocks.last_mut() {
            Some(block) if block.folded != near => block.rows.push(row),
            _ => blocks.push(Block { folded: !near, rows: vec![row] }),
        }
    }
    for block in &mut blocks {
        block.folded &= block.rows.len() >= WORTH_FOLDING;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark(text: &str, side: Option<&Side>) -> String {
        let Some(side) = side else { return String::new() };
        let mut out = String::new();
        for (at, c) in text[side.bytes.clone()].char_indices().map(|(at, c)| (side.bytes.start + at, c)) {
            out.push_str(if side.changed.iter().any(|range| range.start == at) { "[" } else { "" });
            out.push(c);
            let end = at + c.len_utf8();
            out.push_str(if side.changed.iter().any(|range| range.end == end) { "]" } else { "" });
        }
        out
    }

    /// `old|new` per row, with what changed inside in brackets.
    fn check(old: &str, new: &str, expected: &[&str]) {
        let show = |row: &Row| format!("{}|{}", mark(old, row.old.as_ref()), mark(new, row.new.as_ref()));
        let found: Vec<_> = rows(old, new).iter().map(show).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn compares_lines_and_what_is_inside() {
        check("a\nb", "a\nb", &["a|a", "b|b"]);
        check("yaml.load(data)", "yaml.safe_load(data)", &["yaml.[load](data)|yaml.[safe_load](data)"]);
        check("a\r\n", "a\nb\n", &["a|a", "|b"]);
        check("entirely", "different lines\n", &["entirely|different lines"]);
        check("run(a, b)\n", "if c:\n  raise\nrun(a, d)\n", &["|if c:", "|  raise", "run(a, [b])|run(a, [d])"]);
        check("x = 1\ny = old(2)\n", "y = new(2)\n", &["x = 1|", "y = [old](2)|y = [new](2)"]);
        check("", "", &[]);
    }

    #[test]
    fn folds_what_is_far_from_changes() {
        let old = (0..40).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat();
        let blocks = blocks(rows(&old, &old.replace("line 20\n", "line twenty\n")));
        let shape: Vec<_> = blocks.iter().map(|block| (block.folded, block.rows.len())).collect();
        assert_eq!(shape, [(true, 16), (false, 9), (true, 15)]);
    }

    proptest! {
        #[test]
        fn every_line_is_shown_once(old in "[ab\n\rä]{0,40}", new in "[ab\n\rä]{0,40}") {
            let rows = rows(&old, &new);
            let olds: Vec<_> = rows.iter().filter_map(|row| row.old.as_ref()).map(|side| side.line).collect();
            let news: Vec<_> = rows.iter().filter_map(|row| row.new.as_ref()).map(|side| side.line).collect();
            prop_assert_eq!(olds, (1..=lines(&old).len()).collect::<Vec<_>>());
            prop_assert_eq!(news, (1..=lines(&new).len()).collect::<Vec<_>>());
        }
    }
}
