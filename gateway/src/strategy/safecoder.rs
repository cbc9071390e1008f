//! A security-tuned model as the generator (SafeCoder), alone or before `promsec`: every extra call goes to the model that
//! the policy names, the first with the client's request as it is. The client's own call is never redirected.

use std::sync::Arc;

use analyzers::program::Limits;
use futures_util::future::BoxFuture;
use models::rewriter::Rewriter;

use super::drive::{self, Parts, Plan};
use super::{Asking, Job, Outcome, Reach, Strategy};

/// Has a security-tuned model answer what the client's model answered with weaknesses.
#[derive(Debug, Clone)]
pub struct SafeCoder(Parts);

impl SafeCoder {
    /// `safecoder-only`: its answer, or the original; one call, no rewrite.
    pub fn alone(limits: Limits) -> Self {
        Self(Parts { rewriter: None, plan: Plan { tuned: true, ..Plan::NOTHING }, limits })
    }

    /// `safecoder`: the loop of `promsec` goes on from there.
    pub fn before_promsec(rewriter: Arc<Rewriter>, limits: Limits) -> Self {
        Self(Parts { rewriter: Some(rewriter), plan: Plan { tuned: true, ..Plan::REQUIRE }, limits })
    }
}

impl Strategy for SafeCoder {
    fn name(&self) -> &'static str {
        if self.0.rewriter.is_some() { "safecoder" } else { "safecoder-only" }
    }

    fn reach(&self) -> Reach {
        match &self.0.rewriter {
            Some(_) => Reach { rewrites: true, asks: Asking::Often },
            None => Reach { rewrites: false, asks: Asking::Once },
        }
    }

    fn secure<'a>(&'a self, job: Job<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(drive::secure(&self.0, job))
    }
}
