//! PromSec's graph model (gGAN): one encoder, inference by `ort`, and (feature `train`) the trainer.
//!
//! **The only crate that names `ort`.** It knows programs, graphs and edits; it knows no HTTP and no JSON of the wire.

pub mod decode;
pub mod encode;
pub mod rewriter;
pub mod session;
pub mod side;
#[cfg(feature = "train")]
#[expect(clippy::cast_possible_wrap, reason = "graphs have at most a few thousand rows; ONNX and burn index by i64")]
pub mod train;
