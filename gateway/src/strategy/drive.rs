//! The loop of DESIGN section 2 that every strategy runs a part of: judge, rewrite, ask again, keep the best; releases
//! nothing that was not verified.

mod asking;

use std::sync::Arc;
use std::time::Instant;

use analyzers::cwe;
use analyzers::edit::{Edit, EditKind};
use analyzers::finding::Finding;
use analyzers::lang::Language;
use analyzers::program::Limits;
use models::rewriter::Rewriter;

use super::candidate::{self, Candidate, Judged, Original};
use super::scope::{Reading, Scope};
use super::{
    Answer, Examples, Job, Mode, Outcome, Purpose, Replacement, Round, Standing, Timings, mend, prompt, standing,
};
use crate::exchange::Verdict;
use crate::external::Failure;
use crate::requirement::RequirementId;
use crate::unit::{Carrier, Unit};

pub(super) use asking::{Plan, Turn};

/// The parts of the loop that a strategy uses.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    /// Rewrites, where the strategy does.
    pub(super) rewriter: Option<Arc<Rewriter>>,
    /// How the model is asked, if it is.
    pub(super) plan: Plan,
    /// Bounds on what is analysed.
    pub(super) limits: Limits,
}

/// The best code so far.
#[derive(Debug)]
struct Best {
    /// `None`: the original.
    code: Option<String>,
    tail: Option<String>,
    k: f32,
    similarity: f32,
    findings: Vec<Finding>,
    applied: Vec<Edit>,
    floor: Verdict,
}

impl Best {
    /// PromSec's eq. 1: α·k + β·d, with d = 1 − similarity.
    fn cost(k: f32, similarity: f32, job: &Job<'_>) -> f32 {
        job.rules.alpha * k + job.rules.beta * (1.0 - similarity)
    }

    /// Whether something is left that is worth a call.
    fn wants_more(&self, job: &Job<'_>) -> bool {
        self.k > job.rules.epsilon && self.findings.iter().any(|finding| job.rules.ask_at.reached(finding))
    }
}

/// Runs the loop for one unit.
pub(super) async fn secure(parts: &Parts, mut job: Job<'_>) -> Outcome {
    let Some(language) = job.unit.language else { return unread(job.unit) };
    let mut timings = Timings::default();
    let started = Instant::now();
    let scope = Scope::of(&job, language, parts.limits);
    let code = scope.code(job.unit);
    let ahead = job.ahead.take().filter(|_| scope.is_alone());
    let mut reading = match ahead.and_then(|ahead| ahead.finish(language, &code)) {
        Some((program, analysis)) => scope.reading(program, analysis),
        None => scope.read(&code),
    };
    let failed = reading.consult(job.external, job.allowance.deadline).await;
    timings.analyse = started.elapsed();
    // Code that came to be repaired is neither a quote nor an example.
    let proposed = reading.own.findings.is_empty() || job.unit.carrier == Carrier::Request;
    let standing = if proposed { Standing::Proposed } else { standing::of(&job) };
    let original = Original { unit: job.unit.clone(), scope, reading, rewrite_at: job.rules.rewrite_at };
    let best = Best {
        code: None,
        tail: None,
        k: original.reading.k,
        similarity: 1.0,
        findings: original.reading.own.findings.clone(),
        applied: Vec::new(),
        floor: Verdict::NotCode,
    };
    let mut run = Run {
        parts,
        job,
        language,
        original: Arc::new(original),
        best,
        rounds: Vec::new(),
        iterations: 1,
        considered: Vec::new(),
        found: Vec::new(),
        stated: Vec::new(),
        learned: Vec::new(),
        notes: String::new(),
        score: 0,
        failed,
        timings,
    };
    if run.may_change(standing) {
        run.generate().await;
        run.rewrite().await;
        run.ask_again().await;
    }
    run.outcome(standing)
}

/// The outcome of a unit that no analyzer reads.
fn unread(unit: &Unit) -> Outcome {
    Outcome {
        verdict: unit.unread(),
        standing: Standing::Proposed,
        replacement: None,
        code: None,
        before: None,
        after: Vec::new(),
        similarity: 1.0,
        applied: Vec::new(),
        rounds: Vec::new(),
        iterations: 0,
        variables: Vec::new(),
        learned: Vec::new(),
        failed: Vec::new(),
        timings: Timings::default(),
    }
}

