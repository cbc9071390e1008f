//! The language of a text by its lines, and by a few parses where lines leave it open; a label that the text contradicts
//! is overruled. Never reads more than the head of a text.
//!
//! **How.** Signs (what lines begin with, end with or hold) speak for languages with a weight each. What two languages
//! share speaks for both; C and JavaScript stand for C++ and TypeScript until a line shows those. Where the best two are
//! close, both grammars read the text and the one with less left over wins. Prose has no signs, and words outnumber them.

mod shape;
mod signs;

use super::Language;
use crate::program::Limits;
use crate::syntax::{Kind, NodeId};
use shape::Shape;

/// Most lines that are looked at; of a text with a label, which is nearly always right.
const LINES: usize = 300;
const LABELLED_LINES: usize = 16;
/// How much of a text is read, in bytes.
const HEAD: usize = 24 << 10;
/// Longest line that is looked at, in bytes.
const LONGEST: usize = 400;
/// Most grammars that are tried.
const TRIED: usize = 3;

/// What a text may be: a language of ours, or another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Known(Language),
    /// A language that is not analysed here: Kotlin, Swift, Scala, Perl, XML, CSS, …
    Foreign,
}

const SLOTS: usize = Language::ALL.len() + 1;

const fn index(slot: Slot) -> usize {
    match slot {
        Slot::Known(language) => language as usize,
        Slot::Foreign => SLOTS - 1,
    }
}

/// What the lines of a text say.
struct Votes {
    scores: [u32; SLOTS],
    /// Lines that are sentences.
    prose: u32,
    /// Lines that are not blank.
    lines: u32,
    /// Whether there are only statements that several languages share.
    plain: bool,
}

impl Votes {
    fn of(text: &str, most: usize) -> Self {
        let mut votes = Self { scores: [0; SLOTS], prose: 0, lines: 0, plain: false };
        let mut shape = Shape::default();
        for line in text.lines().take(most) {
            let line = line.get(..line.floor_char_boundary(LONGEST)).unwrap_or(line);
            let bare = line.trim();
            if bare.is_empty() {
                continue;
            }
            votes.lines += 1;
            let before: u32 = votes.scores.iter().sum();
            for signs in signs::shown(bare) {
                for slot in signs.slots {
                    votes.add(*slot, signs.weight);
                }
            }
            shape.line(line, bare, &mut |slot, weight| votes.add(slot, weight));
            let told = votes.scores.iter().sum::<u32>() > before;
            votes.prose += u32::from(!told && is_sentence(bare));
        }
        shape.finish(text, votes.lines, &mut |slot, weight| votes.add(slot, weight));
        votes.plain = shape.is_plain_statements(votes.lines);
        votes.share();
        votes
    }

    fn add(&mut self, slot: Slot, weight: u32) {
        self.scores[index(slot)] += weight;
    }

    fn get(&self, language: Language) -> u32 {
        self.scores[language as usize]
    }

    /// C is C++ once a line shows it, and JavaScript TypeScript.
    fn share(&mut self) {
        // SQL and markup stand in the strings of programs, too.
        let programs = Language::ALL.into_iter().filter(|language| !language.is_data());
        let program = programs.map(|language| self.get(language)).max().unwrap_or(0);
        for inner in [Language::Sql, Language::Html] {
            if program >= 6 && program * 3 >= self.get(inner) {
                self.scores[inner as usize] /= 4;
            }
        }
        for (base, more, least) in [(Language::C, Language::Cpp, 5), (Language::JavaScript, Language::TypeScript, 4)] {
            if self.get(more) >= least && self.get(more) * 12 >= self.get(base) {
                self.scores[more as usize] += self.get(base);
            }
        }
    }

    /// Slots by their scores, the best first.
    fn ranked(&self) -> Vec<(Slot, u32)> {
        let known = Language::ALL.into_iter().map(Slot::Known);
        let mut ranked: Vec<(Slot, u32)> =
            known.chain([Slot::Foreign]).map(|slot| (slot, self.scores[index(slot)])).filter(|(_, s)| *s > 0).collect();
        ranked.sort_by_key(|&(_, score)| std::cmp::Reverse(score));
        ranked
    }
}

/// A line of words as people write them.
fn is_sentence(line: &str) -> bool {
    let words = line.split_whitespace();
    let plain = |word: &&str| {
        word.trim_end_matches(['.', ',', '!', '?', ':', ';', ')'])
            .trim_start_matches('(')
            .chars()
            .all(char::is_alphabetic)
    };
    let (count, plain) = (words.clone().count(), words.filter(plain).count());
    count >= 4 && plain * 5 >= count * 4 && !line.ends_with([';', '{', '}'])
}

