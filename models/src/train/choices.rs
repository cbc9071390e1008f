//! The choice set: sites where at least two choices pass the syntax checks and differ in outcome, with the right ones
//! known by construction or by what a person wrote; never by what the analyzer counts.

mod backwards;
mod templates;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use analyzers::edit::EditKind;
use analyzers::lang::Language;

use super::corpus::{Role, Sample};
use super::site::Site;

/// The source of programs that are made of templates.
pub const TEMPLATES: &str = "templates";

/// What makes a site a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// Several edits, of which not all are right.
    Competing,
    /// "Keep" is right, whatever the pattern looks like.
    Decoy,
    /// Secure code with the catalogue applied backwards: what it was is the answer.
    Inverse,
    /// One edit, which is right, against "keep".
    Needed,
}

impl Sort {
    /// Every sort, in the order of reports.
    pub const ALL: [Self; 4] = [Self::Competing, Self::Decoy, Self::Inverse, Self::Needed];

    /// Lower-case name, as JSON and reports spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Competing => "competing",
            Self::Decoy => "decoy",
            Self::Inverse => "inverse",
            Self::Needed => "needed",
        }
    }
}

/// How the right choices are told.
#[derive(Debug, Clone)]
pub enum Answer {
    /// By name: `keep`, a kind of edit, or `kind:text` for an edit of that kind that puts the text into the program.
    Named(&'static [&'static str]),
    /// The choice that comes nearest to this text.
    Nearest(String),
}

/// A program that is to become a choice.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The program.
    pub sample: Sample,
    /// What it is meant to be.
    pub sort: Sort,
    /// The bytes that the choice is about.
    pub core: Range<usize>,
    /// Concept whose edits are offered there even where the analyzer reports nothing.
    pub concept: Option<&'static str>,
    /// What is right.
    pub answer: Answer,
}

/// A choice at one conflict group of a site; `None` among its options is "keep".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What kind of choice it is.
    pub sort: Sort,
    /// The template or the corpus that it comes from.
    pub origin: String,
    /// The conflict group.
    pub group: usize,
    /// "Keep" and every edit that passes the syntax checks.
    pub options: Vec<Option<usize>>,
    /// Those that are right: some, not all.
    pub right: Vec<Option<usize>>,
    /// Whether the analyzer counts a finding there: only then does the gate offer the choice.
    pub flagged: bool,
}

/// Why a draft became no choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// The program was not read, or no edit applies to it.
    NoSite,
    /// No edit stands at its core.
    NoGroup,
    /// No edit passes the syntax checks.
    NoOption,
    /// None of the options is the right one, or all are.
    NoDifference,
    /// The answer cannot be told apart from another option, or is to leave code that was meant to be mended.
    Unclear,
}

impl fmt::Display for Left {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoSite => "no edit applies",
            Self::NoGroup => "no edit at the core",
            Self::NoOption => "no edit passes the syntax checks",
            Self::NoDifference => "the right edit is not offered, or every option is right",
            Self::Unclear => "the answer is unclear",
        })
    }
}

/// Every draft: templates varied by `seed`, and what the corpus gives. Deterministic.
pub fn drafts(samples: &[Sample], seed: u64) -> Vec<Draft> {
    let mut drafts = templates::drafts(seed);
    drafts.extend(backwards::drafts(samples));
    drafts.extend(from_pairs(samples));
    drafts
}

/// Pairs: of the insecure half the choice that comes nearest to the person's; of the secure half "keep".
fn from_pairs(samples: &[Sample]) -> Vec<Draft> {
    let mut pairs: BTreeMap<&str, [Option<&Sample>; 2]> = BTreeMap::new();
    for sample in samples {
        let Some(pair) = sample.pair.as_deref() else { continue };
        match sample.role {
            Role::Insecure => pairs.entry(pair).or_default()[0] = Some(sample),
            Role::Secure => pairs.entry(pair).or_default()[1] = Some(sample),
            Role::Generated | Role::Other => {}
        }
    }
    let mut drafts = Vec::new();
    for [insecure, secure] in pairs.into_values() {
        let (Some(insecure), Some(secure)) = (insecure, secure) else { continue };
        let draft = |of: &Sample, sort, answer| Draft {
            sample: of.clone(),
            sort,
            core: changed(&of.code, if sort == Sort::Decoy { &insecure.code } else { &secure.code }),
            concept: None,
            answer,
        };
        drafts.push(draft(insecure, Sort::Competing, Answer::Nearest(secure.code.clone())));
        drafts.push(draft(secure, Sort::Decoy, Answer::Named(&["keep"])));
    }
    drafts
}