/// One run of the loop.
struct Run<'a> {
    parts: &'a Parts,
    job: Job<'a>,
    language: Language,
    original: Arc<Original>,
    best: Best,
    rounds: Vec<Round>,
    iterations: u32,
    considered: Vec<EditKind>,
    /// Findings of the model's later answers.
    found: Vec<Finding>,
    /// Requirements stated so far.
    stated: Vec<RequirementId>,
    learned: Vec<RequirementId>,
    /// What the model said of the code when it was asked to find weaknesses.
    notes: String,
    /// SecCode's score, kept by the analyzer.
    score: i64,
    /// Analyzers that had nothing to say of the original.
    failed: Vec<(&'static str, Failure)>,
    timings: Timings,
}

impl Run<'_> {
    /// Whether the unit may be changed, and something calls for it.
    fn may_change(&self, standing: Standing) -> bool {
        let rules = self.job.rules;
        let unit = self.job.unit;
        let replaceable = !unit.truncated && (unit.closed || unit.carrier != Carrier::ToolArgument);
        is_treated(&self.job, standing) && replaceable && !self.original.reading.at(rules.rewrite_at).is_empty()
    }

    /// Step 5: the rewrite without a call.
    async fn rewrite(&mut self) {
        let Some(rewriter) = self.parts.rewriter.clone() else { return };
        let started = Instant::now();
        let original = Arc::clone(&self.original);
        let task = tokio::task::spawn_blocking(move || mend::mend(&rewriter, &original.scope, &original.reading));
        if let Ok(mended) = task.await {
            self.considered = mended.considered;
            if let Some(better) = mended.better {
                let candidate = Candidate {
                    k: better.reading.k,
                    findings: better.reading.own.findings.clone(),
                    readings: vec![better.reading],
                    code: better.code,
                    tail: None,
                    similarity: better.similarity,
                    applied: better.applied,
                    floor: Verdict::NotCode,
                };
                if let Some(candidate) = self.consulted(candidate).await {
                    self.keep(candidate);
                }
            }
        }
        self.timings.rewrite += started.elapsed();
    }

    /// Has the policy's other analyzers judge a candidate; `None` if one finds something new in it, or had something
    /// to say of the original and now has nothing.
    async fn consulted(&self, mut candidate: Candidate) -> Option<Candidate> {
        if self.job.external.is_empty() {
            return Some(candidate);
        }
        for reading in &mut candidate.readings {
            let failed = reading.consult(self.job.external, self.job.allowance.deadline).await;
            if failed.iter().any(|(name, _)| !self.failed.iter().any(|(known, _)| known == name)) {
                return None;
            }
        }
        candidate.k = candidate.readings.iter().map(|reading| reading.k).sum();
        candidate.findings = candidate.readings.iter().flat_map(|reading| reading.own.findings.clone()).collect();
        let known = |finding: &Finding| {
            let before = self.original.reading.own.issues();
            before.flat_map(|known| known.cwe).any(|&left| finding.cwe.iter().any(|&right| cwe::related(left, right)))
        };
        candidate.findings.iter().filter(|finding| finding.weight() > 0.0).all(known).then_some(candidate)
    }

    /// Keeps a verified candidate if it is better by eq. 1; says whether it was.
    fn keep(&mut self, candidate: Candidate) -> bool {
        let cost = Best::cost(candidate.k, candidate.similarity, &self.job);
        if candidate.k >= self.original.reading.k || cost >= Best::cost(self.best.k, self.best.similarity, &self.job) {
            return false;
        }
        self.best = Best {
            code: Some(candidate.code),
            tail: candidate.tail,
            k: candidate.k,
            similarity: candidate.similarity,
            findings: candidate.findings,
            applied: candidate.applied,
            floor: candidate.floor,
        };
        true
    }

    /// Judges a new answer and keeps it if it is the best.
    async fn judge(&mut self, purpose: Purpose, answer: Answer, ids: &[RequirementId]) {
        let started = Instant::now();
        let (original, rewriter, language) = (Arc::clone(&self.original), self.parts.rewriter.clone(), self.language);
        let task = tokio::task::spawn_blocking(move || match purpose {
            Purpose::Block => candidate::block(&original, &answer, language, rewriter.as_ref()),
            _ => candidate::tail(&original, &answer, language, rewriter.as_ref()),
        });
        let judged = task.await.unwrap_or_else(|_| Judged::default());
        self.timings.verify += started.elapsed();
        self.found = judged.found;
        for kind in judged.considered {
            if !self.considered.contains(&kind) {
                self.considered.push(kind);
            }
        }
        let candidate = match judged.candidate {
            Some(candidate) => self.consulted(candidate).await,
            None => None,
        };
        if let Some(round) = self.rounds.last_mut() {
            round.k = judged.k;
            round.verified = candidate.is_some();
        }
        let worse =
            |findings: &[Finding]| findings.iter().filter(|finding| self.job.rules.ask_at.reached(finding)).count();
        let left = worse(&self.best.findings);
        let (missed, whole) = match (&candidate, judged.k) {
            (Some(candidate), _) => (worse(&candidate.findings), true),
            (None, Some(_)) => (worse(&self.found), false),
            (None, None) => (worse(&self.original.reading.own.findings), false),
        };
        self.score += match (missed, whole) {
            (0, true) => 1,
            (missed, _) => -i64::try_from(missed.max(1)).unwrap_or(i64::MAX),
        };
        if let Some(candidate) = candidate {
            let fewer = worse(&candidate.findings) < left;
            if self.keep(candidate) && fewer {
                // What the model heeded by itself; what a rewrite mends needs no words.
                let met = |id: &RequirementId| {
                    let about =
                        |findings: &[Finding]| findings.iter().any(|found| id.covers(found) && found.weight() > 0.0);
                    about(&self.original.reading.own.findings) && !about(&self.found)
                };
                self.learned = ids.iter().copied().filter(met).collect();
            }
        }
    }

    fn outcome(self, standing: Standing) -> Outcome {
        let rules = self.job.rules;
        let unit = self.job.unit;
        let withheld = rules.mode == Mode::Enforce
            && is_treated(&self.job, standing)
            && self.best.findings.iter().any(|finding| rules.block_at.reached(finding));
        let unjudged = if self.failed.is_empty() { Verdict::NotCode } else { Verdict::Unscanned };
        let verdict = verdict(&self.job, &self.original.reading, &self.best, standing, withheld).max(unjudged);
        let replacement = if withheld {
            Some(Replacement {
                text: withholding(unit, self.language, &self.best.findings),
                tail: true,
                withheld: true,
            })
        } else {
            self.best.code.as_ref().map(|code| match &self.best.tail {
                Some(tail) => Replacement { text: tail.clone(), tail: true, withheld: false },
                None => Replacement { text: self.original.scope.encode(unit, code), tail: false, withheld: false },
            })
        };
        Outcome {
            verdict,
            standing,
            replacement,
            code: if withheld { None } else { self.best.code },
            before: Some(self.original.reading.own.clone()),
            after: self.best.findings,
            similarity: self.best.similarity,
            variables: mend::variables(&self.best.applied),
            applied: self.best.applied,
            rounds: self.rounds,
            iterations: self.iterations,
            learned: self.learned,
            failed: self.failed,
            timings: self.timings,
        }
    }
}

