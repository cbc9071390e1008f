//! Steps 6 and 7 of the loop: what is asked next and how, until nothing worth a call is left or a limit is met; judges
//! nothing.

use std::time::Instant;

use analyzers::finding::Finding;
use serde_json::value::RawValue;

use super::Run;
use crate::requirement::{self, RequirementId};
use crate::strategy::wording::{Gaps, Wording};
use crate::strategy::{Accept, Answer, AskError, Prompt, PromptForm, Purpose, Round, prompt};
use crate::unit::Carrier;

/// How a strategy asks, as data.
#[derive(Debug, Clone, Copy)]
pub(in crate::strategy) struct Plan {
    /// Whether every call goes to the policy's security-tuned model, the first with the client's request as it is and
    /// before anything else is tried.
    pub(in crate::strategy) tuned: bool,
    /// What is done first, each once.
    pub(in crate::strategy) turns: &'static [Turn],
    /// What is done after them, again and again.
    pub(in crate::strategy) then: Option<Turn>,
    /// Most rounds, whatever the policy allows.
    pub(in crate::strategy) most: u32,
}

impl Plan {
    /// The model is not asked.
    pub(in crate::strategy) const NOTHING: Self = Self { tuned: false, turns: &[], then: None, most: u32::MAX };
    /// The model is asked again with requirements.
    pub(in crate::strategy) const REQUIRE: Self = Self { then: Some(Turn::Require), ..Self::NOTHING };
}

