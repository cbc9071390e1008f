//! Code that a unit holds as text (commands for a shell, scripts of a page, statements of a database), with where each
//! byte of it stands in the unit; one level deep and bounded.

mod commands;
mod files;

use crate::lang::Language;
use crate::rule::Context;
use crate::syntax::{Kind, NodeId, Span};

/// Most texts of one unit that are looked into.
const MOST: usize = 64;
/// Longest of them, in bytes; of a page's script.
const LONGEST: usize = 1 << 13;
const LONGEST_SCRIPT: usize = 1 << 17;
/// Most bytes of all of them.
const MOST_BYTES: usize = 1 << 18;

/// One such text.
#[derive(Debug)]
pub(crate) struct Inner {
    /// What it is read as.
    pub(crate) language: Language,
    /// What it says.
    pub(crate) text: String,
    /// The node that a finding in it is about.
    pub(crate) node: NodeId,
    /// All of it, where nothing closer is known.
    whole: Span,
    /// From which of its bytes on it stands where: ascending pairs.
    marks: Vec<(usize, usize)>,
}

impl Inner {
    /// Where a part of it stands in the unit.
    pub(crate) fn place(&self, span: Span) -> Span {
        if self.marks.is_empty() {
            return self.whole;
        }
        let start = self.byte(span.start as usize);
        let end = self.byte(span.end.saturating_sub(1) as usize) + 1;
        let place = Span::new(start, end.max(start));
        if self.whole.contains(place) { place } else { self.whole }
    }

    fn byte(&self, at: usize) -> usize {
        let mark = self.marks.partition_point(|&(inner, _)| inner <= at).saturating_sub(1);
        self.marks.get(mark).map_or(at, |&(inner, outer)| outer + at.saturating_sub(inner))
    }
}

/// The texts of a unit that are code.
pub(crate) fn of(context: &Context<'_>) -> Vec<Inner> {
    let mut found = Found { list: Vec::new(), bytes: 0 };
    if context.program().language.is_data() {
        files::collect(context, &mut found);
    } else {
        commands::collect(context, &mut found);
    }
    found.list
}

/// What was found so far.
struct Found {
    list: Vec<Inner>,
    bytes: usize,
}

impl Found {
    fn is_full(&self) -> bool {
        self.list.len() >= MOST || self.bytes >= MOST_BYTES
    }

    fn push(&mut self, inner: Inner) {
        let longest = if inner.language.is_script() { LONGEST_SCRIPT } else { LONGEST };
        if !self.is_full() && inner.text.len() <= longest && !inner.text.trim().is_empty() {
            self.bytes += inner.text.len();
            self.list.push(inner);
        }
    }

    /// A part of the unit as it stands, with `mask` over what the language does not know; the length stays.
    fn part(
        &mut self,
        context: &Context<'_>,
        language: Language,
        node: NodeId,
        span: Span,
        mask: impl Fn(&str) -> String,
    ) {
        let Some(text) = context.text().get(span.range()) else { return };
        let masked = mask(text);
        let text = if masked.len() == text.len() { masked } else { text.to_owned() };
        let whole = context.tree().span(node);
        self.push(Inner { language, text, node, whole, marks: vec![(0, span.start as usize)] });
    }

    /// What a literal says, or a constant whose parts stand in several places.
    fn constant(&mut self, context: &Context<'_>, language: Language, node: NodeId, value: NodeId) {
        let whole = context.tree().span(node);
        if context.kind(value) == Kind::String {
            let content = context.tree().content_span(value);
            let raw = context.text().get(content.range()).unwrap_or_default();
            let Some(text) = context.tree().string(value, context.text()) else { return };
            let marks = marks(raw, &text, content.start as usize);
            return self.push(Inner { language, text: text.into_owned(), node, whole, marks });
        }
        if let Some(text) = context.string(value) {
            self.push(Inner { language, text: text.to_owned(), node, whole, marks: Vec::new() });
        }
    }
}

/// Where the bytes of a decoded literal stand: both texts are gone through together, an escape at a time.
fn marks(raw: &str, decoded: &str, start: usize) -> Vec<(usize, usize)> {
    let mut marks = vec![(0, start)];
    if raw.len() == decoded.len() {
        return marks;
    }
    let (raw, decoded) = (raw.as_bytes(), decoded.as_bytes());
    let (mut at, mut inner) = (0, 0);
    while at < raw.len() && inner < decoded.len() {
        if raw.get(at) == decoded.get(inner) && raw.get(at) != Some(&b'\\') {
            (at, inner) = (at + 1, inner + 1);
            continue;
        }
        // An escape of two bytes stands for one; after a longer one the texts are brought together again.
        let after = decoded.get(inner + 1);
        let step = (2..=10).find(|step| after.is_none() || raw.get(at + step) == after).unwrap_or(2);
        (at, inner) = (at + step, inner + 1);
        marks.push((inner, start + at));
    }
    marks
}

#[cfg(test)]
mod tests;
