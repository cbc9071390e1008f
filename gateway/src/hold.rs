//! Tells prose from code in an answer while it arrives: bytes in, decisions out; never waits, never looks at chunk
//! borders.
//!
//! How the stream layer uses it, one [`Holder`] per choice:
//!
//! 1. `push` every piece of the choice's content, then take `next` until it is `None`; at the end of the choice
//!    `finish`, then `next` until `None` again.
//! 2. [`Step::Pass`] decides everything below `upto` that no unit holds: release those bytes as they came.
//! 3. [`Step::Unit`] is a whole unit. Everything below `unit.block.start` has been passed before. Nothing from
//!    `unit.block.start` on may be released before its verdict: then either the original bytes of `unit.block`, or the
//!    original opening line (`block.start .. span.start`) and the replacement of `unit.span`, or, for a replacement with
//!    `tail`, its text in place of everything from `block.start` to the end of the choice (feed no more, stop asking).
//!    The closing line comes with a later `Pass`.
//! 4. [`Step::Listed`] is a unit in a language that no analyzer reads (`csv`, `console`, `kotlin`, …): its bytes have been
//!    passed already; it is there for the report and for the verdict `unscanned`.
//! 5. While bytes are pushed but neither passed nor part of a delivered unit, they are held (`held` says how many).
//!
//! Steps come in order of offsets, `upto` never falls, and the same bytes give the same steps however they are cut;
//! only where a `Pass` ends may differ between cuts.

pub(crate) mod class;
mod lexer;
mod line;
mod open;

use std::collections::VecDeque;

use analyzers::lang::{Language, detect};

use crate::unit::{Carrier, Unit};
use class::Class;
use lexer::Lexer;
use line::{Fence, Inside, Opening};

/// Bounds on what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest unit in bytes; what is longer passes unread after this much, and the unit says `truncated`.
    pub unit_bytes: usize,
    /// Longest part of a paragraph's first line that is held until it is classed code or prose.
    pub class_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { unit_bytes: 1 << 20, class_bytes: 256 }
    }
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Every byte below this offset that belongs to no unit is decided: release it.
    Pass {
        /// One past the last decided byte.
        upto: usize,
    },
    /// A whole unit that waits for its verdict.
    Unit(Unit),
    /// A unit that no analyzer reads; its bytes have passed.
    Listed(Unit),
}

/// How often a unit may be ended after all at a closer that stood in a string, before strings are no longer heeded.
const MOST_RETURNS: usize = 16;
/// Deepest nesting of Markdown blocks in Markdown blocks.
const DEEPEST_DOCUMENT: usize = 8;
/// How much of a line is looked at for a fence and its label.
const HEAD_BYTES: usize = 1024;
/// How much of a flowing block is kept, to say what it was.
const KEPT_BYTES: usize = 4096;

/// The state of one choice's content.
#[derive(Debug)]
pub struct Holder {
    limits: Limits,
    /// Content from `base` on.
    buffer: String,
    /// Offset of the buffer's first byte.
    base: usize,
    /// Start of the line that is read next.
    at: usize,
    /// Up to here no line break was found after `at`.
    searched: usize,
    /// One past the last byte that is decided.
    decided: usize,
    finished: bool,
    state: State,
    /// Fences of Markdown documents that stand open around this place.
    documents: Vec<Fence>,
    /// How often a closer in a string was taken after all.
    returns: usize,
    steps: VecDeque<Step>,
}

#[derive(Debug)]
enum State {
    /// At the start of a line of prose; `paragraph` says that code may start here.
    Start { paragraph: bool },
    /// In a line of prose; `colon` says that what has passed of it ends with one.
    Line { colon: bool },
    /// In a fence that waits for its end.
    Held(Held),
    /// In a fence that flows.
    Flowing(Flowing),
    /// In code without a fence.
    Bare(Bare),
}

#[derive(Debug)]
struct Held {
    fence: Fence,
    label: String,
    block: usize,
    start: usize,
    /// The first bare closer that stood inside a string, and the start of the line after it.
    closer: Option<(usize, usize)>,
    lexer: Option<Lexer>,
    /// How far the lexer has read.
    read: usize,
}

/// How a unit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// By its closing line, or with the quote that held it.
    Seen,
    /// With the answer.
    Missing,
    /// By the limit.
    Cut,
}

#[derive(Debug)]
struct Flowing {
    fence: Fence,
    /// What is listed at its end; `None` for the rest of a unit that was too long.
    listed: Option<Unit>,
    /// Whether the next byte stands in the middle of a line.
    inside_line: bool,
}

