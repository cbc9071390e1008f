//! secure and remember: one unit to its strategy, what came of it into the record, and after the answer the record to its
//! keepers.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::task::JoinHandle;

use super::course::{Course, Origin};
use crate::exchange::{CallRecord, EditRecord, FindingRecord, Places, UnitRecord, Verdict, micros};
use crate::http::headers;
use crate::inspect::{Inspector, Listed, Pending};
use crate::settings::ReportContent;
use crate::strategy::{Allowance, Job, Outcome, Replacement, Round, Standing};
use crate::unit::Unit;
use crate::unit::ahead::Ahead;

/// Most units of which the record tells; further ones are secured and counted, not told.
const MOST_UNITS: usize = 256;
/// Most names that the record lists as mentioned in prose.
const MOST_MENTIONS: usize = 32;

/// A unit on its way through its strategy. Dropping it stops it; a panic in it is a failure, not a crash.
#[derive(Debug)]
pub(super) struct Securing {
    task: JoinHandle<Outcome>,
    begun: Instant,
}

impl Future for Securing {
    /// The outcome, `None` if securing failed, and how long it took.
    type Output = (Option<Outcome>, Duration);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let begun = self.begun;
        Pin::new(&mut self.task).poll(context).map(|outcome| (outcome.ok(), begun.elapsed()))
    }
}

impl Drop for Securing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What takes the place of a unit.
#[derive(Debug, Default)]
pub(super) struct Replaced {
    pub(super) replacement: Option<Replacement>,
    pub(super) code: Option<String>,
}

impl Course {
    /// Begins to secure a unit, of which something may have been read ahead.
    pub(super) fn secure(&mut self, pending: &Pending, ahead: Option<Ahead>, streamed: bool) -> Securing {
        let allowance = self.allowance(streamed);
        let (messages, ask) = (self.messages(), self.asker());
        let (strategy, policy) = (Arc::clone(&self.strategy), Arc::clone(&self.policy));
        let external = self.pipeline.external.get(&policy.name).cloned().unwrap_or_default();
        let pending = pending.clone();
        let added = self.hit.as_ref().map(|hit| hit.requirements.clone()).unwrap_or_default();
        let task = self.pipeline.tracker.spawn(async move {
            let job = Job {
                messages: &messages,
                answer: &pending.answer,
                unit: &pending.unit,
                ahead,
                released: &pending.released,
                added: &added,
                rules: &policy.rules,
                external: &external,
                allowance,
                ask: &*ask,
            };
            strategy.secure(job).await
        });
        Securing { task, begun: Instant::now() }
    }

    /// What is left of the policy's bounds.
    fn allowance(&mut self, streamed: bool) -> Allowance {
        let limits = self.policy.limits;
        let extra = || self.record.calls.iter();
        let used = |figure: fn(&CallRecord) -> u64| extra().map(figure).sum::<u64>();
        let tokens = used(|call| call.input_tokens + call.output_tokens);
        let cost = used(|call| call.cost_micros);
        // Code that came with a request and without the name of a model is rewritten only.
        let asks = self.origin == Origin::Answer || !self.chat.model.is_empty();
        let most = if asks { limits.calls } else { 0 };
        let calls = most.saturating_sub(self.record.calls.len() as u32);
        let wall = if streamed { limits.wall_streamed } else { limits.wall_whole };
        let deadline = tokio::time::Instant::now() + wall.saturating_sub(self.securing);
        let first = if asks { self.first_price() } else { None };
        let most = first.filter(|first| *first > 0).map(|first| (first as f64 * limits.price_factor) as u64);
        Allowance {
            calls,
            tokens: limits.tokens.map(|most| most.saturating_sub(tokens)),
            cost_micros: most.map(|most| most.saturating_sub(cost)),
            deadline,
        }
    }

