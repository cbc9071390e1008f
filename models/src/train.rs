//! The trainer (feature `train`): corpora → programs → measured candidates → gGAN → ONNX; never part of the gateway.

pub mod adam;
pub mod card;
pub mod choices;
pub mod cluster;
pub mod corpus;
pub mod discriminator;
pub mod evaluate;
pub mod fit;
pub mod health;
pub mod loss;
pub mod network;
pub mod onnx;
pub mod random;
pub mod realise;
pub mod similarity;
pub mod site;
pub mod soft;
pub mod trial;

#[cfg(test)]
mod tests;
