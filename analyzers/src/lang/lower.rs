//! Lowering: walks tree-sitter's tree once by tables of node roles and builds the language-neutral [`Tree`].
//!
//! **Bounded.** The parse has an operation budget, the walk a depth and a node limit; what lies beyond is marked as
//! truncated, never silently left out.

use std::num::NonZeroU16;

use tree_sitter::{Node, Parser, Point, TreeCursor};

use super::parse::{are_too_many, errors_in, parse, parse_bounded, parse_with, windows};
use crate::program::Limits;
use crate::syntax::{Builder, Escapes, Field, Kind, NodeId, Span, Tree};

/// Most pieces of one unit that are parsed on their own.
const MOST_FRAGMENTS: usize = 400;

/// Where a node's name comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Naming {
    /// It has none.
    None,
    /// The child in this field; that child is not lowered.
    Of(&'static str),
    /// The first anonymous token.
    Token,
    /// The node's own text.
    Own,
}

/// What becomes of a tree-sitter node.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    /// A node of this kind.
    Node(Kind),
    /// A node of this kind whose children are of no interest.
    Leaf(Kind),
    /// Nothing; its children take its place and its field.
    Splice,
    /// Nothing at all.
    Skip,
    /// A comment: listed, not a node.
    Comment,
    /// Whatever the function does with it.
    Hook(Hook),
}

/// Lowers the node under the cursor in a way that tables cannot say; leaves the cursor where it was.
pub(crate) type Hook = fn(&mut Lowering<'_>, &mut TreeCursor<'_>, Field);

/// One row of a language's table: a tree-sitter node kind and what becomes of it.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    role: Role,
    naming: Naming,
    fields: &'static [(&'static str, Field)],
    rest: &'static [Field],
    own: Option<Field>,
}

impl Row {
    pub(crate) const fn of(kind: &'static str, role: Role) -> Self {
        Self { kind, role, naming: Naming::None, fields: &[], rest: &[Field::Item], own: None }
    }

    pub(crate) const fn node(kind: &'static str, to: Kind) -> Self {
        Self::of(kind, Role::Node(to))
    }

    pub(crate) const fn leaf(kind: &'static str, to: Kind) -> Self {
        Self::of(kind, Role::Leaf(to))
    }

    pub(crate) const fn named(mut self, naming: Naming) -> Self {
        self.naming = naming;
        self
    }

    /// tree-sitter field → field; further names may list the same.
    pub(crate) const fn fields(mut self, fields: &'static [(&'static str, Field)]) -> Self {
        self.fields = fields;
        self
    }

    /// Fields of the named children that stand in no field, in order; the last one repeats.
    pub(crate) const fn rest(mut self, rest: &'static [Field]) -> Self {
        self.rest = rest;
        self
    }

    /// The field this kind has wherever its parent gives it none.
    pub(crate) const fn own(mut self, own: Field) -> Self {
        self.own = Some(own);
        self
    }
}

struct Shape {
    role: Role,
    naming: CompiledNaming,
    fields: Vec<(NonZeroU16, Field)>,
    rest: &'static [Field],
    own: Option<Field>,
}

#[derive(Clone, Copy, PartialEq)]
enum CompiledNaming {
    None,
    Of(NonZeroU16),
    Token,
    Own,
}

/// A language's tables with names resolved to ids; made once per process.
pub(crate) struct Grammar {
    language: tree_sitter::Language,
    shapes: Vec<Shape>,
    escapes: Escapes,
}

impl Grammar {
    /// Resolves `rows` against the grammar. Kinds without a row become [`Kind::Other`].
    pub(crate) fn compile(language: tree_sitter::Language, rows: &[Row], escapes: Escapes) -> Self {
        let shapes = (0..language.node_kind_count() as u16)
            .map(|id| {
                let name = language.node_kind_for_id(id).unwrap_or_default();
                let found = rows.iter().find(|row| language.node_kind_is_named(id) && row.kind == name);
                let row = found.copied().unwrap_or(Row::node("", Kind::Other));
                Shape {
                    role: row.role,
                    naming: match row.naming {
                        Naming::None => CompiledNaming::None,
                        Naming::Of(field) => {
                            language.field_id_for_name(field).map_or(CompiledNaming::None, CompiledNaming::Of)
                        }
                        Naming::Token => CompiledNaming::Token,
                        Naming::Own => CompiledNaming::Own,
                    },
                    fields: (row.fields.iter())
                        .filter_map(|&(name, field)| Some((language.field_id_for_name(name)?, field)))
                        .collect(),
                    rest: row.rest,
                    own: row.own,
                }
            })
            .collect();
        Self { language, shapes, escapes }
    }

