//! End-to-end tests against a running gateway.

mod keys;
mod pass_through;
mod script;
mod streams;
mod upstream;
