//! Runs a data set through strategies and judges what comes out; every program goes through the gateway's own pipeline.
//!
//! **No second loop.** Each program is one request to a gateway in this process. What the model says stands behind it:
//! the program itself where there is one to repair, a recorded answer, the script, or a live service ([`standin`]).
//! **Nothing is flattered.** Code that does not parse afterwards has failed and counts as not cleared; a figure that
//! needs a live model is printed as not measured, with the command that measures it.

pub mod chart;
pub mod dataset;
mod gateway;
pub mod judge;
pub mod plot;
mod reading;
pub mod replay;
pub mod results;
pub mod run;
mod standin;
pub mod summary;
pub mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use judge::Judgement;

/// Strategies of `eval` beside the gateway's own: other choosers in place of the graph model, as baselines.
pub const BASELINES: [&str; 2] = ["greedy", "rule-order"];

/// What stands in the model's place. Every table says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// Nothing: code is repaired without a model.
    None,
    /// Recorded answers: shows rewriting, verification, selection and calls, never the effect of prompts.
    Replay,
    /// A script: shows control flow only.
    Scripted,
    /// An OpenAI-compatible service.
    Live,
}

impl Model {
    /// Lower-case name, as tables spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Replay => "replay",
            Self::Scripted => "scripted",
            Self::Live => "live",
        }
    }

    /// What tables made with it can show.
    pub const fn shows(self) -> &'static str {
        match self {
            Self::None => "no model is asked: rewriting and verification alone",
            Self::Replay => {
                "recorded answers: rewriting, verification, selection and calls; never the effect of prompts"
            }
            Self::Scripted => "a fixed script: control flow only",
            Self::Live => "a live model",
        }
    }
}

/// What became of one program under one strategy.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// What was run: program, strategy, graph, model and seed. Unique in a results file.
    pub key: String,
    /// The program's name in its data set.
    pub id: String,
    /// The strategy.
    pub strategy: String,
    /// The graph that the model of edits reads.
    pub graph: String,
    /// The language model.
    pub model: String,
    /// Which repetition.
    pub seed: u32,
    /// Why there is no result; everything below is empty then.
    pub error: Option<String>,
    /// The answer's verdict.
    pub verdict: String,
    /// Whether the program parsed before.
    pub parsed: bool,
    /// Whether it no longer parses, or what was to be judged is gone.
    pub failed: bool,
    /// Whether it was changed.
    pub changed: bool,
    /// What each judge says of the program before.
    pub before: BTreeMap<String, Judgement>,
    /// What each judge says of it after.
    pub after: BTreeMap<String, Judgement>,
    /// The judged code, where it was changed.
    pub code: Option<String>,
    /// Similarity to the original, in [0, 1].
    pub similarity: f32,
    /// Rounds of the loop, the first rewrite included.
    pub iterations: u32,
    /// Edits applied.
    pub edits: Vec<String>,
    /// Calls of the model that were answered.
    pub queries: u32,
    /// Calls of the model that gave nothing.
    pub unanswered: u32,
    /// Prompt tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Price in millionths of a dollar.
    pub cost_micros: u64,
    /// Analysis, rewriting, verification and extra calls, in microseconds.
    pub time_us: u64,
}