    /// Names in `rows` that the grammar does not know.
    #[cfg(test)]
    pub(crate) fn unknown(&self, rows: &[Row]) -> Vec<&'static str> {
        let mut unknown = Vec::new();
        for row in rows {
            if self.language.id_for_node_kind(row.kind, true) == 0 {
                unknown.push(row.kind);
            }
            let naming = if let Naming::Of(field) = row.naming { Some(field) } else { None };
            let fields = row.fields.iter().map(|&(name, _)| name).chain(naming);
            unknown.extend(fields.filter(|name| self.language.field_id_for_name(name).is_none()));
        }
        unknown
    }

    /// Parses and lowers. `masked` has the length of the source and is what the parser reads.
    pub(crate) fn read(&self, text: &str, masked: &str, limits: &Limits) -> Tree {
        let mut lowering = Lowering::new(self, text, limits);
        let mut parser = Parser::new();
        let root = lowering.builder.open(Kind::Module, Field::Item, Span::new(0, text.len()), 0);
        if text.len() > limits.bytes || parser.set_language(&self.language).is_err() {
            lowering.builder.truncate();
        } else if let Some(parsed) = parse(&mut parser, masked) {
            lowering.unit(&mut parsed.walk(), root);
        } else {
            lowering.pieces(&mut parser, masked);
            lowering.builder.truncate();
        }
        lowering.builder.finish(text)
    }

    /// Parses and lowers `whole`, of which `text` is the part from `lead` on; places are those in `text`.
    pub(crate) fn read_inside(&self, whole: &str, lead: usize, text: &str, limits: &Limits) -> Tree {
        let mut lowering = Lowering::new(self, whole, limits);
        let mut parser = Parser::new();
        let root = lowering.builder.open(Kind::Module, Field::Item, Span::new(0, whole.len()), 0);
        let set = whole.len() <= limits.bytes && parser.set_language(&self.language).is_ok();
        if let Some(parsed) = set.then(|| parse(&mut parser, whole)).flatten() {
            lowering.unit(&mut parsed.walk(), root);
        } else {
            lowering.builder.truncate();
        }
        lowering.builder.finish_inside(lead, text)
    }

    fn shape(&self, node: Node<'_>) -> &Shape {
        &self.shapes[usize::from(node.kind_id()).min(self.shapes.len() - 1)]
    }
}

/// The state of one lowering walk.
pub(crate) struct Lowering<'a> {
    grammar: &'a Grammar,
    /// The source text.
    pub(crate) text: &'a str,
    /// The tree so far.
    pub(crate) builder: Builder,
    depth: usize,
    fragments: usize,
    limits: &'a Limits,
}

impl<'a> Lowering<'a> {
    fn new(grammar: &'a Grammar, text: &'a str, limits: &'a Limits) -> Self {
        Self { grammar, text, builder: Builder::new(grammar.escapes, text.len() / 6), depth: 0, fragments: 0, limits }
    }

    /// Lowers a whole unit into its module.
    fn unit(&mut self, cursor: &mut TreeCursor<'_>, root: NodeId) {
        if cursor.node().is_error() {
            self.error(cursor, Field::Item);
        } else {
            self.children_of(cursor, root);
        }
    }

    /// What can be read of a unit that cannot be parsed as a whole: window by window, as far as the budget goes.
    fn pieces(&mut self, parser: &mut Parser, text: &str) {
        let mut errors = 0;
        let mut start = 0;
        for window in windows(text) {
            let end = start + window.len();
            let (start_point, end_point) = (Point::new(0, start), Point::new(0, end));
            let range = tree_sitter::Range { start_byte: start, end_byte: end, start_point, end_point };
            let parsed =
                parser.set_included_ranges(&[range]).is_ok().then(|| parse_bounded(parser, text, window.len()));
            let parsed = parsed.flatten();
            if let Some(parsed) = &parsed {
                let id = self.builder.open(Kind::Error, Field::Item, Span::new(start, end), 0);
                self.unit(&mut parsed.walk(), id);
                self.builder.close();
            }
            errors += errors_in(parsed.as_ref());
            start = end;
            if are_too_many(errors) {
                break;
            }
        }
    }

