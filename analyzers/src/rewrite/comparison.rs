//! CWE-208: digests are compared in a time that does not depend on them; never raises where `==` did not.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const NAME: &str = "digests_match";

const HELPER: &str = r#"def digests_match(one, other):
    """Compares two digests in a time that does not depend on what they hold."""
    if isinstance(one, str) and isinstance(other, str):
        one, other = one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass")
    try:
        return hmac.compare_digest(one, other)
    except TypeError:
        return False
"#;

/// `own == given` → `digests_match(own, given)`.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if tree.kind(node) != Kind::Compare || tree.children(node).count() != 2 {
        return;
    }
    let not = match context.name(node) {
        "==" => "",
        "!=" => "not ",
        _ => return,
    };
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let (hmac, import) = context.module("hmac");
    if hmac != "hmac" {
        return;
    }
    let text = format!("{not}{NAME}({}, {})", context.text(left), context.text(right));
    let draft = Draft::new(EditKind::SafeCallee, node, &[208], "compare digests in constant time");
    out.push(draft.replace(tree.span(node), text).import(import).helper(NAME, HELPER.to_owned()).finish());
}
