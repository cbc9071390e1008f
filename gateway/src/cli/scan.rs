//! `sallyport scan`: analyses files, directories or standard input and prints what it found. Writes nothing but a baseline.

use std::collections::HashSet;
use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analyzers::finding::{Class, Finding, Severity, Status, Suppression};
use analyzers::lang::Language;
use analyzers::program::Program;
use similar::{ChangeTag, TextDiff};

use super::baseline::{self, Baseline};
use super::change::Changes;
use super::files::{self, Source, Wanted};
use super::fingerprint::{self, Fingerprint};
use super::locate::Lines;
use super::output;
use super::progress::Progress;
use crate::external::Failure;
use others::Others;

mod explain;
mod json;
mod others;
mod sarif;
mod text;

/// What the help page says below the flags.
const HELP: &str = "\
Directories are walked; what .gitignore, .ignore or .sallyportignore names is skipped, and so are hidden files (but
.github, .env and the like), node_modules, target, venv, dist, build and lock files. Links are not followed. Files without an extension are read when
their first line or their content shows a language. Comments that ask analyzers to look away (`# nosec`,
`// NOSONAR`, ...) are reported, never obeyed.

  sallyport scan .                                   everything below
  sallyport scan src --diff origin/main...           what this branch adds
  sallyport scan . --baseline known.json --write-baseline, then
  sallyport scan . --baseline known.json             what is new since
  sallyport scan . --format sarif > findings.sarif   for code scanning
  sallyport scan . --analyzer bandit                 what Bandit finds, too (installed by you; seconds for each file)
  sallyport scan --explain sql-injection             one rule; --rules lists them

Exit status: 0 nothing at or above the level, 1 findings at or above it, 2 wrong usage, unreadable input or an analyzer
that had nothing to say of a file; 64 bad configuration.";

/// Flags of `sallyport scan`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Arguments {
    /// Files or directories; `-` reads standard input.
    #[arg(required_unless_present_any = ["rules", "explain"], value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Read everything as this language; otherwise name and content tell.
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
    /// Ask this analyzer too: bandit, semgrep, spotbugs, codeql, or a tool of the configuration that prints SARIF
    /// (sarif:NAME); may be given again. What it and the builtin both find counts once.
    #[arg(long, value_name = "NAME")]
    analyzer: Vec<String>,
    /// Configuration file (TOML) that says how analyzers are run.
    #[arg(long, value_name = "FILE", env = "SALLYPORT_CONFIG")]
    config: Option<PathBuf>,
    /// Leave out what this glob matches, as in .gitignore; may be given again.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Read also what ignore files and the list of foreign directories leave out.
    #[arg(long)]
    no_ignore: bool,
    /// Pass over named files of unknown language instead of failing.
    #[arg(long)]
    skip_unknown: bool,
    /// Longest file that is read: bytes, or with K or M. Longer ones are reported as failed.
    #[arg(long, value_name = "SIZE", default_value = "8M", value_parser = size)]
    max_file_size: u64,
    /// Threads; as many as the machine has cores if not given.
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Tell only what this file does not know.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings to the baseline instead.
    #[arg(long, requires = "baseline", conflicts_with = "diff")]
    write_baseline: bool,
    /// Tell only what is new since this git revision; `BASE...` means since the branch left it.
    #[arg(long, value_name = "BASE")]
    diff: Option<String>,
    /// The name of what standard input holds.
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    /// Explain a rule and end.
    #[arg(long, value_name = "RULE", exclusive = false, conflicts_with_all = ["paths", "rules"])]
    explain: Option<String>,
    /// List the rules and end.
    #[arg(long, conflicts_with = "paths")]
    rules: bool,
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
    /// Markdown; only of rules.
    Markdown,
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

