//! From a program with findings to its best verified rewrite: graph → gGAN → edits → verify; never releases a candidate
//! that Verify refused.

use std::path::PathBuf;

use analyzers::edit::Edit;
use analyzers::graph::{self, GraphKind};
use analyzers::program::Program;
use analyzers::rewrite;
use analyzers::scan::Analysis;
use analyzers::verify::{self, Verified};

use crate::decode;
use crate::encode;
use crate::session::{Pool, Scores};
use crate::side;

/// Most edits of one round that are scored; what lies beyond waits for the next round.
const MOST_EDITS: usize = 400;
/// Most candidates that one round verifies.
const MOST_TRIES: usize = 48;
/// Most rounds of rewriting and analysing again.
const MOST_ROUNDS: usize = 4;

/// Who chooses among the candidate edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chooser {
    /// The gGAN's generator.
    Gan,
    /// The edit that lowers the measured k most.
    Greedy,
    /// The first edit of each group, in catalogue order.
    RuleOrder,
}

/// Where inference runs. One process runs one backend: the first that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// tract, pure Rust, built in.
    Tract,
    /// The ONNX Runtime library at this path.
    OnnxRuntime(PathBuf),
}

/// How to build a [`Rewriter`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Graph that the model reads.
    pub graph: GraphKind,
    /// Inference backend.
    pub backend: Backend,
    /// Who chooses.
    pub chooser: Chooser,
    /// Model file to use in place of the built-in weights; its side file lies beside it.
    pub weights: Option<PathBuf>,
}

/// What rewriting came to.
#[derive(Debug)]
pub struct Rewritten {
    /// The best verified candidate, if any edit helped. Its similarity is to the original program.
    pub verified: Option<Verified>,
    /// The edits that the candidate applies; spans of later rounds refer to the text of the round before.
    pub applied: Vec<Edit>,
    /// Every edit that was considered, with the chooser's weight in its conflict group (for the gGAN a probability).
    pub considered: Vec<(Edit, f32)>,
}

/// Why a model could not be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The operator must mend the model file or its side file.
    #[error("the model file does not fit: {0}")]
    Model(String),
    /// The operator must mend the backend's settings.
    #[error("the inference backend failed: {0}")]
    Backend(String),
    /// The caller gave a graph that cannot be run.
    #[error("the graph cannot be run: {0}")]
    Input(String),
}

/// Rewrites programs; cheap to share, safe to call from many threads.
#[derive(Debug)]
pub struct Rewriter {
    graph: GraphKind,
    chooser: Chooser,
    pool: Pool,
}

/// A verified state on the way: the program, its analysis, and what led there.
struct Step {
    verified: Verified,
    edits: Vec<usize>,
}

impl Rewriter {
    /// Loads the weights for the chosen graph and backend.
    #[expect(clippy::needless_pass_by_value, reason = "options are made for one rewriter")]
    pub fn new(options: Options) -> Result<Self, ModelError> {
        let model = side::load(options.graph, options.weights.as_deref())?;
        let pool = Pool::open(model, &options.backend)?;
        Ok(Self { graph: options.graph, chooser: options.chooser, pool })
    }

    /// The generator's probability of every edit in its conflict group.
    pub fn probabilities(&self, program: &Program, edits: &[Edit]) -> Result<Vec<f32>, ModelError> {
        let (scores, rows) = self.score(program, edits)?;
        let score = |at: usize, choice: usize| scores.get(*rows.get(at)?, choice);
        let mut probabilities = vec![0.0; edits.len()];
        for group in decode::groups(edits, score) {
            for (&at, &probability) in group.edits.iter().zip(&group.probabilities) {
                probabilities[at] = probability;
            }
        }
        Ok(probabilities)
    }

    /// Scores the neighbourhood of the edits, and says which row each edit stands on. An edit whose node the graph does
    /// not hold, or a unit larger than the model takes, gets a row without scores.
    fn score(&self, program: &Program, edits: &[Edit]) -> Result<(Scores, Vec<u32>), ModelError> {
        let encoding = encode::encode(program, &graph::build(program, self.graph));
        let rows: Vec<Option<u32>> = edits.iter().map(|edit| encoding.row(program, edit.node)).collect();
        let wanted: Vec<u32> = rows.iter().flatten().copied().collect();
        if wanted.is_empty() {
            return Ok((Scores::new(Vec::new()), vec![u32::MAX; edits.len()]));
        }
        let (tensors, places) = encoding.tensors.around(&wanted);
        let place = |row: Option<u32>| row.and_then(|row| places.get(&row).copied()).unwrap_or(u32::MAX);
        let rows = rows.into_iter().map(place).collect();
        match tensors.validate() {
            Ok(()) => Ok((self.pool.run(&tensors)?, rows)),
            Err(encode::Refusal::TooLarge) => Ok((Scores::new(Vec::new()), rows)),
            Err(refusal) => Err(ModelError::Input(refusal.to_string())),
        }
    }

