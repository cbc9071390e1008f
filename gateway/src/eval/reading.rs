//! The program that an answer stands for: the code in it, alone or as the rest of the prompt. Changes nothing in it.

use analyzers::finding::Status;
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan;

use crate::hold::{self, Holder, Step};

/// The language of an answer's first unit that analyzers read.
pub(super) fn language(answer: &str) -> Option<Language> {
    units(answer).into_iter().find_map(|unit| unit.language)
}

/// The code of an answer in a language; all of the answer where no unit of it is found.
pub(super) fn code(answer: &str, language: Language) -> String {
    let texts: Vec<String> =
        units(answer).into_iter().filter(|unit| unit.language == Some(language)).map(|unit| unit.text).collect();
    if texts.is_empty() { answer.to_owned() } else { texts.join("\n") }
}

fn units(answer: &str) -> Vec<crate::unit::Unit> {
    let mut holder = Holder::new(hold::Limits::default());
    holder.push(answer);
    holder.finish();
    std::iter::from_fn(|| holder.next())
        .filter_map(|step| match step {
            Step::Unit(unit) => Some(unit),
            Step::Listed(_) | Step::Pass { .. } => None,
        })
        .collect()
}

/// The ways to read code that goes on where a prompt ends, by number; 0 is the code alone.
const CONTINUED: std::ops::Range<usize> = 1..4;

/// How a prompt and the code of its answer make a program that parses; `None` if no way does.
pub(super) fn form(prompt: &str, code: &str, language: Language, limits: &Limits) -> Option<usize> {
    let mut forms = if completes(prompt, code, language) { CONTINUED } else { 0..1 };
    forms.find(|form| {
        let program = Program::parse(language, whole(prompt, code, *form), limits);
        scan::analyse(&program).status == Status::Scanned
    })
}

/// The program in that form: the code alone, or after the prompt as it is, with its first line or all lines indented.
pub(super) fn whole(prompt: &str, code: &str, form: usize) -> String {
    let head = prompt.trim_end();
    match form {
        0 => code.to_owned(),
        1 => format!("{head}\n{code}"),
        2 => format!("{head}\n    {}", code.trim_start_matches(' ')),
        _ => {
            let body: String = code.split_inclusive('\n').map(|line| ["    ", line].concat()).collect();
            format!("{head}\n{body}")
        }
    }
}

/// Whether the code goes on where the prompt, itself code, ends: it does not define the prompt's last function itself.
fn completes(prompt: &str, code: &str, language: Language) -> bool {
    let defined = |text: &str| {
        text.lines()
            .filter_map(|line| line.trim_start().trim_start_matches("async ").strip_prefix("def "))
            .map(|rest| {
                rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect::<String>()
            })
            .next_back()
    };
    language == Language::Python && defined(prompt).is_some_and(|name| !code.contains(&format!("def {name}(")))
}
