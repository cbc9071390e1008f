//! Builds a [`Tree`] in pre-order; used by lowering only.

use super::{Escapes, Field, Kind, Node, NodeId, Span, Tree};

/// A tree under construction.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    tree: Tree,
    open: Vec<u32>,
    errors_open: u32,
}

impl Builder {
    /// An empty tree with room for about `nodes` nodes.
    pub(crate) fn new(escapes: Escapes, nodes: usize) -> Self {
        let tree = Tree { nodes: Vec::with_capacity(nodes.min(1 << 16)), escapes, ..Tree::default() };
        Self { tree, ..Self::default() }
    }

    /// Opens a node; every node opened before its [`Builder::close`] is below it, and its span inside this one's. A span
    /// that ends before it starts is empty.
    pub(crate) fn open(&mut self, kind: Kind, field: Field, span: Span, raw: u16) -> NodeId {
        let id = self.tree.nodes.len() as u32;
        let around = self.open.last().map_or(span, |&above| self.tree.nodes[above as usize].span);
        let start = span.start.clamp(around.start, around.end);
        let span = Span { start, end: span.end.clamp(start, around.end) };
        if kind == Kind::Error {
            self.errors_open += 1;
            self.tree.has_errors = true;
        }
        self.tree.nodes.push(Node {
            kind,
            field,
            in_error: self.errors_open > 0,
            parent: self.open.last().copied().unwrap_or(0),
            end: id + 1,
            span,
            name: Span::default(),
            raw,
        });
        self.open.push(id);
        NodeId(id)
    }

    /// Makes every open node reach to `end`: what stands further down belongs to it.
    pub(crate) fn stretch(&mut self, end: u32) {
        for &id in &self.open {
            let span = &mut self.tree.nodes[id as usize].span;
            span.end = span.end.max(end);
        }
    }

    /// Sets the name or operator of a node.
    pub(crate) fn set_name(&mut self, id: NodeId, name: Span) {
        self.tree.nodes[id.index()].name = name;
    }

    /// Whether the node has no name yet.
    pub(crate) fn name_is_empty(&self, id: NodeId) -> bool {
        self.tree.nodes[id.index()].name == Span::default()
    }

    /// The kind of the innermost open node.
    pub(crate) fn open_kind(&self) -> Kind {
        self.open.last().map_or(Kind::Module, |&id| self.tree.nodes[id as usize].kind)
    }

    /// Sets the dotted origin of an import item; called in order of ids.
    pub(crate) fn set_import(&mut self, id: NodeId, path: String) {
        self.tree.imports.push((id, path));
    }

    /// Records a comment; called in source order.
    pub(crate) fn comment(&mut self, span: Span) {
        self.tree.comments.push(span);
    }

    /// Closes the innermost open node.
    pub(crate) fn close(&mut self) {
        let Some(id) = self.open.pop() else { return };
        let end = self.tree.nodes.len() as u32;
        let node = &mut self.tree.nodes[id as usize];
        node.end = end;
        if node.kind == Kind::Error {
            self.errors_open -= 1;
        }
    }

    /// Closes the innermost open node, which ends at `end`.
    pub(crate) fn close_at(&mut self, end: usize) {
        if let Some(&id) = self.open.last() {
            let span = &mut self.tree.nodes[id as usize].span;
            span.end = (end as u32).clamp(span.start, span.end);
        }
        self.close();
    }

    /// Sets the name of the innermost open node.
    pub(crate) fn name_open(&mut self, name: Span) {
        if let Some(&id) = self.open.last() {
            self.tree.nodes[id as usize].name = name;
        }
    }

    /// Marks that something was left out.
    pub(crate) fn truncate(&mut self) {
        self.tree.truncated = true;
    }

    /// Marks a missing token or the like.
    pub(crate) fn mark_error(&mut self) {
        self.tree.has_errors = true;
    }

    /// Number of nodes so far.
    pub(crate) fn len(&self) -> usize {
        self.tree.nodes.len()
    }

    /// Ends building; every place was one of a text that holds `text` from `lead` on.
    pub(crate) fn finish_inside(mut self, lead: usize, text: &str) -> Tree {
        let place = |at: u32| at.saturating_sub(lead as u32).min(text.len() as u32);
        let moved = |span: Span| Span { start: place(span.start), end: place(span.end) };
        for node in &mut self.tree.nodes {
            node.span = moved(node.span);
            node.name = moved(node.name);
        }
        for comment in &mut self.tree.comments {
            *comment = moved(*comment);
        }
        self.finish(text)
    }

    /// Ends building; every span is widened to whole characters of `text`.
    pub(crate) fn finish(mut self, text: &str) -> Tree {
        while !self.open.is_empty() {
            self.close();
        }
        if !text.is_ascii() {
            let whole = |span: Span| {
                let (start, end) = (span.start as usize, span.end as usize);
                Span::new(text.floor_char_boundary(start), text.ceil_char_boundary(end))
            };
            for node in &mut self.tree.nodes {
                node.span = whole(node.span);
                node.name = whole(node.name);
            }
        }
        self.tree.comments.sort_unstable();
        self.tree.comments.dedup();
        self.tree
    }
}
