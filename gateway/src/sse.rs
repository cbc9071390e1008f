//! Bytes ⇄ server-sent events, a pure state machine.
