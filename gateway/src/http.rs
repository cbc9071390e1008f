//! Routes and layers in order.

pub mod server;
