//! Predictable generators of Go: `math/rand` and what is built on it.

use super::report;
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let Some(name) = path.strip_prefix("math/rand.").or_else(|| path.strip_prefix("golang.org/x/exp/rand.")) else {
        return;
    };
    let draw = name.rsplit('.').next().unwrap_or(name);
    let draws = ["Int", "Uint", "Float", "Perm", "Read", "Shuffle", "N", "NormFloat", "ExpFloat"];
    if draws.iter().any(|start| draw.starts_with(start)) && !draw.starts_with("New") {
        report(context, call, found);
    }
}
