//! The loop without the graph model (the PromSec paper's ablation A1): asks again with requirements, never rewrites.

use analyzers::program::Limits;
use futures_util::future::BoxFuture;

use super::drive::{self, Parts, Plan};
use super::{Asking, Job, Outcome, Reach, Strategy};

/// Asks again with requirements that follow from findings alone.
#[derive(Debug, Clone)]
pub struct LlmOnly(Parts);

impl LlmOnly {
    /// With bounds on what is analysed.
    pub fn new(limits: Limits) -> Self {
        Self(Parts { rewriter: None, plan: Plan::REQUIRE, limits })
    }
}

impl Strategy for LlmOnly {
    fn name(&self) -> &'static str {
        "llm-only"
    }

    fn reach(&self) -> Reach {
        Reach { rewrites: false, asks: Asking::Often }
    }

    fn secure<'a>(&'a self, job: Job<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(drive::secure(&self.0, job))
    }
}
