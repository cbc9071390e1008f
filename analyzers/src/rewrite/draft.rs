//! Builds one [`Edit`] step by step; never leaves its texts unsorted.

use crate::edit::{Edit, EditKind, TextEdit};
use crate::syntax::{NodeId, Span};

/// An edit that is being put together.
#[derive(Clone)]
pub(crate) struct Draft(Edit);

impl Draft {
    /// An edit of that kind at that node.
    pub(crate) fn new(kind: EditKind, node: NodeId, cwe: &'static [u16], summary: &'static str) -> Self {
        Self(Edit {
            kind,
            node,
            group: node.index() as u32,
            cwe,
            summary,
            texts: Vec::new(),
            imports: Vec::new(),
            helper: None,
            variables: Vec::new(),
        })
    }

    /// Replaces a span.
    pub(crate) fn replace(mut self, span: Span, text: impl Into<String>) -> Self {
        self.0.texts.push(TextEdit { span, text: text.into() });
        self
    }

    /// Inserts at an offset.
    pub(crate) fn insert(self, at: usize, text: impl Into<String>) -> Self {
        self.replace(Span::new(at, at), text)
    }

    /// Adds a ready text edit.
    pub(crate) fn text(mut self, edit: TextEdit) -> Self {
        self.0.texts.push(edit);
        self
    }

    /// Needs an import.
    pub(crate) fn import(mut self, import: Option<String>) -> Self {
        self.0.imports.extend(import);
        self
    }

    /// Needs a helper.
    pub(crate) fn helper(mut self, name: &'static str, source: String) -> Self {
        self.0.helper = Some((name, source));
        self
    }

    /// Needs an environment variable.
    pub(crate) fn variable(mut self, name: String) -> Self {
        self.0.variables.push(name);
        self
    }

    /// The edit.
    pub(crate) fn finish(mut self) -> Edit {
        self.0.texts.sort_by_key(|text| (text.span.start, text.span.end));
        self.0.texts.dedup();
        self.0
    }
}