#[derive(Debug)]
struct Bare {
    start: usize,
    hint: Option<Language>,
    lexer: Lexer,
    /// End of the last line that was not blank.
    end: usize,
    /// Whether the line before was blank.
    blank: bool,
}

impl Holder {
    /// At the start of an answer.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            buffer: String::new(),
            base: 0,
            at: 0,
            searched: 0,
            decided: 0,
            finished: false,
            state: State::Start { paragraph: true },
            documents: Vec::new(),
            returns: 0,
            steps: VecDeque::new(),
        }
    }

    /// Takes the next piece of the content.
    pub fn push(&mut self, text: &str) {
        self.buffer.push_str(text);
        self.advance();
    }

    /// Says that the content is complete.
    pub fn finish(&mut self) {
        self.finished = true;
        self.advance();
        self.decide(self.end());
    }

    /// The next decision, `None` until more bytes come.
    #[expect(clippy::should_implement_trait, reason = "not an iterator: more may come after `None`")]
    pub fn next(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// Bytes that were pushed and are not decided yet.
    pub fn held(&self) -> usize {
        self.end() - self.decided
    }

    fn end(&self) -> usize {
        self.base + self.buffer.len()
    }

    fn slice(&self, from: usize, to: usize) -> &str {
        self.buffer.get(from - self.base..to - self.base).unwrap_or_default()
    }

    /// One past the line at `at`, and whether it is whole.
    fn line_end(&mut self) -> (usize, bool) {
        let from = self.searched.max(self.at);
        if let Some(newline) = self.slice(from, self.end()).bytes().position(|byte| byte == b'\n') {
            self.searched = from;
            return (from + newline + 1, true);
        }
        self.searched = self.end();
        (self.end(), self.finished)
    }

    /// Decides everything below `upto`.
    fn decide(&mut self, upto: usize) {
        if upto <= self.decided {
            return;
        }
        self.decided = upto;
        if let Some(Step::Pass { upto: last }) = self.steps.back_mut() {
            *last = upto;
        } else {
            self.steps.push_back(Step::Pass { upto });
        }
    }

    /// Reads as far as the bytes allow, then forgets what is decided.
    fn advance(&mut self) {
        loop {
            let moved = match &self.state {
                State::Start { .. } => self.start(),
                State::Line { .. } => self.prose(),
                State::Held(_) => self.held_line(),
                State::Flowing(_) => self.flowing_line(),
                State::Bare(_) => self.bare_line(),
            };
            if !moved {
                break;
            }
        }
        let spent = self.decided.min(self.at) - self.base;
        if spent > self.buffer.len() / 2 {
            self.buffer.drain(..spent);
            self.base += spent;
        }
    }

    /// At the start of a line of prose.
    fn start(&mut self) -> bool {
        let State::Start { paragraph } = self.state else { return false };
        let (next, whole) = self.line_end();
        if next == self.at {
            return false;
        }
        // Of a very long line its head decides, whether the rest has come or not.
        let long = next - self.at > HEAD_BYTES;
        let head_end = if long { self.boundary(self.at + HEAD_BYTES) } else { next };
        let head = self.slice(self.at, head_end);
        match line::opening(head, whole || long) {
            Opening::Yes(fence, info) => {
                let label = line::label(&head[info]).to_owned();
                self.open(fence, label, head_end);
                return true;
            }
            Opening::Open => return false,
            Opening::No => {}
        }
        let containers = line::containers(head);
        if whole && !long && head[containers.rest..].trim().is_empty() {
            self.pass_line(next);
            return true;
        }
        if paragraph && containers.quotes == 0 && !containers.list {
            let text = self.slice(self.at, self.end());
            match class::paragraph(text, self.finished, self.limits.class_bytes) {
                Class::Open => return false,
                Class::Prose => {}
                Class::Code(hint) => {
                    self.decide(self.at);
                    // Of a longer line only what decided is heeded: the rest may have come or not.
                    let seen = self.boundary(next.min(self.at + self.limits.class_bytes));
                    let lexer = Lexer::new(hint.unwrap_or_else(|| class::family(self.slice(self.at, seen))));
                    self.state = State::Bare(Bare { start: self.at, hint, lexer, end: self.at, blank: false });
                    return true;
                }
            }
        }
        self.state = State::Line { colon: false };
        true
    }

    /// In a line of prose: everything up to its end flows.
    fn prose(&mut self) -> bool {
        let State::Line { colon } = self.state else { return false };
        let (next, _) = self.line_end();
        let line = self.slice(self.at, next);
        if line.is_empty() {
            return false;
        }
        let text = line.trim_end();
        let colon = if text.is_empty() { colon } else { text.ends_with(':') };
        let ended = line.ends_with('\n');
        self.at = next;
        self.decide(next);
        self.state = if ended { State::Start { paragraph: colon } } else { State::Line { colon } };
        true
    }

    /// Reads the opening line of a fence whose content starts at `next`.
    fn open(&mut self, fence: Fence, label: String, next: usize) {
        let bare = label.is_empty();
        let document =
            self.documents.last().is_some_and(|open| bare && open.mark == fence.mark && fence.length >= open.length);
        if document {
            self.documents.pop();
            self.pass_line(next);
        } else if is_document(&label) && self.documents.len() < DEEPEST_DOCUMENT {
            self.documents.push(fence);
            self.pass_line(next);
        } else if bare || language_of_label(&label).is_some() || is_plain(&label) {
            let block = self.at;
            self.at = next;
            self.decide(block);
            self.state = State::Held(Held { fence, label, block, start: next, closer: None, lexer: None, read: next });
        } else {
            let block = self.at..next;
            let listed = Unit {
                carrier: Carrier::Fence,
                language: None,
                label,
                block,
                span: next..next,
                text: String::new(),
                prefix: fence.prefix(),
                closed: false,
                truncated: false,
            };
            self.at = next;
            self.decide(next);
            self.state = State::Flowing(Flowing { fence, listed: Some(listed), inside_line: false });
        }
    }

    fn pass_line(&mut self, next: usize) {
        self.at = next;
        self.decide(next);
        self.state = State::Start { paragraph: true };
    }

    /// One line of a fence that waits for its end.
    fn held_line(&mut self) -> bool {
        let (next, whole) = self.line_end();
        let State::Held(held) = &self.state else { return false };
        if next - held.start > self.limits.unit_bytes {
            return self.overflow();
        }
        let line = self.slice(self.at, next);
        if line.is_empty() || !whole {
            return self.finished && self.end_of_held();
        }
        let fence = held.fence;
        let inside = fence.inside(line);
        if let (true, Inside::Content(from)) = (self.at == held.start && is_plain(&held.label), inside)
            && class::line(&line[from..]) == Class::Prose
        {
            return self.flow_held();
        }
        match inside {
            Inside::Content(_) => self.at = next,
            Inside::Left => self.close_held(self.at, self.at, Ending::Seen),
            Inside::Closer if self.in_string(fence) => {
                if let State::Held(held) = &mut self.state {
                    held.closer.get_or_insert((self.at, next));
                }
                self.at = next;
            }
            Inside::Closer => self.close_held(self.at, next, Ending::Seen),
        }
        true
    }

    /// Lets a block flow that was held to see its first line.
    fn flow_held(&mut self) -> bool {
        let State::Held(held) = std::mem::replace(&mut self.state, State::Start { paragraph: true }) else {
            return false;
        };
        let listed = Unit {
            carrier: Carrier::Fence,
            language: None,
            label: held.label,
            block: held.block..held.start,
            span: held.start..held.start,
            text: String::new(),
            prefix: held.fence.prefix(),
            closed: false,
            truncated: false,
        };
        self.decide(held.start);
        self.state = State::Flowing(Flowing { fence: held.fence, listed: Some(listed), inside_line: false });
        true
    }

    /// Whether the code of the held fence, up to the line at `at`, ends inside a string.
    fn in_string(&mut self, fence: Fence) -> bool {
        let at = self.at;
        if self.returns >= MOST_RETURNS {
            return false;
        }
        let State::Held(held) = &self.state else { return false };
        let lexer = held.lexer.clone().or_else(|| {
            let language =
                language_of_label(&held.label).or_else(|| detect::language(&decode(fence, self.slice(held.start, at))));
            language.map(Lexer::new)
        });
        let Some(mut lexer) = lexer else { return false };
        for line in self.slice(held.read, at).split_inclusive('\n') {
            if let Inside::Content(from) = fence.inside(line) {
                lexer.line(&line[from..]);
            }
        }
        let inside = lexer.in_string();
        if let State::Held(held) = &mut self.state {
            held.lexer = Some(lexer);
            held.read = at;
        }
        inside
    }

    /// The answer ended inside a held fence.
    fn end_of_held(&mut self) -> bool {
        if !self.close_at_closer() {
            self.close_held(self.end(), self.end(), Ending::Missing);
        }
        true
    }

    /// Ends the held fence at the closer that seemed to stand in a string, if there was one.
    fn close_at_closer(&mut self) -> bool {
        let State::Held(Held { closer: Some((end, next)), .. }) = self.state else { return false };
        self.returns += 1;
        self.searched = 0;
        self.close_held(end, next, Ending::Seen);
        true
    }

    /// Ends the held fence: its code ends at `end`, reading goes on at `next`.
    fn close_held(&mut self, end: usize, next: usize, ending: Ending) {
        let State::Held(held) = std::mem::replace(&mut self.state, State::Start { paragraph: true }) else { return };
        let text = decode(held.fence, self.slice(held.start, end));
        let language = language_of(&held.label, &text);
        self.at = next;
        if text.trim().is_empty() {
            self.decide(next);
            return;
        }
        let unit = Unit {
            carrier: Carrier::Fence,
            language,
            label: held.label,
            block: held.block..end,
            span: held.start..end,
            text,
            prefix: held.fence.prefix(),
            closed: ending == Ending::Seen,
            truncated: ending == Ending::Cut,
        };
        self.give(unit);
        self.decide(next);
    }

    /// Hands a unit over, or lists it where no analyzer reads it.
    fn give(&mut self, unit: Unit) {
        let (start, end) = (unit.block.start, unit.block.end);
        if unit.language.is_some() {
            self.decide(start);
            self.steps.push_back(Step::Unit(unit));
            self.decided = self.decided.max(end);
        } else {
            self.decide(end);
            self.steps.push_back(Step::Listed(unit));
        }
    }

    /// The held fence is longer than a unit may be.
    fn overflow(&mut self) -> bool {
        if self.close_at_closer() {
            return true;
        }
        let State::Held(held) = &self.state else { return false };
        let (fence, start) = (held.fence, held.start);
        let inside_line = self.at == start;
        let cut = if inside_line { self.boundary(start + self.limits.unit_bytes) } else { self.at };
        self.close_held(cut, cut, Ending::Cut);
        self.state = State::Flowing(Flowing { fence, listed: None, inside_line });
        true
    }

    /// The last character border at or below `offset`.
    fn boundary(&self, offset: usize) -> usize {
        (self.base..=offset).rev().find(|&at| self.buffer.is_char_boundary(at - self.base)).unwrap_or(self.base)
    }

    /// One piece of a fence that flows: its bytes pass at once, its lines are watched for its end.
    fn flowing_line(&mut self) -> bool {
        let (next, whole) = self.line_end();
        let State::Flowing(flowing) = &self.state else { return false };
        let line = self.slice(self.at, next);
        if line.is_empty() {
            if self.finished {
                self.list(false, self.at);
                self.state = State::Start { paragraph: true };
            }
            return false;
        }
        let inside = if flowing.inside_line { Inside::Content(0) } else { flowing.fence.inside(line) };
        // What may still become the closing line is read again when it is whole; its bytes pass all the same, unless the
        // line may yet turn out to stand outside the quote of the fence, where a unit may begin.
        if !whole && !flowing.inside_line && (line.len() < HEAD_BYTES || inside == Inside::Closer) {
            if flowing.fence.quotes == 0 || matches!(inside, Inside::Content(from) if !line[from..].trim().is_empty()) {
                self.decide(next);
            }
            return false;
        }
        match inside {
            Inside::Closer => {
                self.list(true, self.at);
                self.pass_line(next);
            }
            Inside::Left => {
                self.list(true, self.at);
                self.state = State::Start { paragraph: true };
            }
            Inside::Content(from) => {
                let (text, inside_line) = (line[from..].to_owned(), !line.ends_with('\n'));
                if let State::Flowing(flowing) = &mut self.state {
                    flowing.inside_line = inside_line;
                    if let Some(unit) = &mut flowing.listed {
                        keep(&mut unit.text, &text);
                    }
                }
                self.at = next;
                self.decide(next);
            }
        }
        true
    }

    /// Lists the block that flowed.
    fn list(&mut self, closed: bool, end: usize) {
        let State::Flowing(flowing) = &mut self.state else { return };
        let Some(mut unit) = flowing.listed.take() else { return };
        unit.closed = closed;
        unit.block.end = end;
        unit.span.end = end;
        unit.truncated = unit.span.len() > unit.text.len() && unit.text.len() >= KEPT_BYTES - 3;
        if !unit.text.trim().is_empty() {
            self.decide(end);
            self.steps.push_back(Step::Listed(unit));
        }
    }

    /// One line of code without a fence.
    fn bare_line(&mut self) -> bool {
        let (next, whole) = self.line_end();
        let State::Bare(bare) = &self.state else { return false };
        let (start, end) = (bare.start, bare.end);
        if next - start > self.limits.unit_bytes {
            let cut = if end > start { end } else { self.boundary(start + self.limits.unit_bytes) };
            self.close_bare(cut, true);
            self.at = cut;
            self.searched = 0;
            self.state = State::Line { colon: false };
            return true;
        }
        let line = self.slice(self.at, next);
        if line.is_empty() && self.finished {
            self.close_bare(end, false);
            return true;
        }
        if !whole {
            return false;
        }
        let content = line.trim_end_matches(['\r', '\n']);
        let content_end = self.at + content.len();
        let blank = content.trim().is_empty();
        if self.at > start && !blank && !bare.lexer.in_text() {
            if matches!(line::opening(line, true), Opening::Yes(..)) {
                self.close_bare(end, false);
                return true;
            }
            if (bare.blank && class::ends_code(content)) || class::sentence(content) {
                self.close_bare(end, false);
                self.decide(self.at);
                self.state = State::Line { colon: false };
                return true;
            }
        }
        let mut lexer = bare.lexer.clone();
        lexer.line(line);
        if let State::Bare(bare) = &mut self.state {
            bare.blank = blank && !lexer.in_text();
            bare.lexer = lexer;
            if !blank {
                bare.end = content_end;
            }
        }
        self.at = next;
        true
    }

    /// Ends the bare code at `end`; reading goes on at the line that ended it.
    fn close_bare(&mut self, end: usize, truncated: bool) {
        let State::Bare(bare) = std::mem::replace(&mut self.state, State::Start { paragraph: true }) else { return };
        let raw = self.slice(bare.start, end);
        let prefix = common_indent(raw).to_owned();
        let text = undented(raw, prefix.len());
        let language = language_of("", &text).or(bare.hint);
        let span = bare.start..end;
        let unit = Unit {
            carrier: Carrier::Bare,
            language,
            label: String::new(),
            block: span.clone(),
            span,
            text,
            prefix,
            closed: true,
            truncated,
        };
        self.give(unit);
    }
}

