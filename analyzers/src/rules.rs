//! The list of rules; a test fails on a file in `rules/` that is not in it.

use crate::rule::Rule;

/// Every rule, in the order of the rule reference.
pub const RULES: &[&Rule] = &[];

#[cfg(test)]
mod tests;
