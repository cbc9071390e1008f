//! CWE-253: result codes of Windows taken for truth values, and truth values for result codes.

use super::{issue, push};
use crate::rule::c::{arguments, declared, library};
use crate::rule::{Context, Findings};
use crate::syntax::{Field, Kind, NodeId};

const MESSAGE: &str = "Zero means success in a result code: ask SUCCEEDED or FAILED.";

/// `if (code)`, `if ((BOOL)code)`.
pub(super) fn tested(context: &Context<'_>, test: NodeId, found: &mut Findings) {
    let cast = context.kind(test) == Kind::Cast
        && is_truth_type(declared(context, test).map(|own| own.kind).unwrap_or_default());
    let value = if cast { context.tree().children_in(test, Field::Value).last().unwrap_or(test) } else { test };
    if is_code(context, value) {
        push(context, issue(test, MESSAGE, &[253]), test, found);
    }
}

/// `BOOL ok = code;`, and `return flag;` of a function that gives a code.
pub(super) fn given(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value) else { return };
    let wrong = if context.kind(node) == Kind::Return {
        let kind = context.function(node).and_then(|function| tree.child(function, Field::Type));
        kind.is_some_and(|kind| context.source(kind).trim() == "HRESULT") && is_truth(context, value)
    } else {
        tree.child(node, Field::Target)
            .and_then(|target| declared(context, target))
            .is_some_and(|own| own.stars == 0 && is_truth_type(own.kind))
            && is_code(context, value)
    };
    if wrong {
        push(context, issue(node, MESSAGE, &[253]), node, found);
    }
}

/// `SUCCEEDED(flag)`
pub(super) fn asked(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let callee = context.tree().child(call, Field::Callee).map(|callee| context.source(callee)).unwrap_or_default();
    if matches!(callee, "SUCCEEDED" | "FAILED")
        && arguments(context, call).first().is_some_and(|&part| is_truth(context, part))
    {
        let message = "A truth value is asked as if it were a result code: FALSE counts as success.";
        push(context, issue(call, message, &[253]), call, found);
    }
}

fn is_truth_type(kind: &str) -> bool {
    matches!(kind.trim(), "BOOL" | "bool" | "_Bool" | "BOOLEAN")
}

/// The type of a variable, or of what a function of the unit gives.
fn kind<'p>(context: &Context<'p>, node: NodeId) -> Option<&'p str> {
    match context.kind(node) {
        Kind::Name | Kind::Attribute => {
            declared(context, node).filter(|own| own.stars == 0 && !own.array).map(|own| own.kind.trim())
        }
        Kind::Call if !library(context, node).contains('.') => {
            let function = context.flow().data().called(node)?;
            context.tree().child(function, Field::Type).map(|kind| context.source(kind).trim())
        }
        _ => None,
    }
}

fn is_code(context: &Context<'_>, node: NodeId) -> bool {
    kind(context, node) == Some("HRESULT")
}

fn is_truth(context: &Context<'_>, node: NodeId) -> bool {
    kind(context, node).is_some_and(is_truth_type)
}
