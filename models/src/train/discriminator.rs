//! The discriminator: secure code or a generated version? It sees calls and what stands next to them, never identifiers,
//! comments or length.

use burn::tensor::activation::log_sigmoid;
use burn::tensor::{Device, Tensor};

use super::adam::Adam;
use super::network::{Batch, Network, Parameters, host, matrix};
use super::random::Random;
use super::realise::Compact;
use super::soft::pool;
use crate::decode::softmax;
use crate::encode::{Link, Tensors};

/// What "real" is smoothed to.
const SMOOTH: f32 = 0.9;
/// Above this accuracy the discriminator waits for the generator.
const ENOUGH: f32 = 0.85;

/// A graph and what it is.
#[derive(Debug, Clone, Copy)]
pub struct Example<'g> {
    /// The graph, on hard choices.
    pub graph: &'g Compact,
    /// Whether it is real secure code.
    pub real: bool,
    /// Its weight.
    pub weight: f32,
}

/// The discriminator and its optimiser.
#[derive(Debug)]
pub struct Discriminator {
    /// Its parameters.
    pub parameters: Parameters,
    adam: Adam,
    /// Accuracy over the last batches.
    pub accuracy: f32,
}

/// Graphs joined into one.
struct Joined {
    tensors: Tensors,
    pooled: Vec<f32>,
    graph_of_row: Vec<i64>,
}

fn join(graphs: &[&Compact]) -> Joined {
    let mut joined = Joined { tensors: Tensors::default(), pooled: Vec::new(), graph_of_row: Vec::new() };
    for (number, graph) in graphs.iter().enumerate() {
        let first = joined.pooled.len() as u32;
        let own = graph.tensors();
        joined.tensors.features.extend(own.features);
        let moved = |link: &Link| Link { from: first + link.from, to: first + link.to, relation: link.relation };
        joined.tensors.links.extend(own.links.iter().map(moved));
        joined.pooled.extend(graph.pooled.iter().map(|&pooled| f32::from(u8::from(pooled))));
        joined.graph_of_row.extend(std::iter::repeat_n(number as i64, graph.nodes()));
    }
    joined
}

/// Pooled embeddings `[graphs, 2 × HIDDEN]` of hard graphs.
pub fn embed(network: &Network, graphs: &[&Compact], device: &Device) -> Tensor<2> {
    let joined = join(graphs);
    let rows = network.rows(&Batch::of(&joined.tensors, device));
    let weights = matrix(joined.pooled.clone(), [joined.pooled.len(), 1], device);
    pool(rows, weights, &joined.graph_of_row, graphs.len(), device)
}

impl Discriminator {
    /// An untrained discriminator.
    pub fn new(random: &mut Random) -> Self {
        let parameters = Parameters::random(1, random);
        let adam = Adam::new(&parameters, 2e-3, 1e-3);
        Self { parameters, adam, accuracy: 0.5 }
    }

    /// One step on hard graphs; nothing is learned while it is right more than 85 % of the time.
    pub fn learn(&mut self, examples: &[Example<'_>], device: &Device) {
        let learning = device.clone().autodiff();
        let network = Network::of(&self.parameters, true, &learning);
        let graphs: Vec<&Compact> = examples.iter().map(|example| example.graph).collect();
        let logits = network.head(embed(&network, &graphs, &learning));
        let said = host(logits.clone());
        let right = said.iter().zip(examples).filter(|&(&logit, example)| (logit > 0.0) == example.real).count();
        self.accuracy = 0.9 * self.accuracy + 0.1 * right as f32 / examples.len() as f32;
        if self.accuracy > ENOUGH {
            return;
        }
        let total: f32 = examples.iter().map(|example| example.weight).sum();
        let column = |of: &dyn Fn(&Example<'_>) -> f32| {
            matrix(
                examples.iter().map(|example| example.weight / total * of(example)).collect(),
                [examples.len(), 1],
                &learning,
            )
        };
        let real = column(&|example| if example.real { SMOOTH } else { 0.0 });
        let fake = column(&|example| if example.real { 1.0 - SMOOTH } else { 1.0 });
        let loss = (log_sigmoid(logits.clone()) * real + log_sigmoid(-logits) * fake).sum().neg();
        let gradients = loss.backward();
        self.adam.step(&mut self.parameters, &network, &gradients);
    }

    /// Probability that each graph is real secure code.
    pub fn judge(&self, graphs: &[&Compact], device: &Device) -> Vec<f32> {
        let network = Network::of(&self.parameters, false, device);
        let mut said = Vec::with_capacity(graphs.len());
        for part in graphs.chunks(32) {
            let logits = host(network.head(embed(&network, part, device)));
            said.extend(logits.into_iter().map(|logit| softmax(&[logit, 0.0])[0]));
        }
        said
    }
}

/// Area under the curve: how often a positive scores above a negative.
pub fn area_under_curve(positive: &[f32], negative: &[f32]) -> f32 {
    let mut wins = 0.0;
    for one in positive {
        for other in negative {
            wins += if one > other {
                1.0
            } else if (one - other).abs() < f32::EPSILON {
                0.5
            } else {
                0.0
            };
        }
    }
    wins / (positive.len() * negative.len()).max(1) as f32
}
