//! What of an answer may go out: a queue of original events over the text tracks they carry, one track per choice's
//! content and one per tool call. Pure: bytes in, bytes and units out; never waits.
//!
//! **An event goes out as its original bytes unless it holds text that was replaced.** A whole answer is one event, so
//! that streamed and whole answers with the same content carry the same final text.

use std::collections::VecDeque;

use analyzers::program;
use bytes::Bytes;

use crate::admit::Usage;
use crate::hold::{Limits, Step};
use crate::sse::{Event, Place};
use crate::strategy::Replacement;
use crate::unit::Unit;
use crate::unit::ahead::Ahead;
use crate::wire::answer::{self, Answer};
use crate::wire::json;

mod render;
mod track;

use track::{Kind, Track};

/// How answers are handled.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Bounds of holding.
    pub hold: Limits,
    /// Whether the model's reasoning is removed.
    pub drop_reasoning: bool,
    /// Whether a chunk with usage figures alone is removed.
    pub drop_usage: bool,
}

/// A unit that waits for its verdict.
#[derive(Debug, Clone)]
pub struct Pending {
    track: usize,
    /// The choice it stands in.
    pub choice: u32,
    /// The unit.
    pub unit: Unit,
    /// The choice's content before it, as released.
    pub answer: String,
    /// Code of the units before it in this choice, as released.
    pub released: Vec<String>,
}

impl Pending {
    /// A unit that stands in no answer.
    pub fn alone(unit: Unit) -> Self {
        Self { track: 0, choice: 0, unit, answer: String::new(), released: Vec::new() }
    }
}

/// A unit that no analyzer reads.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The choice it stands in.
    pub choice: u32,
    /// The unit.
    pub unit: Unit,
}

#[derive(Debug, Default)]
struct ChoiceState {
    index: u32,
    /// Whether no more text of it is expected.
    ended: bool,
    /// Whether its `finish_reason` was seen.
    finish_seen: bool,
    change: Change,
    /// Code that was released in it.
    released: Vec<String>,
}

/// What became of a choice.
#[derive(Debug, Default)]
struct Change {
    /// Whether a unit of it was withheld: it ends with `content_filter`.
    withheld: bool,
    /// Whether its text was replaced to the end.
    replaced: bool,
    /// Whether anything in the choice was changed.
    any: bool,
}

/// A piece of a track in an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    track: usize,
    start: usize,
    end: usize,
}

#[derive(Debug)]
struct Item {
    event: Event,
    pieces: Vec<Piece>,
    /// Choices (by position) that end here, or all of them.
    ends: Vec<usize>,
    ends_all: bool,
    /// Whether it is JSON that was read.
    read: bool,
    /// Whether it goes out at all.
    dropped: bool,
}

/// What was met in the events.
#[derive(Debug, Default)]
struct Seen {
    /// Text that could not be read.
    unread: bool,
    /// An event with an `id`.
    id: bool,
    /// The end.
    done: bool,
}

/// The state of one answer.
#[derive(Debug)]
pub struct Inspector {
    rules: Rules,
    streamed: bool,
    tracks: Vec<Track>,
    choices: Vec<ChoiceState>,
    queue: VecDeque<Item>,
    /// Whether a unit waits for its verdict.
    waiting: bool,
    listed: Vec<Listed>,
    usage: Option<Usage>,
    seen: Seen,
    text_bytes: usize,
    held_bytes: usize,
    last_chunk: Option<Bytes>,
}

impl Inspector {
    /// At the start of an answer.
    pub fn new(rules: Rules, streamed: bool) -> Self {
        Self {
            rules,
            streamed,
            tracks: Vec::new(),
            choices: Vec::new(),
            queue: VecDeque::new(),
            waiting: false,
            listed: Vec::new(),
            usage: None,
            seen: Seen::default(),
            text_bytes: 0,
            held_bytes: 0,
            last_chunk: None,
        }
    }

    /// Takes the next event of a stream.
    pub fn push(&mut self, event: Event) {
        self.seen.id |= event.has_id;
        let mut item =
            Item { event, pieces: Vec::new(), ends: Vec::new(), ends_all: false, read: false, dropped: false };
        let data = item.event.data.clone();
        match data.as_ref().map(|data| std::str::from_utf8(data)) {
            None => {}
            Some(Ok("[DONE]")) => {
                self.end();
                item.ends_all = true;
            }
            Some(Ok(text)) => match answer::read(text) {
                Some(answer) => {
                    item.read = true;
                    item.dropped = answer.usage_only && self.rules.drop_usage;
                    self.take(&answer, &mut item);
                    if self.last_chunk.is_none() {
                        self.last_chunk = data;
                    }
                }
                None => self.seen.unread |= carries_text(text),
            },
            Some(Err(_)) => self.seen.unread = true,
        }
        self.held_bytes += item.event.raw.len();
        self.queue.push_back(item);
    }

