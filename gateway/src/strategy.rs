//! How a unit is secured: the trait that every strategy has, and what goes in and out; never talks to the upstream itself.

mod candidate;
mod drive;
pub mod encourage;
mod indent;
pub mod llm_only;
mod mend;
pub(crate) mod message;
pub mod none;
pub(crate) mod prompt;
pub mod promsec;
pub mod resample;
pub mod rewrite;
pub mod safecoder;
mod scope;
pub(crate) mod standing;
pub mod template;
pub mod template_greedy;
#[cfg(test)]
mod tests;
mod wording;

use std::cmp::Ordering;
use std::time::Duration;

use analyzers::edit::Edit;
use analyzers::finding::{Class, Confidence, Finding, Severity};
use analyzers::scan::Analysis;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;

use crate::exchange::Verdict;
use crate::external::{External, Failure};
use crate::requirement::RequirementId;
use crate::unit::Unit;
use crate::unit::ahead::Ahead;

/// Secures one unit. Never fails: what goes wrong is told in the [`Outcome`], with the best candidate so far.
pub trait Strategy: Send + Sync + std::fmt::Debug {
    /// Its name, as configuration and headers spell it.
    fn name(&self) -> &'static str;

    /// What it may do at most.
    fn reach(&self) -> Reach;

    /// Judges the unit and, where the rules say so, finds its replacement.
    fn secure<'a>(&'a self, job: Job<'a>) -> BoxFuture<'a, Outcome>;
}

/// Every strategy, as configuration and headers spell it.
pub const NAMES: [&str; 16] = [
    "promsec",
    "rewrite",
    "llm-only",
    "template:1",
    "template:2",
    "template:3",
    "template:4",
    "template:5",
    "template:6",
    "template:7",
    "template-greedy",
    "encourage",
    "safecoder",
    "safecoder-only",
    "resample",
    "none",
];

/// Whether the strategy of that name asks a security-tuned model, which the policy then has to name.
pub fn needs_tuned_model(name: &str) -> bool {
    matches!(name, "safecoder" | "safecoder-only")
}

/// What a strategy may do at most. One is stricter than another if it does no less in either way; of two strategies each
/// of which does something that the other does not, none is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Whether it rewrites code.
    pub rewrites: bool,
    /// How often it asks a model.
    pub asks: Asking,
}

impl PartialOrd for Reach {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.rewrites.cmp(&other.rewrites), self.asks.cmp(&other.asks)) {
            (Ordering::Equal, order) | (order, Ordering::Equal) => Some(order),
            (one, another) => (one == another).then_some(one),
        }
    }
}

/// How often a strategy asks a model for one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asking {
    /// Never.
    Never,
    /// At most once.
    Once,
    /// As often as the limits allow.
    Often,
}

/// What is done about findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// Nothing is altered, everything is reported.
    Observe,
    /// What can be secured is; what remains passes with its verdict.
    Repair,
    /// As repair, but what remains at or above the policy's level is withheld.
    Enforce,
}

impl Mode {
    /// Lower-case name, as configuration and headers spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Repair => "repair",
            Self::Enforce => "enforce",
        }
    }

    /// The mode of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Observe, Self::Repair, Self::Enforce].into_iter().find(|mode| mode.name() == name)
    }
}

/// A floor under findings: both must be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Least severity.
    pub severity: Severity,
    /// Least confidence.
    pub confidence: Confidence,
}

impl Level {
    /// Whether the finding counts and reaches this level.
    pub fn reached(&self, finding: &Finding) -> bool {
        finding.class == Class::Issue && finding.severity >= self.severity && finding.confidence >= self.confidence
    }
}

/// How a re-prompt is worded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptForm {
    /// The user's own words, requirements appended: one call.
    Append,
    /// The paper's form: the model describes ĉ, then writes it anew from the description: two calls.
    Reverse,
}

/// When a rewrite is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    /// A verified rewrite without a finding at the trigger is the answer.
    Rewrite,
    /// The model is asked all the same; the better of the two is the answer.
    Answer,
}

