//! The list of rules; a test fails on a file in `rules/` that is not in it.

use crate::rule::Rule;

mod code_injection;
mod command_injection;
mod sql_injection;
mod unsafe_deserialization;

/// Every rule, in the order of the rule reference.
pub const RULES: &[&Rule] =
    &[&command_injection::RULE, &sql_injection::RULE, &code_injection::RULE, &unsafe_deserialization::RULE];

#[cfg(test)]
mod tests;
