//! CWE-1333 and CWE-625: regular expressions of JavaScript, escaped where text enters them and anchored as a whole.

use super::parts::{Part, parts};
use crate::edit::{Edit, EditKind};
use crate::pattern::whole_alternatives;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Kind, NodeId};

const ESCAPE: &str = "escape text that becomes part of a pattern";
const ANCHOR: &str = "let the anchors hold for every alternative";

const HELPER: &str = r#"function escapeRegExp(text) {
  return String(text).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
"#;

/// `new RegExp("^" + name + "$")` → with `escapeRegExp(name)`; a pattern that is wholly somebody else's is left alone,
/// since what it is for is not known.
pub(super) fn escape(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if !matches!(tree.kind(node), Kind::New | Kind::Call) || context.callee_path(node) != "RegExp" {
        return;
    }
    let Some(argument) = tree.positional(node).next() else { return };
    let Some(parts) = parts(context.program, argument) else { return };
    let mut draft = Draft::new(EditKind::ValidateInput, node, &[1333], ESCAPE)
        .helper("escapeRegExp", super::typed(context, HELPER, &[("(text)", "(text: unknown): string")]));
    let mut constant = false;
    let mut changed = false;
    for part in parts {
        match part {
            Part::Text(text) => constant |= !text.is_empty(),
            Part::Value(value) if tree.kind(value) == Kind::Call && context.callee_name(value) == "escapeRegExp" => {}
            Part::Value(value) => {
                draft = draft.replace(tree.span(value), format!("escapeRegExp({})", context.text(value)));
                changed = true;
            }
        }
    }
    if constant && changed {
        out.push(draft.finish());
    }
}

/// `/^a|b$/` → `/^(?:a|b)$/`.
pub(super) fn anchor(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if tree.kind(node) != Kind::Regex {
        return;
    }
    let written = context.text(node).strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    let Some((pattern, flags)) = written else { return };
    if let Some(whole) = whole_alternatives(pattern) {
        let draft = Draft::new(EditKind::ValidateInput, node, &[625], ANCHOR);
        out.push(draft.replace(tree.span(node), format!("/{whole}/{flags}")).finish());
    }
}
