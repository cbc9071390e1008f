//! What a model's new answer offers in a unit's place: its code, rewritten where that helps, verified against the original.

use std::sync::Arc;

use analyzers::edit::{Edit, EditKind};
use analyzers::finding::Finding;
use analyzers::lang::Language;
use analyzers::verify::{self, Goal};
use models::rewriter::Rewriter;

use super::scope::{Reading, Scope};
use super::{Answer, Level, mend, prompt};
use crate::exchange::Verdict;
use crate::hold::{self, Holder, Step};
use crate::unit::{self, Carrier, Unit};

/// What a candidate is measured against, shared by all rounds.
#[derive(Debug)]
pub(super) struct Original {
    /// The unit.
    pub(super) unit: Unit,
    /// Where it stands.
    pub(super) scope: Scope,
    /// Its code, read.
    pub(super) reading: Reading,
    /// Findings from here on are rewritten.
    pub(super) rewrite_at: Level,
}

/// Code that may take the unit's place.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The unit's code.
    pub(super) code: String,
    /// For a tail: what takes the place of the unit and of all that follows.
    pub(super) tail: Option<String>,
    /// Weighted findings of all its units.
    pub(super) k: f32,
    /// Findings of all its units.
    pub(super) findings: Vec<Finding>,
    /// Its units, read.
    pub(super) readings: Vec<Reading>,
    /// Similarity to the original.
    pub(super) similarity: f32,
    /// Edits that it applies.
    pub(super) applied: Vec<Edit>,
    /// The worst that a part of it is by itself.
    pub(super) floor: Verdict,
}

/// What an answer came to.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// The candidate, if it passed verification.
    pub(super) candidate: Option<Candidate>,
    /// k of the answer's code as far as it could be used.
    pub(super) k: Option<f32>,
    /// Findings that the answer had before it was rewritten.
    pub(super) found: Vec<Finding>,
    /// Kinds of edit that were considered.
    pub(super) considered: Vec<EditKind>,
}

/// Judges a new answer to the whole request: its text from the first unit of the language on.
pub(super) fn tail(
    original: &Original,
    answer: &Answer,
    language: Language,
    rewriter: Option<&Arc<Rewriter>>,
) -> Judged {
    if !answer.complete || !answer.calls.is_empty() {
        return Judged::default();
    }
    let steps = held(&answer.text);
    let first = steps.iter().position(|step| matches!(step, Step::Unit(unit) if unit.language == Some(language)));
    let Some(first) = first else { return Judged::default() };
    let mut parts = Parts { original, rewriter, judged: Judged::default(), candidate: empty() };
    let mut tail = String::new();
    let mut copied = None;
    for (index, step) in steps.iter().enumerate().skip(first) {
        let unit = match step {
            Step::Unit(unit) => unit,
            Step::Listed(unit) => {
                parts.candidate.floor = parts.candidate.floor.max(unit.unread());
                continue;
            }
            Step::Pass { .. } => continue,
        };
        let scope = if index == first { parts.scope(&unit.text) } else { original.scope.alone() };
        let Some(code) = parts.take(&scope, unit, unit.language.unwrap_or(language), index == first) else {
            return parts.judged;
        };
        let from = copied.unwrap_or(unit.block.start);
        tail.push_str(&answer.text[from..unit.span.start]);
        tail.push_str(&scope.encode(unit, &code));
        copied = Some(unit.span.end);
    }
    tail.push_str(&answer.text[copied.unwrap_or(answer.text.len())..]);
    let Some(Step::Unit(unit)) = steps.get(first) else { return parts.judged };
    parts.candidate.tail = Some(match (original.unit.carrier, unit.carrier) {
        // An answer that was code alone stays code alone.
        (Carrier::Bare, Carrier::Fence) => format!("{}\n", parts.candidate.code.trim_end()),
        (Carrier::Fence, Carrier::Bare) => prompt::fenced(&parts.candidate.code, language),
        _ => tail,
    });
    parts.finish()
}

/// Judges an answer that should be one corrected block.
pub(super) fn block(
    original: &Original,
    answer: &Answer,
    language: Language,
    rewriter: Option<&Arc<Rewriter>>,
) -> Judged {
    if !answer.complete {
        return Judged::default();
    }
    let mut units: Vec<Unit> = held(&answer.text)
        .into_iter()
        .filter_map(|step| match step {
            Step::Unit(unit) if unit.language == Some(language) => Some(unit),
            _ => None,
        })
        .collect();
    if units.is_empty() && original.unit.carrier == Carrier::ToolArgument {
        let called = answer.calls.iter().flat_map(|call| unit::of_call(&call.name, &call.arguments, usize::MAX));
        units = called.filter(|unit| unit.language == Some(language)).collect();
    }
    let [unit] = units.as_slice() else { return Judged::default() };
    let mut parts = Parts { original, rewriter, judged: Judged::default(), candidate: empty() };
    let scope = parts.scope(&unit.text);
    if parts.take(&scope, unit, language, true).is_none() {
        return parts.judged;
    }
    parts.finish()
}

fn held(text: &str) -> Vec<Step> {
    let mut holder = Holder::new(hold::Limits::default());
    holder.push(text);
    holder.finish();
    std::iter::from_fn(|| holder.next()).collect()
}

fn empty() -> Candidate {
    Candidate {
        code: String::new(),
        tail: None,
        k: 0.0,
        findings: Vec::new(),
        readings: Vec::new(),
        similarity: 0.0,
        applied: Vec::new(),
        floor: Verdict::NotCode,
    }
}

/// A candidate in the making.
struct Parts<'a> {
    original: &'a Original,
    rewriter: Option<&'a Arc<Rewriter>>,
    judged: Judged,
    candidate: Candidate,
}

impl Parts<'_> {
    /// The scope of code that comes in the unit's place.
    fn scope(&self, code: &str) -> Scope {
        let scope = &self.original.scope;
        if scope.is_repeated_by(code) { scope.alone() } else { scope.clone() }
    }

    /// Takes one unit in, rewritten where that helps; `None` where it cannot be part of a candidate.
    fn take(&mut self, scope: &Scope, unit: &Unit, language: Language, first: bool) -> Option<String> {
        if unit.truncated || !unit.closed {
            return None;
        }
        let mut code = scope.code(unit);
        let mut reading = scope.in_language(language).read(&code);
        self.judged.found.extend(reading.own.issues().cloned());
        if let Some(rewriter) = self.rewriter.filter(|_| !reading.at(self.original.rewrite_at).is_empty()) {
            let mended = mend::mend(rewriter, &scope.in_language(language), &reading);
            self.judged.considered.extend(mended.considered);
            if let Some(better) = mended.better {
                (code, reading) = (better.code, better.reading);
                self.candidate.applied.extend(better.applied);
            }
        }
        self.candidate.k += reading.k;
        self.candidate.findings.extend(reading.own.findings.iter().cloned());
        self.judged.k = Some(self.candidate.k);
        if !reading.whole() && (first || self.original.reading.whole()) {
            return None;
        }
        if first {
            let before = &self.original.reading;
            let goal = if before.is_judged_elsewhere() { Goal::NotHigher } else { Goal::Lower };
            let text = reading.program.text.clone();
            let verified = verify::answer(&before.program, &before.analysis, text, goal).ok()?;
            self.candidate.similarity = verified.similarity;
            self.candidate.code.clone_from(&code);
        }
        self.candidate.readings.push(reading);
        Some(code)
    }

    fn finish(mut self) -> Judged {
        if self.candidate.k < self.original.reading.k {
            self.judged.candidate = Some(self.candidate);
        }
        self.judged
    }
}
