//! Analysis alone; never changes code, though `enforce` may still withhold it.

use analyzers::program::Limits;
use futures_util::future::BoxFuture;

use super::drive::{self, Parts, Plan};
use super::{Asking, Job, Outcome, Reach, Strategy};

/// Judges and reports.
#[derive(Debug, Clone)]
pub struct Untouched(Parts);

impl Untouched {
    /// With bounds on what is analysed.
    pub fn new(limits: Limits) -> Self {
        Self(Parts { rewriter: None, plan: Plan::NOTHING, limits })
    }
}

impl Strategy for Untouched {
    fn name(&self) -> &'static str {
        "none"
    }

    fn reach(&self) -> Reach {
        Reach { rewrites: false, asks: Asking::Never }
    }

    fn secure<'a>(&'a self, job: Job<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(drive::secure(&self.0, job))
    }
}
