//! PromSec: rewrites by the graph model first, then asks with a better prompt; never asks where a rewrite is enough.

use std::sync::Arc;

use analyzers::program::Limits;
use futures_util::future::BoxFuture;
use models::rewriter::Rewriter;

use super::drive::{self, Parts, Plan};
use super::{Asking, Job, Outcome, Reach, Strategy};

/// The default strategy.
#[derive(Debug, Clone)]
pub struct Promsec(Parts);

impl Promsec {
    /// With a rewriter and bounds on what is analysed.
    pub fn new(rewriter: Arc<Rewriter>, limits: Limits) -> Self {
        Self(Parts { rewriter: Some(rewriter), plan: Plan::REQUIRE, limits })
    }
}

impl Strategy for Promsec {
    fn name(&self) -> &'static str {
        "promsec"
    }

    fn reach(&self) -> Reach {
        Reach { rewrites: true, asks: Asking::Often }
    }

    fn secure<'a>(&'a self, job: Job<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(drive::secure(&self.0, job))
    }
}
