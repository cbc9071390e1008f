//! Sallyport: an OpenAI-compatible gateway that holds code between two doors until it is secured.
//!
//! **The only crate that knows HTTP and JSON of the wire.** Read [`pipeline`] first: the life of a request.

pub mod admin;
pub mod admit;
mod api;
pub mod app;
pub mod classify;
pub mod cli;
pub mod error;
pub mod eval;
pub mod exchange;
pub mod external;
pub mod hold;
pub mod http;
pub mod inspect;
pub mod intent;
pub mod metrics;
pub mod pipeline;
pub mod recall;
mod reference;
pub mod release;
pub mod report;
pub mod requirement;
pub mod settings;
pub mod sse;
pub mod state;
pub mod store;
pub mod strategy;
pub mod task;
pub mod unit;
pub mod upstream;
pub mod web;
pub mod wire;