    /// Lowers the node under the cursor in the role `field`.
    pub(crate) fn node(&mut self, cursor: &mut TreeCursor<'_>, field: Field) {
        let node = cursor.node();
        if node.is_missing() {
            self.builder.mark_error();
            return;
        }
        if self.depth >= self.limits.depth || self.builder.len() >= self.limits.nodes {
            self.builder.truncate();
            return;
        }
        self.depth += 1;
        if node.is_error() {
            self.error(cursor, field);
        } else {
            let shape = self.grammar.shape(node);
            match shape.role {
                Role::Node(kind) => {
                    let id = self.open(kind, field, node);
                    self.children(cursor, shape, id);
                    self.builder.close();
                }
                Role::Leaf(kind) => {
                    let kind = if kind == Kind::Name && field == Field::Parameter { Kind::Parameter } else { kind };
                    let id = self.open(kind, field, node);
                    if shape.naming == CompiledNaming::Own {
                        self.builder.set_name(id, span(node));
                    }
                    self.builder.close();
                }
                Role::Splice => self.splice(cursor, field),
                Role::Skip => {}
                Role::Comment => self.builder.comment(span(node)),
                Role::Hook(hook) => hook(self, cursor, field),
            }
        }
        self.depth -= 1;
    }

    /// Opens a node over the whole of `node`.
    pub(crate) fn open(&mut self, kind: Kind, field: Field, node: Node<'_>) -> NodeId {
        self.builder.open(kind, field, span(node), node.kind_id())
    }

    /// Lowers the named children in place of the node, all in its field.
    pub(crate) fn splice(&mut self, cursor: &mut TreeCursor<'_>, field: Field) {
        self.each(cursor, |lowering, cursor| {
            if cursor.node().is_named() {
                let own = lowering.grammar.shape(cursor.node()).own;
                lowering.node(cursor, if field == Field::Item { own.unwrap_or(field) } else { field });
            }
        });
    }

    /// Lowers the children by the row of the node's own kind, as a node of another kind or inside another node.
    pub(crate) fn children_of(&mut self, cursor: &mut TreeCursor<'_>, id: NodeId) {
        let shape = self.grammar.shape(cursor.node());
        self.children(cursor, shape, id);
    }

    fn children(&mut self, cursor: &mut TreeCursor<'_>, shape: &Shape, id: NodeId) {
        let rest = shape.rest;
        let mut seen = 0;
        let mut unnamed = matches!(shape.naming, CompiledNaming::Token);
        self.each(cursor, |lowering, cursor| {
            let node = cursor.node();
            if !(node.is_named() || unnamed || matches!(shape.naming, CompiledNaming::Of(_))) {
                return;
            }
            let under = cursor.field_id();
            if let (CompiledNaming::Of(name), Some(under)) = (shape.naming, under)
                && name == under
            {
                if lowering.builder.name_is_empty(id) {
                    lowering.builder.set_name(id, span(node));
                }
                return;
            }
            if !node.is_named() {
                if unnamed {
                    lowering.builder.set_name(id, span(node));
                    unnamed = false;
                }
                return;
            }
            let given = under.and_then(|under| shape.fields.iter().find(|(field, _)| *field == under));
            let child = lowering.grammar.shape(node);
            let field = given.map(|&(_, field)| field).or(child.own).unwrap_or_else(|| {
                let at = rest[seen.min(rest.len() - 1)];
                if !matches!(child.role, Role::Comment) {
                    seen += 1;
                }
                at
            });
            lowering.node(cursor, field);
        });
    }

