//! Recall and precision on labelled code, by language, against floors that may only rise.
//!
//! Reads `../shared/data` beside the repository; says so and passes nothing where it is absent. A fifth of the corpus
//! (by test directory of the origin) is held back: its misses are never listed, so that nothing is tuned to it.

#![expect(clippy::print_stdout, reason = "what is measured is printed for the reader")]

#[path = "accuracy/corpus.rs"]
mod corpus;
#[path = "accuracy/folder.rs"]
mod folder;
#[path = "accuracy/judge.rs"]
mod judge;

use std::collections::BTreeMap;
use std::process::ExitCode;

use analyzers::lang::Language;
use corpus::Sample;
use judge::Tally;

const HELP: &str = "cargo test -p analyzers --test accuracy -- [OPTION]…
  --language NAME   only this language
  --misses          list expected alerts that were not found (never of the held-back part)
  --alarms          list findings where there should be none
  --windows         lists of the windows instead of the files
  --cwe N           only lines of this CWE in the lists
  --folder DIR      only lists the issues in the code of a folder";

struct Options {
    language: Option<String>,
    misses: bool,
    alarms: bool,
    windows: bool,
    cwe: Option<u16>,
    folder: Option<String>,
}

fn options() -> Result<Options, String> {
    let mut options = Options { language: None, misses: false, alarms: false, windows: false, cwe: None, folder: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--misses" => options.misses = true,
            "--alarms" => options.alarms = true,
            "--windows" => options.windows = true,
            "--folder" => options.folder = arguments.next(),
            "--language" => options.language = arguments.next(),
            "--cwe" => options.cwe = arguments.next().and_then(|cwe| cwe.parse().ok()),
            // What the test runner passes to every test binary.
            "--quiet" | "-q" | "--nocapture" | "--test-threads=1" => {}
            _ => return Err(HELP.to_owned()),
        }
    }
    Ok(options)
}

/// The two tallies of one language: what may be looked at, and what is held back.
#[derive(Default)]
struct Row {
    open: Tally,
    held: Tally,
    windows: Tally,
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(help) => {
            println!("{help}");
            return ExitCode::from(2);
        }
    };
    if let Some(folder) = &options.folder {
        folder::print(std::path::Path::new(folder));
        return ExitCode::SUCCESS;
    }
    let Some(samples) = corpus::read() else {
        println!("no labelled code beside the repository (../shared/data)");
        println!("test result: ok. 0 passed; 0 failed; 1 ignored");
        return ExitCode::SUCCESS;
    };
    let mut rows: BTreeMap<Language, Row> = BTreeMap::new();
    for sample in &samples {
        if options.language.as_ref().is_some_and(|name| sample.language.name() != name) {
            continue;
        }
        let verdict = judge::judge(sample);
        let row = rows.entry(sample.language).or_default();
        let tally = match (sample.window, sample.held) {
            (true, _) => &mut row.windows,
            (false, true) => &mut row.held,
            (false, false) => &mut row.open,
        };
        tally.add(&verdict);
        if !sample.held && sample.window == options.windows {
            list(sample, &verdict, &options);
        }
    }
    println!("{:<12} {:>16} {:>16} | {:>7} {:>7} | {:>16}", "", "recall", "precision", "held", "", "windows");
    for (language, row) in &rows {
        println!(
            "{:<12} {:>16} {:>16} | {:>7} {:>7} | {:>16}",
            language.name(),
            row.open.recall(),
            row.open.precision(),
            row.held.recall_share(),
            row.held.precision_share(),
            row.windows.recall()
        );
    }
    floors(&rows, options.language.is_some())
}

fn list(sample: &Sample, verdict: &judge::Verdict, options: &Options) {
    let wanted = |cwe: &[u16]| options.cwe.is_none_or(|only| cwe.contains(&only));
    if options.misses {
        for alert in verdict.missed.iter().filter(|alert| wanted(&alert.cwe)) {
            println!("MISS  {} CWE-{:?} {}", sample.at(alert.line), alert.cwe, sample.line(alert.line));
        }
    }
    if options.alarms {
        for (line, rule, cwe) in verdict.alarms.iter().filter(|(_, _, cwe)| wanted(cwe)) {
            println!("ALARM {} {rule} CWE-{cwe:?} {}", sample.at(Some(*line)), sample.line(Some(*line)));
        }
    }
}

/// Compares with `accuracy/floors.txt`: `language recall precision windows` in percent.
fn floors(rows: &BTreeMap<Language, Row>, partial: bool) -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    for line in include_str!("accuracy/floors.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(language) = words.next().and_then(Language::from_label) else { continue };
        let floors: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
        let Some(row) = rows.get(&language) else {
            failed += i32::from(!partial);
            continue;
        };
        let reached = [row.open.share(), row.open.precision_of(), row.windows.share()];
        for ((name, reached), floor) in ["recall", "precision", "windows"].iter().zip(reached).zip(floors) {
            if 100.0 * reached + 0.05 < floor {
                println!("{} {name}: {:.1} % is below the floor of {floor} %", language.name(), 100.0 * reached);
                failed += 1;
            } else {
                passed += 1;
            }
        }
    }
    println!("test result: {}. {passed} passed; {failed} failed; 0 ignored", if failed == 0 { "ok" } else { "FAILED" });
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