/// Reads a size such as 512K.
fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.trim().to_ascii_uppercase().strip_suffix('B').unwrap_or(&text.to_ascii_uppercase())
    {
        text if text.ends_with('K') => (text.trim_end_matches('K').to_owned(), 1 << 10),
        text if text.ends_with('M') => (text.trim_end_matches('M').to_owned(), 1 << 20),
        text => (text.to_owned(), 1),
    };
    let bytes = digits.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| "bytes such as 500000, 512K or 8M are needed".to_owned())
}

/// What one file came to.
#[derive(Debug)]
struct Scanned {
    /// Where it is; none for standard input.
    file: Option<PathBuf>,
    /// Its path as reports spell it.
    path: String,
    language: Language,
    /// Its text, where something is said about it.
    text: String,
    status: Status,
    findings: Vec<Finding>,
    /// One for each finding.
    prints: Vec<Fingerprint>,
    /// Of each finding, the rule's name in the tool that found it; none for the builtin's.
    foreign: Vec<Option<String>>,
    suppressions: Vec<Suppression>,
    problem: Option<String>,
    /// Other analyzers that had nothing to say, and why.
    unjudged: Vec<(&'static str, Failure)>,
    /// Findings that are known and left out.
    known: usize,
}

impl Scanned {
    fn failed(source: &Source, problem: String) -> Self {
        Self {
            file: source.path.clone(),
            path: source.name().to_owned(),
            language: source.language,
            text: String::new(),
            status: Status::Failed,
            findings: Vec::new(),
            prints: Vec::new(),
            foreign: Vec::new(),
            suppressions: Vec::new(),
            problem: Some(problem),
            unjudged: Vec::new(),
            known: 0,
        }
    }
}

/// What a run came to.
#[derive(Debug)]
struct Outcome {
    scanned: Vec<Scanned>,
    /// What could not be read.
    problems: Vec<String>,
    /// Whether findings were compared with known ones.
    compared: bool,
}

impl Outcome {
    fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.scanned.iter().flat_map(|file| &file.findings)
    }

    /// Other analyzers that found something.
    fn tools(&self) -> Vec<&'static str> {
        let of_file = |file: &Scanned| {
            let named = file.findings.iter().zip(&file.foreign).filter(|(_, rule)| rule.is_some());
            named.map(|(finding, _)| finding.rule).collect::<Vec<_>>()
        };
        let mut tools: Vec<&'static str> = self.scanned.iter().flat_map(of_file).collect();
        tools.sort_unstable();
        tools.dedup();
        tools
    }

    fn known(&self) -> usize {
        self.scanned.iter().map(|file| file.known).sum()
    }
}

/// What is known already.
#[derive(Debug, Default)]
struct Known {
    baseline: Option<Baseline>,
    changes: Option<Changes>,
}

impl Known {
    fn of(arguments: &Arguments) -> Result<Self, String> {
        let baseline = match &arguments.baseline {
            Some(path) if !arguments.write_baseline => Some(Baseline::read(path)?),
            _ => None,
        };
        let place = arguments.paths.iter().find(|path| path.as_os_str() != "-");
        let changes = match &arguments.diff {
            Some(base) => Some(Changes::since(base, place.map_or(Path::new("."), PathBuf::as_path))?),
            None => None,
        };
        Ok(Self { baseline, changes })
    }

    /// Leaves out the sources that did not change.
    fn narrow(&self, found: &mut files::Found) {
        let Some(changes) = &self.changes else { return };
        let files::Found { sources, problems } = found;
        sources.retain(|source| match source.path.as_deref().map(|path| changes.has(path)) {
            Some(Ok(differs)) => differs,
            Some(Err(problem)) => {
                problems.push(problem);
                false
            }
            None => {
                problems.push(format!("{}: --diff cannot compare standard input", source.name()));
                false
            }
        });
    }

