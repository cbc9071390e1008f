//! Code graphs (AST, CFG, DFG) over one node set, on petgraph.

use crate::program::Program;
use crate::syntax::NodeId;

/// Which edges a graph holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GraphKind {
    /// Parent to child.
    Ast,
    /// Control flow between statements (PromSec's default).
    Cfg,
    /// Definition to use.
    Dfg,
}

impl GraphKind {
    /// Lower-case name, as flags and side files spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ast => "ast",
            Self::Cfg => "cfg",
            Self::Dfg => "dfg",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Ast, Self::Cfg, Self::Dfg].into_iter().find(|kind| kind.name() == name)
    }
}

/// What an edge says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// Parent to child.
    Child,
    /// Next statement.
    Next,
    /// Taken when the condition holds.
    True,
    /// Taken when it does not.
    False,
    /// Back to the head of a loop.
    Back,
    /// Taken when the statement raises.
    Exception,
    /// The value defined at the source is used at the target.
    Flow,
}

/// A graph whose node weights are tree nodes. All three kinds have the same node set.
#[derive(Debug)]
pub struct CodeGraph {
    /// Which edges it holds.
    pub kind: GraphKind,
    /// The graph.
    pub graph: petgraph::graph::DiGraph<NodeId, Edge, u32>,
}

/// Builds one graph of a program.
pub fn build(_program: &Program, kind: GraphKind) -> CodeGraph {
    CodeGraph { kind, graph: petgraph::graph::DiGraph::default() }
}
