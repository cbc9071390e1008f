//! The node set that all graphs share, and parent-to-child edges over it.

use petgraph::graph::{DiGraph, NodeIndex};

use crate::graph::Edge;
use crate::program::Program;
use crate::syntax::{Kind, NodeId};

/// Whether a node of this kind is a graph node: statements and the expressions that carry meaning. Punctuation-like
/// nodes (blocks, pairs, recovered regions) are left out; their children hang from the next node above.
pub(super) const fn is_node(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Block
            | Kind::Error
            | Kind::Other
            | Kind::Pair
            | Kind::Text
            | Kind::Interpolation
            | Kind::Type
            | Kind::Slice
            | Kind::WithItem
    )
}

/// Tree node → graph node, `None` for nodes that the graph leaves out.
pub(super) type Index = Vec<Option<NodeIndex<u32>>>;

/// A graph with every node and no edge.
pub(super) fn nodes(program: &Program) -> (DiGraph<NodeId, Edge, u32>, Index) {
    let tree = &program.tree;
    let mut graph = DiGraph::with_capacity(tree.len(), tree.len());
    let index = tree.ids().map(|node| is_node(tree.kind(node)).then(|| graph.add_node(node))).collect();
    (graph, index)
}

/// Adds an edge to every node from the nearest node above it.
pub(super) fn connect(program: &Program, graph: &mut DiGraph<NodeId, Edge, u32>, index: &Index) {
    let tree = &program.tree;
    // Pre-order: a parent's entry is final before its children ask for it.
    let mut nearest: Vec<Option<NodeIndex<u32>>> = vec![None; tree.len()];
    for node in tree.ids() {
        let above = tree.parent(node).and_then(|parent| nearest[parent.index()]);
        if let (Some(above), Some(at)) = (above, index[node.index()]) {
            graph.add_edge(above, at, Edge::Child);
        }
        nearest[node.index()] = index[node.index()].or(above);
    }
}