/// The lines of `one` between what it has in common with `other` at both ends.
fn changed(one: &str, other: &str) -> Range<usize> {
    let start = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let most = one.len().min(other.len()) - start;
    let end = one.bytes().rev().zip(other.bytes().rev()).take(most).take_while(|(one, other)| one == other).count();
    let (start, end) = (start.min(one.len()), one.len() - end);
    let before = one.as_bytes()[..start].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let after = one.as_bytes()[end..].iter().position(|&byte| byte == b'\n').map_or(one.len(), |at| end + at);
    before..after.max(before)
}

/// Whether a draft is a choice at a site that was read and measured, and which.
pub fn label(draft: &Draft, site: &Site) -> Result<Label, Left> {
    let touches = |at: usize| {
        let own = site.program.tree.span(site.edits[at].node).range();
        own.start < draft.core.end && draft.core.start < own.end
    };
    let group = site.groups.iter().position(|group| group.iter().any(|&at| touches(at))).ok_or(Left::NoGroup)?;
    let mut options = vec![None];
    options.extend(site.groups[group].iter().filter(|&&at| site.syntax[at]).map(|&at| Some(at)));
    if options.len() < 2 {
        return Err(Left::NoOption);
    }
    let mut sort = draft.sort;
    let right = match &draft.answer {
        Answer::Named(names) => {
            let is_right = |option: &Option<usize>| names.iter().any(|name| named(name, *option, site));
            options.iter().copied().filter(is_right).collect()
        }
        Answer::Nearest(text) => nearest(text, &options, site)?,
    };
    if right.is_empty() || right.len() == options.len() {
        return Err(Left::NoDifference);
    }
    if right.contains(&None) {
        sort = Sort::Decoy;
    } else if sort == Sort::Competing && options.len() < 3 {
        sort = Sort::Needed;
    }
    let mended = site.groups[group].iter().flat_map(|&at| site.edits[at].cwe);
    let about: Vec<u16> = mended.copied().collect();
    if draft.concept.is_none() && draft.sort == Sort::Decoy && !draft.sample.cwe.iter().any(|cwe| about.contains(cwe)) {
        // A person left this in a secure half, but not as an answer to this weakness.
        return Err(Left::Unclear);
    }
    let flagged = site.analysis.issues().any(|finding| {
        site.groups[group].iter().any(|&at| {
            let statement = site.program.tree.span(site.program.tree.statement(site.edits[at].node));
            finding.span.start < statement.end && statement.start < finding.span.end
        })
    });
    let origin = draft.sample.pair.clone().filter(|_| draft.sample.source == TEMPLATES);
    let origin = origin.unwrap_or_else(|| draft.sample.source.clone());
    Ok(Label { sort, origin, group, options, right, flagged })
}

fn named(name: &str, option: Option<usize>, site: &Site) -> bool {
    let Some(at) = option else { return name == "keep" };
    let (kind, text) = name.split_once(':').unwrap_or((name, ""));
    site.edits[at].kind.name() == kind && (text.is_empty() || site.text(&[at]).contains(text))
}

/// The options that come nearest to a text, if an edit is among them and something is farther.
fn nearest(text: &str, options: &[Option<usize>], site: &Site) -> Result<Vec<Option<usize>>, Left> {
    let wanted = tokens(text);
    let near: Vec<f32> = options.iter().map(|option| common(&tokens(&site.text(option.as_slice())), &wanted)).collect();
    let best = near.iter().copied().fold(0.0, f32::max);
    let right: Vec<Option<usize>> =
        options.iter().zip(&near).filter(|&(_, &near)| near > best - 1e-4).map(|(&option, _)| option).collect();
    if right.contains(&None) { Err(Left::Unclear) } else { Ok(right) }
}