    /// Puts what came of a unit into the record and tells what takes its place.
    pub(super) fn note(&mut self, pending: &Pending, (outcome, took): (Option<Outcome>, Duration)) -> Replaced {
        self.securing += took;
        let Some(outcome) = outcome else { return self.note_failure(pending) };
        self.note_unjudged(pending, &outcome);
        if self.policy.fail_closed && !outcome.failed.is_empty() {
            return self.note_failure(pending);
        }
        let unit = &pending.unit;
        let stages = self.stages();
        stages.analyse_us += micros(outcome.timings.analyse);
        stages.rewrite_us += micros(outcome.timings.rewrite);
        stages.verify_us += micros(outcome.timings.verify);
        stages.ask_us += outcome.rounds.iter().map(|round| micros(round.elapsed)).sum::<u64>();
        self.record.verdict = self.record.verdict.max(outcome.verdict);
        self.record.calls.extend(outcome.rounds.iter().map(call_record));
        if let (Some(hit), Some(before)) = (&self.hit, &outcome.before) {
            self.left |= hit.left(before.findings.iter(), self.policy.rules.ask_at);
        }
        for id in &outcome.learned {
            if !self.learned.contains(id) {
                self.learned.push(*id);
            }
        }
        for name in &outcome.variables {
            if !self.record.variables.contains(name) {
                self.record.variables.push(name.clone());
            }
        }
        if self.record.units.len() < MOST_UNITS {
            let record = unit_record(pending, &outcome);
            self.record.units.push(record);
        }
        if (outcome.before.is_none() && outcome.verdict == Verdict::Unscanned) || unit.truncated {
            self.record.unscanned.push(format!("{} unit in choice {}", language(unit), pending.choice));
        }
        if let Some(code) = &outcome.code {
            self.removed.extend(removed(&unit.text, code));
        }
        Replaced { replacement: outcome.replacement, code: outcome.code }
    }

    /// Lists inline code of the prose that names something which a replacement no longer has.
    fn find_mentions(&mut self, inspector: &Inspector) {
        if self.removed.is_empty() {
            return;
        }
        for content in inspector.contents() {
            for mention in content.split('`').skip(1).step_by(2) {
                let name = mention.trim().trim_end_matches("()");
                let mentions = &mut self.record.prose_mentions;
                if mentions.len() < MOST_MENTIONS
                    && self.removed.contains(name)
                    && !mentions.iter().any(|known| known == name)
                {
                    mentions.push(name.to_owned());
                }
            }
        }
    }

    /// Analyzers that the policy names and that had nothing to say.
    fn note_unjudged(&mut self, pending: &Pending, outcome: &Outcome) {
        for (analyzer, failure) in &outcome.failed {
            if self.record.unscanned.len() < MOST_UNITS {
                let unit = language(&pending.unit);
                self.record.unscanned.push(format!("{unit} unit in choice {}: {analyzer} {failure}", pending.choice));
            }
        }
    }

    /// Securing failed on our side: the policy says whether the unit passes.
    fn note_failure(&mut self, pending: &Pending) -> Replaced {
        tracing::error!("securing a unit failed");
        let closed = self.policy.fail_closed;
        let verdict = if closed { Verdict::Blocked } else { Verdict::Unscanned };
        self.record.verdict = self.record.verdict.max(verdict);
        self.record.unscanned.push(format!(
            "{} unit in choice {}: inspection failed",
            language(&pending.unit),
            pending.choice
        ));
        self.push_unread(pending.choice, &pending.unit, verdict);
        let text = "Withheld by policy: this code could not be inspected.".to_owned();
        Replaced { replacement: closed.then_some(Replacement { text, tail: true, withheld: true }), code: None }
    }

    /// Units that no analyzer reads make the answer unscanned, unless they are data or plain text.
    pub(super) fn note_listed(&mut self, listed: Vec<Listed>) {
        for Listed { choice, unit } in listed {
            let verdict = unit.unread();
            self.record.verdict = self.record.verdict.max(verdict);
            if verdict == Verdict::Unscanned && self.record.unscanned.len() < MOST_UNITS {
                self.record.unscanned.push(format!("{} unit in choice {choice}", language(&unit)));
            }
            self.push_unread(choice, &unit, verdict);
        }
    }

    fn push_unread(&mut self, choice: u32, unit: &Unit, verdict: Verdict) {
        if self.record.units.len() < MOST_UNITS {
            self.record.units.push(UnitRecord {
                choice,
                language: language(unit),
                carrier: unit.carrier.name().to_owned(),
                standing: Standing::Proposed.name().to_owned(),
                verdict,
                before: Some(unit.text.clone()),
                status: "failed".to_owned(),
                similarity: 1.0,
                ..UnitRecord::default()
            });
        }
    }

