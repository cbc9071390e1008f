//! Predictable generators of Go: `math/rand` and what is built on it.

use super::report;
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

/// Functions of `math/rand` that `crypto/rand` does not have.
const ONLY_PREDICTABLE: &[&str] = &[
    "Intn",
    "IntN",
    "Int31",
    "Int31n",
    "Int63",
    "Int63n",
    "Int64",
    "Int64N",
    "Uint32",
    "Uint64",
    "Float32",
    "Float64",
    "Perm",
    "Shuffle",
    "NormFloat64",
    "ExpFloat64",
];

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    // What a predictable generator writes into a nonce or key.
    if path == "io.ReadFull"
        && let Some(reader) = context.positional(call, 0)
        && context.program().names.type_of(reader) == Some("math/rand.Rand")
    {
        return report(context, call, found);
    }
    let by_path = path.strip_prefix("math/rand.").or_else(|| path.strip_prefix("golang.org/x/exp/rand."));
    // An excerpt without its imports: `crypto/rand` has none of these.
    let by_name = || path.strip_prefix("rand.").filter(|name| ONLY_PREDICTABLE.contains(name));
    let Some(name) = by_path.or_else(by_name) else { return };
    let draw = name.rsplit('.').next().unwrap_or(name);
    let draws = ["Int", "Uint", "Float", "Perm", "Read", "Shuffle", "N", "NormFloat", "ExpFloat"];
    if draws.iter().any(|start| draw.starts_with(start)) && !draw.starts_with("New") {
        report(context, call, found);
    }
}