/// What `enforce` does with example code (DESIGN: quoted and example code).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Examples {
    /// Passes, reported.
    Pass,
    /// Is treated as any other unit.
    Treat,
}

/// What a policy says about securing; the defaults are those of the design.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// What is done about findings.
    pub mode: Mode,
    /// Findings from here on are rewritten.
    pub rewrite_at: Level,
    /// Findings from here on are worth a call to the model.
    pub ask_at: Level,
    /// Findings from here on are withheld by `enforce`.
    pub block_at: Level,
    /// When a rewrite is enough.
    pub accept: Accept,
    /// How a re-prompt is worded.
    pub prompt: PromptForm,
    /// What `enforce` does with example code.
    pub examples: Examples,
    /// Weight of k in eq. 1.
    pub alpha: f32,
    /// Weight of the functional discrepancy d in eq. 1.
    pub beta: f32,
    /// The loop ends when k is at most this.
    pub epsilon: f32,
    /// Most rounds of the loop for one unit.
    pub iterations: u32,
    /// The upstream's name of the security-tuned model, for strategies that ask one.
    pub tuned_model: Option<String>,
}

impl Default for Rules {
    fn default() -> Self {
        let level = |severity, confidence| Level { severity, confidence };
        Self {
            mode: Mode::Repair,
            rewrite_at: level(Severity::Low, Confidence::Medium),
            ask_at: level(Severity::Medium, Confidence::Medium),
            block_at: level(Severity::Medium, Confidence::Medium),
            accept: Accept::Rewrite,
            prompt: PromptForm::Append,
            examples: Examples::Pass,
            alpha: 1.0,
            beta: 1.0,
            epsilon: 0.0,
            iterations: 3,
            tuned_model: None,
        }
    }
}

/// What the exchange still has for extra calls, over all of its units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allowance {
    /// Extra upstream calls.
    pub calls: u32,
    /// Tokens, prompt and output together; `None` without a limit.
    pub tokens: Option<u64>,
    /// Money in millionths of a dollar; `None` without a limit.
    pub cost_micros: Option<u64>,
    /// When the loop must have ended.
    pub deadline: tokio::time::Instant,
}

/// One unit to secure, with all that may be used to judge it.
#[derive(Debug)]
pub struct Job<'a> {
    /// The request's messages as the client sent them.
    pub messages: &'a [Box<RawValue>],
    /// The answer up to [`Unit::block`], as it was released.
    pub answer: &'a str,
    /// The unit.
    pub unit: &'a Unit,
    /// What was read of it before its end.
    pub ahead: Option<Ahead>,
    /// Code of the units released before it in this choice, as released.
    pub released: &'a [String],
    /// Requirements that the prompt already had.
    pub added: &'a [RequirementId],
    /// What the policy says.
    pub rules: &'a Rules,
    /// Analyzers that judge beside the builtin.
    pub external: &'a External,
    /// What is left for extra calls.
    pub allowance: Allowance,
    /// The way to the model.
    pub ask: &'a dyn Ask,
}

/// A way to call the client's model again. Reserves against the budget, has its own idempotency key, is not streamed.
pub trait Ask: Send + Sync + std::fmt::Debug {
    /// Sends the client's request with other messages. Everything else stays as the client sent it.
    fn ask(&self, prompt: Prompt) -> BoxFuture<'_, Result<Answer, AskError>>;
}

/// Why the model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Answer again, with requirements.
    Again,
    /// Only the corrected block.
    Block,
    /// Describe a program (the first half of the reverse form).
    Describe,
    /// Name the weaknesses of a program.
    Find,
    /// Answer the request as it is, by another model.
    Generate,
}

impl Purpose {
    /// Lower-case name, as reports spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Again => "again",
            Self::Block => "block",
            Self::Describe => "describe",
            Self::Find => "find",
            Self::Generate => "generate",
        }
    }
}

