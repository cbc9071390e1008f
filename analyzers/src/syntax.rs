//! The language-neutral syntax tree: what tree-sitter saw, in one vocabulary; never an owner of source text.
//!
//! Nodes stand in pre-order: the descendants of node `n` are the ids `n + 1 .. end(n)`, so a walk over a
//! subtree is a loop over a range and a tree costs one allocation.

mod builder;
mod outline;
mod string;

pub(crate) use builder::Builder;
pub use string::Escapes;

/// Byte range in the source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// As a range for slicing.
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies inside this span.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share a byte.
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Index of a node in its [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The module itself.
    pub const ROOT: Self = Self(0);

    /// As an index into arrays that run parallel to the tree.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node is, in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// The whole unit.
    Module,
    /// `{ … }` or an indented suite.
    Block,
    /// A function, method or constructor with a name; `name` is its name.
    Function,
    /// An anonymous function: lambda, arrow function, function expression.
    Lambda,
    /// A class, interface, enum or record; `name` is its name.
    Class,
    /// A formal parameter; `name` is its name.
    Parameter,
    /// A decorator or annotation; the expression is its `Value`.
    Decorator,
    /// An import; children are `ImportItem`s.
    Import,
    /// One imported name: `name` is the local name (alias), `module` the dotted origin (see [`Tree::import_path`]).
    ImportItem,
    /// `targets = value`, declarations with or without an initialiser included: `Target`…, `Type`, `Value`. Where an
    /// assignment is an expression (`:=`, `a = b` in a condition) it is an Assign below that expression.
    Assign,
    /// `target op= value`; `name` is the operator.
    AugAssign,
    /// An expression used as a statement.
    ExprStatement,
    /// `return`.
    Return,
    /// `raise` or `throw`.
    Raise,
    /// `assert`.
    Assert,
    /// `del`, `delete`.
    Delete,
    /// `pass`, the empty statement.
    Pass,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `global`, `nonlocal`; children are names.
    Global,
    /// `if`; `Test`, `Body`, `Else` (an `elif` is a nested `If` in `Else`).
    If,
    /// `while`, `do`; `Test`, `Body`, `Else`.
    While,
    /// `for` of every form; for-each has `Target`, `Iter`; the three-part form `Init`, `Test`, `Update`.
    For,
    /// `try`; `Resource`, `Body`, `Handler`…, `Else`, `Finally`.
    Try,
    /// `except`, `catch`; `Type`, `Target` (the bound name), `Body`.
    Handler,
    /// `with`, `synchronized`; `Item`…, `Body`.
    With,
    /// One context manager: `Value`, `Target`.
    WithItem,
    /// `switch`, `match`; `Test`, then `Case`s.
    Switch,
    /// One `case`; `Test`, `Body`.
    Case,
    /// `yield`.
    Yield,
    /// `await`.
    Await,
    /// A call; `Callee`, then `Argument`s (`Keyword` nodes among them).
    Call,
    /// `new T(…)`; `Callee` is the type.
    New,
    /// `name = value` among the arguments of a call; `name` is its name.
    Keyword,
    /// `*x`, `**x`, `...x`; `name` is the operator.
    Spread,
    /// `object.name`; `Object`, and `name`.
    Attribute,
    /// `object[index]`; `Object`, `Index`.
    Subscript,
    /// `a:b:c` inside a subscript.
    Slice,
    /// An identifier (also `this`, `self`, `super`).
    Name,
    /// A string without interpolation; its name is the part between the quotes. See [`Tree::string`].
    String,
    /// An interpolated or implicitly concatenated string: children are `Text`, `Interpolation`, and for the
    /// concatenation `String` and `Template`; [`Tree::pieces`] flattens them.
    Template,
    /// A constant piece of a `Template`.
    Text,
    /// `{…}`, `${…}` in a `Template`; `Value` is the expression, the name what follows it (`!r:>10`).
    Interpolation,
    /// A number.
    Number,
    /// `true`, `false`.
    Bool,
    /// `None`, `null`, `undefined`.
    Null,
    /// `left op right` (arithmetic); `name` is the operator.
    Binary,
    /// `a and b`, `a || b`; `name` is the operator.
    Boolean,
    /// `a < b`, `a in b`, `instanceof`; `name` is the first operator.
    Compare,
    /// `not a`, `-a`, `!a`; `name` is the operator.
    Unary,
    /// `a if t else b`, `t ? a : b`; `Test`, `Body`, `Else`.
    Conditional,
    /// `{k: v}`, object literal; children `Pair`, `Spread`.
    Dict,
    /// One entry: `Key`, `Value`.
    Pair,
    /// `[…]`, array literal, array initialiser.
    List,
    /// `(a, b)`.
    Tuple,
    /// `{a, b}`.
    Set,
    /// A comprehension: `Value`, then `For`/`If` clauses (which are no statements here).
    Comprehension,
    /// A cast; `Type`, `Value`.
    Cast,
    /// A type expression where a language has them.
    Type,
    /// A regular expression literal.
    Regex,
    /// A region that tree-sitter could not parse; its children were recovered.
    Error,
    /// Anything else; children keep their order.
    Other,
}

