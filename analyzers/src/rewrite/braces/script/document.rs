//! CWE-943: values of a document query are texts, so that none of them can be an operator.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// Words of properties that hold text.
const TEXTS: &[&str] = &[
    "user", "username", "login", "email", "mail", "password", "name", "token", "code", "slug", "phone", "title", "key",
    "secret", "id", "role", "category", "search", "q", "text",
];

/// `findOne({ name: req.body.name })` → `findOne({ name: String(req.body.name) })`.
pub(in crate::rewrite::braces) fn propose(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if tree.kind(call) != Kind::Call {
        return;
    }
    let Some(query) = tree.positional(call).next() else { return };
    let query = match tree.kind(query) {
        Kind::Name => context.program.names.definition(query).and_then(|definition| definition.value).unwrap_or(query),
        _ => query,
    };
    if tree.kind(query) != Kind::Dict {
        return;
    }
    let mut draft = Draft::new(EditKind::ValidateInput, call, &[943], "take the values of the query as text");
    let mut any = false;
    for pair in tree.children(query) {
        let (Some(key), Some(value)) = (tree.child(pair, Field::Key), tree.child(pair, Field::Value)) else { return };
        if context.is_constant(value) || tree.kind(value) == Kind::Call {
            continue;
        }
        let text = crate::words::words(context.name(key)).last().is_some_and(|word| TEXTS.contains(&word.as_str()));
        // An object or a text of operators has no such form.
        if !text || !matches!(tree.kind(value), Kind::Name | Kind::Attribute | Kind::Subscript) {
            return;
        }
        let written = context.text(value);
        let shorthand = tree.span(pair) == tree.span(value);
        let text = if shorthand { format!("{written}: String({written})") } else { format!("String({written})") };
        draft = draft.replace(tree.span(value), text);
        any = true;
    }
    if any {
        out.push(draft.finish());
    }
}
