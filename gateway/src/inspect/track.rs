//! One text of an answer, a choice's content or a tool call's arguments: what of it is decided and what takes whose
//! place; never knows events.

use std::collections::VecDeque;
use std::ops::Range;

use analyzers::program;

use crate::hold::{Holder, Limits, Step};
use crate::strategy::Replacement;
use crate::unit::Unit;
use crate::unit::ahead::Ahead;
use crate::wire::tool;

/// Which text of a choice, in the order in which a client reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The content.
    Content,
    /// The arguments of one tool call.
    Call(u32),
}

#[derive(Debug)]
struct Change {
    range: Range<usize>,
    text: String,
}

/// The state of one text.
#[derive(Debug)]
pub(super) struct Track {
    /// Position of its choice.
    pub(super) choice: usize,
    pub(super) kind: Kind,
    /// Name of the tool.
    pub(super) tool: String,
    text: String,
    holder: Holder,
    /// Steps of a call's arguments, which are told once they are complete.
    steps: VecDeque<Step>,
    decided: usize,
    finished: bool,
    settled: bool,
    changes: Vec<Change>,
    /// Whether it goes out at all.
    silent: bool,
    /// What stands in its place as content, if it was withheld whole.
    withheld: Option<String>,
    /// What was read of the unit that is being held.
    reading: Option<Reading>,
}

/// A unit that is read ahead.
#[derive(Debug)]
struct Reading {
    /// Where its block starts.
    block: usize,
    /// One past what was read.
    upto: usize,
    ahead: Ahead,
}

impl Track {
    pub(super) fn new(choice: usize, kind: Kind, limits: Limits) -> Self {
        Self {
            choice,
            kind,
            tool: String::new(),
            text: String::new(),
            holder: Holder::new(limits),
            steps: VecDeque::new(),
            decided: 0,
            finished: false,
            settled: false,
            changes: Vec::new(),
            silent: false,
            withheld: None,
            reading: None,
        }
    }

    /// Takes the next piece and tells where it stands.
    pub(super) fn push(&mut self, text: &str) -> (usize, usize) {
        let start = self.text.len();
        self.text.push_str(text);
        if self.kind == Kind::Content && !self.finished && !self.settled {
            self.holder.push(text);
        }
        (start, self.text.len())
    }

    /// Says that it is complete.
    pub(super) fn finish(&mut self, limits: Limits) {
        if self.finished {
            return;
        }
        self.finished = true;
        match self.kind {
            Kind::Content => self.holder.finish(),
            Kind::Call(_) if self.settled => {}
            Kind::Call(_) => {
                let found = tool::find(&self.tool, &self.text, limits);
                self.steps.extend(found.listed.into_iter().map(Step::Listed));
                self.steps.extend(found.units.into_iter().map(Step::Unit));
            }
        }
    }

    /// Reads what has come of the unit that is being held. One unit at a time: the next is read ahead when this one was
    /// taken.
    pub(super) fn read_ahead(&mut self, limits: &program::Limits) {
        if self.kind != Kind::Content || self.settled {
            self.reading = None;
            return;
        }
        if self.reading.as_ref().is_some_and(|reading| reading.block < self.decided) {
            self.reading = None;
        }
        let Some(open) = self.holder.open_unit() else { return };
        let fresh = || Reading { block: open.block, upto: 0, ahead: Ahead::new(open.language, *limits) };
        let reading = self.reading.get_or_insert_with(fresh);
        if reading.block == open.block {
            reading.ahead.grow(&open.code(reading.upto));
            reading.upto = open.upto;
            if open.ends {
                reading.ahead.seems_to_end();
            }
        }
    }

    /// What was read ahead of a unit.
    pub(super) fn take_ahead(&mut self, unit: &Unit) -> Option<Ahead> {
        let reading = self.reading.take_if(|reading| reading.block == unit.block.start)?;
        Some(reading.ahead)
    }

    /// The next decision, `None` until more comes.
    pub(super) fn step(&mut self) -> Option<Step> {
        if self.settled {
            return None;
        }
        let step = match self.kind {
            Kind::Content => self.holder.next(),
            Kind::Call(_) => self.steps.pop_front(),
        };
        match &step {
            Some(Step::Pass { upto }) => self.decided = self.decided.max(*upto),
            None if self.finished => self.settle_all(),
            _ => {}
        }
        step
    }

    /// Says what takes the place of a unit.
    pub(super) fn settle(&mut self, unit: &Unit, replacement: Option<&Replacement>) {
        if self.kind == Kind::Content {
            self.decided = self.decided.max(unit.block.end);
        }
        let Some(replacement) = replacement else { return };
        let text = replacement.text.clone();
        match self.kind {
            Kind::Call(_) if replacement.withheld => {
                self.withheld = Some(text);
                self.settle_all();
            }
            Kind::Content if replacement.tail || replacement.withheld => {
                self.changes.push(Change { range: unit.block.start..usize::MAX, text });
                self.settle_all();
            }
            _ => self.changes.push(Change { range: unit.span.clone(), text }),
        }
    }

    fn settle_all(&mut self) {
        self.settled = true;
        self.decided = usize::MAX;
    }

    /// Nothing of it goes out.
    pub(super) fn silence(&mut self) {
        self.silent = true;
        self.steps.clear();
        self.settle_all();
    }

    pub(super) fn is_silent(&self) -> bool {
        self.silent
    }

    pub(super) fn withheld(&self) -> Option<&str> {
        self.withheld.as_deref()
    }

    /// One past the last byte that is decided.
    pub(super) fn decided(&self) -> usize {
        self.decided
    }

    /// Whether it is complete and decided to its end.
    pub(super) fn is_settled(&self) -> bool {
        self.settled
    }

    /// What goes out in place of a piece; `None` where the piece is unchanged. A replacement goes out with the piece in
    /// which its range begins.
    pub(super) fn map(&self, start: usize, end: usize) -> Option<String> {
        let mut out = String::new();
        let (mut at, mut changed) = (start, false);
        for change in self.changes.iter().filter(|change| change.range.start < end && change.range.end > start) {
            changed = true;
            if change.range.start >= start {
                out.push_str(self.text.get(at..change.range.start).unwrap_or_default());
                out.push_str(&change.text);
            }
            at = change.range.end.min(end);
        }
        out.push_str(self.text.get(at..end).unwrap_or_default());
        changed.then_some(out)
    }

    /// Its text up to `upto` as it was released.
    pub(super) fn released(&self, upto: usize) -> String {
        let end = upto.min(self.text.len());
        self.map(0, end).unwrap_or_else(|| self.text.get(..end).unwrap_or_default().to_owned())
    }
}
