//! What a request asks for: whether it is code, in which language, and a signature by which the same wish in other
//! words is known again; never keeps a word of the prompt.
//!
//! **Matching** (deterministic, microseconds). The words of the last user message are stemmed; words of courtesy and of
//! coding as such are dropped; synonyms fall together. Two signatures match when the weighted overlap of their words is
//! at least [`LEAST_OVERLAP`] of the smaller and [`LEAST_JACCARD`] of both together, and no guard objects: other
//! numbers, other quoted names, other negated words, other code, opposed actions (`delete`, `fetch`), or different
//! members of a family (`json`, `yaml`; `user`, `order`; `md5`, `sha256`), or sentences that are the same but for one
//! telling word in the place of another that is no synonym (`renders a template`, `validates a template`). Quoted
//! examples (`such as "price * amount"`) are not read. Words are kept as 64-bit hashes.

mod lexicon;
mod stem;

use analyzers::lang::Language;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::hold::{self, Holder, Step};
use crate::strategy::message;
use lexicon::{Meaning, Weight};

/// Least share of the smaller signature's weight that both have.
const LEAST_OVERLAP: f32 = 0.55;
/// Least share of the joint weight that both have.
const LEAST_JACCARD: f32 = 0.32;
/// Least share of the joint weight where each has a telling word that the other lacks.
const LEAST_SUBSTITUTED: f32 = 0.38;
/// Tenths that a generic word weighs.
const GENERIC: u8 = 3;
/// Least weight that both have: two generic words alone say nothing.
const LEAST_SHARED: f32 = 0.85;
/// Longest message whose words are read.
const READ_BYTES: usize = 16 << 10;
/// Most words of a signature.
const MOST_WORDS: usize = 128;

/// A request for code.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// The language that it names or shows.
    pub language: Option<Language>,
    /// By what the same wish is known again.
    pub signature: Signature,
}

/// What is left of a wish: hashes of its words and of what guards them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Signature {
    words: Vec<Word>,
    /// Adjacent words joined: `guest book` is `guestbook`.
    joined: Vec<u64>,
    numbers: Vec<u64>,
    negated: Vec<u64>,
    names: Vec<u64>,
    code: Option<u64>,
    /// For each telling word: the whole sentence with a gap in its place.
    frames: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Word {
    hash: u64,
    /// Tenths.
    weight: u8,
    /// Family whose members exclude each other; 0: none.
    family: u8,
}

/// The intent of a conversation's last user message; `None` if it asks for no code.
pub fn of(messages: &[Box<RawValue>]) -> Option<Intent> {
    let text = message::last_user_text(messages);
    (text.len() <= READ_BYTES).then(|| read(&text)).flatten()
}

/// The intent of a message.
pub(crate) fn read(text: &str) -> Option<Intent> {
    let (prose, code, shown) = split(text);
    let prose = lexicon::without_examples(&prose);
    let words = lexicon::words(&prose);
    let asks = words.iter().any(|word| lexicon::is_request(word)) && words.iter().any(|word| lexicon::is_program(word));
    let named = lexicon::named(&words);
    let continues = shown.is_some() && prose.trim().is_empty();
    let wants = asks
        || (named.is_some() && (words.iter().any(|word| lexicon::is_request(word)) || lexicon::is_bare_wish(&words)))
        || continues;
    if !wants {
        return None;
    }
    Some(Intent { language: named.or(shown), signature: signature(&prose, &words, &code) })
}

/// A message's prose, its code, and the language of its last unit of code.
fn split(text: &str) -> (String, String, Option<Language>) {
    let mut holder = Holder::new(hold::Limits::default());
    holder.push(text);
    holder.finish();
    let (mut prose, mut code, mut language, mut at) = (String::new(), String::new(), None, 0);
    while let Some(step) = holder.next() {
        let (Step::Unit(unit) | Step::Listed(unit)) = step else { continue };
        prose.push_str(text.get(at..unit.block.start).unwrap_or_default());
        at = unit.block.end;
        code.push_str(&unit.text);
        language = unit.language.or(language);
    }
    prose.push_str(text.get(at..).unwrap_or_default());
    (prose.replace("```", " "), code, language)
}