/// The role in which a node stands under its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Field {
    /// No special role: statements of a block, elements of a list.
    Item,
    /// What is called.
    Callee,
    /// An argument of a call.
    Argument,
    /// What an attribute or subscript is taken of.
    Object,
    /// The index of a subscript.
    Index,
    /// Left operand.
    Left,
    /// Right operand.
    Right,
    /// What is assigned to or bound.
    Target,
    /// What is assigned, returned, raised, awaited, interpolated; the value of a pair or keyword.
    Value,
    /// The key of a pair.
    Key,
    /// The condition of a branch or loop, the subject of a switch, the pattern of a case.
    Test,
    /// The body of a compound statement, function or class; the first branch of a conditional.
    Body,
    /// The other branch.
    Else,
    /// An exception handler.
    Handler,
    /// The `finally` block.
    Finally,
    /// A resource of a `try`.
    Resource,
    /// What a `for` runs over.
    Iter,
    /// The first part of a three-part `for`.
    Init,
    /// The last part of a three-part `for`.
    Update,
    /// A formal parameter.
    Parameter,
    /// The default of a parameter.
    Default,
    /// A decorator or annotation.
    Decorator,
    /// A type annotation, a cast's or handler's type.
    Type,
    /// A base class or implemented interface.
    Base,
}

#[derive(Debug, Clone)]
struct Node {
    kind: Kind,
    field: Field,
    in_error: bool,
    parent: u32,
    end: u32,
    span: Span,
    name: Span,
    raw: u16,
}

/// The tree of one unit. Borrow the source text beside it: spans index into that text.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    imports: Vec<(NodeId, String)>,
    comments: Vec<Span>,
    escapes: Escapes,
    has_errors: bool,
    truncated: bool,
}

impl Tree {
    /// Number of nodes; at least 1 after [`crate::program::Program::parse`].
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every node in pre-order.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    fn node(&self, id: NodeId) -> &Node {
        #[cfg(test)]
        crate::work::add(1);
        &self.nodes[id.index()]
    }

    /// What the node is.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    /// Its role under its parent.
    pub fn field(&self, id: NodeId) -> Field {
        self.node(id).field
    }

    /// Its bytes in the source.
    pub fn span(&self, id: NodeId) -> Span {
        self.node(id).span
    }

    /// Whether it lies under an ERROR node.
    pub fn in_error(&self, id: NodeId) -> bool {
        self.node(id).in_error
    }

    /// The span of its name or operator (empty where it has none).
    pub fn name_span(&self, id: NodeId) -> Span {
        self.node(id).name
    }