    /// Calls `visit` with the cursor on each child, tokens included.
    pub(crate) fn each(&mut self, cursor: &mut TreeCursor<'_>, mut visit: impl FnMut(&mut Self, &mut TreeCursor<'_>)) {
        if !cursor.goto_first_child() {
            return;
        }
        loop {
            visit(self, cursor);
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        cursor.goto_parent();
    }

    /// Parses a piece of the text by itself, in its place, and shows its root to `visit`; whether it did parse. `lead` and
    /// `trail` stand for what comes before and after it, so that it is a whole statement.
    pub(crate) fn fragment(
        &mut self,
        piece: Span,
        (lead, trail): (&'static str, &'static str),
        visit: impl FnOnce(&mut Self, &mut TreeCursor<'_>),
    ) -> bool {
        let piece = piece.range();
        let room = piece.start >= lead.len() && !piece.is_empty() && self.text.is_char_boundary(piece.end);
        if self.fragments >= MOST_FRAGMENTS || !room {
            return false;
        }
        self.fragments += 1;
        let (start, end) = (piece.start - lead.len(), piece.end + trail.len());
        let (start_point, end_point) = (Point::new(0, start), Point::new(0, end));
        let included = tree_sitter::Range { start_byte: start, end_byte: end, start_point, end_point };
        let mut parser = Parser::new();
        if parser.set_language(&self.grammar.language).is_err() || parser.set_included_ranges(&[included]).is_err() {
            return false;
        }
        let bytes = self.text.as_bytes();
        let mut read = |at: usize, _: Point| -> &[u8] {
            if at < piece.start {
                lead.as_bytes().get(at.saturating_sub(start)..).unwrap_or_default()
            } else if at < piece.end {
                bytes.get(at..piece.end).unwrap_or_default()
            } else {
                trail.as_bytes().get(at - piece.end..).unwrap_or_default()
            }
        };
        let Some(parsed) = parse_with(&mut parser, &mut read, piece.len()) else { return false };
        if parsed.root_node().has_error() {
            return false;
        }
        self.nested(|lowering| visit(lowering, &mut parsed.walk()));
        true
    }

    /// Runs a hook's own recursion under the depth limit.
    pub(crate) fn nested(&mut self, descend: impl FnOnce(&mut Self)) {
        if self.depth >= self.limits.depth {
            self.builder.truncate();
            return;
        }
        self.depth += 1;
        descend(self);
        self.depth -= 1;
    }

    /// A region that did not parse: what could be read in it stands there as if in place, and a callee before an
    /// opening parenthesis is a call, whether or not it is ever closed.
    fn error(&mut self, cursor: &mut TreeCursor<'_>, field: Field) {
        let in_sequence = matches!(self.builder.open_kind(), Kind::Module | Kind::Block | Kind::Error);
        let node = cursor.node();
        let end = node.end_byte();
        self.open(Kind::Error, field, node);
        let mut parts = Vec::new();
        self.each(cursor, |lowering, cursor| {
            let node = cursor.node();
            parts.push((Part::of(lowering.grammar.shape(node), node), span(node)));
        });
        let part = |at: usize| parts.get(at).map_or(Part::Token, |&(part, _)| part);
        let (mut at, mut calls, mut skip) = (0, 0, 0);
        self.each(cursor, |lowering, cursor| {
            let node = cursor.node();
            at += 1;
            if skip > 0 {
                skip -= 1;
                return;
            }
            let room = lowering.depth + calls < lowering.limits.depth;
            let outer = if calls > 0 { Field::Argument } else { field };
            match part(at - 1) {
                Part::Close if calls > 0 => {
                    calls -= 1;
                    lowering.builder.close();
                }
                Part::Value if part(at) == Part::Open && room => {
                    lowering.builder.open(Kind::Call, outer, Span::new(node.start_byte(), end), 0);
                    calls += 1;
                    lowering.node(cursor, Field::Callee);
                }
                Part::Value | Part::Alone
                    if [part(at), part(at + 1), part(at + 2)] == [Part::Dot, Part::Value, Part::Open] && room =>
                {
                    let name = parts.get(at + 1).map_or(span(node), |&(_, span)| span);
                    lowering.builder.open(Kind::Call, outer, Span::new(node.start_byte(), end), 0);
                    calls += 1;
                    let callee = Span { start: node.start_byte() as u32, end: name.end };
                    let callee = lowering.builder.open(Kind::Attribute, Field::Callee, callee, 0);
                    lowering.builder.set_name(callee, name);
                    lowering.node(cursor, Field::Object);
                    lowering.builder.close();
                    skip = 3;
                }
                Part::Alone if in_sequence && calls == 0 => {
                    lowering.open(Kind::ExprStatement, Field::Item, node);
                    lowering.node(cursor, Field::Value);
                    lowering.builder.close();
                }
                Part::Value | Part::Alone | Part::Other => {
                    let own = lowering.grammar.shape(node).own.unwrap_or(field);
                    lowering.node(cursor, if calls > 0 { Field::Argument } else { own });
                }
                Part::Open | Part::Close | Part::Dot | Part::Token => {}
            }
        });
        for _ in 0..=calls {
            self.builder.close();
        }
    }
}

/// What stands in a region that did not parse, as far as calls are concerned.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `.`
    Dot,
    /// Any other token.
    Token,
    /// What can be called.
    Value,
    /// An expression that does something on its own.
    Alone,
    /// Anything else with a name.
    Other,
}

impl Part {
    fn of(shape: &Shape, node: Node<'_>) -> Self {
        match shape.role {
            _ if !node.is_named() => match node.kind() {
                "(" => Self::Open,
                ")" => Self::Close,
                "." => Self::Dot,
                _ => Self::Token,
            },
            Role::Node(kind) if kind.stands_alone() => Self::Alone,
            Role::Hook(_) if matches!(node.kind(), "method_invocation" | "call_expression") => Self::Alone,
            Role::Hook(_)
                if matches!(node.kind(), "qualified_identifier" | "template_function" | "field_expression") =>
            {
                Self::Value
            }
            Role::Node(Kind::Attribute | Kind::Subscript) | Role::Leaf(Kind::Name) => Self::Value,
            _ => Self::Other,
        }
    }
}

/// The bytes of a tree-sitter node.
pub(crate) fn span(node: Node<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}
