//! The fixed texts one after another, on the best code so far (BL2 of the PromSec paper); never rewrites.

use analyzers::program::Limits;
use futures_util::future::BoxFuture;

use super::drive::{self, Parts, Plan};
use super::{Asking, Job, Outcome, Reach, Strategy, template};

/// Tries the templates in order until one clears the code or a limit is met.
#[derive(Debug, Clone)]
pub struct TemplateGreedy(Parts);

impl TemplateGreedy {
    /// With bounds on what is analysed.
    pub fn new(limits: Limits) -> Self {
        let plan = Plan { turns: &template::TURNS, ..Plan::NOTHING };
        Self(Parts { rewriter: None, plan, limits })
    }
}

impl Strategy for TemplateGreedy {
    fn name(&self) -> &'static str {
        "template-greedy"
    }

    fn reach(&self) -> Reach {
        Reach { rewrites: false, asks: Asking::Often }
    }

    fn secure<'a>(&'a self, job: Job<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(drive::secure(&self.0, job))
    }
}
