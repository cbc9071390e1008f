//! An allow-list that the unit states and never asks: where a branch is for a value that it leaves out.

use crate::rewrite::context::Context;
use crate::syntax::{Field, Kind, NodeId};
use crate::words::words;

/// Words of the name of an allow-list.
const ALLOWS: &[&str] = &[
    "allowed",
    "allowlist",
    "whitelist",
    "accepted",
    "approved",
    "enabled",
    "permitted",
    "safe",
    "secure",
    "supported",
    "trusted",
    "valid",
];

/// A stated policy that a branch breaks.
pub(super) struct Policy<'p> {
    /// The list's name.
    pub(super) list: &'p str,
    /// The name of the value that it is about.
    pub(super) value: &'p str,
}

/// The policy that the branch around `node` breaks: `if form == "pickle"`, where the unit has `ALLOWED = ["json", "xml"]`,
/// compares `form` with one of those too, and asks the list nowhere.
pub(super) fn broken(context: Context<'_>, node: NodeId) -> Option<Policy<'_>> {
    let tree = context.tree();
    let function = tree.ancestors(node).find(|&above| tree.kind(above) == Kind::Function)?;
    let (value, own) = tree
        .ancestors(node)
        .take_while(|&above| above != function)
        .filter(|&above| tree.kind(above) == Kind::If)
        .filter(|&branch| tree.child(branch, Field::Body).is_some_and(|body| tree.contains(body, node)))
        .find_map(|branch| compared(context, tree.child(branch, Field::Test)?))?;
    let is_parameter = tree.children_in(function, Field::Parameter).any(|parameter| context.name(parameter) == value);
    // Bound once, as a parameter: it still is what the caller gave.
    if !is_parameter || context.uses(function, value).bound.len() != 1 {
        return None;
    }
    let others: Vec<String> = tree
        .subtree(function)
        .filter_map(|test| compared(context, test))
        .filter(|(name, text)| *name == value && *text != own)
        .map(|(_, text)| text)
        .collect();
    tree.children(NodeId::ROOT).find_map(|statement| {
        let list = context.text(context.assigned_name(statement)?);
        let holder = tree.child(statement, Field::Value)?;
        let named = words(list).iter().any(|word| ALLOWS.contains(&word.as_str()));
        if !named || !matches!(tree.kind(holder), Kind::List | Kind::Tuple | Kind::Set) {
            return None;
        }
        let allowed: Vec<String> = tree.children(holder).map(|item| context.string(item)).collect::<Option<_>>()?;
        let read = tree.ids().any(|name| {
            tree.kind(name) == Kind::Name && tree.field(name) != Field::Target && context.text(name) == list
        });
        let about = others.iter().any(|text| allowed.contains(text)) && !allowed.contains(&own);
        (about && !read).then_some(Policy { list, value })
    })
}

/// `name == "text"`
fn compared(context: Context<'_>, test: NodeId) -> Option<(&str, String)> {
    let tree = context.tree();
    if tree.kind(test) != Kind::Compare || context.name(test) != "==" || tree.children(test).count() != 2 {
        return None;
    }
    let (left, right) = (tree.child(test, Field::Left)?, tree.child(test, Field::Right)?);
    let (name, text) = if tree.kind(left) == Kind::Name { (left, right) } else { (right, left) };
    (tree.kind(name) == Kind::Name).then_some((context.text(name), context.string(text)?))
}
