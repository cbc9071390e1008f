//! The attack set and its honest companions: what a model's candidate must not, and must, get through.

use super::{Goal, Rejection, answer};
use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::scan::analyse;

/// Pairs of a data file: `=== language name`, the original, `---`, the candidate.
fn pairs(file: &str) -> Vec<(Language, &str, &str, &str)> {
    file.split("=== ")
        .skip(1)
        .map(|case| {
            let (head, rest) = case.split_once('\n').expect("a case has a first line");
            let (language, name) = head.split_once(' ').expect("a case names its language");
            let (before, after) = rest.split_once("---\n").expect("a case has two halves");
            (Language::from_label(language).expect("the language is known"), name, before, after)
        })
        .collect()
}

fn judge(language: Language, before: &str, after: &str) -> Result<f32, Rejection> {
    let before = Program::parse(language, before, &Limits::default());
    let found = analyse(&before);
    assert!(found.k() > 0.0, "nothing is found in\n{}", before.text);
    answer(&before, &found, after.to_owned(), Goal::Lower).map(|verified| verified.similarity)
}

#[test]
fn no_cheat_is_accepted() {
    let cases = pairs(include_str!("tests/cheats.txt"));
    assert!(cases.len() >= 90, "{}", cases.len());
    let accepted: Vec<&str> = cases
        .iter()
        .filter(|(language, _, before, after)| judge(*language, before, after).is_ok())
        .map(|(_, name, ..)| *name)
        .collect();
    assert_eq!(accepted, Vec::<&str>::new());
}

#[test]
fn every_honest_fix_is_accepted() {
    let cases = pairs(include_str!("tests/honest.txt"));
    assert!(cases.len() >= 20, "{}", cases.len());
    let refused: Vec<(&str, Rejection)> = cases
        .iter()
        .filter_map(|(language, name, before, after)| judge(*language, before, after).err().map(|why| (*name, why)))
        .collect();
    assert_eq!(refused, Vec::new());
}
