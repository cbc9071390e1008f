//! Dangerous code that hides from analyzers is found; harmless code that looks like it is left alone.
//!
//! The cases are data, `evasion/<language>.txt`: `=== CWE name` and code in which an issue of that weakness must be
//! found, or `=== fine name` and code in which there must be no issue at all.

use analyzers::finding::Class;
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan::analyse;

/// The cases of one language, and what may go wrong with them today: bounds that may only fall.
struct File {
    language: Language,
    text: &'static str,
    /// Least number of evasions, and of harmless cases.
    least: usize,
    /// Most evasions that may be missed.
    missed: usize,
    /// Most harmless cases that may be flagged.
    flagged: usize,
}

const FILES: &[File] = &[
    File { language: Language::Python, text: include_str!("evasion/python.txt"), least: 60, missed: 0, flagged: 1 },
    File { language: Language::Go, text: include_str!("evasion/go.txt"), least: 20, missed: 0, flagged: 0 },
    File { language: Language::Java, text: include_str!("evasion/java.txt"), least: 25, missed: 0, flagged: 0 },
    File {
        language: Language::JavaScript,
        text: include_str!("evasion/javascript.txt"),
        least: 25,
        missed: 0,
        flagged: 0,
    },
    File {
        language: Language::TypeScript,
        text: include_str!("evasion/javascript.txt"),
        least: 25,
        missed: 0,
        flagged: 0,
    },
    File { language: Language::C, text: include_str!("evasion/c.txt"), least: 15, missed: 0, flagged: 0 },
    File { language: Language::Cpp, text: include_str!("evasion/cpp.txt"), least: 15, missed: 0, flagged: 0 },
    File { language: Language::CSharp, text: include_str!("evasion/csharp.txt"), least: 23, missed: 0, flagged: 0 },
    File { language: Language::Php, text: include_str!("evasion/php.txt"), least: 25, missed: 0, flagged: 0 },
    File { language: Language::Ruby, text: include_str!("evasion/ruby.txt"), least: 24, missed: 0, flagged: 0 },
    File { language: Language::Rust, text: include_str!("evasion/rust.txt"), least: 19, missed: 0, flagged: 0 },
    File { language: Language::Bash, text: include_str!("evasion/bash.txt"), least: 14, missed: 0, flagged: 0 },
    File { language: Language::Yaml, text: include_str!("evasion/yaml.txt"), least: 5, missed: 0, flagged: 0 },
    File {
        language: Language::Dockerfile,
        text: include_str!("evasion/dockerfile.txt"),
        least: 3,
        missed: 0,
        flagged: 0,
    },
    File {
        language: Language::Terraform,
        text: include_str!("evasion/terraform.txt"),
        least: 2,
        missed: 0,
        flagged: 0,
    },
];

struct Case<'a> {
    /// `None`: the code is harmless.
    weakness: Option<u16>,
    name: &'a str,
    code: &'a str,
}

fn cases(file: &str) -> impl Iterator<Item = Case<'_>> {
    file.split("=== ").skip(1).map(|case| {
        let (head, code) = case.split_once('\n').expect("a case has a first line");
        let (sort, name) = head.split_once(' ').expect("a case has a name");
        let weakness = (sort != "fine").then(|| sort.parse().expect("a CWE number or `fine`"));
        Case { weakness, name, code }
    })
}

/// The rules and weaknesses of the issues in a piece of code.
fn issues(language: Language, code: &str) -> Vec<(&'static str, &'static [u16])> {
    let program = Program::parse(language, code, &Limits::default());
    let findings = analyse(&program).findings.into_iter();
    findings.filter(|finding| finding.class == Class::Issue).map(|finding| (finding.rule, finding.cwe)).collect()
}

#[test]
fn every_evasion_is_caught() {
    for file in FILES {
        let evasions: Vec<(u16, Case<'_>)> = cases(file.text).filter_map(|case| Some((case.weakness?, case))).collect();
        assert!(evasions.len() >= file.least, "{}: only {} evasions", file.language.name(), evasions.len());
        let missed: Vec<&str> = evasions
            .iter()
            .filter(|(weakness, case)| !issues(file.language, case.code).iter().any(|(_, cwe)| cwe.contains(weakness)))
            .map(|(_, case)| case.name)
            .collect();
        let summary = format!("{}: {} of {} missed: {missed:?}", file.language.name(), missed.len(), evasions.len());
        assert!(missed.len() <= file.missed, "{summary}");
        println!("{summary}");
    }
}

#[test]
fn what_only_looks_like_an_evasion_is_left_alone() {
    for file in FILES {
        let fine: Vec<Case<'_>> = cases(file.text).filter(|case| case.weakness.is_none()).collect();
        assert!(fine.len() >= file.least, "{}: only {} harmless cases", file.language.name(), fine.len());
        let flagged: Vec<(&str, Vec<&str>)> = fine
            .iter()
            .map(|case| (case.name, issues(file.language, case.code).into_iter().map(|(rule, _)| rule).collect()))
            .filter(|(_, rules): &(&str, Vec<&str>)| !rules.is_empty())
            .collect();
        let summary = format!("{}: {} of {} flagged: {flagged:?}", file.language.name(), flagged.len(), fine.len());
        assert!(flagged.len() <= file.flagged, "{summary}");
        println!("{summary}");
    }
}
