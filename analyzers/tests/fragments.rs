//! Fragments: what is found in a file is still found in twenty lines cut out of it, by language, against floors.
//!
//! Reads `../shared/data` beside the repository; says so and passes nothing where it is absent. For each issue of a file
//! one window is cut that holds its lines, at an offset that varies. A finding's lines are those of its place, of the
//! flow it tells and of an import that gives something it uses another name; where one of them is not in the window,
//! the finding is not counted. Other imports, decorators and enclosing blocks are lost as they happen to be.

#![expect(clippy::print_stdout, reason = "what is measured is printed for the reader")]

#[expect(dead_code, reason = "only the code of the samples is needed here, not their labels")]
#[path = "accuracy/corpus.rs"]
mod corpus;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;

use analyzers::finding::{Class, Finding};
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan;

/// Lines of a window.
const LINES: usize = 20;

/// Least share in percent of findings that are still found, by language; may only rise.
const FLOORS: &[(Language, f64)] = &[
    (Language::Python, 90.0),
    (Language::JavaScript, 95.0),
    (Language::Java, 91.0),
    (Language::Go, 91.0),
    (Language::C, 95.0),
    (Language::Cpp, 93.0),
];

#[derive(Default)]
struct Row {
    cut: usize,
    found: usize,
    issues: usize,
    by_rule: BTreeMap<&'static str, (usize, usize)>,
}

struct Place {
    rule: &'static str,
    class: Class,
    first: usize,
    last: usize,
    /// Lines of the flow that the finding tells.
    flow: Vec<usize>,
}

/// Whether an import outside of the window gives a word of `lines` another name than the module's.
fn loses_alias(language: Language, file: &[&str], window: &Range<usize>, lines: Range<usize>) -> bool {
    let word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let used = |name: &str| file[lines.clone()].iter().any(|line| line.split(|l| !word(l)).any(|part| part == name));
    let mut outside = file.iter().enumerate().filter(|(at, _)| !window.contains(at)).map(|(_, line)| line.trim());
    match language {
        Language::Python => outside.any(|line| {
            line.contains("import ")
                && line.split(" as ").skip(1).any(|rest| {
                    let name = rest.split(|letter| !word(letter)).next().unwrap_or_default();
                    name.len() > 1 && used(name)
                })
        }),
        // `name "path/of/package"`, in a list or alone.
        Language::Go => outside.any(|line| {
            let line = line.strip_prefix("import ").unwrap_or(line);
            let Some((name, path)) = line.split_once(' ') else { return false };
            let path = path.trim().strip_prefix('"').and_then(|path| path.split('"').next());
            path.is_some_and(|path| name.chars().all(word) && !path.ends_with(name) && used(name))
        }),
        _ => false,
    }
}

fn places(language: Language, code: &str) -> Vec<Place> {
    let program = Program::parse(language, code, &Limits::default());
    let starts: Vec<usize> = std::iter::once(0).chain(code.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let line = |byte: u32| starts.partition_point(|&start| start <= byte as usize);
    let findings = scan::analyse(&program).findings;
    let place = |finding: &Finding| Place {
        rule: finding.rule,
        class: finding.class,
        first: line(finding.span.start),
        last: line(finding.span.end.saturating_sub(1)).max(line(finding.span.start)),
        flow: finding.trace.iter().map(|step| line(step.span.start)).collect(),
    };
    findings.iter().map(place).collect()
}

fn main() -> ExitCode {
    let wanted = |option: &str| std::env::args().any(|argument| argument == option);
    let Some(samples) = corpus::read() else {
        println!("no labelled code beside the repository (../shared/data)");
        println!("test result: ok. 0 passed; 0 failed; 1 ignored");
        return ExitCode::SUCCESS;
    };
    let mut files: Vec<(Language, String, bool)> = samples
        .into_iter()
        .filter(|sample| !sample.window)
        .map(|sample| (sample.language, sample.code, sample.held))
        .collect();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/bandit/examples");
    for file in std::fs::read_dir(examples).into_iter().flatten().flatten() {
        files.extend(std::fs::read_to_string(file.path()).ok().map(|code| (Language::Python, code, false)));
    }
    let mut rows: BTreeMap<Language, Row> = BTreeMap::new();
    for (language, code, held) in &files {
        let lines: Vec<&str> = code.lines().collect();
        if lines.len() <= LINES {
            continue;
        }
        let row = rows.entry(*language).or_default();
        for issue in places(*language, code).iter().filter(|place| place.class == Class::Issue) {
            let height = issue.last - issue.first + 1;
            if height > LINES {
                continue;
            }
            let mut hasher = DefaultHasher::new();
            (code, issue.first, issue.rule).hash(&mut hasher);
            let before = hasher.finish() as usize % (LINES - height + 1);
            let start = (issue.first - 1).saturating_sub(before).min(lines.len() - LINES);
            let (within, own) = (start..start + LINES, issue.first - 1..issue.last);
            if !issue.flow.iter().all(|line| within.contains(&(line - 1)))
                || loses_alias(*language, &lines, &within, own)
            {
                continue;
            }
            let window = lines[start..start + LINES].join("\n") + "\n";
            let (first, last) = (issue.first - start, issue.last - start);
            let there = places(*language, &window);
            let same = |place: &&Place| place.rule == issue.rule && place.first <= last && first <= place.last;
            let found = there.iter().filter(same).map(|place| place.class).min();
            row.cut += 1;
            row.found += usize::from(found.is_some());
            row.issues += usize::from(found == Some(Class::Issue));
            let rule = row.by_rule.entry(issue.rule).or_default();
            rule.0 += 1;
            rule.1 += usize::from(found.is_some());
            if found.is_none() && !held && wanted("--misses") && wanted(language.name()) {
                println!("== {} line {first}\n{window}", issue.rule);
            }
        }
    }
    report(&rows, wanted("--rules"))
}

fn report(rows: &BTreeMap<Language, Row>, by_rule: bool) -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    for (language, row) in rows {
        let share = |count: usize, of: usize| 100.0 * count as f64 / of.max(1) as f64;
        println!(
            "{:<12} {:>5} findings cut out: {:.1} % still found, {:.1} % still an issue",
            language.name(),
            row.cut,
            share(row.found, row.cut),
            share(row.issues, row.cut)
        );
        if by_rule {
            for (rule, (cut, found)) in &row.by_rule {
                println!("    {rule:<24} {found}/{cut}");
            }
        }
        let Some((_, floor)) = FLOORS.iter().find(|(known, _)| known == language) else { continue };
        if share(row.found, row.cut) < *floor {
            println!("{}: below the floor of {floor} %", language.name());
            failed += 1;
        } else {
            passed += 1;
        }
    }
    println!("test result: {}. {passed} passed; {failed} failed; 0 ignored", if failed == 0 { "ok" } else { "FAILED" });
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
