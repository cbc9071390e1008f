//! When a candidate may replace the original (METHOD: parses, keeps what is public, strictly lower k, a witness for
//! each finding gone, nothing else changed). Never trusts the candidate.

use crate::edit::Edit;
use crate::program::Program;
use crate::scan::Analysis;

/// Why a candidate was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// It does not parse, or parses worse than the original.
    Unparsable,
    /// A public name, signature, route, export or entry point is gone.
    PublicNameLost,
    /// It has a finding that the original had not.
    NewFinding,
    /// k is not lower.
    NotLower,
    /// A finding went away for no stated reason.
    NoWitness,
    /// It holds an evasion that the original had not: indirect call, suppression, swallowed error, early return …
    Evasion,
    /// Tokens outside the edits changed (rewrites), or too much of the program is gone (a model's candidate).
    TooDifferent,
}

/// A candidate that passed.
#[derive(Debug)]
pub struct Verified {
    /// The candidate.
    pub program: Program,
    /// Its analysis.
    pub analysis: Analysis,
    /// Similarity to the original in [0, 1].
    pub similarity: f32,
}

/// Judges the result of applying `edits` to `before`.
pub fn rewrite(_before: &Program, _found: &Analysis, _after: String, _edits: &[&Edit]) -> Result<Verified, Rejection> {
    Err(Rejection::NotLower)
}

/// Judges a model's new answer as a replacement of `before`.
pub fn answer(_before: &Program, _found: &Analysis, _after: String) -> Result<Verified, Rejection> {
    Err(Rejection::NotLower)
}
