//! What lines of a language begin with, end with or hold: data.

mod classes;
mod data;
mod native;
mod scripts;
mod web;

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
    weight: u32,
    texts: &'static [&'static str],
}

impl Signs {
    /// What a line says by these, `None` for nothing.
    pub(super) fn weight(&self, line: &str) -> Option<u32> {
        let fits = |text: &&str| match self.at {
            At::Start => line.starts_with(text),
            At::End => line.ends_with(text),
            At::Has => line.contains(text),
            At::Whole => line == *text,
        };
        self.texts.iter().any(fits).then_some(self.weight)
    }
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
pub(super) const SIGNS: &[&[Signs]] = &[scripts::SIGNS, web::SIGNS, classes::SIGNS, native::SIGNS, data::SIGNS];
