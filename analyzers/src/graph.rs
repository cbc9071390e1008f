//! Code graphs (AST, CFG, DFG) over one node set, on petgraph.

use crate::program::Program;
use crate::resolve::Constant;
use crate::syntax::{Field, Kind, NodeId};

mod ast;
pub(crate) mod cfg;
pub(crate) mod dfg;

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
///
/// * `Ast`: every node hangs from the nearest node above it.
/// * `Cfg`: control flow between statements; expressions hang (`Child`) from the statement that evaluates them.
/// * `Dfg`: definitions to uses, operands to the expressions they make, arguments to parameters, returns to calls.
pub fn build(program: &Program, kind: GraphKind) -> CodeGraph {
    let (mut graph, index) = ast::nodes(program);
    let at = |node: NodeId| index.get(node.index()).copied().flatten();
    match kind {
        GraphKind::Ast => ast::connect(program, &mut graph, &index),
        GraphKind::Cfg => {
            let control = cfg::build(program);
            let mut stands_for = vec![None; control.nodes.len()];
            for (place, &node) in stands_for.iter_mut().zip(&control.nodes) {
                *place = at(node);
            }
            for node in program.tree.ids() {
                let (Some(here), vertex) = (at(node), control.vertex(node) as usize) else { continue };
                if let Some(&Some(owner)) = stands_for.get(vertex)
                    && owner != here
                {
                    graph.add_edge(owner, here, Edge::Child);
                }
            }
            for &(from, to, edge) in &control.edges {
                if let (Some(from), Some(to)) = (stands_for[from as usize], stands_for[to as usize]) {
                    graph.add_edge(from, to, edge);
                }
            }
        }
        GraphKind::Dfg => {
            for (from, to) in dfg::build(program).edges() {
                if let (Some(from), Some(to)) = (at(from), at(to))
                    && from != to
                {
                    graph.add_edge(from, to, Edge::Flow);
                }
            }
        }
    }
    CodeGraph { kind, graph }
}

/// Whether a condition is always or never true, as far as its constants say.
pub(crate) fn truth(program: &Program, test: NodeId) -> Option<bool> {
    let tree = &program.tree;
    match tree.kind(test) {
        Kind::Unary if matches!(tree.name(test, &program.text), "not" | "!") => {
            tree.children(test).last().and_then(|inner| truth(program, inner)).map(|value| !value)
        }
        Kind::List | Kind::Tuple | Kind::Set | Kind::Dict if program.language == crate::lang::Language::Python => {
            Some(tree.children(test).next().is_some())
        }
        Kind::Compare => {
            let number = |field| program.names.constant(tree.child(test, field)?)?.integer();
            let (left, right) = (number(Field::Left)?, number(Field::Right)?);
            match tree.name(test, &program.text) {
                "==" | "===" => Some(left == right),
                "!=" | "!==" => Some(left != right),
                "<" => Some(left < right),
                "<=" => Some(left <= right),
                ">" => Some(left > right),
                ">=" => Some(left >= right),
                _ => None,
            }
        }
        _ => match program.names.constant(test)? {
            Constant::Bool(value) => Some(value),
            Constant::Integer(number) => Some(number != 0),
            Constant::Float(number) => Some(number != 0.0),
            Constant::Text(content) => Some(!content.is_empty()),
            Constant::Null => Some(false),
        },
    }
}

#[cfg(test)]
mod tests;
