//! Seven fixed texts, one per strategy (BL1 of the PromSec paper): one extra call, never a rewrite.
//!
//! The idea is that of Pearce et al., "Examining Zero-Shot Vulnerability Repair with Large Language Models": no help
//! (`n.h.`), a bug fixed (`s.1`), the bug named (`s.2`), the vulnerable code commented out with the bug named (`c.`), in
//! another form (`c.a.`), with the analyzer's message (`c.m.`), without its first token (`c.n.`). The words are ours, for
//! models that are talked to instead of completing code.

use analyzers::program::Limits;
use futures_util::future::BoxFuture;

use super::drive::{self, Parts, Plan, Turn};
use super::wording::Wording;
use super::{Asking, Job, Outcome, Reach, Strategy};

macro_rules! text {
    ($number:literal) => {
        Turn::Say(&Wording::new(include_str!(concat!("../../../config/prompts/template-", $number, ".txt"))))
    };
}

/// The texts, from the least help to the most.
pub(super) static TURNS: [Turn; 7] = [text!(1), text!(2), text!(3), text!(4), text!(5), text!(6), text!(7)];

const NAMES: [&str; 7] =
    ["template:1", "template:2", "template:3", "template:4", "template:5", "template:6", "template:7"];

/// Asks once with one of the texts.
#[derive(Debug, Clone)]
pub struct Template {
    name: &'static str,
    parts: Parts,
}

impl Template {
    /// One strategy per text, with bounds on what is analysed.
    pub fn all(limits: Limits) -> impl Iterator<Item = Self> {
        NAMES.into_iter().zip(TURNS.chunks(1)).map(move |(name, turns)| {
            let plan = Plan { turns, ..Plan::NOTHING };
            Self { name, parts: Parts { rewriter: None, plan, limits } }
        })
    }
}

impl Strategy for Template {
    fn name(&self) -> &'static str {
        self.name
    }

    fn reach(&self) -> Reach {
        Reach { rewrites: false, asks: Asking::Once }
    }

    fn secure<'a>(&'a self, job: Job<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(drive::secure(&self.parts, job))
    }
}
