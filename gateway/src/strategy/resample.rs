//! Asks again without a word more: the control for all strategies that ask, never a rewrite.

use analyzers::program::Limits;
use futures_util::future::BoxFuture;

use super::drive::{self, Parts, Plan, Turn};
use super::{Asking, Job, Outcome, Reach, Strategy};

/// Draws new answers to the same request and keeps the best that is verified.
#[derive(Debug, Clone)]
pub struct Resample(Parts);

impl Resample {
    /// With bounds on what is analysed.
    pub fn new(limits: Limits) -> Self {
        Self(Parts { rewriter: None, plan: Plan { then: Some(Turn::Repeat), ..Plan::NOTHING }, limits })
    }
}

impl Strategy for Resample {
    fn name(&self) -> &'static str {
        "resample"
    }

    fn reach(&self) -> Reach {
        Reach { rewrites: false, asks: Asking::Often }
    }

    fn secure<'a>(&'a self, job: Job<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(drive::secure(&self.0, job))
    }
}
