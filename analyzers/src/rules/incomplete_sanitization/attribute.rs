//! Text put between the quotes of an attribute after a sanitizer that leaves this quote in.

use super::chain::{chain, replace};
use super::report;
use crate::rule::{Context, Findings};
use crate::syntax::{Field, Kind, NodeId};

/// `'<a title="' + s.replace(/[<>]/g, "") + '">'`
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.name(node) != "+" {
        return;
    }
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let last = match context.kind(left) {
        Kind::Binary => tree.child(left, Field::Right),
        _ => Some(left),
    };
    let Some(before) = last.and_then(|last| context.string(last)) else { return };
    let quote = match before.trim_end_matches(|letter: char| letter != '\'' && letter != '"').chars().last() {
        Some(quote) if before.ends_with(&format!("={quote}")) => quote,
        _ => return,
    };
    let mut value = context.value(right);
    // `parts.join(" ")`
    if context.kind(value) == Kind::Call
        && context.method(value) == "join"
        && let Some(object) = context.object(value)
    {
        value = context.value(object);
    }
    if replace(context, value).is_none() {
        return;
    }
    let mut removed = Vec::new();
    for step in chain(context, value) {
        match step.set {
            Some(set) if step.all != Some(false) => removed.extend(set),
            Some(_) => {}
            // A pattern that cannot be read may take anything out.
            None if step.from.is_none() => return,
            None => {}
        }
    }
    let markup = removed.contains(&'<') || removed.contains(&'>');
    if markup && !removed.contains(&quote) {
        report(context, node, "The text stands in the quotes of an attribute, and this quote is left in it.", found);
    }
}
