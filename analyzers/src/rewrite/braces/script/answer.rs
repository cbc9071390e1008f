//! CWE-209: what went wrong stays in the log; the client is told that it did.

use crate::edit::{Edit, EditKind};
use crate::rewrite::braces::parts::quoted;
use crate::rewrite::braces::statement;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const SUMMARY: &str = "tell the client that it failed, and the log how";
const MESSAGE: &str = "Internal Server Error";

/// `res.status(500).send(err.stack)` → a constant text, with the error in the log.
pub(in crate::rewrite::braces) fn propose(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    out.extend(edit(context, call));
}

fn edit(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    if !matches!(context.callee_name(call), "send" | "json" | "end" | "write") {
        return None;
    }
    let body = tree.positional(call).next()?;
    let mut draft = Draft::new(EditKind::DisableDebug, call, &[209, 497], SUMMARY);
    let message = quoted(context, MESSAGE);
    let error = error(context, body)?;
    if tree.kind(body) == Kind::Dict {
        let pairs: Vec<NodeId> = tree.children(body).collect();
        let value = |pair: NodeId| tree.child(pair, Field::Value);
        let tells: Vec<NodeId> = pairs
            .iter()
            .copied()
            .filter(|&pair| value(pair).is_some_and(|value| tells(context, value, error)))
            .collect();
        let is_trace = |pair: NodeId| {
            tree.child(pair, Field::Key)
                .is_some_and(|key| matches!(context.name(key), "stack" | "trace" | "stackTrace"))
        };
        for &pair in &tells {
            // A trace has no harmless form: its property goes, unless it is the only one.
            if is_trace(pair) && pairs.len() > 1 && tells.len() > 1 {
                draft = draft.replace(context.argument_with_comma(call, pair), "");
            } else {
                let value = value(pair)?;
                let shorthand = tree.span(value) == tree.span(pair);
                let text = if shorthand { format!("{}: {message}", context.text(pair)) } else { message.clone() };
                draft = draft.replace(tree.span(pair_or(value, pair, shorthand)), text);
            }
        }
        if tells.is_empty() {
            return None;
        }
    } else if tells(context, body, error) {
        draft = draft.replace(context.whole_argument(call, body), message);
    } else {
        return None;
    }
    let whole = tree.statement(call);
    if !is_logged(context, call, error)
        && let Some(log) = statement::before(context, whole, &[format!("console.error({error});")])
    {
        draft = draft.text(log);
    }
    Some(draft.finish())
}

const fn pair_or(value: NodeId, pair: NodeId, shorthand: bool) -> NodeId {
    if shorthand { pair } else { value }
}

/// The name of the error that a body tells of.
fn error(context: Context<'_>, body: NodeId) -> Option<&str> {
    let tree = context.tree();
    let traced = tree.subtree(body).find_map(|node| {
        let object = tree.child(node, Field::Object)?;
        let traces = tree.kind(node) == Kind::Attribute && context.name(node) == "stack";
        (traces && tree.kind(object) == Kind::Name).then(|| context.text(object))
    });
    traced.or_else(|| statement::caught(context, body))
}

/// Whether a value says more of the error than that there is one.
fn tells(context: Context<'_>, value: NodeId, error: &str) -> bool {
    context.names_in(value).any(|name| name == error)
}

/// Whether the function around already logs the error.
fn is_logged(context: Context<'_>, call: NodeId, error: &str) -> bool {
    let tree = context.tree();
    tree.subtree(tree.scope(call)).any(|other| {
        tree.kind(other) == Kind::Call
            && matches!(context.callee_name(other), "error" | "warn" | "log" | "captureException")
            && tree.positional(other).any(|part| context.names_in(part).any(|name| name == error))
    })
}
