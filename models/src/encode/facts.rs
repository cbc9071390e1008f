//! What the encoder asks the analyzer about a node: resolved names, folded constants, taint; never text of the user's own.

use std::collections::HashSet;

use analyzers::program::Program;
use analyzers::syntax::{Field, Kind, NodeId};

/// Where a tainted value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Outside the program: requests, arguments, standard input, the environment.
    Outside,
    /// A parameter of a function.
    Parameter,
}

/// Answers about one program, computed once.
pub(super) struct Facts<'p> {
    program: &'p Program,
    imports: HashSet<&'p str>,
}

impl<'p> Facts<'p> {
    pub(super) fn of(program: &'p Program) -> Self {
        let tree = &program.tree;
        let imports = tree
            .ids()
            .filter(|&node| tree.kind(node) == Kind::ImportItem)
            .filter_map(|node| tree.import_path(node)?.split('.').next())
            .collect();
        Self { program, imports }
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

    /// Whether the value of a node comes from outside.
    pub(super) fn taint(&self, _node: NodeId) -> Option<Origin> {
        None
    }
}