    /// The answer is complete or broken off: its price, its verdict and the rest of the record.
    pub(super) fn settle(&mut self, inspector: &Inspector, cancelled: bool) -> Verdict {
        if inspector.has_unread() {
            self.record.verdict = self.record.verdict.max(Verdict::Unscanned);
            self.record.unscanned.push("parts of the answer in a form that is not read".to_owned());
        }
        let verdict = self.record.verdict;
        self.find_mentions(inspector);
        if verdict != Verdict::NotCode {
            // Callers without a key have no reservation; this one only knows the price.
            self.priced();
        }
        if let Some(mut reservation) = self.reservation.take() {
            reservation.received(inspector.text_bytes());
            let usage = inspector.usage().unwrap_or_else(|| reservation.estimated());
            let cost =
                if inspector.usage().is_some() { reservation.settle(&usage) } else { reservation.settle_by_estimate() };
            let first = CallRecord {
                purpose: "first".to_owned(),
                input_tokens: usage.input,
                output_tokens: usage.output,
                cost_micros: cost.micros(),
                elapsed_ms: self.waited.as_millis() as u64,
                ..CallRecord::default()
            };
            self.record.calls.insert(0, first);
        }
        self.record.cancelled = cancelled;
        let (total, waited) = (micros(self.started.elapsed()), micros(self.waited));
        let stages = self.stages();
        (stages.total_us, stages.upstream_us) = (total, waited);
        if verdict != Verdict::NotCode {
            self.identify();
        }
        verdict
    }

    /// Fills in who and what the record is about.
    pub(super) fn identify(&mut self) {
        self.record.cache = self.cache_use();
        let record = &mut self.record;
        if let Some(hit) = &self.hit {
            record.added_requirements = hit.requirements.iter().map(|id| id.0.to_owned()).collect();
        }
        record.id = crate::report::new_id().unwrap_or_default();
        record.time_ms = crate::admit::now();
        record.tenant = self.ticket.key.as_ref().unwrap_or(&self.ticket.tenant).to_string();
        record.policy.clone_from(&self.policy.name);
        self.policy.rules.mode.name().clone_into(&mut record.mode);
        self.strategy.name().clone_into(&mut record.strategy);
        record.model.clone_from(&self.chat.model);
        self.origin.path().clone_into(&mut record.path);
        record.streamed = self.chat.stream;
    }

    /// What is told about the answer, as header names and values.
    pub(super) fn notes(&self, verdict: Verdict) -> Vec<(&'static str, String)> {
        let record = &self.record;
        let mut notes = vec![("x-sallyport-verdict", verdict.name().to_owned())];
        if verdict == Verdict::NotCode {
            return notes;
        }
        let (before, after) = record.counts();
        let iterations = record.units.iter().map(|unit| unit.iterations).max().unwrap_or(0);
        let cost: u64 = record.calls.iter().map(|call| call.cost_micros).sum();
        notes.push(("x-sallyport-findings", format!("before={before}; after={after}")));
        notes.push(("x-sallyport-iterations", iterations.to_string()));
        let first = usize::from(self.origin == Origin::Answer);
        notes.push(("x-sallyport-upstream-calls", record.calls.len().max(first).to_string()));
        notes.push(("x-sallyport-prompt-cache", record.cache.name().to_owned()));
        notes.push(("x-sallyport-cost-usd", format!("{:.6}", cost as f64 / 1e6)));
        if !record.variables.is_empty() {
            notes.push(("x-sallyport-config", record.variables.join(",")));
        }
        if self.is_reported() {
            notes.push(("x-sallyport-report", format!("/reports/{}", record.id)));
        }
        notes
    }

    pub(super) fn is_reported(&self) -> bool {
        self.policy.reports.content != ReportContent::Off && !self.record.id.is_empty()
    }

    /// Puts the notes into the headers of a whole answer.
    pub(super) fn describe(&self, headers: &mut HeaderMap, verdict: Verdict) {
        if verdict == Verdict::NotCode {
            headers.insert(headers::VERDICT, HeaderValue::from_static(verdict.name()));
            return;
        }
        for (name, value) in self.notes(verdict) {
            headers.insert(HeaderName::from_static(name), headers::value(&value));
        }
    }

    /// Whether the request asked for a `sallyport` field and may have it.
    pub(super) fn wants_report(&self) -> bool {
        self.policy.overrides.body_report && self.chat.asked.as_ref().is_some_and(|asked| asked.report)
    }

