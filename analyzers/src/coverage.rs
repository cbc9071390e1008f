//! Which weaknesses the rules show in which language, read off the rules' own examples; never a list kept by hand.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Class;
use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::rules::RULES;
use crate::scan;

mod classes;

pub use classes::{ABSENT, Absent, CLASSES, FIRST_CLASS, OPEN, Weakness};

/// The rules that show a weakness, by language.
pub type Shown = BTreeMap<Language, BTreeSet<&'static str>>;

/// For each class of weaknesses the rules whose bad examples in a language are reported with one of its numbers.
/// Reads every example.
pub fn table() -> Vec<(&'static Weakness, Shown)> {
    let mut table: Vec<(&'static Weakness, Shown)> = CLASSES.iter().map(|weakness| (weakness, Shown::new())).collect();
    for rule in RULES {
        for example in rule.bad {
            let program = Program::parse(example.language, example.code, &Limits::default());
            let found: BTreeSet<u16> = scan::analyse(&program)
                .findings
                .iter()
                .filter(|finding| finding.rule == rule.id && finding.class == Class::Issue)
                .flat_map(|finding| finding.cwe.iter().copied())
                .collect();
            for (weakness, shown) in &mut table {
                if weakness.cwe.iter().any(|cwe| found.contains(cwe)) {
                    for language in stands_for(example.language) {
                        // A row may be for one of the two only.
                        if rule.rows.iter().any(|row| row.languages.contains(&language)) {
                            shown.entry(language).or_default().insert(rule.id);
                        }
                    }
                }
            }
        }
    }
    table
}

/// The languages that an example is written in: JavaScript is TypeScript too, and C is C++.
fn stands_for(language: Language) -> Vec<Language> {
    match language {
        Language::JavaScript => Language::SCRIPTS.to_vec(),
        Language::C => vec![Language::C, Language::Cpp],
        _ => vec![language],
    }
}

#[cfg(test)]
mod tests;
