//! Code as markup: coloured, findings underlined, two versions side by side; never a byte that is not escaped.

use std::ops::Range;

use maud::{Markup, html};

use super::diff::{self, Row, Side};
use super::highlight::{Class, classes};
use crate::exchange::FindingRecord;

/// Most lines that are shown; the rest is counted.
const MOST_LINES: usize = 4_000;

/// A text with everything that is marked in it.
struct Painted<'t> {
    text: &'t str,
    classes: Vec<Class>,
    found: Vec<bool>,
    /// What anchors of its lines begin with.
    anchor: String,
}

impl<'t> Painted<'t> {
    fn new(text: &'t str, language: &str, findings: &[FindingRecord], anchor: String) -> Self {
        let lines = diff::lines(text);
        let mut found = vec![false; text.len()];
        for finding in findings.iter().filter(|finding| finding.class == "issue") {
            let start = byte_of(text, &lines, finding.start.line, finding.start.column);
            let end = byte_of(text, &lines, finding.end.line, finding.end.column);
            // Where a finding is a whole block, its first line says where to look.
            let line = lines.get((finding.start.line as usize).saturating_sub(1)).map_or(end, |line| line.end);
            if let Some(part) = found.get_mut(start..end.min(line)) {
                part.fill(true);
            }
        }
        Self { text, classes: classes(language, text), found, anchor }
    }

    /// A line: runs of bytes that are marked alike.
    fn line(&self, bytes: &Range<usize>, changed: &[Range<usize>]) -> Markup {
        let marks = |at: usize| {
            let class = self.classes.get(at).copied().unwrap_or_default();
            let found = self.found.get(at).copied().unwrap_or_default();
            (class, found, changed.iter().any(|range| range.contains(&at)))
        };
        let mut runs = Vec::new();
        let mut start = bytes.start;
        for at in bytes.clone() {
            let next = at + 1;
            if next == bytes.end || (self.text.is_char_boundary(next) && marks(next) != marks(start)) {
                runs.push((self.text.get(start..next).unwrap_or_default(), marks(start)));
                start = next;
            }
        }
        html! { @for (text, (class, found, changed)) in runs { (run(text, class, found, changed)) } }
    }

    fn id(&self, line: usize) -> String {
        format!("{}{line}", self.anchor)
    }
}

fn run(text: &str, class: Class, found: bool, changed: bool) -> Markup {
    let text = html! { @if let Some(class) = class.name() { span class=(class) { (text) } } @else { (text) } };
    let text = if found {
        html! { u { (text) } }
    } else {
        text
    };
    if changed {
        html! { b { (text) } }
    } else {
        text
    }
}

/// The byte of a place; the end of the line where the line is shorter.
fn byte_of(text: &str, lines: &[Range<usize>], line: u32, column: u32) -> usize {
    let Some(range) = lines.get((line as usize).saturating_sub(1)) else { return text.len() };
    let content = text.get(range.clone()).unwrap_or_default();
    let skipped = (column as usize).saturating_sub(1);
    content.char_indices().nth(skipped).map_or(range.end, |(at, _)| range.start + at)
}

/// One version.
pub(super) fn plain(text: &str, language: &str, findings: &[FindingRecord], anchor: &str) -> Markup {
    let painted = Painted::new(text, language, findings, format!("{anchor}b"));
    let lines = diff::lines(text);
    html! {
        div.code.one {
            @for (at, line) in lines.iter().enumerate().take(MOST_LINES) {
                div.row { span.no id=(painted.id(at + 1)) { (at + 1) } span { (painted.line(line, &[])) } }
            }
            (left_out(lines.len()))
        }
    }
}

/// Two versions, side by side; below each other where the window is narrow.
pub(super) fn compared(
    (old, found): (&str, &[FindingRecord]),
    (new, remaining): (&str, &[FindingRecord]),
    language: &str,
    anchor: &str,
) -> Markup {
    let before = Painted::new(old, language, found, format!("{anchor}b"));
    let after = Painted::new(new, language, remaining, format!("{anchor}a"));
    let mut rows = diff::rows(old, new);
    let all = rows.len();
    rows.truncate(MOST_LINES);
    html! {
        div.code {
            div.title { span { "before, as the model wrote it" } span.new { "after, as released" } }
            @for block in diff::blocks(rows) {
                @if block.folded {
                    details {
                        summary { (block.rows.len()) " unchanged lines" }
                        @for row in &block.rows { (pair(row, &before, &after)) }
                    }
                } @else {
                    @for row in &block.rows { (pair(row, &before, &after)) }
                }
            }
            (left_out(all))
        }
    }
}

fn pair(row: &Row, before: &Painted<'_>, after: &Painted<'_>) -> Markup {
    html! {
        div.row.same[row.same] {
            (half(row.old.as_ref(), before, if row.same { "old" } else { "del" }))
            (half(row.new.as_ref(), after, if row.same { "new" } else { "add" }))
        }
    }
}

fn half(side: Option<&Side>, painted: &Painted<'_>, class: &str) -> Markup {
    let Some(side) = side else { return html! { span.no.gap {} span.gap {} } };
    html! {
        span class={ "no " (class) } id=(painted.id(side.line)) { (side.line) }
        span class=(class) { (painted.line(&side.bytes, &side.changed)) }
    }
}

fn left_out(lines: usize) -> Markup {
    html! { @if lines > MOST_LINES { p.soft { (lines - MOST_LINES) " more lines are not shown." } } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Position;

    fn finding(start: (u32, u32), end: (u32, u32)) -> FindingRecord {
        let place = |(line, column)| Position { line, column };
        FindingRecord { class: "issue".to_owned(), start: place(start), end: place(end), ..FindingRecord::default() }
    }

    fn check(code: &str, finding: &FindingRecord, expected: &str) {
        let page = plain(code, "text", std::slice::from_ref(finding), "u1").into_string();
        assert!(page.contains(expected), "{expected} is not in {page}");
    }

    #[test]
    fn underlines_findings() {
        check("a bad c", &finding((1, 3), (1, 6)), "<span>a <u>bad</u> c</span>");
        check("é bad", &finding((1, 3), (1, 6)), "<span>é <u>bad</u></span>");
        check("f(\n  x\n)", &finding((1, 1), (3, 2)), "<span><u>f(</u></span></div>");
        check("short", &finding((1, 2), (9, 99)), "<span>s<u>hort</u></span>");
        check("short", &finding((9, 1), (9, 9)), "<span>short</span>");
        check("short", &finding((1, 4), (1, 2)), "<span>short</span>");
        check("short", &finding((0, 0), (0, 0)), "<span>short</span>");
    }

    #[test]
    fn shows_a_bounded_number_of_lines() {
        let page = plain(&"x\n".repeat(MOST_LINES + 5), "text", &[], "u1").into_string();
        assert!(page.contains("5 more lines are not shown"));
        assert_eq!(page.matches("class=\"row\"").count(), MOST_LINES);
    }
}
