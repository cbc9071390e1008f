//! Times of inference and of the whole rewrite.
fn main() { divan::main(); }
