//! End-to-end tests against a running gateway.
