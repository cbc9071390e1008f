use std::collections::BTreeSet;
use std::path::Path;

use super::RULES;
use crate::concept;
use crate::finding::{Class, Finding};
use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::rule::{Example, Rule};
use crate::scan::analyse;

/// Rules that remind and never show harm.
const REMINDERS: &[&str] = &["risky-import"];

/// The languages that an example is written in: JavaScript is TypeScript too, and C is C++.
fn languages(example: &Example) -> &[Language] {
    match example.language {
        Language::JavaScript => &Language::SCRIPTS,
        Language::C => &[Language::C, Language::Cpp],
        _ => std::slice::from_ref(&example.language),
    }
}

fn found(rule: &Rule, language: Language, example: &Example) -> Vec<Finding> {
    let program = Program::parse(language, example.code, &Limits::default());
    let analysis = analyse(&program);
    analysis
        .findings
        .into_iter()
        .filter(|finding| finding.rule == rule.id && (finding.class == Class::Issue || REMINDERS.contains(&rule.id)))
        .collect()
}

#[test]
fn every_file_is_registered_and_every_rule_has_a_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder of rules exists")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some(name.strip_suffix(".rs")?.replace('_', "-")))
        .filter(|name| name != "tests")
        .collect();
    let rules: BTreeSet<String> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(files, rules);
    assert_eq!(rules.len(), RULES.len(), "a rule is listed twice");
}

#[test]
fn every_rule_is_complete() {
    for rule in RULES {
        assert!(!rule.cwe.is_empty() && !rule.summary.is_empty() && !rule.advice.is_empty(), "{}", rule.id);
        for language in rule.rows.iter().flat_map(|row| row.languages) {
            let has = |examples: &[Example]| examples.iter().any(|example| languages(example).contains(language));
            assert!(has(rule.bad) && has(rule.good), "{} has no examples for {}", rule.id, language.name());
        }
    }
}

#[test]
fn bad_examples_are_found_and_good_ones_are_not() {
    let mut wrong = Vec::new();
    for rule in RULES {
        for example in rule.bad {
            for &language in languages(example) {
                if found(rule, language, example).is_empty() {
                    wrong.push(format!("{} missed in {}:\n{}", rule.id, language.name(), example.code));
                }
            }
        }
        for example in rule.good {
            for &language in languages(example) {
                for finding in found(rule, language, example) {
                    let message = format!("({}) in {}", finding.message, language.name());
                    wrong.push(format!("{} false alarm {message}:\n{}", rule.id, example.code));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n---\n"));
}

#[test]
fn concepts_are_known() {
    for rule in RULES {
        for example in rule.bad {
            for finding in found(rule, example.language, example) {
                assert!(
                    concept::ALL.iter().any(|(name, _)| *name == finding.concept),
                    "{}: {}",
                    rule.id,
                    finding.concept
                );
            }
        }
    }
}
