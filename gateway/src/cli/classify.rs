//! `sallyport classify`: ranks the weaknesses that files most likely have. Writes nothing.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use analyzers::finding::Status;
use analyzers::lang::Language;
use analyzers::scan;
use serde::Serialize;

use super::files::{self, Source, Wanted};
use super::output;
use crate::classify::{self, Likely};

/// What the help page says below the flags.
const HELP: &str = "\
Each weakness has a confidence in [0, 1]: how often a finding of its kind names the weakness that labelled pairs of insecure
and secure code are about. Code without a finding has no ranking, which does not say that it is secure.

Exit status: 0 done, 2 wrong usage or unreadable input.";

/// Flags of `sallyport classify`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub struct Arguments {
    /// Files or directories; `-` reads standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Read everything as this language; otherwise name and content tell.
    #[arg(long, short, value_name = "LANGUAGE", value_parser = output::language)]
    language: Option<Language>,
    /// How to print.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One line for each weakness.
    Text,
    /// One JSON document.
    Json,
}

/// What one file came to.
#[derive(Debug, Serialize)]
struct Classified {
    path: String,
    language: &'static str,
    status: &'static str,
    weaknesses: Vec<Likely>,
}

/// The document.
#[derive(Debug, Serialize)]
struct Document<'a> {
    files: &'a [Classified],
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let found = files::find(&Wanted::new(&arguments.paths, arguments.language));
    let classified = files::in_parallel(&found.sources, files::cores(), classify);
    let mut unreadable = !found.problems.is_empty();
    for problem in &found.problems {
        output::problem(problem);
    }
    let mut files = Vec::new();
    for (source, classified) in found.sources.iter().zip(classified) {
        match classified {
            Ok(file) => files.push(file),
            Err(problem) => {
                unreadable = true;
                output::problem(&format!("{}: {problem}", source.name()));
            }
        }
    }
    unreadable |= output::lost(print(&files, arguments.format));
    Ok(ExitCode::from(if unreadable { 2 } else { 0 }))
}

fn classify(source: &Source) -> Result<Classified, String> {
    let program = source.program(files::LONGEST_FILE)?;
    let analysis = scan::analyse(&program);
    if analysis.status == Status::Failed {
        return Err("cannot be read".to_owned());
    }
    Ok(Classified {
        path: source.name().to_owned(),
        language: program.language.name(),
        status: analysis.status.name(),
        weaknesses: classify::rank(&analysis.findings, &program.text),
    })
}

fn print(files: &[Classified], format: Format) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match format {
        Format::Json => {
            serde_json::to_writer(&mut out, &Document { files })?;
            writeln!(out)?;
        }
        Format::Text => {
            for file in files {
                for likely in &file.weaknesses {
                    let lines: Vec<String> = likely.lines.iter().map(usize::to_string).collect();
                    writeln!(
                        out,
                        "{}: {:.2} CWE-{} {} (line {})",
                        file.path,
                        likely.confidence,
                        likely.cwe,
                        likely.rules.join(", "),
                        lines.join(", ")
                    )?;
                }
            }
        }
    }
    out.flush()
}
