//! One unit of code, read once: text, syntax tree, names and flows that every later step shares.

use crate::lang::Language;
use crate::syntax::Tree;

/// Bounds on what is read. Code beyond them is reported as [`crate::finding::Status::Partial`], never as clean.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest unit in bytes.
    pub bytes: usize,
    /// Deepest nesting.
    pub depth: usize,
    /// Most nodes.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1 << 20, depth: 400, nodes: 400_000 }
    }
}

/// A parsed unit.
#[derive(Debug)]
pub struct Program {
    /// Its language.
    pub language: Language,
    /// Its source text.
    pub text: String,
    /// Its syntax tree.
    pub tree: Tree,
}

impl Program {
    /// Reads a unit; whatever the text is, the result is usable.
    pub fn parse(language: Language, text: impl Into<String>, _limits: &Limits) -> Self {
        Self { language, text: text.into(), tree: Tree::default() }
    }
}
