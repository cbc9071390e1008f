//! `sallyport scan`: analyses files, directories or standard input and prints what it found. Writes nothing else.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use analyzers::finding::{Class, Finding, Severity, Status, Suppression};
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan;
use serde::Serialize;

use super::files::{self, Source};
use super::locate::{Lines, Place};
use super::output;
use super::style::{Colour, Style};

/// What the help page says below the flags.
const HELP: &str = "\
Directories are walked; hidden ones and node_modules, target, venv, dist, build and the like are skipped.
Comments that ask analyzers to look away (`# nosec`, `// NOSONAR`, ...) are reported, never obeyed.

Exit status: 0 nothing at or above the level, 1 findings at or above it, 2 wrong usage or unreadable input.";

/// Flags of `sallyport scan`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub struct Arguments {
    /// Files or directories; `-` reads standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Read everything as this language: python, java, javascript, typescript or go. Needed for `-`.
    #[arg(long, short, value_name = "LANGUAGE", value_parser = output::language)]
    language: Option<Language>,
    /// How to print.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Exit with 1 when a finding has at least this severity.
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = FailOn::Low)]
    fail_on: FailOn,
    /// List audit findings too: patterns whose harm is not shown. They never fail a run.
    #[arg(long)]
    audit: bool,
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people; coloured on a terminal.
    Text,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code-scanning tools.
    Sarif,
}

/// From which severity on findings fail a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum FailOn {
    /// Any finding.
    Low,
    /// Medium and high.
    Medium,
    /// High only.
    High,
    /// Never.
    Never,
}

impl FailOn {
    /// Whether any of `findings` fails the run.
    pub(super) fn fails<'f>(self, findings: impl IntoIterator<Item = &'f Finding>) -> bool {
        let level = match self {
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Never => return false,
        };
        findings.into_iter().any(|finding| finding.class == Class::Issue && finding.severity >= level)
    }
}

/// What one file came to.
struct Scanned {
    path: String,
    language: Language,
    text: String,
    status: Status,
    findings: Vec<Finding>,
    suppressions: Vec<Suppression>,
    problem: Option<String>,
}

/// The JSON document.
#[derive(Serialize)]
struct Document<'a> {
    findings: Vec<JsonFinding<'a>>,
    files: Vec<JsonFile<'a>>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    path: &'a str,
    rule: &'static str,
    cwe: &'static [u16],
    severity: &'static str,
    confidence: &'static str,
    start: Place,
    end: Place,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
}

#[derive(Serialize)]
struct JsonFile<'a> {
    path: &'a str,
    language: &'static str,
    status: &'static str,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let found = files::find(&arguments.paths, arguments.language);
    let mut scanned = files::in_parallel(&found.sources, scan_source);
    if !arguments.audit {
        for file in &mut scanned {
            file.findings.retain(|finding| finding.class == Class::Issue);
        }
    }
    let printed = match arguments.format {
        Format::Text => text(&scanned),
        Format::Json => json(&scanned, arguments.audit),
        Format::Sarif => super::sarif::print(
            scanned.iter().map(|file| (file.path.as_str(), file.text.as_str(), file.findings.as_slice())),
        ),
    };
    let problems = found
        .problems
        .into_iter()
        .chain(scanned.iter().filter_map(|file| Some(format!("{}: {}", file.path, file.problem.as_ref()?))));
    let mut unreadable = false;
    for problem in problems {
        unreadable = true;
        output::problem(&problem);
    }
    if unreadable || output::lost(printed) {
        return Ok(ExitCode::from(2));
    }
    let failed = arguments.fail_on.fails(scanned.iter().flat_map(|file| &file.findings));
    Ok(ExitCode::from(u8::from(failed)))
}

fn scan_source(source: &Source) -> Scanned {
    let failed = |problem| Scanned {
        path: source.name(),
        language: source.language,
        text: String::new(),
        status: Status::Failed,
        findings: Vec::new(),
        suppressions: Vec::new(),
        problem: Some(problem),
    };
    match source.read() {
        Err(problem) => failed(problem),
        Ok(read) => {
            let program = Program::parse(source.language, read.text, &Limits::default());
            let analysis = scan::analyse(&program);
            Scanned {
                path: source.name(),
                language: source.language,
                status: analysis.status,
                findings: analysis.findings,
                suppressions: analysis.suppressions,
                text: program.text,
                problem: None,
            }
        }
    }
}

fn json(scanned: &[Scanned], audit: bool) -> std::io::Result<()> {
    let mut document = Document { findings: Vec::new(), files: Vec::new() };
    for file in scanned {
        let lines = Lines::of(&file.text);
        for finding in &file.findings {
            let (start, end) = lines.places(finding.span);
            document.findings.push(JsonFinding {
                path: &file.path,
                rule: finding.rule,
                cwe: finding.cwe,
                severity: finding.severity.name(),
                confidence: finding.confidence.name(),
                start,
                end,
                message: &finding.message,
                class: audit.then(|| finding.class.name()),
            });
        }
        document.files.push(JsonFile { path: &file.path, language: file.language.name(), status: file.status.name() });
    }
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &document)?;
    writeln!(out)
}

fn text(scanned: &[Scanned]) -> std::io::Result<()> {
    let stdout = std::io::stdout();
    let style = Style::new(stdout.is_terminal());
    let mut out = std::io::BufWriter::new(stdout.lock());
    for file in scanned {
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
    writeln!(out, "{}", summary(scanned))?;
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

fn summary(scanned: &[Scanned]) -> String {
    let issues = || scanned.iter().flat_map(|file| &file.findings).filter(|finding| finding.class == Class::Issue);
    let count = |severity| issues().filter(|finding| finding.severity == severity).count();
    let files = scanned.len();
    let partial = scanned.iter().filter(|file| file.status == Status::Partial).count();
    let partial = if partial == 0 { String::new() } else { format!(", {partial} read in part") };
    let [high, medium, low] = [Severity::High, Severity::Medium, Severity::Low].map(count);
    format!("{} findings ({high} high, {medium} medium, {low} low) in {files} files{partial}", issues().count())
}
