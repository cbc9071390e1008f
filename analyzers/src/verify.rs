//! When a candidate may replace the original (METHOD: parses, keeps what is public, strictly lower k, a witness for
//! each finding gone, nothing else changed). Never trusts the candidate.

mod evasion;
mod function;
mod public;
mod similarity;
mod witness;

pub use similarity::similarity;

use crate::edit::{Applied, Edit};
use crate::finding::{Class, Finding, Status};
use crate::program::{Limits, Program};
use crate::scan::{Analysis, analyse};
use crate::syntax::Span;

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
pub fn rewrite(before: &Program, found: &Analysis, after: String, edits: &[&Edit]) -> Result<Verified, Rejection> {
    let applied = crate::edit::apply(before, edits);
    if applied.text != after {
        return Err(Rejection::TooDifferent);
    }
    let (program, analysis) = read(before, after)?;
    if !public::kept(before, &program) {
        return Err(Rejection::PublicNameLost);
    }
    let pairs = pair(found, &analysis, |finding| applied.map(finding.span))?;
    if analysis.k() >= found.k() - 1e-4 {
        return Err(Rejection::NotLower);
    }
    let helpers: Vec<&str> = edits.iter().filter_map(|edit| edit.helper.as_ref()).map(|(name, _)| *name).collect();
    if evasion::is_new(before, found, &program, &analysis, &helpers) {
        return Err(Rejection::Evasion);
    }
    for finding in gone(found, &pairs) {
        // The place of the sink in the candidate: the statements that the edits wrote.
        if !witness::in_rewrite(before, finding, &program, &applied) {
            return Err(Rejection::NoWitness);
        }
    }
    let similarity = similarity(before, &program);
    Ok(Verified { program, analysis, similarity })
}

/// What a model's answer must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// A lower k.
    Lower,
    /// No higher k: another judge found something, and says whether it is gone.
    NotHigher,
}

/// Judges a model's new answer as a replacement of `before`.
pub fn answer(before: &Program, found: &Analysis, after: String, goal: Goal) -> Result<Verified, Rejection> {
    let (program, analysis) = read(before, after)?;
    if !public::kept(before, &program) {
        return Err(Rejection::PublicNameLost);
    }
    // Where things stand says nothing here: a finding is the same when rule, kind of sink and function are.
    let pairs = pair_by_function(before, found, &program, &analysis)?;
    let most = if goal == Goal::Lower { found.k() - 1e-4 } else { found.k() + 1e-4 };
    if analysis.k() >= most {
        return Err(Rejection::NotLower);
    }
    if evasion::is_new(before, found, &program, &analysis, &[]) {
        return Err(Rejection::Evasion);
    }
    if !function::kept(before, found, &program) {
        return Err(Rejection::TooDifferent);
    }
    for finding in gone(found, &pairs) {
        if !witness::in_answer(before, finding, &program) {
            return Err(Rejection::NoWitness);
        }
    }
    let similarity = similarity(before, &program);
    if similarity < LEAST_SIMILARITY {
        return Err(Rejection::TooDifferent);
    }
    Ok(Verified { program, analysis, similarity })
}

/// Below this a model's answer is another program; policies may ask for more.
const LEAST_SIMILARITY: f32 = 0.2;

/// Parses and analyses a candidate; refuses one that was read worse than the original.
fn read(before: &Program, after: String) -> Result<(Program, Analysis), Rejection> {
    if after.trim().is_empty() {
        return Err(Rejection::Unparsable);
    }
    let program = Program::parse(before.language, after, &Limits::default());
    let analysis = analyse(&program);
    let worse = errors(&program) > errors(before) || (program.tree.truncated() && !before.tree.truncated());
    if worse || analysis.status == Status::Failed || (analysis.status == Status::Partial && !before.tree.has_errors()) {
        return Err(Rejection::Unparsable);
    }
    Ok((program, analysis))
}

fn errors(program: &Program) -> usize {
    let tree = &program.tree;
    let nodes = tree.ids().filter(|&node| tree.kind(node) == crate::syntax::Kind::Error).count();
    nodes + usize::from(tree.has_errors())
}

/// For each finding of the original, whether the candidate still has it. An issue of the candidate that is none of
/// the original's is new.
fn pair(
    found: &Analysis,
    analysis: &Analysis,
    place: impl Fn(&Finding) -> Option<Span>,
) -> Result<Vec<bool>, Rejection> {
    let mut kept = vec![false; found.findings.len()];
    for finding in analysis.issues() {
        let place = place(finding);
        let same = found.findings.iter().enumerate().position(|(at, old)| {
            !kept[at]
                && old.rule == finding.rule
                && old.class == finding.class
                && place.is_some_and(|place| touches(place, old.span))
        });
        match same {
            Some(at) => kept[at] = true,
            None => return Err(Rejection::NewFinding),
        }
    }
    Ok(kept)
}

fn touches(one: Span, other: Span) -> bool {
    one.start <= other.end && other.start <= one.end
}

fn pair_by_function(
    before: &Program,
    found: &Analysis,
    after: &Program,
    analysis: &Analysis,
) -> Result<Vec<bool>, Rejection> {
    let mut kept = vec![false; found.findings.len()];
    for finding in analysis.issues() {
        let place = function::name_of(after, finding.node);
        let same = |old: &Finding| old.rule == finding.rule && old.cwe.first() == finding.cwe.first();
        let at = (0..kept.len())
            .find(|&at| {
                !kept[at] && same(&found.findings[at]) && function::name_of(before, found.findings[at].node) == place
            })
            .or_else(|| (0..kept.len()).find(|&at| !kept[at] && same(&found.findings[at])));
        match at {
            Some(at) => kept[at] = true,
            None => return Err(Rejection::NewFinding),
        }
    }
    Ok(kept)
}

fn gone<'f>(found: &'f Analysis, kept: &'f [bool]) -> impl Iterator<Item = &'f Finding> {
    found
        .findings
        .iter()
        .zip(kept)
        .filter(|(finding, kept)| !**kept && finding.class == Class::Issue)
        .map(|(finding, _)| finding)
}

impl Applied {
    /// Where a span of the new text stood in the original: its own place, or that of the text it replaced.
    /// `None` for text that was only inserted.
    fn map(&self, span: Span) -> Option<Span> {
        let back = |at: u32, end: bool| {
            let mut shift = 0_i64;
            for (old, new) in self.replaced.iter().zip(&self.inserted) {
                if new.start <= at && at < new.end || (end && new.start < at && at <= new.end) {
                    return Some(if end { old.end } else { old.start });
                }
                if at < new.start || (at == new.start && new.start == new.end) {
                    break;
                }
                shift = i64::from(old.end) - i64::from(new.end);
            }
            u32::try_from(i64::from(at) + shift).ok()
        };
        let (start, end) = (back(span.start, false)?, back(span.end, true)?);
        Some(Span { start: start.min(end), end: end.max(start) })
    }
}

#[cfg(test)]
mod tests;
