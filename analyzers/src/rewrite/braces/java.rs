//! Rewrites of Java that no other language shares: parsers of XML, cookies, answers, and objects read from streams.

pub(super) mod stream;
pub(super) mod web;
pub(super) mod xml;

use crate::rewrite::context::Context;
use crate::syntax::{Field, Kind, NodeId};

/// Whether the code at a node may throw these: the method says so, or a handler around it takes them.
fn may_throw(context: Context<'_>, node: NodeId, exceptions: &[&str]) -> bool {
    exceptions.iter().all(|exception| throws(context, node, exception))
}

fn throws(context: Context<'_>, node: NodeId, exception: &str) -> bool {
    let tree = context.tree();
    let takes = |text: &str| {
        text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .any(|word| word == exception || matches!(word, "Exception" | "Throwable"))
    };
    let mut below = node;
    for above in tree.ancestors(node) {
        match tree.kind(above) {
            Kind::Try if tree.field(below) == Field::Body => {
                let handled = tree
                    .children_in(above, Field::Handler)
                    .flat_map(|handler| tree.children_in(handler, Field::Type))
                    .any(|kind| takes(context.text(kind)));
                if handled {
                    return true;
                }
            }
            Kind::Lambda | Kind::Class => return false,
            Kind::Function => {
                let end = tree.child(above, Field::Body).map_or(0, |body| tree.span(body).start as usize);
                let head = context.program.text.get(tree.span(above).start as usize..end).unwrap_or_default();
                return head.rsplit_once("throws").is_some_and(|(_, thrown)| takes(thrown));
            }
            _ => {}
        }
        below = above;
    }
    false
}

/// The functions and `try` bodies around a node, nearest first, up to the function.
fn guards(context: Context<'_>, node: NodeId) -> Vec<NodeId> {
    let tree = context.tree();
    let mut guards = Vec::new();
    let mut below = node;
    for above in tree.ancestors(node) {
        if tree.kind(above) == Kind::Try && tree.field(below) == Field::Body {
            guards.push(above);
        }
        if matches!(tree.kind(above), Kind::Function | Kind::Lambda) {
            guards.push(above);
            break;
        }
        below = above;
    }
    guards
}
