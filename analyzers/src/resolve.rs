//! What names mean: scopes, imports, aliases, canonical dotted paths, types of locals and folded constants; never
//! more than the text of one unit shows.
//!
//! Everything is computed once, in a few passes over the tree; queries are look-ups.

use crate::lang::Language;
use crate::syntax::{NodeId, Tree};

mod constant;
mod decode;
mod path;
mod scope;
mod script;

/// A variable, function, class, parameter, import or attribute of `self`/`this`: what uses of a name share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Binding(u32);

/// How a name gets its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DefinitionKind {
    /// `import`, `require` is an assignment.
    Import,
    /// `name = value`, also by unpacking.
    Assign,
    /// `name += value`.
    Augment,
    /// The target of a `for` or of a comprehension.
    Loop,
    /// `with value as name`, a resource of a `try`.
    Resource,
    /// The caught exception.
    Handler,
    /// A parameter.
    Parameter,
    /// A capture in a pattern.
    Pattern,
    /// A function or method.
    Function,
    /// A class.
    Class,
    /// `del name`.
    Delete,
}

/// One place where a name gets a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// The node that is bound: `Name`, `Attribute`, `Parameter`, `Function`, `Class` or `ImportItem`.
    pub node: NodeId,
    /// How.
    pub kind: DefinitionKind,
    /// The expression whose value the name gets as it is (of several by unpacking: its own), else `None`.
    pub value: Option<NodeId>,
    /// The property of `value` that the name gets, as `exec` in `const { exec } = require(…)`: the node that names it.
    pub member: Option<NodeId>,
    /// The declared type or annotation.
    pub declared: Option<NodeId>,
    /// What the definition is of.
    pub binding: Binding,
    /// The function, lambda, class, comprehension or module it belongs to.
    pub scope: NodeId,
}

/// A folded constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Constant<'a> {
    /// Text or bytes.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// `None`, `null`, `undefined`.
    Null,
}

impl<'a> Constant<'a> {
    /// The text, if it is one.
    pub const fn text(self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The whole number, if it is one.
    pub const fn integer(self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(number) } else { None }
    }

    /// The truth value, if it is one.
    pub const fn bool(self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(value) } else { None }
    }
}

/// A range in the arena of texts; empty means none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Slice {
    start: u32,
    end: u32,
}

impl Slice {
    const fn is_none(self) -> bool {
        self.start == self.end
    }
}

#[derive(Debug, Clone, Copy, Default)]
enum Value {
    #[default]
    No,
    Text(Slice),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Null,
}

/// The names of one unit.
#[derive(Debug, Default)]
pub struct Names {
    arena: String,
    paths: Vec<Slice>,
    types: Vec<Slice>,
    constants: Vec<Value>,
    /// Per node: binding + 1, or 0.
    bindings: Vec<u32>,
    /// Sorted by binding, then by source order.
    definitions: Vec<Definition>,
    /// Per binding: where its definitions start.
    starts: Vec<u32>,
}

const NO_TEXT: &str = "";

impl Names {
    /// Resolves the names of a unit.
    pub fn of(language: Language, tree: &Tree, text: &str) -> Self {
        let scopes = scope::collect(language, tree, text);
        let mut names = Self {
            arena: String::with_capacity(text.len() / 2),
            paths: Vec::new(),
            types: Vec::new(),
            constants: Vec::new(),
            bindings: scopes.bindings,
            definitions: scopes.definitions,
            starts: scopes.starts,
        };
        path::resolve(&mut names, &scopes.extra, language, tree, text);
        names
    }

    fn get(&self, slice: Slice) -> &str {
        self.arena.get(slice.start as usize..slice.end as usize).unwrap_or(NO_TEXT)
    }

    /// The canonical dotted name of an expression: through imports, aliases, `getattr` and its like. An unresolved head
    /// keeps its name as written; a call has a path only where it denotes a module or function
    /// (`__import__("os")` → `os`), and a member of a call's result that of the callee (`connect().cursor` →
    /// `sqlite3.connect.cursor`).
    pub fn path(&self, node: NodeId) -> Option<&str> {
        self.paths.get(node.index()).filter(|slice| !slice.is_none()).map(|&slice| self.get(slice))
    }

    /// The type of an expression as far as the unit says it: the declared type, the class constructed, or the path
    /// of the function whose result it is (`sqlite3.connect`).
    pub fn type_of(&self, node: NodeId) -> Option<&str> {
        self.types.get(node.index()).filter(|slice| !slice.is_none()).map(|&slice| self.get(slice))
    }

    /// The constant that an expression always has: literals, through single assignments, concatenation, formatting.
    pub fn constant(&self, node: NodeId) -> Option<Constant<'_>> {
        match *self.constants.get(node.index())? {
            Value::No => None,
            Value::Text(slice) => Some(Constant::Text(self.get(slice))),
            Value::Integer(number) => Some(Constant::Integer(number)),
            Value::Float(number) => Some(Constant::Float(number)),
            Value::Bool(value) => Some(Constant::Bool(value)),
            Value::Null => Some(Constant::Null),
        }
    }

    /// The folded text of an expression.
    pub fn text(&self, node: NodeId) -> Option<&str> {
        self.constant(node).and_then(Constant::text)
    }

    /// What a `Name`, an attribute of `self`/`this`, or a defining node stands for; `None` where the unit defines it nowhere.
    pub fn binding(&self, node: NodeId) -> Option<Binding> {
        self.bindings.get(node.index())?.checked_sub(1).map(Binding)
    }

    /// Number of bindings; a [`Binding`] is below it as an index.
    pub fn bindings(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Every definition of a binding, in source order.
    pub fn definitions(&self, binding: Binding) -> &[Definition] {
        let at = binding.0 as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => self.definitions.get(start as usize..end as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The only definition of what a name stands for.
    pub fn definition(&self, node: NodeId) -> Option<&Definition> {
        match self.definitions(self.binding(node)?) {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl Binding {
    /// As an index into arrays that run parallel to the bindings.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

#[cfg(test)]
mod tests;
