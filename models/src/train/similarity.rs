//! Similarity S of two graphs: a Weisfeiler–Lehman kernel over kinds, concepts and flags; fixed, so that no training can
//! make everything look alike.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::realise::Compact;

/// Rounds of refinement.
const ROUNDS: usize = 2;

/// How often each refined label occurs.
pub type Histogram = HashMap<u64, f32>;

/// Labels of all rounds of one graph.
pub fn histogram(graph: &Compact) -> Histogram {
    let mut labels: Vec<u64> = (0..graph.nodes()).map(|row| hash(&graph.ones(row))).collect();
    let mut histogram = Histogram::new();
    let mut count = |labels: &[u64]| {
        for &label in labels {
            *histogram.entry(label).or_insert(0.0) += 1.0;
        }
    };
    count(&labels);
    for _ in 0..ROUNDS {
        let mut received: Vec<u64> = vec![0; labels.len()];
        for link in &graph.links {
            // A sum does not depend on the order of the messages.
            let message = hash(&(labels[link.from as usize], link.relation));
            received[link.to as usize] = received[link.to as usize].wrapping_add(message);
        }
        labels = labels.iter().zip(&received).map(|refined| hash(&refined)).collect();
        count(&labels);
    }
    histogram
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Share of common labels, in [0, 1]; 1 for equal histograms.
pub fn similarity(one: &Histogram, other: &Histogram) -> f32 {
    let common: f32 = one.iter().map(|(label, count)| count.min(*other.get(label).unwrap_or(&0.0))).sum();
    let most = one.values().sum::<f32>().max(other.values().sum());
    if most == 0.0 { 1.0 } else { common / most }
}

/// Mean and deviation of S over random pairs of one source, by which S is made comparable between sources.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Mean.
    pub mean: f32,
    /// Standard deviation, above 0.
    pub deviation: f32,
}

impl Scale {
    /// The scale of a sample of similarities.
    pub fn of(values: &[f32]) -> Self {
        if values.is_empty() {
            return Self { mean: 0.0, deviation: 1.0 };
        }
        let count = values.len() as f32;
        let mean = values.iter().sum::<f32>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count;
        Self { mean, deviation: variance.sqrt().max(0.05) }
    }

    /// z-score.
    pub fn z(&self, similarity: f32) -> f32 {
        (similarity - self.mean) / self.deviation
    }
}
