//! Why a request or call is not let through, as clients are told; never anything of another key.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use super::book::Shortfall;
use super::rate::{Standing, spell};
use crate::error::Error;

/// Which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Requests per minute.
    Requests,
    /// Tokens per minute.
    Tokens,
    /// Requests at the same time.
    Concurrency,
}

/// Why not.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Denied {
    /// Keys are required and there was none.
    #[error("an API key is needed: Authorization: Bearer sk-sp-…")]
    KeyMissing,
    /// There is no such key.
    #[error("the API key is not known")]
    KeyUnknown,
    /// It was revoked.
    #[error("the API key has been revoked")]
    KeyRevoked,
    /// Its time is over.
    #[error("the API key has expired")]
    KeyExpired,
    /// The configuration no longer has the key's policy; another one would not do.
    #[error("the policy of this API key is not configured")]
    PolicyMissing,
    /// Too much at once.
    #[error("the limit on {} of this API key is reached", limit.name())]
    Limited {
        /// Which limit.
        limit: Limit,
        /// When there is room again.
        retry_after: Duration,
        /// `x-ratelimit-*`.
        headers: HeaderMap,
    },
    /// A budget has no room for the call.
    #[error("the {} budget of this API key is spent", .0.budget.window.name())]
    Spent(Shortfall),
    /// What the model costs is not known, and the key has a budget.
    #[error("the model has no price and this API key has a budget")]
    Unpriced,
}

impl Limit {
    /// What it counts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests per minute",
            Self::Tokens => "tokens per minute",
            Self::Concurrency => "requests at the same time",
        }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        let message = denied.to_string();
        match denied {
            Denied::KeyMissing => Self::Unauthorized("an API key is needed: Authorization: Bearer sk-sp-…"),
            Denied::KeyUnknown => Self::Unauthorized("the API key is not known"),
            Denied::KeyRevoked => Self::Unauthorized("the API key has been revoked"),
            Denied::KeyExpired => Self::Unauthorized("the API key has expired"),
            Denied::PolicyMissing => Self::Forbidden("the policy of this API key is not configured"),
            Denied::Limited { retry_after, mut headers, .. } => {
                headers.insert("retry-after-ms", HeaderValue::from(retry_after.as_millis().max(1) as u64));
                let headers = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
                Self::RateLimited { message, retry_after, headers }
            }
            Denied::Spent(shortfall) => Self::BudgetSpent { message, details: Box::new(details(&shortfall)) },
            Denied::Unpriced => {
                let details = Map::from_iter([("reason".to_owned(), Value::from("unknown_price"))]);
                Self::BudgetSpent { message, details: Box::new(details) }
            }
        }
    }
}

fn details(shortfall: &Shortfall) -> Map<String, Value> {
    let facts = json!({
        "reason": "budget_spent",
        "window": shortfall.budget.window.name(),
        "budget_usd": shortfall.budget.limit.dollars(),
        "spent_usd": shortfall.spent.dollars(),
        "reserved_usd": shortfall.reserved.dollars(),
        "needed_usd": shortfall.needed.dollars(),
        "resets_at": shortfall.resets.map(|millis| millis / 1_000),
    });
    match facts {
        Value::Object(facts) => facts,
        _ => Map::new(),
    }
}

/// The headers of the limit on requests: limit, remaining, reset.
pub(super) static REQUESTS: [HeaderName; 3] = [
    HeaderName::from_static("x-ratelimit-limit-requests"),
    HeaderName::from_static("x-ratelimit-remaining-requests"),
    HeaderName::from_static("x-ratelimit-reset-requests"),
];
/// The headers of the limit on tokens.
pub(super) static TOKENS: [HeaderName; 3] = [
    HeaderName::from_static("x-ratelimit-limit-tokens"),
    HeaderName::from_static("x-ratelimit-remaining-tokens"),
    HeaderName::from_static("x-ratelimit-reset-tokens"),
];

/// Writes the three headers of one limit, as OpenAI spells them.
pub(super) fn standing(headers: &mut HeaderMap, [limit, remaining, reset]: &[HeaderName; 3], standing: Standing) {
    headers.insert(limit, HeaderValue::from(standing.limit));
    headers.insert(remaining, HeaderValue::from(standing.remaining));
    if let Ok(value) = HeaderValue::try_from(spell(standing.reset)) {
        headers.insert(reset, value);
    }
}
