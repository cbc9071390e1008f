//! Realised programs: the text after a set of edits, parsed, analysed, encoded and measured; never run.

use std::hash::{DefaultHasher, Hash, Hasher};

use analyzers::graph::{self, GraphKind};
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan::{Analysis, analyse};
use analyzers::syntax::Kind;

use super::similarity::{Histogram, histogram};
use crate::encode::{self, Encoding, FEATURES, Link, Tensors};

/// Longest text that tells one node from another.
const MOST_TEXT: usize = 96;
/// What pooling looks at.
const CALLS: [Kind; 2] = [Kind::Call, Kind::New];

const _: () = assert!(FEATURES < u16::MAX as usize, "columns are stored in 16 bits");

/// A graph with its features as positions of ones.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Compact {
    starts: Vec<u32>,
    columns: Vec<u16>,
    /// Message paths.
    pub links: Vec<Link>,
    /// Whether a node takes part in pooling: calls and what stands next to them.
    pub pooled: Vec<bool>,
}

impl Compact {
    fn of(tensors: &Tensors, calls: impl Fn(usize) -> bool) -> Self {
        let mut starts = vec![0];
        let mut columns = Vec::new();
        for row in tensors.features.chunks_exact(FEATURES) {
            columns.extend(row.iter().enumerate().filter(|&(_, &value)| value != 0.0).map(|(at, _)| at as u16));
            starts.push(columns.len() as u32);
        }
        let nodes = tensors.nodes();
        let called: Vec<bool> = (0..nodes).map(&calls).collect();
        let mut pooled = called.clone();
        for link in &tensors.links {
            pooled[link.to as usize] |= called[link.from as usize];
        }
        if !pooled.contains(&true) {
            pooled.fill(true);
        }
        Self { starts, columns, links: tensors.links.clone(), pooled }
    }

    /// Number of rows.
    pub fn nodes(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Columns of the ones of a row.
    pub fn ones(&self, row: usize) -> &[u16] {
        &self.columns[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    /// As the model reads it.
    pub fn tensors(&self) -> Tensors {
        let mut features = vec![0.0; self.nodes() * FEATURES];
        for row in 0..self.nodes() {
            for &column in self.ones(row) {
                features[row * FEATURES + usize::from(column)] = 1.0;
            }
        }
        Tensors { features, links: self.links.clone() }
    }
}

/// A program as read, with all that training asks about it.
#[derive(Debug)]
pub struct Realised {
    /// Its graph.
    pub graph: Compact,
    /// Per row: what identifies the node across versions of the program.
    pub keys: Vec<u64>,
    /// Weighted findings.
    pub k: f32,
    /// Calls and statements in it that do something.
    pub actions: usize,
    /// Its refined labels.
    pub labels: Histogram,
}

/// Reads a text once: program, analysis, encoding and measures.
pub fn read(language: Language, text: String, kind: GraphKind) -> (Program, Analysis, Encoding, Realised) {
    let program = Program::parse(language, text, &Limits::default());
    let analysis = analyse(&program);
    let (encoding, realised) = measure(&program, &analysis, kind);
    (program, analysis, encoding, realised)
}

/// The measures of a program that was read and analysed.
pub fn measure(program: &Program, analysis: &Analysis, kind: GraphKind) -> (Encoding, Realised) {
    let encoding = encode::encode(program, &graph::build(program, kind));
    let tree = &program.tree;
    let is_call = |row: usize| CALLS.contains(&tree.kind(encoding.nodes[row]));
    let graph = Compact::of(&encoding.tensors, is_call);
    let keys = encoding
        .nodes
        .iter()
        .map(|&node| {
            let mut hasher = DefaultHasher::new();
            (tree.kind(node) as u8, tree.field(node) as u8).hash(&mut hasher);
            let text = tree.text(node, &program.text);
            if text.len() <= MOST_TEXT {
                text.hash(&mut hasher);
            } else {
                tree.name(node, &program.text).hash(&mut hasher);
            }
            hasher.finish()
        })
        .collect();
    let acts = |kind: Kind| CALLS.contains(&kind) || (kind.is_statement() && kind != Kind::Pass);
    let actions = tree.ids().filter(|&node| acts(tree.kind(node))).count();
    let labels = histogram(&graph);
    (encoding, Realised { graph, keys, k: analysis.k(), actions, labels })
}