/// One step of a plan.
#[derive(Debug, Clone, Copy)]
pub(in crate::strategy) enum Turn {
    /// Asks for a new answer to the same request.
    Repeat,
    /// Asks for a new answer with requirements, in the form that the policy names.
    Require,
    /// Asks for a new answer with a text. Left out where the text quotes notes and there are none.
    Say(&'static Wording),
    /// Asks what the model thinks of the code, if there is room for a call that uses it.
    Consult(&'static Wording),
}

impl Run<'_> {
    /// Has the security-tuned model answer the client's request, where the plan says so.
    pub(super) async fn generate(&mut self) {
        if !self.parts.plan.tuned || !self.best.wants_more(&self.job) || !self.goes_on() {
            return;
        }
        self.iterations += 1;
        let added = self.job.added;
        let demands = if added.is_empty() { String::new() } else { requirement::text(added) };
        let Some((purpose, messages)) = self.worded(&demands) else { return };
        let purpose = if purpose == Purpose::Again { Purpose::Generate } else { purpose };
        if let Some(answer) = self.call(purpose, messages, added).await {
            self.judge(purpose, answer, &[]).await;
        }
    }

    /// Follows the plan.
    pub(super) async fn ask_again(&mut self) {
        let plan = self.parts.plan;
        let mut turns = plan.turns.iter().copied().chain(std::iter::repeat_with(|| plan.then).map_while(|turn| turn));
        let mut wanted =
            self.best.wants_more(&self.job) || (self.job.rules.accept == Accept::Answer && self.best.code.is_some());
        while wanted && self.goes_on() {
            let Some(turn) = turns.next() else { return };
            match turn {
                Turn::Consult(_) if !self.room(2) => continue,
                Turn::Consult(wording) => {
                    let Some(notes) = self.consult(wording).await else { return };
                    self.notes = notes;
                    continue;
                }
                Turn::Say(wording) if wording.quotes_notes() && self.notes.trim().is_empty() => continue,
                Turn::Repeat | Turn::Require | Turn::Say(_) => {}
            }
            self.iterations += 1;
            let Some(()) = self.turn(turn).await else { return };
            wanted = self.best.wants_more(&self.job);
        }
    }

    /// Whether the limits leave another round.
    fn goes_on(&self) -> bool {
        let most = self.job.rules.iterations.min(self.parts.plan.most);
        self.iterations < most.saturating_add(1) && self.room(1)
    }

    /// One new answer, judged; `None` where there is none.
    async fn turn(&mut self, turn: Turn) -> Option<()> {
        if matches!(turn, Turn::Repeat) {
            let added = self.job.added;
            let same = if added.is_empty() { String::new() } else { requirement::text(added) };
            let (purpose, messages) = self.worded(&same)?;
            let answer = self.call(purpose, messages, added).await?;
            self.judge(purpose, answer, &[]).await;
            return Some(());
        }
        let Turn::Say(wording) = turn else {
            let ids = self.requirements();
            let (purpose, answer) = self.ask(&ids).await?;
            self.judge(purpose, answer, &ids).await;
            return Some(());
        };
        let demanding = wording.states_requirements();
        let ids = if demanding { self.requirements() } else { self.job.added.to_vec() };
        let mut demands = format!("\n\n{}\n", self.filled(wording, &ids));
        if !demanding && !ids.is_empty() {
            demands.push_str(requirement::text(&ids).trim_start_matches('\n'));
        }
        let (purpose, messages) = self.worded(&demands)?;
        let answer = self.call(purpose, messages, &ids).await?;
        // What a text achieved that states no requirements says nothing of any.
        self.judge(purpose, answer, if demanding { &ids } else { &[] }).await;
        Some(())
    }

    /// What the model says of the best code so far.
    async fn consult(&mut self, wording: &Wording) -> Option<String> {
        let messages = vec![crate::strategy::message::new("user", &self.filled(wording, &[]))?];
        self.call(Purpose::Find, messages, &[]).await.map(|answer| answer.text)
    }

    /// A text about the best code so far.
    fn filled(&self, wording: &Wording, ids: &[RequirementId]) -> String {
        let rules = self.job.rules;
        let findings: Vec<&Finding> =
            self.best.findings.iter().filter(|finding| rules.rewrite_at.reached(finding)).collect();
        wording.filled(&Gaps {
            code: self.best.code.as_deref().unwrap_or(&self.job.unit.text),
            language: self.language,
            findings: &findings,
            requirements: ids,
            notes: &self.notes,
            score: self.score,
        })
    }

    /// Messages that ask for a new answer, or only for the block where the rest of the answer stays.
    fn worded(&self, demands: &str) -> Option<(Purpose, Vec<Box<RawValue>>)> {
        let (job, unit) = (&self.job, self.job.unit);
        if matches!(unit.carrier, Carrier::ToolArgument | Carrier::Request) || !job.released.is_empty() {
            return Some((
                Purpose::Block,
                prompt::block(job.messages, job.answer, &unit.text, self.language, demands)?,
            ));
        }
        Some((Purpose::Again, prompt::extended(job.messages, demands)?))
    }

    /// Whether the limits leave room for so many calls.
    fn room(&self, calls: u32) -> bool {
        let allowance = self.job.allowance;
        let spent: u64 = self.rounds.iter().map(|round| round.input_tokens + round.output_tokens).sum();
        let paid: u64 = self.rounds.iter().map(|round| round.cost_micros).sum();
        let last = self.rounds.last().map_or(0, |round| round.cost_micros);
        self.rounds.len() as u64 + u64::from(calls) <= u64::from(allowance.calls)
            && allowance.tokens.is_none_or(|most| spent < most)
            && allowance.cost_micros.is_none_or(|most| paid + last <= most)
            && tokio::time::Instant::now() < allowance.deadline
    }

    /// The requirements of the next prompt: those for what is left first, then for all that was found.
    fn requirements(&mut self) -> Vec<RequirementId> {
        let rules = self.job.rules;
        let left: Vec<&Finding> = self.best.findings.iter().filter(|finding| rules.ask_at.reached(finding)).collect();
        let all = self
            .original
            .reading
            .own
            .findings
            .iter()
            .chain(&self.found)
            .filter(|finding| rules.rewrite_at.reached(finding));
        let first = requirement::select(&left, self.language, &self.considered);
        let rest = requirement::select(&all.collect::<Vec<_>>(), self.language, &self.considered);
        let now = requirement::union(&first, &rest);
        self.stated = requirement::union(&now, &requirement::union(&self.stated, self.job.added));
        self.stated.clone()
    }

    /// Asks for a new answer in the form that the rules and what was released call for.
    async fn ask(&mut self, ids: &[RequirementId]) -> Option<(Purpose, Answer)> {
        let job = &self.job;
        let (purpose, messages) = self.worded(&requirement::text(ids))?;
        let messages = match job.rules.prompt {
            PromptForm::Reverse if purpose == Purpose::Again && self.room(2) => {
                let code = self.best.code.as_deref().unwrap_or(&job.unit.text);
                let messages = prompt::describe(code, self.language)?;
                let description = self.call(Purpose::Describe, messages, &[]).await?;
                prompt::described(self.job.messages, &description.text, ids)?
            }
            _ => messages,
        };
        Some((purpose, self.call(purpose, messages, ids).await?))
    }

    /// One call, entered as a round.
    async fn call(&mut self, purpose: Purpose, messages: Vec<Box<RawValue>>, ids: &[RequirementId]) -> Option<Answer> {
        let started = Instant::now();
        let model = self.job.rules.tuned_model.clone().filter(|_| self.parts.plan.tuned);
        let asked = self.job.ask.ask(Prompt { purpose, messages, model });
        let answer =
            tokio::time::timeout_at(self.job.allowance.deadline, asked).await.unwrap_or(Err(AskError::Timeout));
        let used = answer.as_ref().ok();
        self.rounds.push(Round {
            purpose,
            requirements: ids.to_vec(),
            input_tokens: used.map_or(0, |answer| answer.input_tokens),
            output_tokens: used.map_or(0, |answer| answer.output_tokens),
            cost_micros: used.map_or(0, |answer| answer.cost_micros),
            elapsed: started.elapsed(),
            error: answer.as_ref().err().copied(),
            k: None,
            verified: false,
        });
        answer.ok()
    }
}
