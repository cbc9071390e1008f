//! CWE-330: secrets are drawn from the operating system's generator; never changes what else a call does.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// Functions of `random` that `SystemRandom` also has.
const DRAWS: &[&str] = &[
    "choice",
    "choices",
    "sample",
    "randint",
    "randrange",
    "random",
    "shuffle",
    "uniform",
    "triangular",
    "getrandbits",
    "randbytes",
];

/// `random.choice` → `secrets.choice`, `random.randint` → `random.SystemRandom().randint`.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let draw = |call: NodeId| context.callee_path(call).strip_prefix("random.").filter(|name| DRAWS.contains(name));
    let is_draw = |call: NodeId| tree.kind(call) == Kind::Call && draw(call).is_some();
    let calls: Vec<NodeId> = match context.around(node, is_draw) {
        Some(call) => vec![call],
        None => tree.subtree(tree.statement(node)).filter(|&below| is_draw(below)).collect(),
    };
    for call in calls {
        let (Some(name), Some(callee)) = (draw(call), tree.child(call, Field::Callee)) else { continue };
        let draft =
            Draft::new(EditKind::SecureRandom, call, &[330], "draw secrets from the operating system's generator");
        let draft = if name == "choice" {
            let (secrets, import) = context.module("secrets");
            draft.replace(tree.span(callee), format!("{secrets}.choice")).import(import)
        } else {
            let (random, import) = context.module("random");
            draft.replace(tree.span(callee), format!("{random}.SystemRandom().{name}")).import(import)
        };
        out.push(draft.finish());
    }
}
