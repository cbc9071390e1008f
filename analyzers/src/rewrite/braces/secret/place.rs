//! When the code around a credential runs: with a call, or when the module or class is loaded.

use crate::lang::Language;
use crate::rewrite::context::Context;
use crate::syntax::{Field, Kind, NodeId};

/// When a node runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// When a function is called or an object is made.
    Later,
    /// When the module or the class is loaded.
    Loading,
}

/// When a node runs; `None` where only constants may stand: annotations, labels of cases.
pub(super) fn of(context: Context<'_>, node: NodeId) -> Option<Place> {
    let tree = context.tree();
    let mut below = node;
    for above in tree.ancestors(node) {
        match tree.kind(above) {
            Kind::Decorator if context.program.language == Language::Java => return None,
            Kind::Case if tree.field(below) == Field::Test => return None,
            Kind::Function | Kind::Lambda if !is_called_at_once(context, above) => {
                let runs = matches!(tree.field(below), Field::Body | Field::Parameter);
                return Some(if runs { Place::Later } else { Place::Loading });
            }
            Kind::Class => return Some(Place::Loading),
            // An object's own field.
            Kind::Assign if is_field(context, above) && !is_static(context, above) => return Some(Place::Later),
            _ => {}
        }
        below = above;
    }
    Some(Place::Loading)
}

/// A function that is called on the spot.
fn is_called_at_once(context: Context<'_>, function: NodeId) -> bool {
    let tree = context.tree();
    tree.field(function) == Field::Callee
        && tree.parent(function).is_some_and(|call| matches!(tree.kind(call), Kind::Call | Kind::New))
}

/// Whether a declaration is a field of a class.
pub(super) fn is_field(context: Context<'_>, statement: NodeId) -> bool {
    let tree = context.tree();
    tree.parent(statement)
        .filter(|&body| tree.kind(body) == Kind::Block)
        .and_then(|body| tree.parent(body))
        .is_some_and(|class| tree.kind(class) == Kind::Class)
}

/// The words before a declaration's name.
pub(super) fn head(context: Context<'_>, statement: NodeId) -> &str {
    let tree = context.tree();
    let start = tree.span(statement).start as usize;
    let name = tree.child(statement, Field::Target).map_or(start, |target| tree.span(target).start as usize);
    context.program.text.get(start..name).unwrap_or_default()
}

pub(super) fn has_word(context: Context<'_>, statement: NodeId, word: &str) -> bool {
    head(context, statement).split_whitespace().any(|part| part == word)
}

fn is_static(context: Context<'_>, statement: NodeId) -> bool {
    has_word(context, statement, "static")
        || context.tree().ancestors(statement).any(|above| {
            // The fields of an interface are static.
            context.tree().kind(above) == Kind::Class && context.text(above).trim_start().starts_with("interface")
        })
}

/// Whether a value stands in a call of its statement, which does something with it now.
pub(super) fn is_needed(context: Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let statement = tree.statement(node);
    tree.ancestors(node)
        .take_while(|&above| tree.contains(statement, above))
        .any(|above| matches!(tree.kind(above), Kind::Call | Kind::New))
        && context.program.language != Language::Go
}

/// Whether a script is for browsers, which have no environment.
pub(super) fn in_browser(context: Context<'_>) -> bool {
    const MARKS: &[&str] = &["document.", "window.", "localStorage", "sessionStorage"];
    const LIBRARIES: &[&str] = &["react", "vue", "svelte", "jquery", "preact", "solid-js", "@angular/core"];
    context.program.language.is_script()
        && (MARKS.iter().any(|mark| context.program.text.contains(mark))
            || context.modules().iter().any(|module| LIBRARIES.contains(module)))
}
