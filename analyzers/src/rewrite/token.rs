//! CWE-347: the signature of a token is checked where its key and algorithm are known; never with a guessed one.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// `jwt.decode(token, key, algorithms=[…], options={"verify_signature": False})` → `… True`.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let decodes = |call: NodeId| {
        tree.kind(call) == Kind::Call
            && matches!(context.callee_path(call), "jwt.decode" | "jose.jwt.decode" | "jwt.api_jwt.decode")
    };
    let Some(call) = context.around(node, decodes) else { return };
    let key = tree.positional(call).nth(1).or_else(|| context.keyword(call, "key"));
    let usable = |key: NodeId| {
        tree.kind(key) != Kind::Null && !(tree.kind(key) == Kind::String && context.string(key).as_deref() == Some(""))
    };
    if !key.is_some_and(usable) {
        return;
    }
    let mut draft = Draft::new(EditKind::EnableVerification, call, &[347], "check the signature of the token");
    let given = context.keyword(call, "algorithms").or_else(|| tree.positional(call).nth(2));
    match given {
        None => {
            let (Some(algorithm), Some((at, comma))) = (signs_with(context), context.argument_end(call)) else {
                return;
            };
            draft = draft.insert(at, format!("{}algorithms=[{algorithm}]", if comma { ", " } else { "" }));
        }
        Some(list) => {
            let is_none = |&item: &NodeId| context.string(item).is_some_and(|name| name.eq_ignore_ascii_case("none"));
            let items: Vec<NodeId> = tree.children(list).collect();
            if items.iter().any(|item| is_none(&item.to_owned())) {
                let kept: Vec<&str> =
                    items.iter().filter(|item| !is_none(item)).map(|&item| context.text(item)).collect();
                if kept.is_empty() || tree.kind(list) != Kind::List {
                    return;
                }
                draft = draft.replace(tree.span(list), format!("[{}]", kept.join(", ")));
            }
        }
    }
    let is_false = |value: NodeId| context.text(value) == "False";
    if let Some(value) = context.keyword(call, "verify").filter(|&value| is_false(value)) {
        draft = draft.replace(tree.span(value), "True");
    }
    if let Some(options) = context.keyword(call, "options") {
        let pairs = tree.children(options).filter(|_| tree.kind(options) == Kind::Dict);
        for pair in pairs {
            let key = tree.child(pair, Field::Key).and_then(|key| context.string(key));
            if key.as_deref() == Some("verify_signature")
                && let Some(value) = tree.child(pair, Field::Value).filter(|&value| is_false(value))
            {
                draft = draft.replace(tree.span(value), "True");
            }
        }
    }
    let edit = draft.finish();
    if !edit.texts.is_empty() {
        out.push(edit);
    }
}

/// The one algorithm that the unit signs its tokens with, as it is written.
fn signs_with(context: Context<'_>) -> Option<&str> {
    let tree = context.tree();
    let mut found = None;
    for call in tree.ids().filter(|&node| tree.kind(node) == Kind::Call) {
        if !matches!(context.callee_path(call), "jwt.encode" | "jose.jwt.encode") {
            continue;
        }
        let algorithm = context.keyword(call, "algorithm").or_else(|| tree.positional(call).nth(2))?;
        let text = context.text(algorithm);
        let sound = context.program.names.text(algorithm).is_some_and(|name| !name.eq_ignore_ascii_case("none"));
        if !sound || found.is_some_and(|known| known != text) {
            return None;
        }
        found = Some(text);
    }
    found
}