    /// Which of a file's findings are new.
    fn new_ones(
        &self,
        source: &Source,
        program: &Program,
        (found, prints): (&[Finding], &[Fingerprint]),
        asked: &Asked<'_>,
    ) -> Result<Vec<bool>, String> {
        let mut new = vec![true; prints.len()];
        let Some(path) = &source.path else { return Ok(new) };
        if let Some(baseline) = &self.baseline {
            new = fingerprint::new_ones(prints, &baseline.of(path), |_| false);
        }
        if let Some(changes) = &self.changes
            && let Some(before) = changes.before(path)?
        {
            let old = source.parse(before, asked.longest);
            let mut known = analyzers::scan::analyse(&old).findings;
            let other = asked.others.opinion(&old, &known).findings;
            known.extend(other);
            known.sort_by_key(|finding| (finding.span, finding.node));
            let known = fingerprint::counts(&fingerprint::of(&Lines::of(&old.text), &known));
            let (changed, lines) = (changed_lines(&old.text, &program.text), Lines::of(&program.text));
            let is_changed = |at: usize| {
                let start = found.get(at).map_or(0, |finding| finding.span.start as usize);
                changed.contains(&lines.place(start).line)
            };
            let since = fingerprint::new_ones(prints, &known, is_changed);
            new = new.into_iter().zip(since).map(|(new, since)| new && since).collect();
        }
        Ok(new)
    }
}

/// Lines of `after`, from 1, that are not in `before`.
fn changed_lines(before: &str, after: &str) -> HashSet<usize> {
    let diff = TextDiff::configure().timeout(std::time::Duration::from_secs(1)).diff_lines(before, after);
    let inserted = diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Insert);
    inserted.filter_map(|change| Some(change.new_index()? + 1)).collect()
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.rules || arguments.explain.is_some() {
        return Ok(explain::run(arguments.explain.as_deref(), arguments.format));
    }
    if arguments.format == Format::Markdown {
        output::problem("--format markdown is for --rules and --explain");
        return Ok(ExitCode::from(2));
    }
    let others = match Others::named(&arguments.analyzer, arguments.config.as_ref())? {
        Ok(others) => others,
        Err(problem) => {
            output::problem(&problem);
            return Ok(ExitCode::from(2));
        }
    };
    let outcome = match scan(arguments, &others) {
        Ok(outcome) => outcome,
        Err(problem) => {
            output::problem(&problem);
            return Ok(ExitCode::from(2));
        }
    };
    for problem in &outcome.problems {
        output::problem(problem);
    }
    let unreadable = !outcome.problems.is_empty();
    if let (Some(path), true) = (&arguments.baseline, arguments.write_baseline) {
        return Ok(write_baseline(path, &outcome, unreadable));
    }
    let printed = match arguments.format {
        Format::Json => json::print(&outcome),
        Format::Sarif => sarif::print(&outcome),
        Format::Text | Format::Markdown => text::print(&outcome),
    };
    if output::lost(printed) || unreadable {
        return Ok(ExitCode::from(2));
    }
    Ok(ExitCode::from(u8::from(arguments.fail_on.fails(outcome.findings()))))
}

/// What is asked of each file.
struct Asked<'a> {
    known: &'a Known,
    others: &'a Others,
    /// Whether audit findings are wanted.
    audit: bool,
    /// Longest file in bytes.
    longest: u64,
}

/// Finds, reads and analyses. `Err` is what makes a run pointless.
fn scan(arguments: &Arguments, others: &Others) -> Result<Outcome, String> {
    let jobs = arguments.jobs.map_or_else(files::cores, NonZeroUsize::get);
    let known = Known::of(arguments)?;
    let mut found = files::find(&Wanted {
        exclude: &arguments.exclude,
        ignore: !arguments.no_ignore,
        skip_unknown: arguments.skip_unknown,
        stdin_name: arguments.stdin_filename.as_deref(),
        longest: arguments.max_file_size,
        jobs,
        ..Wanted::new(&arguments.paths, arguments.language)
    });
    known.narrow(&mut found);
    let progress = Progress::new(found.sources.len(), "files");
    let asked = Asked { known: &known, others, audit: arguments.audit, longest: arguments.max_file_size };
    let scanned = files::in_parallel(&found.sources, jobs, |source| {
        let scanned = scan_source(source, &asked);
        progress.step();
        scanned.unwrap_or_else(|problem| Scanned::failed(source, problem))
    });
    drop(progress);
    let mut problems = found.problems;
    problems.extend(scanned.iter().filter_map(|file| Some(format!("{}: {}", file.path, file.problem.as_ref()?))));
    problems.extend(others::told(
        scanned.iter().flat_map(|file| file.unjudged.iter().map(|failed| (file.path.as_str(), failed))),
    ));
    Ok(Outcome { scanned, problems, compared: known.baseline.is_some() || known.changes.is_some() })
}

