//! CWE-1321: loops that copy properties pass over the keys that lead to prototypes.

use crate::edit::{Edit, EditKind};
use crate::rewrite::braces::parts::quoted;
use crate::rewrite::braces::statement;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// `target[key] = source[key]` in a loop over keys → after a guard at the start of the loop's body.
pub(in crate::rewrite::braces) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    out.extend(edit(context, node));
}

fn edit(context: Context<'_>, node: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let target = tree.child(node, Field::Target)?;
    let key = tree.child(target, Field::Index).filter(|&key| tree.kind(key) == Kind::Name)?;
    let definition = context.program.names.definition(key)?.node;
    let name = context.text(key);
    // The body that runs once for each key, and how it goes on to the next.
    let (body, next) = tree.ancestors(node).find_map(|above| {
        let body = tree.child(above, Field::Body)?;
        let own = match tree.kind(above) {
            Kind::For => tree.child(above, Field::Iter).is_some() && !tree.contains(body, definition),
            Kind::Function | Kind::Lambda => {
                tree.children_in(above, Field::Parameter).any(|parameter| tree.contains(parameter, definition))
                    && tree.parent(above).is_some_and(|call| context.callee_name(call) == "forEach")
            }
            _ => false,
        };
        let bound = own && tree.contains(above, definition) && tree.contains(body, node);
        bound.then(|| (body, if tree.kind(above) == Kind::For { "continue" } else { "return" }))
    })?;
    let first = tree.children(body).next().filter(|_| tree.kind(body) == Kind::Block)?;
    let test: Vec<String> = ["__proto__", "constructor", "prototype"]
        .iter()
        .map(|known| format!("{name} === {}", quoted(context, known)))
        .collect();
    let text = context.program.text.as_str();
    let indent = crate::edit::indent_at(text, tree.span(first).start as usize);
    let outer = crate::edit::indent_at(text, tree.span(body).start as usize);
    let step = indent.strip_prefix(outer).unwrap_or("  ");
    let lines = [format!("if ({}) {{", test.join(" || ")), format!("{step}{next};"), "}".to_owned()];
    let guard = statement::before(context, first, &lines)?;
    let draft = Draft::new(EditKind::ValidateInput, node, &[1321], "pass over the keys that lead to prototypes");
    Some(draft.text(guard).finish())
}
