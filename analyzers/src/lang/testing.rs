//! What the tests of all languages share; never part of a build.

use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::syntax::NodeId;

/// Compares what is in the module that a text is lowered to with an outline of it.
#[track_caller]
pub(super) fn check(language: Language, text: &str, expected: &str) {
    let program = Program::parse(language, text, &Limits::default());
    let outline = program.tree.outline(NodeId::ROOT, text);
    let body = outline.strip_prefix("(Module ").and_then(|rest| rest.strip_suffix(')')).unwrap_or(&outline);
    assert_eq!(body, expected);
}
