//! SecCode's three stages: the client's model wrote the code; it finds and patches weaknesses with encouragement by score;
//! then the analyzer's findings go back to it. The analyzer keeps the score and ends the loop, never the model's word.

use analyzers::program::Limits;
use futures_util::future::BoxFuture;

use super::drive::{self, Parts, Plan, Turn};
use super::wording::Wording;
use super::{Asking, Job, Outcome, Reach, Strategy};

/// Most rounds, as in the paper.
const ROUNDS: u32 = 10;

static FIND: Wording = Wording::new(include_str!("../../../config/prompts/encourage-find.txt"));
static PATCH: Wording = Wording::new(include_str!("../../../config/prompts/encourage-patch.txt"));
static REFINE: Wording = Wording::new(include_str!("../../../config/prompts/encourage-refine.txt"));
static TURNS: [Turn; 2] = [Turn::Consult(&FIND), Turn::Say(&PATCH)];

/// Encouragement prompting.
#[derive(Debug, Clone)]
pub struct Encourage(Parts);

impl Encourage {
    /// With bounds on what is analysed.
    pub fn new(limits: Limits) -> Self {
        let plan = Plan { turns: &TURNS, then: Some(Turn::Say(&REFINE)), most: ROUNDS, ..Plan::NOTHING };
        Self(Parts { rewriter: None, plan, limits })
    }
}

impl Strategy for Encourage {
    fn name(&self) -> &'static str {
        "encourage"
    }

    fn reach(&self) -> Reach {
        Reach { rewrites: false, asks: Asking::Often }
    }

    fn secure<'a>(&'a self, job: Job<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(drive::secure(&self.0, job))
    }
}