fn scan_source(source: &Source, asked: &Asked<'_>) -> Result<Scanned, String> {
    let program = source.program(asked.longest)?;
    let analysis = analyzers::scan::analyse(&program);
    let opinion = asked.others.opinion(&program, &analysis.findings);
    let own = analysis.findings.into_iter().map(|finding| (finding, None));
    let other = opinion.findings.into_iter().zip(opinion.rules.into_iter().map(Some));
    let mut all: Vec<(Finding, Option<String>)> = own.chain(other).collect();
    all.sort_by_key(|(finding, _)| (finding.span, finding.node));
    let (all, rules): (Vec<Finding>, Vec<Option<String>>) = all.into_iter().unzip();
    let all_prints = fingerprint::of(&Lines::of(&program.text), &all);
    let new = asked.known.new_ones(source, &program, (&all, &all_prints), asked)?;
    let (mut findings, mut prints, mut foreign, mut known) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (((finding, print), rule), new) in all.into_iter().zip(all_prints).zip(rules).zip(new) {
        if !asked.audit && finding.class != Class::Issue {
            continue;
        }
        if new {
            findings.push(finding);
            prints.push(print);
            foreign.push(rule);
        } else {
            known += 1;
        }
    }
    let says_something = !findings.is_empty() || !analysis.suppressions.is_empty();
    Ok(Scanned {
        file: source.path.clone(),
        path: source.name().to_owned(),
        language: program.language,
        status: analysis.status,
        findings,
        prints,
        foreign,
        suppressions: analysis.suppressions,
        problem: None,
        unjudged: opinion.failed,
        known,
        text: if says_something { program.text } else { String::new() },
    })
}

fn write_baseline(path: &Path, outcome: &Outcome, unreadable: bool) -> ExitCode {
    let files = outcome.scanned.iter().filter_map(|file| {
        let found = file.findings.iter().zip(&file.prints).map(|(finding, print)| (finding.rule, print)).collect();
        Some((file.file.as_deref()?, found))
    });
    match baseline::write(path, files) {
        Ok(count) => {
            output::problem(&format!("{} written to {}", output::plural(count, "finding"), path.display()));
            ExitCode::from(if unreadable { 2 } else { 0 })
        }
        Err(problem) => {
            output::problem(&problem);
            ExitCode::from(2)
        }
    }
}

/// Whether standard output is for eyes.
fn for_eyes() -> bool {
    std::io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let check = |text: &str, bytes: Option<u64>| assert_eq!(size(text).ok(), bytes, "{text}");
        check("500", Some(500));
        check("512k", Some(512 << 10));
        check("8M", Some(8 << 20));
        check("8MB", Some(8 << 20));
        check("0", None);
        check("-1", None);
        check("much", None);
        check("99999999999999999999M", None);
    }

    #[test]
    fn lines_that_changed() {
        let changed = |before: &str, after: &str| {
            let mut lines: Vec<usize> = changed_lines(before, after).into_iter().collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(changed("a\nb\nc\n", "a\nx\nb\nc\ny\n"), [2, 5]);
        assert_eq!(changed("a\n", "a\n"), Vec::<usize>::new());
    }
}
