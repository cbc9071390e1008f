//! Safe forms of a regular expression: the same pattern, changed in a way that is known to keep what is meant.

use crate::program::Program;
use crate::regular;
use crate::syntax::{Kind, NodeId};
use crate::verify::witness::forms::calls;

/// Whether the code at `root` calls with the pattern of `node` in the original, repeated once or with its dots escaped.
pub(super) fn pattern(before: &Program, node: NodeId, after: &Program, root: NodeId) -> bool {
    let tree = &before.tree;
    let call = std::iter::once(node).chain(tree.ancestors(node)).find(|&above| tree.kind(above) == Kind::Call);
    let Some(old) = call.and_then(|call| tree.positional(call).next()).and_then(|text| before.names.text(text)) else {
        return false;
    };
    let wanted = [
        regular::escape_host_dots(old),
        regular::without_nested_repetition(old, true),
        regular::without_nested_repetition(old, false),
    ];
    calls(after, root)
        .filter_map(|call| after.names.text(after.tree.positional(call).next()?))
        .any(|new| wanted.iter().flatten().any(|wanted| wanted == new))
}
