//! What lines of a language begin with, end with or hold: data.

mod classes;
mod data;
mod native;
mod scripts;
mod web;

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::Slot;

/// Where in a trimmed line a text must stand.
#[derive(Debug, Clone, Copy)]
enum At {
    Start,
    End,
    Has,
    Whole,
}

/// Texts that speak alike.
pub(super) struct Signs {
    pub(super) slots: &'static [Slot],
    at: At,
    /// What they say for it.
    pub(super) weight: u32,
    texts: &'static [&'static str],
}

/// Finds the texts of all signs in one pass over a line.
struct Finder {
    texts: AhoCorasick,
    /// By text: which sign it belongs to.
    signs: Vec<&'static Signs>,
}

static FINDER: LazyLock<Finder> = LazyLock::new(|| {
    let all = || SIGNS.iter().copied().flatten().flat_map(|signs| signs.texts.iter().map(move |text| (signs, text)));
    let texts = AhoCorasick::new(all().map(|(_, text)| text)).expect("the texts are few and short");
    Finder { texts, signs: all().map(|(signs, _)| signs).collect() }
});

/// The signs that a trimmed line shows, each once.
pub(super) fn shown(line: &str) -> Vec<&'static Signs> {
    let mut shown: Vec<&'static Signs> = Vec::new();
    for found in FINDER.texts.find_overlapping_iter(line) {
        let Some(&signs) = FINDER.signs.get(found.pattern().as_usize()) else { continue };
        let (starts, ends) = (found.start() == 0, found.end() == line.len());
        let fits = match signs.at {
            At::Start => starts,
            At::End => ends,
            At::Has => true,
            At::Whole => starts && ends,
        };
        if fits && !shown.iter().any(|known| std::ptr::eq(*known, signs)) {
            shown.push(signs);
        }
    }
    shown
}

const fn start(slots: &'static [Slot], weight: u32, texts: &'static [&'static str]) -> Signs {
    Signs { slots, at: At::Start, weight, texts }
}

const fn end(slots: &'static [Slot], weight: u32, texts: &'static [&'static str]) -> Signs {
    Signs { slots, at: At::End, weight, texts }
}

const fn has(slots: &'static [Slot], weight: u32, texts: &'static [&'static str]) -> Signs {
    Signs { slots, at: At::Has, weight, texts }
}

const fn whole(slots: &'static [Slot], weight: u32, texts: &'static [&'static str]) -> Signs {
    Signs { slots, at: At::Whole, weight, texts }
}

/// Those of all languages.
static SIGNS: &[&[Signs]] = &[scripts::SIGNS, web::SIGNS, classes::SIGNS, native::SIGNS, data::SIGNS];
