//! End-to-end tests against a running gateway.

mod pass_through;
mod script;
mod streams;