/// Whether findings in a unit that stands so are acted on, not only reported.
fn is_treated(job: &Job<'_>, standing: Standing) -> bool {
    match standing {
        Standing::Proposed => job.rules.mode != Mode::Observe,
        Standing::Quoted => false,
        Standing::Example => job.rules.mode == Mode::Enforce && job.rules.examples == Examples::Treat,
    }
}

/// The unit's verdict.
fn verdict(job: &Job<'_>, before: &Reading, best: &Best, standing: Standing, withheld: bool) -> Verdict {
    if withheld {
        return Verdict::Blocked;
    }
    let changed = best.code.is_some();
    let unread = job.unit.truncated || (!changed && !before.whole());
    let issues = || best.findings.iter().filter(|finding| finding.weight() > 0.0);
    let own = if !is_treated(job, standing) {
        if issues().next().is_some() { Verdict::Observed } else { Verdict::Clean }
    } else if issues().any(|finding| job.rules.rewrite_at.reached(finding)) {
        Verdict::Residual
    } else if changed {
        Verdict::Secured
    } else if issues().next().is_some() {
        Verdict::Observed
    } else {
        Verdict::Clean
    };
    own.max(best.floor).max(if unread { Verdict::Unscanned } else { Verdict::NotCode })
}

/// What stands in the place of a withheld unit: one line, in the form of its carrier.
fn withholding(unit: &Unit, language: Language, findings: &[Finding]) -> String {
    let worst = findings.iter().max_by(|one, other| one.weight().total_cmp(&other.weight()));
    let weakness =
        worst.and_then(|finding| finding.cwe.first()).map_or_else(String::new, |cwe| format!(" (CWE-{cwe})"));
    let reason = format!("Withheld by policy: this code has a weakness{weakness} that could not be repaired.");
    let comment = format!("{} {reason}", language.comment());
    match unit.carrier {
        Carrier::ToolArgument => reason,
        Carrier::Bare | Carrier::Request => comment + "\n",
        Carrier::Fence => prompt::fenced(&comment, language),
    }
}
