//! `sallyport fix`: rewrites files with the graph model and the verifier, without any model call.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analyzers::finding::{Class, Finding};
use analyzers::graph::GraphKind;
use analyzers::lang::Language;
use analyzers::program::Program;
use analyzers::scan;
use models::rewriter::{Backend, Chooser, Options, Rewriter};

use super::files::{self, Source, Wanted};
use super::output;
use super::scan::FailOn;

/// What the help page says below the flags.
const HELP: &str = "\
A rewrite is taken only when it is verified: it parses, keeps every public name, has no new finding and strictly fewer
old ones, each gone for a stated reason, and nothing outside the edits changes. Where there is no faithful edit the
file stays as it is.

`-` reads standard input and prints the rewritten or unchanged source. One file without --write or --diff is printed
likewise; for several files or a directory the difference is shown.

Exit status: 0 done, 1 findings remain at or above --fail-on, 2 wrong usage or unreadable input.";

/// Flags of `sallyport fix`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub struct Arguments {
    /// Files or directories; `-` reads standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write the rewritten files back.
    #[arg(long, short, conflicts_with = "diff")]
    write: bool,
    /// Show the difference instead of the source.
    #[arg(long, short)]
    diff: bool,
    /// Read everything as this language; otherwise name and content tell.
    #[arg(long, short, value_name = "LANGUAGE", value_parser = output::language)]
    language: Option<Language>,
    /// The graph that the model reads.
    #[arg(long, value_name = "GRAPH", default_value = "cfg", value_parser = graph)]
    graph: GraphKind,
    /// Who chooses among the candidate edits.
    #[arg(long, value_enum, default_value_t = Strategy::Rewrite)]
    strategy: Strategy,
    /// Exit with 1 when a finding of at least this severity remains.
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = FailOn::Never)]
    fail_on: FailOn,
    /// Use the ONNX Runtime library at this path instead of the built-in inference.
    #[arg(long, value_name = "LIBRARY")]
    onnx_runtime: Option<PathBuf>,
}

/// Strategies that ask no language model; those that do are for `sallyport secure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Strategy {
    /// The graph model's generator chooses (the default).
    #[value(alias = "promsec")]
    Rewrite,
    /// The edit that lowers the weighted finding count most.
    Greedy,
    /// The first edit of each group, in catalogue order.
    RuleOrder,
    /// No edit at all: prints the source as it is.
    None,
}

/// What one file came to.
struct Fixed {
    before: String,
    after: String,
    /// Findings before.
    found: usize,
    /// Findings left.
    left: Vec<Finding>,
    /// Names of the edits applied.
    edits: Vec<&'static str>,
    /// Environment variables that must now be configured.
    variables: Vec<String>,
}

/// Most passes over one file: a rewrite can make another one applicable.
const MOST_PASSES: usize = 8;

fn graph(name: &str) -> Result<GraphKind, String> {
    GraphKind::from_name(name).ok_or_else(|| "one of cfg, ast, dfg".to_owned())
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let found = files::find(&Wanted::new(&arguments.paths, arguments.language));
    let rewriter = match rewriter(arguments) {
        Ok(rewriter) => rewriter,
        Err(error) => {
            output::problem(&format!("{:#}", anyhow::Error::from(error)));
            return Ok(ExitCode::from(2));
        }
    };
    let fixed = files::in_parallel(&found.sources, files::cores(), |source| {
        fix_source(source, rewriter.as_ref(), arguments.write)
    });
    let mut unreadable = !found.problems.is_empty();
    for problem in &found.problems {
        output::problem(problem);
    }
    let whole =
        arguments.paths.len() == 1 && found.sources.len() == 1 && !arguments.paths.iter().any(|path| path.is_dir());
    let mut remains = false;
    for (source, fixed) in found.sources.iter().zip(fixed) {
        match fixed {
            Err(problem) => {
                unreadable = true;
                output::problem(&format!("{}: {problem}", source.name()));
            }
            Ok(fixed) => {
                remains |= arguments.fail_on.fails(&fixed.left);
                unreadable |= output::lost(print(arguments, source, &fixed, whole));
            }
        }
    }
    match (unreadable, remains) {
        (true, _) => Ok(ExitCode::from(2)),
        (false, remains) => Ok(ExitCode::from(u8::from(remains))),
    }
}

