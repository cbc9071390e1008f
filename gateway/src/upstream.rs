//! The way to the service behind.

pub mod scripted;
