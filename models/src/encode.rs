//! Graph → tensors: the one encoder that training and inference share; never reads names of the user's own, comments or
//! positions, and never a rule, a CWE or a measured k.

mod concept;
mod facts;
mod literal;

use std::collections::HashMap;

use analyzers::graph::{CodeGraph, Edge};
use analyzers::program::Program;
use analyzers::syntax::{Kind, NodeId};

pub use concept::concept_name;

/// Raised whenever the meaning of a feature or an edge changes; stands in every side file.
pub const ENCODER_VERSION: u32 = 1;

const KINDS: usize = 64;
const FIELDS: usize = 26;
const FLAGS: usize = literal::FLAGS;
const AT_FIELD: usize = KINDS;
const AT_CONCEPT: usize = AT_FIELD + FIELDS;
const AT_FLAG: usize = AT_CONCEPT + concept::SLOTS;
const AT_TAINT: usize = AT_FLAG + FLAGS;
const TAINT: usize = 3;
const AT_ERROR: usize = AT_TAINT + TAINT;

/// Width of a feature row: kind, field, API concept, literal flags, taint, in-error.
pub const FEATURES: usize = AT_ERROR + 1;

/// Number of edge relations: along the graph's own edges, against them, down and up the containment of expressions.
pub const RELATIONS: usize = 4;

/// How far a node sees: the number of GraphConv layers.
pub const HOPS: usize = 2;

/// Most nodes that one run of the model takes.
pub const MAX_NODES: usize = 20_000;

/// Most edges that one run of the model takes.
pub const MAX_EDGES: usize = 200_000;

/// One message path of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link {
    /// Row of the sender.
    pub from: u32,
    /// Row of the receiver.
    pub to: u32,
    /// Relation, below [`RELATIONS`].
    pub relation: u8,
}

/// A graph as the model reads it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tensors {
    /// `[N, FEATURES]`, row-major, finite.
    pub features: Vec<f32>,
    /// Message paths, at least one.
    pub links: Vec<Link>,
}

/// Why tensors were refused before a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No node.
    #[error("the graph has no nodes")]
    Empty,
    /// The feature matrix is not `[N, FEATURES]`.
    #[error("the feature matrix has the wrong shape")]
    Shape,
    /// A feature is NaN or infinite.
    #[error("a feature is not finite")]
    NotFinite,
    /// An edge names a row or a relation that does not exist.
    #[error("an edge names a node that does not exist")]
    Edge,
    /// More than the model takes at once.
    #[error("the graph is too large")]
    TooLarge,
}

impl Tensors {
    /// Number of rows.
    pub fn nodes(&self) -> usize {
        self.features.len() / FEATURES
    }

    /// Checks everything that would abort the process inside a backend.
    pub fn validate(&self) -> Result<(), Refusal> {
        if self.features.is_empty() {
            return Err(Refusal::Empty);
        }
        if !self.features.len().is_multiple_of(FEATURES) {
            return Err(Refusal::Shape);
        }
        let nodes = self.nodes();
        if nodes > MAX_NODES || self.links.len() > MAX_EDGES {
            return Err(Refusal::TooLarge);
        }
        let inside = |link: &Link| {
            (link.from as usize) < nodes && (link.to as usize) < nodes && usize::from(link.relation) < RELATIONS
        };
        if self.links.is_empty() || !self.links.iter().all(inside) {
            return Err(Refusal::Edge);
        }
        if !self.features.iter().all(|value| value.is_finite()) {
            return Err(Refusal::NotFinite);
        }
        Ok(())
    }

