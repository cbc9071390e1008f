//! One upstream call's reservation: taken before the call, settled after it, never forgotten on the way.

use std::sync::Arc;

use super::ledger::Account;
use super::price::{Money, Price};
use super::{Denied, Limit, Throttle, Ticket, estimate, now};

/// What a call will need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallEstimate<'a> {
    /// The model's name as sent upstream.
    pub model: &'a str,
    /// Prompt tokens, see [`estimate::prompt_tokens`].
    pub input_tokens: u64,
    /// `max_completion_tokens` or `max_tokens`, where the call has one.
    pub output_limit: Option<u64>,
    /// `n`.
    pub choices: u32,
}

/// Tokens that a call used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Prompt tokens.
    pub input: u64,
    /// Those of them that came from the upstream's cache.
    pub cached: u64,
    /// Output tokens of all choices.
    pub output: u64,
}

/// A reserved call. Dropped before [`Reservation::sent`], nothing is charged; after it, the prompt and what was received.
#[derive(Debug)]
#[must_use = "a call that is not settled is charged by estimate"]
pub struct Reservation {
    price: Option<Price>,
    lease: Option<(Arc<Account>, u64)>,
    tokens: Option<(Arc<Throttle>, u64)>,
    estimate: Usage,
    received_bytes: u64,
    sent: bool,
}

impl Reservation {
    pub(super) fn take(ticket: &Ticket, call: &CallEstimate<'_>) -> Result<Self, Denied> {
        let price = ticket.terms.prices.price(call.model);
        let budgets = ticket.entry.as_ref().map_or(&[][..], |entry| &entry.record.spec.budgets);
        if price.is_none() && !budgets.is_empty() && ticket.terms.refuse_unknown_price {
            return Err(Denied::Unpriced);
        }
        let each = call.output_limit.unwrap_or(ticket.terms.assumed_output_tokens);
        let output = each.saturating_mul(u64::from(call.choices.max(1)));
        let estimate = Usage { input: call.input_tokens, cached: 0, output };
        let mut reservation = Self { price, lease: None, tokens: None, estimate, received_bytes: 0, sent: false };
        if let Some(entry) = &ticket.entry {
            let lease = entry.account.reserve(budgets, reservation.cost(&estimate), now()).map_err(Denied::Spent)?;
            reservation.lease = Some((Arc::clone(&entry.account), lease));
        }
        if let Some(throttle) = &ticket.throttle
            && let Some(rate) = &throttle.tokens
        {
            // Dropping the reservation on the way out frees the lease.
            let charged = rate.take(estimate.input.saturating_add(estimate.output)).map_err(|retry_after| {
                Denied::Limited { limit: Limit::Tokens, retry_after, headers: throttle.headers() }
            })?;
            reservation.tokens = Some((Arc::clone(throttle), charged));
        }
        Ok(reservation)
    }

    /// What so many tokens cost under this call's price; nothing where the model has none.
    pub fn cost(&self, usage: &Usage) -> Money {
        self.price.map_or(Money::ZERO, |price| price.of(usage))
    }

    /// The request is about to leave: from now on its prompt is charged whatever happens.
    pub fn sent(&mut self) {
        self.sent = true;
    }

    /// Text of the answer arrived: so many bytes of content.
    pub fn received(&mut self, bytes: usize) {
        self.received_bytes = self.received_bytes.saturating_add(bytes as u64);
    }

    /// The upstream told what was used. Returns what it cost.
    pub fn settle(mut self, usage: &Usage) -> Money {
        self.end(usage)
    }

    /// The upstream refused the call (an error status): nothing is charged.
    pub fn release(mut self) {
        self.end(&Usage::default());
    }

    /// The answer ended without usage figures, or was cut off: prompt and received output are charged by estimate.
    pub fn settle_by_estimate(mut self) -> Money {
        let usage = self.estimated();
        self.end(&usage)
    }

    /// The prompt and what was received so far, by estimate.
    pub fn estimated(&self) -> Usage {
        Usage { output: estimate::output_tokens(self.received_bytes), ..self.estimate }
    }

    fn end(&mut self, usage: &Usage) -> Money {
        let cost = self.cost(usage);
        if let Some((account, lease)) = self.lease.take() {
            account.settle(lease, cost, now());
        }
        if let Some((throttle, charged)) = self.tokens.take()
            && let Some(rate) = &throttle.tokens
        {
            rate.correct(charged, usage.input.saturating_add(usage.output));
        }
        cost
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.lease.is_some() || self.tokens.is_some() {
            let usage = if self.sent { self.estimated() } else { Usage::default() };
            self.end(&usage);
        }
    }
}
