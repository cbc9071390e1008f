//! Adam (Kingma and Ba 2015) on host memory; never depends on anything but its inputs.

use burn::tensor::Gradients;

use super::network::{Network, Parameters, host};

const FIRST: f32 = 0.9;
const SECOND: f32 = 0.999;
const SMALL: f32 = 1e-8;

/// Moments of every parameter.
#[derive(Debug, Clone)]
pub struct Adam {
    first: Vec<Vec<f32>>,
    second: Vec<Vec<f32>>,
    steps: i32,
    rate: f32,
    decay: f32,
}

impl Adam {
    /// An optimiser for `parameters` with a learning rate and a decoupled weight decay.
    pub fn new(parameters: &Parameters, rate: f32, decay: f32) -> Self {
        let zeros: Vec<Vec<f32>> = parameters.0.iter().map(|matrix| vec![0.0; matrix.values.len()]).collect();
        Self { first: zeros.clone(), second: zeros, steps: 0, rate, decay }
    }

    /// One step along the gradients of `network`, which was made from `parameters`.
    pub fn step(&mut self, parameters: &mut Parameters, network: &Network, gradients: &Gradients) {
        self.steps += 1;
        let unbias = (1.0 - SECOND.powi(self.steps)).sqrt() / (1.0 - FIRST.powi(self.steps));
        for (at, matrix) in parameters.0.iter_mut().enumerate() {
            let Some(gradient) = network.matrices[at].grad(gradients).map(host) else { continue };
            let decay = if matrix.shape[0] > 1 { self.decay } else { 0.0 };
            let moments = self.first[at].iter_mut().zip(self.second[at].iter_mut());
            for ((value, slope), (first, second)) in matrix.values.iter_mut().zip(gradient).zip(moments) {
                *first = FIRST * *first + (1.0 - FIRST) * slope;
                *second = SECOND * *second + (1.0 - SECOND) * slope * slope;
                *value -= self.rate * (unbias * *first / (second.sqrt() + SMALL) + decay * *value);
            }
        }
    }
}
