//! Finds, explains and rewrites weaknesses in source code.
//!
//! **No IO, no async, no clock, cannot fail**: broken code is input, so every function returns what was found plus
//! what could not be read.

pub mod concept;
pub mod coverage;
mod credential;
pub mod cwe;
pub mod edit;
pub mod finding;
pub mod graph;
mod inner;
pub mod lang;
mod pattern;
pub mod program;
mod query_methods;
pub mod resolve;
pub mod rewrite;
pub mod rule;
pub mod rules;
pub mod scan;
pub mod syntax;
pub mod taint;
pub mod verify;
pub mod words;
#[cfg(test)]
mod work;