fn rewriter(arguments: &Arguments) -> Result<Option<Rewriter>, models::rewriter::ModelError> {
    let chooser = match arguments.strategy {
        Strategy::Rewrite => Chooser::Gan,
        Strategy::Greedy => Chooser::Greedy,
        Strategy::RuleOrder => Chooser::RuleOrder,
        Strategy::None => return Ok(None),
    };
    let backend = arguments.onnx_runtime.clone().map_or(Backend::Tract, Backend::OnnxRuntime);
    Rewriter::new(Options { graph: arguments.graph, backend, chooser, weights: None }).map(Some)
}

fn fix_source(source: &Source, rewriter: Option<&Rewriter>, write: bool) -> Result<Fixed, String> {
    let program = source.program(files::LONGEST_FILE)?;
    let fixed = fix(program, rewriter).map_err(|error| format!("{:#}", anyhow::Error::from(error)))?;
    if write
        && fixed.after != fixed.before
        && let Some(path) = &source.path
    {
        replace(path, &fixed.after).map_err(|error| error.to_string())?;
    }
    Ok(fixed)
}

/// Rewrites one program until nothing more changes.
fn fix(mut program: Program, rewriter: Option<&Rewriter>) -> Result<Fixed, models::rewriter::ModelError> {
    let mut analysis = scan::analyse(&program);
    let issues = |findings: &[Finding]| {
        findings.iter().filter(|finding| finding.class == Class::Issue).cloned().collect::<Vec<_>>()
    };
    let mut fixed = Fixed {
        before: program.text.clone(),
        after: String::new(),
        found: issues(&analysis.findings).len(),
        left: Vec::new(),
        edits: Vec::new(),
        variables: Vec::new(),
    };
    for _ in 0..MOST_PASSES {
        let Some(rewriter) = rewriter else { break };
        let rewritten = rewriter.rewrite(&program, &analysis)?;
        let Some(verified) = rewritten.verified else { break };
        for edit in rewritten.applied {
            fixed.edits.push(edit.kind.name());
            fixed.variables.extend(edit.variables);
        }
        (program, analysis) = (verified.program, verified.analysis);
    }
    fixed.variables.sort();
    fixed.variables.dedup();
    fixed.left = issues(&analysis.findings);
    fixed.after = program.text;
    Ok(fixed)
}

/// Replaces a file's content in one step, so that an interruption leaves the old or the new file, and keeps its mode.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = std::fs::canonicalize(path)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let new = path.with_file_name(name);
    let written = std::fs::write(&new, text)
        .and_then(|()| std::fs::set_permissions(&new, std::fs::metadata(&path)?.permissions()))
        .and_then(|()| std::fs::rename(&new, &path));
    if written.is_err() {
        // The error that matters is the first one; a left-over file has a telling name.
        let _ = std::fs::remove_file(&new);
    }
    written
}

fn print(arguments: &Arguments, source: &Source, fixed: &Fixed, whole: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if arguments.diff || !(whole || arguments.write) {
        let name = source.name();
        let diff = similar::TextDiff::from_lines(fixed.before.as_str(), fixed.after.as_str());
        if fixed.before != fixed.after {
            write!(out, "{}", diff.unified_diff().context_radius(3).header(name, name))?;
        }
    } else if !arguments.write || source.path.is_none() {
        out.write_all(fixed.after.as_bytes())?;
    }
    out.flush()?;
    if fixed.found > 0 {
        note(source.name(), fixed)?;
    }
    Ok(())
}

/// Says on standard error what was done.
fn note(name: &str, fixed: &Fixed) -> std::io::Result<()> {
    let mut err = std::io::stderr().lock();
    let gone = fixed.found.saturating_sub(fixed.left.len());
    write!(err, "{name}: {gone} of {} findings fixed", fixed.found)?;
    if !fixed.edits.is_empty() {
        write!(err, " ({})", fixed.edits.join(", "))?;
    }
    if !fixed.variables.is_empty() {
        write!(err, "; set {}", fixed.variables.join(", "))?;
    }
    let left: Vec<&str> = fixed.left.iter().map(|finding| finding.rule).collect();
    if !left.is_empty() {
        write!(err, "; left: {}", left.join(", "))?;
    }
    writeln!(err)
}