    /// The best verified rewrite of `program`. Takes milliseconds and blocks: call it off the reactor.
    ///
    /// The chooser orders the edits, Verify decides: the whole best set first, then what of it verifies, then the other
    /// edits of the groups that are still open. The program is analysed again and rewritten until nothing new applies.
    pub fn rewrite(&self, program: &Program, analysis: &Analysis) -> Result<Rewritten, ModelError> {
        let mut best: Option<Verified> = None;
        let mut applied = Vec::new();
        let mut considered = Vec::new();
        for _ in 0..MOST_ROUNDS {
            let (now, found) = match &best {
                Some(verified) => (&verified.program, &verified.analysis),
                None => (program, analysis),
            };
            let mut edits = rewrite::candidates(now, found);
            edits.truncate(MOST_EDITS);
            if edits.is_empty() {
                break;
            }
            let weights = self.weigh(now, found, &edits)?;
            let step = settle(now, found, &edits, &weights);
            considered.extend(edits.iter().cloned().zip(weights));
            let Some(step) = step else { break };
            let similarity = best.as_ref().map_or(1.0, |before| before.similarity);
            applied.extend(step.edits.iter().map(|&at| edits[at].clone()));
            best = Some(Verified { similarity: similarity * step.verified.similarity, ..step.verified });
        }
        Ok(Rewritten { verified: best, applied, considered })
    }

    /// How much the chooser wants each edit, above 0 where it may be applied at all.
    fn weigh(&self, program: &Program, found: &Analysis, edits: &[Edit]) -> Result<Vec<f32>, ModelError> {
        Ok(match self.chooser {
            Chooser::Gan => self.probabilities(program, edits)?.into_iter().map(|weight| weight.max(1e-6)).collect(),
            Chooser::Greedy => edits.iter().map(|edit| measured(program, found, edit)).collect(),
            Chooser::RuleOrder => (0..edits.len()).map(|at| 1.0 / (1.0 + at as f32)).collect(),
        })
    }
}

/// How far one edit alone lowers k, at least a trace.
fn measured(program: &Program, found: &Analysis, edit: &Edit) -> f32 {
    let after = rewrite::apply(program, &[edit]);
    verify::rewrite(program, found, after, &[edit])
        .map_or(1e-6, |verified| (found.k() - verified.analysis.k()).max(1e-6))
}

/// One round: the best verified set that can be built from `edits` within a bounded number of tries.
fn settle(program: &Program, found: &Analysis, edits: &[Edit], weights: &[f32]) -> Option<Step> {
    let groups = decode::members(edits);
    let mut set = decode::best_set(edits, &groups, |at| weights[at]);
    set.sort_by(|&one, &other| weights[other].total_cmp(&weights[one]).then(one.cmp(&other)));
    let mut search = Search { program, found, edits, tries: 0, best: None };
    search.add(&set);
    let mut rest: Vec<usize> = (0..edits.len()).filter(|at| !set.contains(at)).collect();
    rest.sort_by(|&one, &other| weights[other].total_cmp(&weights[one]).then(one.cmp(&other)));
    for at in rest {
        let free = |step: &Step| {
            step.edits
                .iter()
                .all(|&taken| edits[taken].group != edits[at].group && !decode::overlap(&edits[taken], &edits[at]))
        };
        if search.best.as_ref().is_none_or(free) {
            search.add(&[at]);
        }
    }
    search.best
}

struct Search<'p> {
    program: &'p Program,
    found: &'p Analysis,
    edits: &'p [Edit],
    tries: usize,
    best: Option<Step>,
}

impl Search<'_> {
    /// Adds all of `more` to the best set, or, where Verify refuses that, what of each half it accepts.
    fn add(&mut self, more: &[usize]) {
        if more.is_empty() || self.tries >= MOST_TRIES {
            return;
        }
        self.tries += 1;
        let mut set = self.best.as_ref().map(|step| step.edits.clone()).unwrap_or_default();
        set.extend_from_slice(more);
        set.sort_unstable();
        let applied: Vec<&Edit> = set.iter().map(|&at| &self.edits[at]).collect();
        let after = rewrite::apply(self.program, &applied);
        match verify::rewrite(self.program, self.found, after, &applied) {
            Ok(verified) if self.best.as_ref().is_none_or(|best| value(&verified) < value(&best.verified)) => {
                self.best = Some(Step { verified, edits: set });
            }
            Ok(_) => {}
            Err(_) if more.len() > 1 => {
                let (first, second) = more.split_at(more.len() / 2);
                self.add(first);
                self.add(second);
            }
            Err(_) => {}
        }
    }
}

/// Eq. 1 with α = β = 1: weighted findings plus what was changed.
fn value(verified: &Verified) -> f32 {
    verified.analysis.k() + (1.0 - verified.similarity)
}

#[cfg(test)]
mod tests;
