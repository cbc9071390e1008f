//! Rewrites of JavaScript and TypeScript that no other language shares.

pub(super) mod answer;
pub(super) mod document;
pub(super) mod evaluate;
pub(super) mod key;
pub(super) mod process;