/// Adds to what is kept of a flowing block, as far as there is room.
fn keep(kept: &mut String, text: &str) {
    let room = KEPT_BYTES.saturating_sub(kept.len()).min(text.len());
    let end = (0..=room).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    kept.push_str(&text[..end]);
}

/// The code in a fence's content, without what belongs to lists and quotes.
fn decode(fence: Fence, raw: &str) -> String {
    if fence.quotes == 0 && fence.indent == 0 {
        return raw.to_owned();
    }
    raw.split_inclusive('\n')
        .map(|line| match fence.inside(line) {
            Inside::Content(from) => &line[from..],
            // A closer that stands in a string.
            Inside::Closer | Inside::Left => line.trim_start_matches(['>', ' ', '\t']),
        })
        .collect()
}

/// The indentation that every line has that is not blank.
fn common_indent(raw: &str) -> &str {
    let indent = |line: &'_ str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let mut lines = raw.lines().filter(|line| !line.trim().is_empty());
    let Some(first) = lines.next() else { return "" };
    let mut common = &first[..indent(first)];
    for line in lines {
        let shared = common.bytes().zip(line.bytes()).take_while(|(one, other)| one == other).count();
        common = &common[..shared];
    }
    common
}

/// `raw` without the first `width` bytes of each line, which are blanks; shorter blank lines become empty.
fn undented(raw: &str, width: usize) -> String {
    raw.split_inclusive('\n')
        .map(|line| {
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            &line[width.min(blanks)..]
        })
        .collect()
}

/// The language of a label: a name, or the path of a file.
fn language_of_label(label: &str) -> Option<Language> {
    Language::from_label(label).or_else(|| Language::from_path(label))
}

/// The language to read `text` as: its label's, unless there is none, it says nothing or the text contradicts it.
fn language_of(label: &str, text: &str) -> Option<Language> {
    match language_of_label(label) {
        Some(labelled) => Some(detect::labelled(labelled, text)),
        None => detect::language(text),
    }
}

/// Whether a text without a label has lines of code.
pub(crate) fn reads_as_code(text: &str) -> bool {
    text.lines().take(100).any(|line| matches!(class::line(line), Class::Code(_)))
}

/// The language that a text without a label reads as, `None` where that does not show.
pub(crate) fn read_language(text: &str) -> Option<Language> {
    detect::language(text)
}

/// Whether a label says that the block is Markdown itself: blocks inside it are units.
fn is_document(label: &str) -> bool {
    ["markdown", "md", "mdx"].iter().any(|name| label.eq_ignore_ascii_case(name))
}

/// Whether a label says nothing about the language.
fn is_plain(label: &str) -> bool {
    ["text", "txt", "plain", "plaintext", "code", "snippet", "none", "output"]
        .iter()
        .any(|name| label.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests;