/// The first part of a text, cut after a line.
fn head(text: &str) -> &str {
    if text.len() <= HEAD {
        return text;
    }
    let cut = &text[..text.floor_char_boundary(HEAD)];
    cut.rfind('\n').map_or(cut, |line| &cut[..=line])
}

/// The language that a text without a label is in; `None` for prose and for what is not analysed here.
pub fn language(text: &str) -> Option<Language> {
    let text = head(text);
    if let Some(slot) = shape::first_line(text) {
        return known(slot);
    }
    let votes = Votes::of(text, LINES);
    let ranked = votes.ranked();
    let Some(&(best, score)) = ranked.first().filter(|&&(_, score)| score >= 2) else {
        // Python has no line that ends in a semicolon or a brace.
        return votes.plain.then_some(Language::Python);
    };
    if votes.prose * 2 > votes.lines.max(1) && score < votes.prose * 4 {
        return None;
    }
    known(decide(text, best, score, &ranked))
}

/// The language that a text plainly is in: many signs, and few for any other.
pub fn plain(text: &str) -> Option<Language> {
    let text = head(text);
    if let Some(slot) = shape::first_line(text) {
        return known(slot);
    }
    let votes = Votes::of(text, LINES);
    let ranked = votes.ranked();
    let &(best, score) = ranked.first()?;
    let next = ranked.iter().skip(1).find(|(slot, _)| !are_kin(best, *slot)).map_or(0, |&(_, score)| score);
    (score >= 9 && score >= 2 * next && votes.prose * 3 < votes.lines.max(1)).then(|| known(best)).flatten()
}

/// The language to read a text as that is labelled `label`: that, unless its grammar leaves much of the text and another
/// one, for which the lines speak, reads it.
pub fn labelled(label: Language, text: &str) -> Language {
    let text = head(text);
    if text.trim().is_empty() {
        return label;
    }
    let votes = Votes::of(text, LABELLED_LINES);
    let own = votes.get(label);
    let first = shape::first_line(text);
    let ranked = votes.ranked();
    let better = ranked.iter().filter_map(|&(slot, score)| match slot {
        Slot::Known(language) if language != label => Some((language, score)),
        _ => None,
    });
    let stronger = |language: Language, score: u32| {
        first == Some(Slot::Known(language))
            || if are_kin(Slot::Known(label), Slot::Known(language)) {
                score > own
            } else {
                score >= 4 && score > own * 2
            }
    };
    let candidates: Vec<Language> = better
        .filter(|&(language, score)| stronger(language, score))
        .map(|(language, _)| language)
        .take(TRIED - 1)
        .collect();
    if candidates.is_empty() {
        return label;
    }
    // Readers of data take nearly everything: there the lines alone tell.
    let left = if label.is_data() { text.len() } else { left_over(label, text) };
    if left == 0 {
        return label;
    }
    let best =
        candidates.into_iter().map(|language| (left_over(language, text), language)).min_by_key(|&(left, _)| left);
    match best {
        Some((other, language)) if other * 4 < left => language,
        _ => label,
    }
}

fn known(slot: Slot) -> Option<Language> {
    match slot {
        Slot::Known(language) => Some(language),
        Slot::Foreign => None,
    }
}

/// Languages that one text can be in at once.
fn are_kin(one: Slot, other: Slot) -> bool {
    let (Slot::Known(one), Slot::Known(other)) = (one, other) else { return false };
    one.is_script() && other.is_script() || one.is_c_family() && other.is_c_family()
}

/// The best slot, by the grammars where lines leave it open.
fn decide(text: &str, best: Slot, score: u32, ranked: &[(Slot, u32)]) -> Slot {
    let near: Vec<Language> = ranked
        .iter()
        .filter(|&&(slot, other)| (slot == best || !are_kin(best, slot)) && other * 3 >= score * 2)
        .filter_map(|&(slot, _)| known(slot))
        .take(TRIED)
        .collect();
    if near.len() < 2 || best == Slot::Foreign {
        return best;
    }
    let read = near.into_iter().enumerate().map(|(at, language)| (left_over(language, text), at, language)).min();
    read.map_or(best, |(_, _, language)| Slot::Known(language))
}

/// Bytes that a grammar cannot read.
fn left_over(language: Language, text: &str) -> usize {
    let program_tree = language.read(text, &Limits::default());
    let mut bytes = 0;
    let mut at = NodeId::ROOT;
    let end = program_tree.end(NodeId::ROOT);
    while at < end {
        if program_tree.kind(at) == Kind::Error {
            let span = program_tree.span(at);
            bytes += (span.end - span.start) as usize;
            at = program_tree.end(at);
        } else {
            at = NodeId(at.0 + 1);
        }
    }
    // What is missing has no bytes of its own.
    bytes + usize::from(program_tree.has_errors())
}

#[cfg(test)]
mod tests;
