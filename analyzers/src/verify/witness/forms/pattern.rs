//! Safe forms of a regular expression: the same pattern, changed in a way that is known to keep what is meant.

use crate::pattern::mend;
use crate::program::Program;
use crate::syntax::{Kind, NodeId};
use crate::verify::witness::forms::calls;

/// Whether the code at `root` calls with the pattern of `node` in the original, repeated once or with its dots escaped.
pub(super) fn pattern(before: &Program, node: NodeId, after: &Program, root: NodeId) -> bool {
    let tree = &before.tree;
    // `/^a|b/` of JavaScript with its anchors around all its alternatives.
    if tree.kind(node) == Kind::Regex {
        let between = |text: &str| -> Option<String> {
            text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')).map(|(pattern, _)| pattern.to_owned())
        };
        let wanted = between(tree.text(node, &before.text)).and_then(|old| crate::pattern::whole_alternatives(&old));
        return wanted.is_some()
            && after.tree.subtree(root).any(|other| {
                after.tree.kind(other) == Kind::Regex && between(after.tree.text(other, &after.text)) == wanted
            });
    }
    let call = std::iter::once(node).chain(tree.ancestors(node)).find(|&above| tree.kind(above) == Kind::Call);
    let Some(old) = call.and_then(|call| tree.positional(call).next()).and_then(|text| before.names.text(text)) else {
        return false;
    };
    let wanted = [
        mend::escape_host_dots(old),
        mend::without_nested_repetition(old, true),
        mend::without_nested_repetition(old, false),
    ];
    calls(after, root)
        .filter_map(|call| after.names.text(after.tree.positional(call).next()?))
        .any(|new| wanted.iter().flatten().any(|wanted| wanted == new))
}
