//! Detection: the language of a text without a label is told from its lines, by language, against floors.
//!
//! Reads `../shared/data` beside the repository (what is absent is passed over) and `detection/data.txt`, pieces of
//! configuration and prose as answers hold them. Prints a table of confusions: rows are what a text is, columns what it
//! is taken for. Windows are twenty lines cut out at a place that varies. C++ that is taken for C, and TypeScript
//! that is taken for JavaScript, is right where that grammar reads it as well: nothing in it shows the other.

#![expect(clippy::print_stdout, reason = "what is measured is printed for the reader")]

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::ExitCode;

use analyzers::lang::{Language, detect};
use analyzers::program::{Limits, Program};
use analyzers::syntax::Kind;
use serde_json::Value;

/// Lines of a window.
const LINES: usize = 20;

/// Least share in percent that is right: of whole files, of windows and of the pieces beside this file. May only rise.
const FLOORS: [(&str, f64); 3] = [("files", 97.5), ("windows", 93.5), ("pieces", 98.0)];

/// What texts of one language are taken for.
type Table = BTreeMap<&'static str, BTreeMap<&'static str, usize>>;

fn main() -> ExitCode {
    let shown = std::env::args().skip_while(|argument| argument != "--show").nth(1);
    let mut tables: [Table; 3] = Default::default();
    let [files, windows, pieces] = &mut tables;
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let mut folder: Vec<_> =
        std::fs::read_dir(data.join("analyzer")).into_iter().flatten().flatten().map(|file| file.path()).collect();
    folder.sort();
    folder.extend(["train/other.jsonl", "train/python.jsonl"].map(|name| data.join(name)));
    for path in folder {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for object in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let (Some(name), Some(code)) = (object["language"].as_str(), object["code"].as_str()) else { continue };
            if name == "any" || name == "xml" {
                continue;
            }
            let language = Language::from_label(name);
            let lines: Vec<&str> = code.lines().collect();
            let window = object["source"].as_str().is_some_and(|source| source.contains("PurpleLlama"));
            if window {
                count(windows, language, code, shown.as_deref());
                continue;
            }
            // One line of code is neither a file nor a window.
            if lines.len() >= 3 {
                count(files, language, code, shown.as_deref());
            }
            if lines.len() > LINES {
                let mut hasher = DefaultHasher::new();
                code.hash(&mut hasher);
                let start = hasher.finish() as usize % (lines.len() - LINES);
                count(windows, language, &(lines[start..start + LINES].join("\n") + "\n"), shown.as_deref());
            }
        }
    }
    for piece in include_str!("detection/data.txt").split("=== ").skip(1) {
        let (name, text) = piece.split_once('\n').unwrap_or((piece, ""));
        count(pieces, Language::from_label(name), text, shown.as_deref());
    }
    let (mut passed, mut failed) = (0, 0);
    for ((name, floor), table) in FLOORS.iter().zip(&tables) {
        let share = report(name, table);
        if share.is_some_and(|share| share < *floor) {
            println!("{name}: below the floor of {floor} %");
            failed += 1;
        } else {
            passed += 1;
        }
    }
    println!("test result: {}. {passed} passed; {failed} failed; 0 ignored", if failed == 0 { "ok" } else { "FAILED" });
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn name(language: Option<Language>) -> &'static str {
    language.map_or("none", Language::name)
}

fn count(table: &mut Table, expected: Option<Language>, text: &str, shown: Option<&str>) {
    if text.trim().is_empty() {
        return;
    }
    let found = detect::language(text).map(|found| match (expected, found) {
        // Without anything of its own it is the language that it grew out of.
        (Some(own @ Language::Cpp), base @ Language::C)
        | (Some(own @ Language::TypeScript), base @ Language::JavaScript)
            if errors(base, text) <= errors(own, text) =>
        {
            own
        }
        _ => found,
    });
    if found != expected && shown == Some(name(expected)) {
        println!(
            "== {} taken for {}\n{}",
            name(expected),
            name(found),
            text.lines().take(30).collect::<Vec<_>>().join("\n")
        );
    }
    *table.entry(name(expected)).or_default().entry(name(found)).or_default() += 1;
}

/// Regions that a grammar cannot read.
fn errors(language: Language, text: &str) -> usize {
    let program = Program::parse(language, text, &Limits::default());
    program.tree.ids().filter(|&node| program.tree.kind(node) == Kind::Error).count()
}

fn report(title: &str, table: &Table) -> Option<f64> {
    let (mut right, mut all) = (0, 0);
    println!("{title}");
    for (expected, found) in table {
        let count: usize = found.values().sum();
        let hit = found.get(expected).copied().unwrap_or(0);
        let mut wrong: Vec<_> = found.iter().filter(|(name, _)| *name != expected).collect();
        wrong.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let wrong: Vec<String> = wrong.iter().map(|(name, count)| format!("{name} {count}")).collect();
        println!("  {expected:<12} {count:>5}  {:>5.1} %  {}", 100.0 * hit as f64 / count as f64, wrong.join(", "));
        right += hit;
        all += count;
    }
    let share = 100.0 * f64::from(u32::try_from(right).ok()?) / all as f64;
    println!("  {:<12} {all:>5}  {share:>5.1} %", "all");
    (all > 0).then_some(share)
}
