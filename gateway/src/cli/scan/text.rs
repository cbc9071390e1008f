//! Findings for people: place, line of code with a mark, flow, advice; a summary by severity.

use std::io::{BufWriter, Write};

use analyzers::finding::{Class, Finding, Severity, Status};

use super::super::locate::{Lines, Place};
use super::super::output::plural;
use super::super::style::{Colour, Style};
use super::{Outcome, Scanned, for_eyes};

/// Prints an outcome.
pub(super) fn print(outcome: &Outcome) -> std::io::Result<()> {
    let style = Style::new(for_eyes());
    let mut out = BufWriter::new(std::io::stdout().lock());
    for file in &outcome.scanned {
        let lines = Lines::of(&file.text);
        for finding in &file.findings {
            print_finding(&mut out, style, file, &lines, finding)?;
        }
        for suppression in &file.suppressions {
            let place = lines.place(suppression.span.start as usize);
            let note = format!(
                "{}:{}:{}: `{}` asks analyzers to look away: not obeyed",
                file.path, place.line, place.column, suppression.marker
            );
            writeln!(out, "{}", style.paint(Colour::Grey, &note))?;
        }
        if file.status == Status::Partial {
            let note = format!("{}: read in part only (syntax errors or limits)", file.path);
            writeln!(out, "{}", style.paint(Colour::Yellow, &note))?;
        }
    }
    writeln!(out, "{}", summary(outcome))?;
    out.flush()
}

/// Prints one finding with its line of code, its flow and what to do instead.
fn print_finding(
    out: &mut impl Write,
    style: Style,
    file: &Scanned,
    lines: &Lines<'_>,
    finding: &Finding,
) -> std::io::Result<()> {
    let (start, end) = lines.places(finding.span);
    let place = style.paint(Colour::Bold, &format!("{}:{}:{}", file.path, start.line, start.column));
    let level = if finding.class == Class::Audit { "audit" } else { finding.severity.name() };
    let level = style.paint(Colour::of(finding), level);
    let cwe: Vec<String> = finding.cwe.iter().map(|number| format!("CWE-{number}")).collect();
    let confidence = finding.confidence.name();
    writeln!(
        out,
        "{place}: {level} {} ({}): {} [{confidence} confidence]",
        finding.rule,
        cwe.join(", "),
        finding.message
    )?;
    print_line(out, style, lines, start, end)?;
    for step in &finding.trace {
        let at = lines.place(step.span.start as usize);
        writeln!(out, "     {} line {}: {}", style.paint(Colour::Grey, "flow"), at.line, step.note)?;
    }
    writeln!(out, "     {} {}", style.paint(Colour::Grey, "help"), finding.advice)
}

/// Prints the first line of a span with a mark under it.
fn print_line(out: &mut impl Write, style: Style, lines: &Lines<'_>, start: Place, end: Place) -> std::io::Result<()> {
    /// Longest part of a line that is shown, in characters.
    const WIDEST: usize = 160;
    let code: String = lines
        .line(start.line)
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .take(WIDEST)
        .collect();
    let width = code.chars().count();
    let first = start.column.min(width + 1);
    let last = if end.line == start.line { end.column.min(width + 1) } else { width + 1 };
    let number = style.paint(Colour::Grey, &format!("{:>4} |", start.line));
    let gutter = style.paint(Colour::Grey, "     |");
    let mark = style.paint(Colour::Red, &"^".repeat(last.saturating_sub(first).max(1)));
    writeln!(out, "{number} {code}\n{gutter} {}{mark}", " ".repeat(first - 1))
}

/// Counts by severity, files, and what was left out.
fn summary(outcome: &Outcome) -> String {
    let issues = || outcome.findings().filter(|finding| finding.class == Class::Issue);
    let count = |severity| issues().filter(|finding| finding.severity == severity).count();
    let [high, medium, low] = [Severity::High, Severity::Medium, Severity::Low].map(count);
    let mut text = format!(
        "{} ({high} high, {medium} medium, {low} low) in {}",
        plural(issues().count(), if outcome.compared { "new finding" } else { "finding" }),
        plural(outcome.scanned.len(), "file")
    );
    let with = |status| outcome.scanned.iter().filter(|file| file.status == status).count();
    let more = [
        (with(Status::Partial), "read in part"),
        (with(Status::Failed), "not read"),
        (outcome.known(), "known and left out"),
    ];
    for (count, what) in more.into_iter().filter(|(count, _)| *count > 0) {
        text.extend([", ", &count.to_string(), " ", what]);
    }
    text
}