fn signature(prose: &str, words: &[String], code: &str) -> Signature {
    let mut found = Signature {
        numbers: sorted(lexicon::numbers(prose)),
        names: sorted(lexicon::names(prose)),
        ..Signature::default()
    };
    let mut last: Option<String> = None;
    let mut negation = false;
    let (mut sentence, mut gaps) = (Vec::new(), Vec::new());
    for word in words.iter().take(MOST_WORDS) {
        if lexicon::is_opposed(word) {
            gaps.push(sentence.len());
        }
        sentence.push(hash(word));
        let meaning = match lexicon::meaning(word) {
            Meaning::Negation => {
                negation = true;
                continue;
            }
            Meaning::Nothing => {
                negation = negation && lexicon::is_article(word);
                continue;
            }
            Meaning::Word(meaning) => meaning,
        };
        let hash = hash(&meaning.canonical);
        if meaning.weight != Weight::Generic {
            gaps.push(sentence.len() - 1);
        }
        sentence.pop();
        sentence.push(hash);
        if std::mem::take(&mut negation) {
            found.negated.push(hash);
        }
        found.words.push(Word { hash, weight: weight(meaning.weight), family: meaning.family });
        if let Some(last) = last.replace(word.clone()) {
            found.joined.push(self::hash(&stem::stem(&format!("{last}{word}"))));
        }
    }
    found.frames = sorted(gaps.into_iter().map(|gap| frame(&sentence, gap)));
    found.words.sort_unstable();
    found.words.dedup();
    found.joined = sorted(found.joined.into_iter());
    found.negated = sorted(found.negated.into_iter());
    let lines: Vec<&str> = code.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    found.code = (!lines.is_empty()).then(|| hash(&lines.join("\n")));
    found
}

/// A sentence's hash with a gap in the place of one word.
fn frame(sentence: &[u64], gap: usize) -> u64 {
    let words = sentence.iter().enumerate().map(|(at, word)| if at == gap { 0 } else { *word });
    words.flat_map(u64::to_be_bytes).fold(FNV_START, fnv)
}

const fn weight(weight: Weight) -> u8 {
    match weight {
        Weight::Generic => GENERIC,
        Weight::Action => 6,
        Weight::Full => 10,
    }
}

fn sorted(hashes: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut all: Vec<u64> = hashes.take(MOST_WORDS).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// FNV-1a, 64 bits: stable over releases, as stored signatures need.
fn hash(text: &str) -> u64 {
    text.bytes().fold(FNV_START, fnv)
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

impl Signature {
    /// How alike two wishes are, in (0, 1]; `None` where they are not the same wish.
    pub fn likeness(&self, other: &Self) -> Option<f32> {
        let guarded = self.code != other.code
            || self.numbers != other.numbers
            || self.negated != other.negated
            || (!self.names.is_empty() && !other.names.is_empty() && self.names != other.names)
            || self.is_one_word_from(other);
        if guarded || !self.families_agree(other) {
            return None;
        }
        let total = |signature: &Self| signature.words.iter().map(|word| f32::from(word.weight) / 10.0).sum::<f32>();
        let shared: f32 =
            self.words.iter().filter(|word| other.has(word)).map(|word| f32::from(word.weight) / 10.0).sum();
        let back: f32 =
            other.words.iter().filter(|word| self.has(word)).map(|word| f32::from(word.weight) / 10.0).sum();
        let shared = f32::midpoint(shared, back);
        let (one, two) = (total(self), total(other));
        let (overlap, jaccard) = (shared / one.min(two), shared / (one + two - shared));
        // Where each has a telling word that the other lacks, one may have been put in the other's place.
        let differs = |one: &Self, other: &Self| one.words.iter().any(|word| word.weight > GENERIC && !other.has(word));
        let least = if differs(self, other) && differs(other, self) { LEAST_SUBSTITUTED } else { LEAST_JACCARD };
        (shared >= LEAST_SHARED && overlap >= LEAST_OVERLAP && jaccard >= least).then_some(jaccard.min(1.0))
    }

    fn has(&self, word: &Word) -> bool {
        self.words.iter().any(|own| own.hash == word.hash) || self.joined.binary_search(&word.hash).is_ok()
    }

    /// Whether the sentences are the same but for one telling word.
    fn is_one_word_from(&self, other: &Self) -> bool {
        self.frames != other.frames && self.frames.iter().any(|frame| other.frames.binary_search(frame).is_ok())
    }

    /// Whether no family of words has members here that stand against others there.
    fn families_agree(&self, other: &Self) -> bool {
        let members = |signature: &Self, family: u8| -> Vec<u64> {
            signature.words.iter().filter(|word| word.family == family).map(|word| word.hash).collect()
        };
        (1..=lexicon::LAST_FAMILY).all(|family| {
            let (one, two) = (members(self, family), members(other, family));
            let common = one.iter().filter(|hash| two.contains(hash)).count();
            if one.is_empty() || two.is_empty() {
                return true;
            }
            if family < lexicon::FIRST_NOUNS { common > 0 } else { common == one.len() || common == two.len() }
        })
    }
}

#[cfg(test)]
mod tests;
