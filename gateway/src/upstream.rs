//! Upstreams.
pub mod scripted;
