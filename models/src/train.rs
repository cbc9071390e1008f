//! The trainer (feature `train`): corpora → programs → measured candidates → gGAN → ONNX; never part of the gateway.

pub mod adam;
pub mod network;
pub mod onnx;
pub mod random;
