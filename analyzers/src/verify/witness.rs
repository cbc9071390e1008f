//! Why a finding is gone: the safe form that took the sink's place, seen in the candidate itself; never an edit's word.

mod forms;
mod secret;

use crate::concept;
use crate::edit::Applied;
use crate::finding::Finding;
use crate::program::Program;
use crate::syntax::{Kind, NodeId, Span};
use crate::verify::function;

/// The witness for a finding that the applied edits removed.
pub(super) fn in_rewrite(before: &Program, finding: &Finding, after: &Program, applied: &Applied) -> bool {
    if finding.concept == concept::HARDCODED_SECRET {
        return secret::is_gone(before, finding, after);
    }
    let tree = &after.tree;
    let place = function::name_of(before, finding.node);
    let mut region: Vec<NodeId> = Vec::new();
    for (old, new) in applied.replaced.iter().zip(&applied.inserted) {
        let near = function::name_of(before, before.tree.covering(*old)) == place
            || finding.trace.iter().any(|step| touches(step.span, *old));
        if near {
            region.push(tree.statement(tree.covering(trimmed(&after.text, *new))));
        }
    }
    region.retain(|&statement| statement != NodeId::ROOT && !matches!(tree.kind(statement), Kind::Import));
    region.iter().any(|&statement| forms::is_safe(before, after, finding, statement, true))
}

/// The witness for a finding that a model's candidate no longer has: in the function that had it, or one that this calls.
pub(super) fn in_answer(before: &Program, finding: &Finding, after: &Program) -> bool {
    if finding.concept == concept::HARDCODED_SECRET {
        return secret::is_gone(before, finding, after);
    }
    let tree = &after.tree;
    let place = function::name_of(before, finding.node);
    let functions = function::functions(after);
    let Some(&root) = functions.get(&place) else { return forms::is_safe(before, after, finding, NodeId::ROOT, false) };
    if forms::is_safe(before, after, finding, root, false) {
        return true;
    }
    let called: Vec<&str> = tree
        .subtree(root)
        .filter(|&node| tree.kind(node) == Kind::Call)
        .filter_map(|node| tree.child(node, crate::syntax::Field::Callee))
        .map(|callee| tree.name(callee, &after.text))
        .collect();
    functions
        .iter()
        .filter(|(name, _)| called.contains(&name.rsplit('.').next().unwrap_or(name)))
        .any(|(_, &node)| forms::is_safe(before, after, finding, node, false))
}

fn touches(one: Span, other: Span) -> bool {
    one.start <= other.end && other.start <= one.end
}

/// A span without the blanks at its ends.
fn trimmed(text: &str, span: Span) -> Span {
    let inside = text.get(span.range()).unwrap_or_default();
    let start = span.start as usize + (inside.len() - inside.trim_start().len());
    Span::new(start, (start + inside.trim().len()).max(start))
}