    /// Its name or operator in `text` (empty where it has none).
    pub fn name<'t>(&self, id: NodeId, text: &'t str) -> &'t str {
        text.get(self.node(id).name.range()).unwrap_or_default()
    }

    /// Its own text.
    pub fn text<'t>(&self, id: NodeId, text: &'t str) -> &'t str {
        text.get(self.node(id).span.range()).unwrap_or_default()
    }

    /// tree-sitter's kind id (0 for nodes that lowering made up).
    pub fn raw_kind(&self, id: NodeId) -> u16 {
        self.node(id).raw
    }

    /// The node above, `None` for the root.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        (id != NodeId::ROOT).then(|| NodeId(self.node(id).parent))
    }

    /// The nodes above, nearest first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.parent(id), |&above| self.parent(above))
    }

    /// One past the last descendant, as an index.
    pub fn end(&self, id: NodeId) -> NodeId {
        NodeId(self.node(id).end)
    }

    /// The node itself and everything below it, in pre-order.
    pub fn subtree(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        (id.0..self.node(id).end).map(NodeId)
    }

    /// Whether `inner` is `outer` or below it.
    pub fn contains(&self, outer: NodeId, inner: NodeId) -> bool {
        outer.0 <= inner.0 && inner.0 < self.node(outer).end
    }

    /// Direct children in source order.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.node(id).end;
        let first = id.0 + 1;
        std::iter::successors((first < end).then_some(NodeId(first)), move |&child| {
            let next = self.node(child).end;
            (next < end).then_some(NodeId(next))
        })
    }

    /// Direct children in one role.
    pub fn children_in(&self, id: NodeId, field: Field) -> impl Iterator<Item = NodeId> + '_ {
        self.children(id).filter(move |&child| self.field(child) == field)
    }

    /// The first direct child in one role.
    pub fn child(&self, id: NodeId, field: Field) -> Option<NodeId> {
        self.children_in(id, field).next()
    }

    /// Positional arguments of a call, in order (no keywords, no spreads).
    pub fn positional(&self, call: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.children_in(call, Field::Argument)
            .filter(|&child| !matches!(self.kind(child), Kind::Keyword | Kind::Spread))
    }

    /// The value of the keyword argument of that name.
    pub fn keyword(&self, call: NodeId, name: &str, text: &str) -> Option<NodeId> {
        self.children_in(call, Field::Argument)
            .find(|&child| self.kind(child) == Kind::Keyword && self.name(child, text) == name)
            .and_then(|keyword| self.child(keyword, Field::Value))
    }

    /// The argument at `index`, or the keyword argument called `name`.
    pub fn argument(&self, call: NodeId, index: usize, name: &str, text: &str) -> Option<NodeId> {
        self.positional(call).nth(index).or_else(|| self.keyword(call, name, text))
    }

    /// Whether the node stands as a statement: of such a kind, and not an assignment, `switch` or comprehension
    /// clause inside an expression.
    pub fn is_statement(&self, id: NodeId) -> bool {
        let kind = self.kind(id);
        if !kind.is_statement() {
            return false;
        }
        let Some(above) = self.parent(id) else { return false };
        match kind {
            Kind::Assign | Kind::AugAssign => match self.field(id) {
                Field::Init | Field::Update | Field::Resource | Field::Else => true,
                Field::Item => {
                    matches!(self.kind(above), Kind::Module | Kind::Block | Kind::Error | Kind::Case | Kind::Class)
                }
                Field::Body => !matches!(self.kind(above), Kind::Lambda | Kind::Conditional),
                _ => false,
            },
            Kind::For | Kind::If => self.kind(above) != Kind::Comprehension,
            Kind::Switch => matches!(self.field(id), Field::Item | Field::Body | Field::Else),
            _ => true,
        }
    }

    /// The nearest enclosing statement (the node itself if it is one).
    pub fn statement(&self, id: NodeId) -> NodeId {
        std::iter::once(id).chain(self.ancestors(id)).find(|&node| self.is_statement(node)).unwrap_or(NodeId::ROOT)
    }

    /// The nearest enclosing function or lambda, else the module.
    pub fn scope(&self, id: NodeId) -> NodeId {
        self.ancestors(id)
            .find(|&node| matches!(self.kind(node), Kind::Function | Kind::Lambda))
            .unwrap_or(NodeId::ROOT)
    }

    /// The dotted origin of an [`Kind::ImportItem`], such as `os.path.join` for `from os.path import join as j`.
    pub fn import_path(&self, id: NodeId) -> Option<&str> {
        let at = self.imports.binary_search_by_key(&id, |&(node, _)| node).ok()?;
        Some(&self.imports[at].1)
    }

    /// Comments in source order, with their markers.
    pub fn comments(&self) -> &[Span] {
        &self.comments
    }

    /// Whether any part did not parse.
    pub fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// Whether a limit left parts out.
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// The smallest node whose span contains `span`.
    pub fn covering(&self, span: Span) -> NodeId {
        let mut at = NodeId::ROOT;
        while let Some(child) = self.children(at).find(|&child| self.span(child).contains(span)) {
            at = child;
        }
        at
    }
}

impl Kind {
    /// Whether the value of an expression of this kind is made of the values of its parts.
    pub(crate) const fn holds_parts(self) -> bool {
        matches!(
            self,
            Self::Template
                | Self::Interpolation
                | Self::Binary
                | Self::Boolean
                | Self::Unary
                | Self::List
                | Self::Tuple
                | Self::Set
                | Self::Dict
                | Self::Spread
                | Self::Await
        )
    }

    /// Whether an expression of this kind does something when it stands on its own.
    pub(crate) const fn stands_alone(self) -> bool {
        matches!(self, Self::Call | Self::New | Self::Await | Self::Yield)
    }

    /// Whether nodes of this kind can be statements (what the control-flow graph is made of); see
    /// [`Tree::is_statement`] for a node.
    pub const fn is_statement(self) -> bool {
        matches!(
            self,
            Self::Function
                | Self::Class
                | Self::Import
                | Self::Assign
                | Self::AugAssign
                | Self::ExprStatement
                | Self::Return
                | Self::Raise
                | Self::Assert
                | Self::Delete
                | Self::Pass
                | Self::Break
                | Self::Continue
                | Self::Global
                | Self::If
                | Self::While
                | Self::For
                | Self::Try
                | Self::Handler
                | Self::With
                | Self::Switch
                | Self::Case
        )
    }
}
