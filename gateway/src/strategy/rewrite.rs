//! The graph rewrite alone (the paper's A2); never asks the model.

use std::sync::Arc;

use analyzers::program::Limits;
use futures_util::future::BoxFuture;
use models::rewriter::Rewriter;

use super::drive::{self, Parts, Plan};
use super::{Asking, Job, Outcome, Reach, Strategy};

/// Rewrites, never asks.
#[derive(Debug, Clone)]
pub struct Rewrite(Parts);

impl Rewrite {
    /// With a rewriter and bounds on what is analysed.
    pub fn new(rewriter: Arc<Rewriter>, limits: Limits) -> Self {
        Self(Parts { rewriter: Some(rewriter), plan: Plan::NOTHING, limits })
    }
}

impl Strategy for Rewrite {
    fn name(&self) -> &'static str {
        "rewrite"
    }

    fn reach(&self) -> Reach {
        Reach { rewrites: true, asks: Asking::Never }
    }

    fn secure<'a>(&'a self, job: Job<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(drive::secure(&self.0, job))
    }
}
