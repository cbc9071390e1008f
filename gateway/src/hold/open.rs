//! The unit that is being held, before its end: for those who read it ahead. Decides nothing.

use analyzers::lang::Language;

use super::line::{Fence, Inside};
use super::{Holder, State, decode, language_of_label};

/// A fenced unit without its end yet, whose label says its language.
#[derive(Debug)]
pub(crate) struct Open<'h> {
    holder: &'h Holder,
    fence: Fence,
    /// Where its code starts.
    start: usize,
    /// Where its block starts.
    pub(crate) block: usize,
    /// Its language.
    pub(crate) language: Language,
    /// One past its last whole line.
    pub(crate) upto: usize,
    /// Whether what has come of the next line would end it.
    pub(crate) ends: bool,
}

impl Open<'_> {
    /// Its code in the whole lines from `from` on.
    pub(crate) fn code(&self, from: usize) -> String {
        decode(self.fence, self.holder.slice(from.max(self.start), self.upto))
    }
}

impl Holder {
    /// The unit that is being held, if it is a fence whose label says its language.
    pub(crate) fn open_unit(&self) -> Option<Open<'_>> {
        let State::Held(held) = &self.state else { return None };
        let language = language_of_label(&held.label)?;
        let next = self.slice(self.at, self.end());
        let ends = !next.is_empty() && held.fence.inside(next) == Inside::Closer;
        let (fence, start, block, upto) = (held.fence, held.start, held.block, self.at);
        Some(Open { holder: self, fence, start, block, language, upto, ends })
    }
}