/// What is sent.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// Why.
    pub purpose: Purpose,
    /// The messages to send.
    pub messages: Vec<Box<RawValue>>,
    /// The model to ask; `None`: the client's.
    pub model: Option<String>,
}

/// What came back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The content of the first choice.
    pub text: String,
    /// Its tool calls.
    pub calls: Vec<ToolCall>,
    /// Whether it ended by itself (finish reason `stop` or `tool_calls`), not by a limit or a filter.
    pub complete: bool,
    /// Prompt tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Price in millionths of a dollar.
    pub cost_micros: u64,
}

/// A tool call of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolCall {
    /// The tool's name.
    pub name: String,
    /// Its arguments, JSON text.
    pub arguments: String,
}

/// Why there is no answer. Never an error to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AskError {
    /// The budget or a limit of the key has no room for the call.
    #[error("the call could not be reserved")]
    Reserve,
    /// It took too long.
    #[error("the call took too long")]
    Timeout,
    /// The upstream refused or broke.
    #[error("the upstream failed")]
    Upstream,
    /// The client left.
    #[error("the client left")]
    Cancelled,
}

/// One extra call and what it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Why the model was asked.
    pub purpose: Purpose,
    /// The requirements in the prompt.
    pub requirements: Vec<RequirementId>,
    /// Prompt tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Price in millionths of a dollar.
    pub cost_micros: u64,
    /// How long the call took.
    pub elapsed: Duration,
    /// Why it gave nothing.
    pub error: Option<AskError>,
    /// k of its candidate, `None` where it gave no usable code.
    pub k: Option<f32>,
    /// Whether its candidate passed verification.
    pub verified: bool,
}

/// How a unit stands in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Code that the answer proposes.
    Proposed,
    /// A quote of the conversation: scanned, never changed.
    Quoted,
    /// Shown as a bad example: scanned; changed only where the policy treats examples.
    Example,
}

impl Standing {
    /// Lower-case name, as reports spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Quoted => "quoted",
            Self::Example => "example",
        }
    }
}

/// What takes the unit's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Ready to be sent: already encoded for the unit's carrier.
    pub text: String,
    /// `false`: takes the place of [`Unit::span`]. `true`: of everything from the start of [`Unit::block`] to the end of
    /// the choice.
    pub tail: bool,
    /// Whether it withholds the unit: the choice ends with `content_filter`, a tool call is dropped whole with this text
    /// as content.
    pub withheld: bool,
}

/// What securing a unit came to.
#[derive(Debug)]
pub struct Outcome {
    /// The unit's verdict.
    pub verdict: Verdict,
    /// How it stands in the conversation.
    pub standing: Standing,
    /// What takes its place; `None`: its original bytes are released.
    pub replacement: Option<Replacement>,
    /// The code that now stands there (before encoding); `None` without a replacement.
    pub code: Option<String>,
    /// The analysis of the original; `None` where nothing was read.
    pub before: Option<Analysis>,
    /// Findings that remain in what is released; those of `before` without a replacement.
    pub after: Vec<Finding>,
    /// Similarity of the released code to the original, in [0, 1].
    pub similarity: f32,
    /// The edits that the released code applies.
    pub applied: Vec<Edit>,
    /// Extra calls, in order.
    pub rounds: Vec<Round>,
    /// Rounds of the loop, the first rewrite included.
    pub iterations: u32,
    /// Environment variables that must now be configured.
    pub variables: Vec<String>,
    /// Requirements whose addition verifiably lowered k: worth remembering for the intent.
    pub learned: Vec<RequirementId>,
    /// External analyzers that had nothing to say, and why.
    pub failed: Vec<(&'static str, Failure)>,
    /// Time in analysis, rewriting (graph, model, edits) and verification.
    pub timings: Timings,
}

/// Where the time went, extra calls apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// Parsing and scanning.
    pub analyse: Duration,
    /// Graph, model, edits and their verification.
    pub rewrite: Duration,
    /// Verification of the model's candidates.
    pub verify: Duration,
}