    /// Takes a whole answer; `false` if it is none.
    pub fn push_whole(&mut self, body: &Bytes) -> bool {
        let Some(answer) = std::str::from_utf8(body).ok().and_then(answer::read) else { return false };
        let event = Event { raw: body.clone(), data: Some(body.clone()), place: Some(Place::Value(0)), has_id: false };
        let mut item = Item { event, pieces: Vec::new(), ends: Vec::new(), ends_all: true, read: true, dropped: false };
        self.take(&answer, &mut item);
        self.end();
        self.queue.push_back(item);
        true
    }

    /// Says that no more events come.
    pub fn end(&mut self) {
        self.seen.done = true;
        for choice in 0..self.choices.len() {
            self.end_choice(choice);
        }
    }

    fn take(&mut self, answer: &Answer<'_>, item: &mut Item) {
        if answer.usage.is_some() {
            self.usage = answer.usage;
        }
        for piece in &answer.choices {
            let choice = self.choice(piece.index);
            let late = self.choices.get(choice).is_some_and(|choice| choice.ended);
            self.seen.unread |= piece.unread || (late && (piece.content.is_some() || !piece.calls.is_empty()));
            if let Some(content) = &piece.content {
                let track = self.track(choice, Kind::Content);
                item.pieces.extend(self.feed(track, &content.text));
            }
            for call in &piece.calls {
                let index = call.index.unwrap_or_else(|| self.call_index(choice, call.begins));
                let track = self.track(choice, Kind::Call(index));
                if let Some(name) = &call.name
                    && let Some(track) = self.tracks.get_mut(track)
                {
                    track.tool.push_str(name);
                }
                let text = call.arguments.as_ref().map_or("", |arguments| &*arguments.text);
                item.pieces.extend(self.feed(track, text));
            }
            if piece.finish.is_some() {
                self.end_choice(choice);
                if let Some(choice) = self.choices.get_mut(choice) {
                    choice.finish_seen = true;
                }
                item.ends.push(choice);
            }
        }
    }

    /// The choice's position, made when it is first seen.
    fn choice(&mut self, index: u32) -> usize {
        self.choices.iter().position(|choice| choice.index == index).unwrap_or_else(|| {
            self.choices.push(ChoiceState { index, ..ChoiceState::default() });
            self.choices.len() - 1
        })
    }

    fn track(&mut self, choice: usize, kind: Kind) -> usize {
        self.find_track(choice, kind).unwrap_or_else(|| {
            let mut track = Track::new(choice, kind, self.rules.hold);
            if self.choices.get(choice).is_some_and(|choice| choice.change.withheld) {
                track.silence();
            }
            self.tracks.push(track);
            self.tracks.len() - 1
        })
    }

    fn find_track(&self, choice: usize, kind: Kind) -> Option<usize> {
        self.tracks.iter().position(|track| track.choice == choice && track.kind == kind)
    }

    /// The call that a piece without an index belongs to: the last one, or the next if it begins one.
    fn call_index(&self, choice: usize, begins: bool) -> u32 {
        let calls = self.tracks.iter().filter(|track| track.choice == choice);
        let last = calls.filter_map(|track| if let Kind::Call(index) = track.kind { Some(index) } else { None }).max();
        match last {
            Some(last) => last + u32::from(begins),
            None => 0,
        }
    }

    fn end_choice(&mut self, choice: usize) {
        let limits = self.rules.hold;
        for track in self.tracks.iter_mut().filter(|track| track.choice == choice) {
            track.finish(limits);
        }
        if let Some(choice) = self.choices.get_mut(choice) {
            choice.ended = true;
        }
    }

    fn feed(&mut self, track: usize, text: &str) -> Option<Piece> {
        self.text_bytes += text.len();
        let (start, end) = self.tracks.get_mut(track)?.push(text);
        Some(Piece { track, start, end })
    }

    /// The next unit that waits for its verdict. One at a time: settle it before the next is told.
    pub fn next_unit(&mut self) -> Option<Pending> {
        if self.waiting {
            return None;
        }
        for index in 0..self.tracks.len() {
            while let Some(step) = self.tracks.get_mut(index).and_then(Track::step) {
                let Some(track) = self.tracks.get(index) else { break };
                let choice = self.choices.get(track.choice);
                let number = choice.map_or(0, |choice| choice.index);
                match step {
                    Step::Pass { .. } => {}
                    Step::Listed(unit) => self.listed.push(Listed { choice: number, unit }),
                    Step::Unit(unit) => {
                        self.waiting = true;
                        let answer = match track.kind {
                            Kind::Content => track.released(unit.block.start),
                            Kind::Call(_) => {
                                let content = self.find_track(track.choice, Kind::Content);
                                content
                                    .and_then(|content| self.tracks.get(content))
                                    .map_or_else(String::new, |content| content.released(usize::MAX))
                            }
                        };
                        let released = choice.map(|choice| choice.released.clone()).unwrap_or_default();
                        return Some(Pending { track: index, choice: number, unit, answer, released });
                    }
                }
            }
        }
        None
    }

