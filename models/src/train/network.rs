//! The two networks on burn: an input layer, two GraphConv layers with ReLU (Morris et al. 2019, one neighbour matrix per
//! relation) and a linear head; the same arithmetic that the exported model does.

use burn::tensor::activation::relu;
use burn::tensor::{Device, IndexingUpdateOp, Int, Tensor, TensorData};

use super::random::Random;
use crate::encode::{FEATURES, HOPS, RELATIONS, Tensors};

/// Width of a hidden row.
pub const HIDDEN: usize = 32;

/// One parameter matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Its name in the exported model.
    pub name: String,
    /// Rows and columns.
    pub shape: [usize; 2],
    /// Row-major values.
    pub values: Vec<f32>,
}

/// All parameters of one network, in the order of [`Network::forward`].
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters(pub Vec<Matrix>);

impl Parameters {
    /// Random parameters (He) with zero biases for a head of `outputs` columns.
    pub fn random(outputs: usize, random: &mut Random) -> Self {
        let mut matrices = Vec::new();
        let mut add = |name: String, rows: usize, columns: usize, fan_in: usize| {
            let scale = if fan_in == 0 { 0.0 } else { (2.0 / fan_in as f32).sqrt() };
            let values = (0..rows * columns).map(|_| if fan_in == 0 { 0.0 } else { scale * random.normal() }).collect();
            matrices.push(Matrix { name, shape: [rows, columns], values });
        };
        // A feature row holds about six ones, so that is its fan-in.
        add("input_weight".into(), FEATURES, HIDDEN, 6);
        add("input_bias".into(), 1, HIDDEN, 0);
        for layer in 0..HOPS {
            add(format!("neighbour_weight_{layer}"), HIDDEN, RELATIONS * HIDDEN, 3 * HIDDEN);
            add(format!("root_weight_{layer}"), HIDDEN, HIDDEN, 2 * HIDDEN);
            add(format!("root_bias_{layer}"), 1, HIDDEN, 0);
        }
        add("head_weight".into(), 2 * HIDDEN, outputs, 4 * HIDDEN);
        add("head_bias".into(), 1, outputs, 0);
        Self(matrices)
    }

    /// The matrix of that name.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Matrix> {
        self.0.iter_mut().find(|matrix| matrix.name == name)
    }

    /// Columns of the head.
    pub fn outputs(&self) -> usize {
        self.0.last().map_or(0, |bias| bias.shape[1])
    }
}

/// A batch of disjoint graphs on a device.
#[derive(Debug, Clone)]
pub struct Batch {
    /// `[N, FEATURES]`.
    pub features: Tensor<2>,
    /// `[E]`: sender × relations + relation.
    pub gather: Tensor<1, Int>,
    /// `[E]`: receiver.
    pub scatter: Tensor<1, Int>,
    /// `[E, 1]`: gate of each message; `None` where all are 1.
    pub gates: Option<Tensor<2>>,
}

impl Batch {
    /// One validated graph, or several joined into one.
    pub fn of(tensors: &Tensors, device: &Device) -> Self {
        let nodes = tensors.nodes();
        let gather =
            tensors.links.iter().map(|link| i64::from(link.from) * RELATIONS as i64 + i64::from(link.relation));
        let scatter = tensors.links.iter().map(|link| i64::from(link.to));
        Self {
            features: matrix(tensors.features.clone(), [nodes, FEATURES], device),
            gather: integers(gather.collect(), device),
            scatter: integers(scatter.collect(), device),
            gates: None,
        }
    }
}

/// A matrix on a device.
pub fn matrix(values: Vec<f32>, shape: [usize; 2], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Indices on a device.
pub fn integers(values: Vec<i64>, device: &Device) -> Tensor<1, Int> {
    let length = values.len();
    Tensor::from_data(TensorData::new(values, [length]), device)
}

/// Values of a tensor on the host.
pub fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap_or_default()
}

/// Parameters on a device.
#[derive(Debug, Clone)]
pub struct Network {
    /// In the order of [`Parameters`].
    pub matrices: Vec<Tensor<2>>,
}

/// What a network says of a batch.
#[derive(Debug, Clone)]
pub struct Forward {
    /// `[N, 2 × HIDDEN]`: the input layer beside the last GraphConv.
    pub rows: Tensor<2>,
    /// `[N, outputs]`.
    pub scores: Tensor<2>,
}

impl Network {
    /// Puts parameters on a device; `learns` asks for their gradients.
    pub fn of(parameters: &Parameters, learns: bool, device: &Device) -> Self {
        let put = |of: &Matrix| {
            let tensor = matrix(of.values.clone(), of.shape, device);
            if learns { tensor.require_grad() } else { tensor }
        };
        Self { matrices: parameters.0.iter().map(put).collect() }
    }

    /// The forward pass.
    pub fn forward(&self, batch: &Batch) -> Forward {
        let rows = self.rows(batch);
        let scores = self.head(rows.clone());
        Forward { rows, scores }
    }

    /// Everything before the head.
    pub fn rows(&self, batch: &Batch) -> Tensor<2> {
        let at = |index: usize| self.matrices[index].clone();
        let first = relu(batch.features.clone().matmul(at(0)) + at(1));
        let mut rows = first.clone();
        for layer in 0..HOPS {
            let [neighbour, root, bias] = [2 + 3 * layer, 3 + 3 * layer, 4 + 3 * layer].map(at);
            let [nodes, _] = rows.dims();
            let sent = rows.clone().matmul(neighbour).reshape([nodes * RELATIONS, HIDDEN]);
            let mut messages = sent.select(0, batch.gather.clone());
            if let Some(gates) = &batch.gates {
                messages = messages * gates.clone();
            }
            let own = rows.matmul(root) + bias;
            rows = relu(own.select_assign(0, batch.scatter.clone(), messages, IndexingUpdateOp::Add));
        }
        Tensor::cat(vec![first, rows], 1)
    }

    /// The head alone, on rows or on pooled rows.
    pub fn head(&self, rows: Tensor<2>) -> Tensor<2> {
        let count = self.matrices.len();
        rows.matmul(self.matrices[count - 2].clone()) + self.matrices[count - 1].clone()
    }
}