    /// The rows that can influence `rows` within [`HOPS`] messages, and where each of `rows` stands among them. What the
    /// model says of `rows` is the same as on the whole graph.
    pub fn around(&self, rows: &[u32]) -> (Self, HashMap<u32, u32>) {
        let mut order: Vec<u32> = Vec::new();
        let mut place: HashMap<u32, u32> = HashMap::new();
        let mut add = |row: u32, order: &mut Vec<u32>| {
            if (row as usize) < self.nodes() && !place.contains_key(&row) {
                place.insert(row, order.len() as u32);
                order.push(row);
            }
        };
        for &row in rows {
            add(row, &mut order);
        }
        let mut incoming: HashMap<u32, Vec<u32>> = HashMap::new();
        for link in &self.links {
            incoming.entry(link.to).or_default().push(link.from);
        }
        let mut frontier = 0..order.len();
        for _ in 0..HOPS {
            for at in frontier.clone() {
                for &from in incoming.get(&order[at]).into_iter().flatten() {
                    add(from, &mut order);
                }
            }
            frontier = frontier.end..order.len();
        }
        let mut features = Vec::with_capacity(order.len() * FEATURES);
        for &row in &order {
            let start = row as usize * FEATURES;
            features.extend_from_slice(&self.features[start..start + FEATURES]);
        }
        let mut links: Vec<Link> = self
            .links
            .iter()
            .filter_map(|link| {
                Some(Link { from: *place.get(&link.from)?, to: *place.get(&link.to)?, relation: link.relation })
            })
            .collect();
        never_without_edges(&mut links);
        (Self { features, links }, place)
    }
}

/// A program's graph as tensors, with the tree node of each row.
#[derive(Debug, Clone)]
pub struct Encoding {
    /// What the model reads.
    pub tensors: Tensors,
    /// The tree node of each row.
    pub nodes: Vec<NodeId>,
    rows: HashMap<NodeId, u32>,
}

impl Encoding {
    /// The row of a node, or of the nearest node above it that has one.
    pub fn row(&self, program: &Program, node: NodeId) -> Option<u32> {
        std::iter::once(node).chain(program.tree.ancestors(node)).find_map(|above| self.rows.get(&above).copied())
    }
}

/// Encodes one graph of a program. A program without nodes gives tensors that [`Tensors::validate`] refuses.
pub fn encode(program: &Program, graph: &CodeGraph) -> Encoding {
    let nodes: Vec<NodeId> = graph.graph.node_weights().copied().collect();
    let rows: HashMap<NodeId, u32> = nodes.iter().enumerate().map(|(row, &node)| (node, row as u32)).collect();
    let facts = facts::Facts::of(program);
    let mut features = vec![0.0; nodes.len() * FEATURES];
    for (row, &node) in features.chunks_exact_mut(FEATURES).zip(&nodes) {
        fill(row, &facts, node);
    }
    let mut links = Vec::with_capacity(2 * (graph.graph.edge_count() + nodes.len()));
    for edge in graph.graph.edge_references() {
        use petgraph::visit::EdgeRef;
        let (from, to) = (edge.source().index() as u32, edge.target().index() as u32);
        let along = if *edge.weight() == Edge::Child { 2 } else { 0 };
        links.push(Link { from, to, relation: along });
        links.push(Link { from: to, to: from, relation: along + 1 });
    }
    for (row, &node) in nodes.iter().enumerate() {
        let kind = program.tree.kind(node);
        if kind.is_statement() || kind == Kind::Module {
            continue;
        }
        let Some(&above) = program.tree.ancestors(node).find_map(|above| rows.get(&above)) else { continue };
        links.push(Link { from: above, to: row as u32, relation: 2 });
        links.push(Link { from: row as u32, to: above, relation: 3 });
    }
    links.sort_unstable();
    links.dedup();
    if !nodes.is_empty() {
        never_without_edges(&mut links);
    }
    Encoding { tensors: Tensors { features, links }, nodes, rows }
}

/// Backends refuse empty tensors: a graph without edges gets one message from its first row to itself.
fn never_without_edges(links: &mut Vec<Link>) {
    if links.is_empty() {
        links.push(Link { from: 0, to: 0, relation: 0 });
    }
}

fn fill(row: &mut [f32], facts: &facts::Facts<'_>, node: NodeId) {
    let tree = &facts.program().tree;
    let mut set = |at: usize| row[at] = 1.0;
    set((tree.kind(node) as usize).min(KINDS - 1));
    set(AT_FIELD + (tree.field(node) as usize).min(FIELDS - 1));
    if let Some(slot) = concept::of(facts, node) {
        set(AT_CONCEPT + slot);
    }
    literal::flags(facts, node, |flag| set(AT_FLAG + flag));
    if let Some(origin) = facts.taint(node) {
        set(AT_TAINT);
        set(AT_TAINT + 1 + usize::from(origin == facts::Origin::Parameter));
    }
    if tree.in_error(node) {
        set(AT_ERROR);
    }
}

#[cfg(test)]
mod tests;
