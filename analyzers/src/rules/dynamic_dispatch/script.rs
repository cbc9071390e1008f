//! Functions of JavaScript objects chosen by the name that a request gives.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::graph::dfg::Value;
use crate::rule::script::{lead, requested};
use crate::rule::{Context, Findings, Report, Taint};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// `table[request.name](…)`, also through a name.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(callee) = context.tree().child(call, Field::Callee) else { return };
    let Some((member, taint)) = chosen(context, callee) else { return };
    if taint.origin.checked {
        return;
    }
    let object = context.tree().child(member, Field::Object).map(|object| context.source(object)).unwrap_or_default();
    let message = "A request names the function that is called.";
    let mut report =
        Report::issue(call, concept::DYNAMIC_IMPORT, message).cwe(&[470, 754]).confidence(Confidence::Medium);
    if matches!(object, "window" | "globalThis" | "global" | "self" | "this") {
        report = report.cwe(&[94, 470]).severity(Severity::High);
    } else if context
        .flow()
        .data()
        .definitions_of(context.tree().child(member, Field::Object).unwrap_or(member))
        .iter()
        .any(|&at| matches!(context.flow().data().definitions[at as usize].value, Value::Named))
    {
        // A function of its own: `f.constructor` makes code of text.
        report = report.cwe(&[94, 470, 754]);
    }
    found.push(context, report.trace(taint.trace));
}

/// The member access with an index from a request that a callee is.
fn chosen(context: &Context<'_>, callee: NodeId) -> Option<(NodeId, Taint)> {
    let candidates = match context.kind(callee) {
        Kind::Subscript => vec![callee],
        Kind::Name => {
            let data = context.flow().data();
            let values = data.definitions_of(callee);
            let values = values.iter().filter_map(|&at| match data.definitions[at as usize].value {
                Value::Expression(value) if context.kind(value) == Kind::Subscript => Some(value),
                _ => None,
            });
            values.take(4).collect()
        }
        _ => return None,
    };
    candidates.into_iter().find_map(|member| {
        let index = context.tree().child(member, Field::Index)?;
        // ``handlers[`on${name}`]``: the beginning leaves few to choose from.
        let made = matches!(context.kind(context.value(index)), Kind::Template | Kind::Binary);
        if made && lead(context, index, Purposes::CODE).text.len() > 1 {
            return None;
        }
        Some((member, requested(context, index, Purposes::CODE)?))
    })
}