/// How often each word and sign occurs, without blanks and comments of whole lines.
fn tokens(text: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', '/'])) {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
            let end = if is_word(first) {
                rest.find(|letter| !is_word(letter)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            let (token, left) = rest.split_at(end);
            if !first.is_whitespace() {
                *counts.entry(token).or_default() += 1;
            }
            rest = left;
        }
    }
    counts
}

/// Share of common tokens, in [0, 1].
fn common(one: &BTreeMap<&str, usize>, other: &BTreeMap<&str, usize>) -> f32 {
    let shared: usize = one.iter().map(|(token, count)| *count.min(other.get(token).unwrap_or(&0))).sum();
    let all: usize = one.values().sum::<usize>() + other.values().sum::<usize>();
    2.0 * shared as f32 / all.max(1) as f32
}

/// One choice as JSON: the program, its options, which are right, and what Verify says of each.
pub fn json(site: &Site, label: &Label) -> serde_json::Value {
    let options: Vec<serde_json::Value> = label
        .options
        .iter()
        .map(|option| {
            let edit: &str = option.map_or("keep", |at| EditKind::name(site.edits[at].kind));
            let accepted = option.is_none_or(|at| site.singles[at].accepted);
            let code = site.text(option.as_slice());
            serde_json::json!({"edit": edit, "right": label.right.contains(option), "accepted": accepted, "code": code})
        })
        .collect();
    serde_json::json!({
        "sort": label.sort.name(),
        "origin": label.origin,
        "cluster": site.family,
        "source": site.source,
        "language": Language::name(site.program.language),
        "flagged": label.flagged,
        "code": site.program.text,
        "options": options,
    })
}

/// How many choices there are of each sort, by origin of the data, and how many drafts became none and why.
pub fn count<'s>(sites: impl Iterator<Item = &'s Site>, left: &[Left]) -> String {
    let mut rows: BTreeMap<Sort, [usize; 3]> = BTreeMap::new();
    let mut families: BTreeMap<Sort, std::collections::BTreeSet<usize>> = BTreeMap::new();
    for site in sites {
        let Some(label) = &site.label else { continue };
        let row = rows.entry(label.sort).or_default();
        row[0] += 1;
        row[1] += usize::from(site.source != TEMPLATES);
        row[2] += usize::from(label.flagged);
        families.entry(label.sort).or_default().insert(site.family);
    }
    let all: usize = rows.values().map(|row| row[0]).sum();
    let mut text = String::from(
        "| sort | choices | share | from the corpus | the analyzer counts a finding | clusters |\n|---|---|---|---|---|---|\n",
    );
    for sort in Sort::ALL {
        let [count, corpus, flagged] = rows.get(&sort).copied().unwrap_or_default();
        let clusters = families.get(&sort).map_or(0, std::collections::BTreeSet::len);
        let share = 100.0 * count as f32 / all.max(1) as f32;
        text += &format!("| {} | {count} | {share:.0} % | {corpus} | {flagged} | {clusters} |\n", sort.name());
    }
    let mut reasons: BTreeMap<Left, usize> = BTreeMap::new();
    for &reason in left {
        *reasons.entry(reason).or_default() += 1;
    }
    let reasons: Vec<String> = reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    text + &format!("\n{all} choices; drafts that became none: {}.\n", reasons.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{changed, common, tokens};

    #[test]
    fn what_changed_is_told_by_whole_lines() {
        let (one, other) = ("a = 1\nb = f(x)\nc = 3\n", "a = 1\nb = g(x)\nc = 3\n");
        assert_eq!(&one[changed(one, other)], "b = f(x)");
        assert_eq!(changed("same", "same"), 0..4);
        assert_eq!(changed("", ""), 0..0);
    }

    #[test]
    fn nearness_is_by_words_and_signs() {
        let near = |one, other| common(&tokens(one), &tokens(other));
        assert!((near("f(x)", "f( x )  # no blank counts") - 8.0 / 12.0).abs() < 1e-6);
        assert!(near("yaml.safe_load(a)", "yaml.safe_load(a)") > near("yaml.load(a)", "yaml.safe_load(a)"));
    }
}
