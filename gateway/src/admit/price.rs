//! Money and the price table: what a call costs; exact integers, never floating point.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Usage;

/// Picodollars in a dollar. One dollar per million tokens is a million picodollars a token.
const PICOS_PER_DOLLAR: u64 = 1_000_000_000_000;
/// Most that one amount may be: well under what a 64-bit count of picodollars holds.
const MOST_DOLLARS: f64 = 1_000_000.0;

/// An amount in picodollars (10⁻¹² USD). Arithmetic saturates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub u64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount in dollars; `None` for what is negative, not a number or above a million.
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        (0.0..=MOST_DOLLARS).contains(&dollars).then(|| Self((dollars * PICOS_PER_DOLLAR as f64).round() as u64))
    }

    /// In dollars.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / PICOS_PER_DOLLAR as f64
    }

    /// In millionths of a dollar, rounded up: never less than it costs.
    pub const fn micros(self) -> u64 {
        self.0.div_ceil(PICOS_PER_DOLLAR / 1_000_000)
    }

    /// The sum.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, 0 where it would be negative.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// In dollars with as many places as the amount needs, at least two.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:012}", self.0 % PICOS_PER_DOLLAR);
        let shown = fraction.trim_end_matches('0').len().max(2);
        write!(f, "{}.{}", self.0 / PICOS_PER_DOLLAR, &fraction[..shown])
    }
}

/// What one model costs, in picodollars a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    input: u64,
    cached: u64,
    output: u64,
}

impl Price {
    /// The price of so many tokens.
    pub fn of(&self, usage: &Usage) -> Money {
        let cached = usage.cached.min(usage.input);
        let parts = [(usage.input - cached, self.input), (cached, self.cached), (usage.output, self.output)];
        parts.into_iter().fold(Money::ZERO, |sum, (tokens, each)| sum.plus(Money(tokens.saturating_mul(each))))
    }
}

/// A price table, read from TOML: USD per million tokens by model name prefix.
#[derive(Debug, Clone, Default)]
pub struct Prices {
    /// Longest prefix first.
    rows: Vec<(String, Price)>,
}

/// Why a price table was refused.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// Not TOML, or keys that there are not.
    #[error("the price table cannot be read")]
    Syntax(#[from] toml::de::Error),
    /// A price that is none.
    #[error("the price of {prefix} must be between 0 and 1000000 USD per million tokens")]
    Range {
        /// The row.
        prefix: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    model: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    prefix: String,
    input: f64,
    cached: Option<f64>,
    output: f64,
}

impl Prices {
    /// The table that comes with the program (`config/prices.toml`).
    pub const BUILTIN: &'static str = include_str!("../../../config/prices.toml");

    /// Reads a table.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let table: Table = toml::from_str(text)?;
        let mut rows = table.model.into_iter().map(Row::price).collect::<Result<Vec<_>, _>>()?;
        rows.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Ok(Self { rows })
    }

    /// This table with the rows of `other` taking precedence where the prefix is the same.
    #[must_use]
    pub fn overridden_by(mut self, other: Self) -> Self {
        self.rows.retain(|(prefix, _)| other.rows.iter().all(|(theirs, _)| theirs != prefix));
        self.rows.extend(other.rows);
        self.rows.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        self
    }

    /// The price of a model: the longest prefix that ends at a boundary of the name (`gpt-4o` covers `gpt-4o-2024-08-06`
    /// but not `gpt-4omni`). A provider's path (`openai/…`) and `ft:` before the name are looked through.
    pub fn price(&self, model: &str) -> Option<Price> {
        let bare = model.rsplit('/').next().unwrap_or(model);
        let tuned = bare.strip_prefix("ft:").unwrap_or(bare);
        [model, bare, tuned]
            .into_iter()
            .find_map(|name| self.rows.iter().find(|(prefix, _)| covers(prefix, name)).map(|(_, price)| *price))
    }
}

impl Row {
    fn price(self) -> Result<(String, Price), PriceError> {
        let per_token = |dollars: f64| Money::from_dollars(dollars).map(|money| money.0 / 1_000_000);
        let prices = (per_token(self.input), per_token(self.cached.unwrap_or(self.input)), per_token(self.output));
        let (Some(input), Some(cached), Some(output)) = prices else {
            return Err(PriceError::Range { prefix: self.prefix });
        };
        Ok((self.prefix.to_ascii_lowercase(), Price { input, cached, output }))
    }
}

fn covers(prefix: &str, name: &str) -> bool {
    let head = name.as_bytes().get(..prefix.len());
    let next = name.as_bytes().get(prefix.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
        && next.is_none_or(|next| matches!(next, b'-' | b':' | b'@' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(model: &str, input: u64, cached: u64, output: u64, expected: Option<&str>) {
        let prices = Prices::parse(Prices::BUILTIN).expect("the built-in table is valid");
        let cost = prices.price(model).map(|price| price.of(&Usage { input, cached, output }).to_string());
        assert_eq!(cost.as_deref(), expected, "{model}");
    }

    #[test]
    fn prices_models_by_longest_prefix() {
        check("gpt-4o", 1_000_000, 0, 0, Some("2.50"));
        check("gpt-4o-2024-08-06", 0, 0, 1_000_000, Some("10.00"));
        check("gpt-4o-mini", 1_000_000, 0, 0, Some("0.15"));
        check("GPT-4o-Mini-2024-07-18", 1_000_000, 0, 0, Some("0.15"));
        check("openai/gpt-4o-mini", 1, 0, 0, Some("0.00000015"));
        check("ft:gpt-4o-mini:acme::x", 1_000_000, 0, 0, Some("0.15"));
        check("gpt-4omni", 1, 0, 0, None);
        check("gpt-4.9", 1, 0, 0, None);
        check("my-local-model", 1, 0, 0, None);
        check("", 1, 0, 0, None);
    }

    #[test]
    fn cached_tokens_cost_less_and_never_exceed_the_prompt() {
        check("gpt-4o", 1_000_000, 1_000_000, 0, Some("1.25"));
        check("gpt-4o", 1_000_000, 9_000_000, 0, Some("1.25"));
    }

    #[test]
    fn huge_counts_saturate() {
        check("gpt-4o", u64::MAX, 0, u64::MAX, Some("18446744.073709551615"));
    }

    #[test]
    fn refuses_bad_tables() {
        let bad = |text: &str| Prices::parse(text).expect_err(text).to_string();
        assert!(bad("[[model]]\nprefix='x'\ninput=-1.0\noutput=1.0").contains("price of x"));
        assert!(bad("[[model]]\nprefix='x'\ninput=nan\noutput=1.0").contains("price of x"));
        assert!(bad("[[model]]\nprefix='x'\ninputs=1.0\noutput=1.0").contains("cannot be read"));
    }

    #[test]
    fn own_rows_come_first() {
        let own = Prices::parse("[[model]]\nprefix='gpt-4o'\ninput=1\noutput=1").expect("valid");
        let both = Prices::parse(Prices::BUILTIN).expect("valid").overridden_by(own);
        let cost =
            |model: &str| both.price(model).map(|price| price.of(&Usage { input: 1_000_000, ..Usage::default() }));
        assert_eq!(cost("gpt-4o").map(|money| money.to_string()).as_deref(), Some("1.00"));
        assert_eq!(cost("gpt-4o-mini").map(|money| money.to_string()).as_deref(), Some("0.15"));
    }
}