    /// The `sallyport` field.
    pub(super) fn own_report(&self) -> String {
        let record = &self.record;
        let (before, after) = record.counts();
        let units: Vec<_> = record
            .units
            .iter()
            .map(|unit| {
                serde_json::json!({
                    "choice": unit.choice,
                    "language": unit.language,
                    "carrier": unit.carrier,
                    "standing": unit.standing,
                    "verdict": unit.verdict,
                    "found": unit.found,
                    "remaining": unit.remaining,
                    "edits": unit.edits,
                })
            })
            .collect();
        serde_json::json!({
            "verdict": record.verdict,
            "findings": { "before": before, "after": after },
            "units": units,
            "unscanned": record.unscanned,
            "config": record.variables,
            "upstream_calls": record.calls.len().max(1),
            "report": self.is_reported().then(|| format!("/reports/{}", record.id)),
        })
        .to_string()
    }

    /// remember: what is kept of the exchange, after the answer.
    pub(super) fn remember(&mut self) {
        let verdict = self.record.verdict;
        self.count(verdict);
        if verdict == Verdict::NotCode {
            return;
        }
        self.remember_intent();
        let record = std::mem::take(&mut self.record);
        self.pipeline.metrics.exchange(&record);
        if self.policy.reports.content != ReportContent::Off && !record.id.is_empty() {
            self.pipeline.state.reports.save(record, self.ticket.key.as_deref(), &self.policy.reports);
        }
    }
}

/// Names, dotted ones too, that stand in `before` and no longer in `after`.
fn removed(before: &str, after: &str) -> HashSet<String> {
    let kept = names(after);
    names(before).difference(&kept).map(|name| (*name).to_owned()).collect()
}

fn names(code: &str) -> HashSet<&str> {
    let words = code.split(|char: char| !char.is_alphanumeric() && char != '_' && char != '.');
    let dotted = words.map(|word| word.trim_matches('.'));
    dotted.flat_map(|word| word.split('.').chain([word])).filter(|word| word.len() > 2).collect()
}

fn language(unit: &Unit) -> String {
    match unit.language {
        Some(language) => language.name().to_owned(),
        None if unit.label.is_empty() => "unlabelled".to_owned(),
        None => unit.label.chars().filter(|char| !char.is_control()).take(32).collect(),
    }
}

fn unit_record(pending: &Pending, outcome: &Outcome) -> UnitRecord {
    let unit = &pending.unit;
    let after = outcome.code.as_deref().unwrap_or(&unit.text);
    let (places_before, places_after) = (Places::of(&unit.text), Places::of(after));
    let before = outcome.before.as_ref();
    let mut suppressions: Vec<String> = Vec::new();
    for suppression in before.iter().flat_map(|before| &before.suppressions) {
        if !suppressions.iter().any(|marker| marker == suppression.marker) {
            suppressions.push(suppression.marker.to_owned());
        }
    }
    UnitRecord {
        choice: pending.choice,
        language: language(unit),
        carrier: unit.carrier.name().to_owned(),
        standing: outcome.standing.name().to_owned(),
        verdict: outcome.verdict,
        before: Some(unit.text.clone()),
        after: outcome.code.clone(),
        found: before
            .iter()
            .flat_map(|before| &before.findings)
            .map(|finding| FindingRecord::new(finding, &places_before))
            .collect(),
        remaining: outcome.after.iter().map(|finding| FindingRecord::new(finding, &places_after)).collect(),
        edits: outcome
            .applied
            .iter()
            .map(|edit| EditRecord {
                kind: edit.kind.name().to_owned(),
                cwe: edit.cwe.to_vec(),
                summary: edit.summary.to_owned(),
            })
            .collect(),
        suppressions,
        status: before.map_or("failed", |before| before.status.name()).to_owned(),
        similarity: outcome.similarity,
        iterations: outcome.iterations,
    }
}

fn call_record(round: &Round) -> CallRecord {
    CallRecord {
        purpose: round.purpose.name().to_owned(),
        requirements: round.requirements.iter().map(|requirement| requirement.0.to_owned()).collect(),
        input_tokens: round.input_tokens,
        output_tokens: round.output_tokens,
        cost_micros: round.cost_micros,
        elapsed_ms: round.elapsed.as_millis() as u64,
        error: round.error.map(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::removed;

    #[test]
    fn names_that_an_edit_removed() {
        let check = |before: &str, after: &str, expected: &[&str]| {
            let mut names: Vec<_> = removed(before, after).into_iter().collect();
            names.sort();
            assert_eq!(names, expected);
        };
        check("yaml.load(text)", "yaml.safe_load(text)", &["load", "yaml.load"]);
        check("x = 1", "x = 1", &[]);
        check("", "import os", &[]);
    }
}
