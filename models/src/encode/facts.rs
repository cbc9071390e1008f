//! What the encoder asks the analyzer about a node: resolved names, folded constants, taint; never text of the user's own.

use std::collections::HashSet;

use analyzers::program::Program;
use analyzers::syntax::{Field, Kind, NodeId};
use analyzers::taint::{Flow, Source};

/// Expressions that carry a value worth following.
const EXPRESSIONS: &[Kind] = &[
    Kind::Name,
    Kind::Attribute,
    Kind::Subscript,
    Kind::Call,
    Kind::New,
    Kind::Template,
    Kind::Interpolation,
    Kind::Binary,
    Kind::Boolean,
    Kind::Conditional,
    Kind::Keyword,
    Kind::List,
    Kind::Tuple,
    Kind::Dict,
    Kind::Await,
];

/// Where a tainted value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Outside the program: requests, arguments, standard input, other machines.
    Outside,
    /// A parameter of a function, or something weaker.
    Parameter,
}

/// Answers about one program, computed once.
pub(super) struct Facts<'p> {
    program: &'p Program,
    imports: HashSet<&'p str>,
    flow: Flow<'p>,
}

impl<'p> Facts<'p> {
    pub(super) fn of(program: &'p Program) -> Self {
        let tree = &program.tree;
        let imports = tree
            .ids()
            .filter(|&node| tree.kind(node) == Kind::ImportItem)
            .filter_map(|node| tree.import_path(node)?.split('.').next())
            .collect();
        Self { program, imports, flow: Flow::of(program) }
    }

    pub(super) fn program(&self) -> &'p Program {
        self.program
    }

    /// The canonical dotted name of an expression; for a call that of its callee.
    pub(super) fn path(&self, node: NodeId) -> Option<&'p str> {
        let tree = &self.program.tree;
        let named = match tree.kind(node) {
            Kind::Call | Kind::New => tree.child(node, Field::Callee)?,
            Kind::Attribute | Kind::Name => node,
            Kind::ImportItem => return tree.import_path(node),
            _ => return None,
        };
        self.program.names.path(named)
    }

    /// Whether a dotted name starts with something that the program imports.
    pub(super) fn imported(&self, path: &str) -> bool {
        let head = path.split('.').next().unwrap_or_default();
        self.imports.contains(head)
    }

    /// Whether the value of an expression comes from outside.
    pub(super) fn taint(&self, node: NodeId) -> Option<Origin> {
        if !EXPRESSIONS.contains(&self.program.tree.kind(node)) {
            return None;
        }
        let strongest = self.flow.origins(node).into_iter().map(|origin| origin.source).max()?;
        Some(if strongest > Source::Parameter { Origin::Outside } else { Origin::Parameter })
    }
}
