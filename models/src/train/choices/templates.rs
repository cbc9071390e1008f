//! Templates of choices, each laid out in many ways by seed: what surrounds the core varies in structure, never the answer.

mod python;
mod script;

use std::collections::BTreeSet;
use std::ops::Range;

use analyzers::lang::Language;

use super::{Answer, Draft, Sort};
use crate::train::corpus::{Role, Sample};
use crate::train::random::Random;

/// Programs made of one template.
const OF_ONE: usize = 14;
/// Attempts at that many different ones.
const ATTEMPTS: usize = 60;

/// One scenario. The core stands between `«` and `»` in the body.
struct Template {
    /// Its name: all programs made of it are one cluster.
    name: &'static str,
    sort: Sort,
    /// Concept whose edits are offered even where the analyzer reports nothing.
    concept: Option<&'static str>,
    /// Lines before everything else: imports, constants.
    head: &'static str,
    /// Names of the function, of which one is taken.
    functions: &'static [&'static str],
    parameters: &'static str,
    /// Lines of the function.
    body: &'static str,
    /// What is right, as [`Answer::Named`] has it.
    right: &'static [&'static str],
}

/// A place where keeping is right.
const fn decoy(
    name: &'static str,
    concept: &'static str,
    head: &'static str,
    functions: &'static [&'static str],
    parameters: &'static str,
    body: &'static str,
) -> Template {
    Template { name, sort: Sort::Decoy, concept: Some(concept), head, functions, parameters, body, right: &["keep"] }
}

/// A place where several edits pass and `right` are those that are right.
const fn competing(
    name: &'static str,
    concept: &'static str,
    head: &'static str,
    functions: &'static [&'static str],
    parameters: &'static str,
    body: &'static str,
    right: &'static [&'static str],
) -> Template {
    Template { name, sort: Sort::Competing, concept: Some(concept), head, functions, parameters, body, right }
}

/// How a function is laid out: `{name}`, `{parameters}`, `{body}` (indented as that line is).
type Layout = &'static str;

/// All of them, a fixed number of each.
pub(super) fn drafts(seed: u64) -> Vec<Draft> {
    let mut random = Random::new(seed.wrapping_add(77));
    let mut drafts = Vec::new();
    for (language, templates, layouts, fillers) in [
        (Language::Python, python::TEMPLATES, python::LAYOUTS, python::FILLERS),
        (Language::JavaScript, script::TEMPLATES, script::LAYOUTS, script::FILLERS),
    ] {
        for template in templates {
            let mut seen = BTreeSet::new();
            for _ in 0..ATTEMPTS {
                let text = lay_out(template, layouts, fillers, &mut random);
                if seen.len() < OF_ONE && seen.insert(text.clone()) {
                    drafts.extend(draft(template, language, &text, seen.len()));
                }
            }
        }
    }
    drafts
}

fn lay_out(template: &Template, layouts: &[Layout], fillers: &[&str], random: &mut Random) -> String {
    let mut order: Vec<usize> = (0..fillers.len()).collect();
    random.shuffle(&mut order);
    let before = random.below(3);
    let after = random.below(3);
    let mut filler = order.into_iter().map(|at| fillers[at]);
    let mut text = template.head.to_owned();
    for filler in filler.by_ref().take(before) {
        text += "\n\n";
        text += filler;
    }
    text += "\n\n";
    let layout = layouts[random.below(layouts.len())];
    let name = template.functions[random.below(template.functions.len())];
    for line in layout.lines() {
        match line.strip_suffix("{body}") {
            Some(indent) => {
                for own in template.body.lines() {
                    text += &format!("{indent}{own}\n");
                }
            }
            None => text += &format!("{}\n", fill(line, name, template.parameters)),
        }
    }
    for filler in filler.take(after) {
        text += "\n\n";
        text += filler;
    }
    text
}

fn fill(line: &str, name: &str, parameters: &str) -> String {
    let (before, after) = if parameters.is_empty() { ("", "") } else { (", ", ", ") };
    line.replace("{name}", name)
        .replace("{, parameters}", &format!("{before}{parameters}"))
        .replace("{parameters, }", &format!("{parameters}{after}"))
        .replace("{parameters}", parameters)
}

fn draft(template: &Template, language: Language, text: &str, number: usize) -> Option<Draft> {
    let (start, end) = (text.find('«')?, text.find('»')?);
    let core: Range<usize> = start..end.checked_sub('«'.len_utf8())?;
    let sample = Sample {
        id: format!("{}-{number}", template.name),
        source: super::TEMPLATES.into(),
        role: Role::Other,
        cwe: Vec::new(),
        pair: Some(template.name.into()),
        language,
        code: text.replace(['«', '»'], ""),
    };
    let concept = template.concept;
    Some(Draft { sample, sort: template.sort, core, concept, answer: Answer::Named(template.right) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use analyzers::program::{Limits, Program};

    use super::drafts;

    #[test]
    fn templates_parse_in_every_layout_and_do_not_repeat() {
        let drafts = drafts(1);
        let mut seen = BTreeSet::new();
        for draft in &drafts {
            let code = &draft.sample.code;
            assert!(seen.insert(code.clone()), "{} is repeated", draft.sample.id);
            let program = Program::parse(draft.sample.language, code.clone(), &Limits::default());
            assert!(!program.tree.has_errors(), "{} does not parse:\n{code}", draft.sample.id);
            assert!(code.get(draft.core.clone()).is_some_and(|core| !core.is_empty()), "{}", draft.sample.id);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_programs() {
        let texts = |seed| drafts(seed).into_iter().map(|draft| draft.sample.code).collect::<Vec<_>>();
        assert_eq!(texts(1), texts(1));
        assert_ne!(texts(1), texts(2));
    }
}
