//! Trainer of the gGAN.
fn main() {}
