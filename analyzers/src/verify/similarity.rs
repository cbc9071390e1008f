//! Similarity of two programs: a Weisfeiler–Lehman kernel over their trees; never the live encoder of a model.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::program::Program;
use crate::syntax::Kind;

/// Rounds of relabelling.
const ROUNDS: usize = 1;

/// Cosine of the label histograms of both trees, in [0, 1].
pub fn similarity(one: &Program, other: &Program) -> f32 {
    let (one, other) = (histogram(one), histogram(other));
    let dot: f64 = one.iter().filter_map(|(label, count)| other.get(label).map(|second| count * second)).sum();
    let norm = |histogram: &HashMap<u64, f64>| histogram.values().map(|count| count * count).sum::<f64>().sqrt();
    let size = norm(&one) * norm(&other);
    if size == 0.0 { 0.0 } else { (dot / size).clamp(0.0, 1.0) as f32 }
}

fn histogram(program: &Program) -> HashMap<u64, f64> {
    let tree = &program.tree;
    let mut labels: Vec<u64> = tree
        .ids()
        .map(|node| {
            let named = matches!(
                tree.kind(node),
                Kind::Name | Kind::Attribute | Kind::Function | Kind::Class | Kind::Keyword | Kind::ImportItem
            );
            hash(&(tree.kind(node), tree.field(node), if named { tree.name(node, &program.text) } else { "" }))
        })
        .collect();
    let mut histogram = HashMap::new();
    for round in 0..=ROUNDS {
        for label in &labels {
            *histogram.entry(hash(&(round, label))).or_insert(0.0) += 1.0;
        }
        if round < ROUNDS {
            labels = tree
                .ids()
                .map(|node| {
                    hash(&(
                        labels[node.index()],
                        tree.children(node).map(|child| labels[child.index()]).collect::<Vec<_>>(),
                    ))
                })
                .collect();
        }
    }
    histogram
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
