//! Files that Go asks about by their name and then makes or changes by their name.

use super::changed_after_look;
use crate::rule::{Context, Findings};
use crate::syntax::{Field, Kind, NodeId};

/// Functions that make or change the file they are given the name of, and where its name stands.
const CHANGES: &[(&str, usize)] = &[
    ("os.Create", 0),
    ("os.WriteFile", 0),
    ("io/ioutil.WriteFile", 0),
    ("os.OpenFile", 0),
    ("os.Chmod", 0),
    ("os.Chown", 0),
    ("os.Rename", 1),
];

/// `if _, err := os.Stat(path); os.IsNotExist(err) { os.WriteFile(path, …) }`
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(&(name, at)) = CHANGES.iter().find(|(name, _)| *name == context.callee(call)) else { return };
    let Some(target) = context.positional(call, at) else { return };
    if !matches!(context.kind(target), Kind::Name | Kind::Attribute) {
        return;
    }
    // Fails where the file is there already, or only reads.
    let flags = context.positional(call, 1).map(|flags| context.source(flags)).unwrap_or_default();
    if name == "os.OpenFile" && (flags.contains("O_EXCL") || !flags.contains("O_CREATE") && !flags.contains("O_TRUNC"))
    {
        return;
    }
    let written = context.source(target);
    let looks = |node: NodeId| {
        matches!(context.callee(node), "os.Stat" | "os.Lstat")
            && context.positional(node, 0).is_some_and(|subject| context.source(subject) == written)
            && asks_presence(context, node)
    };
    changed_after_look(context, call, written, looks, found);
}

/// Whether only the presence of the file is asked for: what else is known of it is thrown away.
fn asks_presence(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    let assign = tree.ancestors(call).take(3).find(|&above| context.kind(above) == Kind::Assign);
    assign
        .and_then(|assign| tree.children_in(assign, Field::Target).next())
        .is_some_and(|first| context.source(first).split(',').next().is_some_and(|name| name.trim() == "_"))
}
