//! Sallyport gateway.

pub mod exchange;
pub mod hold;
pub mod requirement;
pub mod strategy;
pub mod unit;
pub mod upstream;