    /// Reads what has come of the units that are being held. Changes nothing of what is told or released.
    pub fn read_ahead(&mut self, limits: &program::Limits) {
        self.tracks.iter_mut().for_each(|track| track.read_ahead(limits));
    }

    /// What was read ahead of a unit that is told.
    pub fn take_ahead(&mut self, pending: &Pending) -> Option<Ahead> {
        self.tracks.get_mut(pending.track)?.take_ahead(&pending.unit)
    }

    /// Units that no analyzer reads, since the last time.
    pub fn take_listed(&mut self) -> Vec<Listed> {
        std::mem::take(&mut self.listed)
    }

    /// Says what takes the place of a unit; `code` is the code that then stands there.
    pub fn settle(&mut self, pending: &Pending, replacement: Option<&Replacement>, code: Option<&str>) {
        self.waiting = false;
        let Some(track) = self.tracks.get_mut(pending.track) else { return };
        track.settle(&pending.unit, replacement);
        let Some(choice) = self.choices.get_mut(track.choice) else { return };
        let Some(replacement) = replacement else {
            choice.released.push(pending.unit.text.clone());
            return;
        };
        choice.change.any = true;
        choice.change.withheld |= replacement.withheld;
        choice.change.replaced |= replacement.tail && track.kind == Kind::Content;
        choice.released.extend(code.map(str::to_owned));
        if replacement.withheld {
            // Nothing of this choice goes out after what was withheld.
            let (withheld, kind) = (track.choice, track.kind);
            for other in self.tracks.iter_mut().filter(|other| other.choice == withheld && other.kind > kind) {
                other.silence();
            }
        }
    }

    /// The next bytes that may go out.
    pub fn release(&mut self) -> Option<Bytes> {
        loop {
            let ready = self.queue.front().is_some_and(|item| self.is_decided(item));
            let item = if ready { self.queue.pop_front()? } else { return None };
            self.held_bytes = self.held_bytes.saturating_sub(item.event.raw.len());
            if let Some(bytes) = self.render(&item) {
                return Some(bytes);
            }
        }
    }

    /// Whether the end of the stream is next, everything before it decided and released.
    pub fn is_at_end(&self) -> bool {
        !self.waiting && self.queue.front().map_or(self.seen.done, |item| item.ends_all && self.is_decided(item))
    }

    fn is_decided(&self, item: &Item) -> bool {
        let pieces = item.pieces.iter().all(|piece| {
            // Of a call not even its name goes out before all of it is decided.
            self.tracks.get(piece.track).is_none_or(|track| match track.kind {
                Kind::Content => track.decided() >= piece.end,
                Kind::Call(_) => track.is_settled(),
            })
        });
        let settled = |choice: usize| self.tracks.iter().filter(|track| track.choice == choice).all(Track::is_settled);
        pieces
            && item.ends.iter().all(|choice| settled(*choice))
            && (!item.ends_all || (0..self.choices.len()).all(settled))
    }

    /// Whether something is held back.
    pub fn is_holding(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Bytes of events that are held back.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Whether a comment may be sent.
    pub fn may_comment(&self) -> bool {
        !self.seen.id
    }

    /// Usage figures of the upstream.
    pub fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// Whether something was passed that could not be read.
    pub fn has_unread(&self) -> bool {
        self.seen.unread
    }

    /// Bytes of text so far.
    pub fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// Whether nothing of the rest of the answer will go out: each of its `expected` choices was replaced to its end or
    /// withheld.
    pub fn needs_no_more(&self, expected: usize) -> bool {
        self.choices.len() >= expected.max(1)
            && self.choices.iter().all(|choice| choice.change.replaced || choice.change.withheld)
            && !self.waiting
    }

    /// Ends a stream whose rest is not needed: what is queued goes out, then closing chunks of our own.
    pub fn close_early(&mut self) -> Vec<Bytes> {
        self.end();
        let mut out: Vec<Bytes> = std::iter::from_fn(|| self.release()).collect();
        out.extend(self.closing_chunks());
        out
    }
}

/// Whether JSON that is no chunk may carry text of the model (errors and unknown events do not).
fn carries_text(text: &str) -> bool {
    let mut walk = json::members(text, 0);
    let error = walk.by_ref().any(|member| member.key == "error");
    !error
}

#[cfg(test)]
mod tests;
