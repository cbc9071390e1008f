//! Requirements: the fixed sentences that improve a prompt; no byte of a prompt, of code or of a finding enters one.

/// A requirement, by its stable name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequirementId(pub &'static str);
