//! CWE-193: `n = read(fd, buffer, sizeof buffer); buffer[n] = 0;`

use crate::concept;
use crate::finding::Confidence;
use crate::graph::dfg::Value;
use crate::rule::c as sizes;
use crate::rule::c::conditions::each_condition;
use crate::rule::c::types::{Type, type_of};
use crate::rule::c::{arguments, capacity, declarations, declared, evaluate, integer, library, values};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Functions that fill a buffer and say how much came: name, buffer, size.
const FILLERS: &[(&str, usize, usize)] = &[
    ("read", 1, 2),
    ("recv", 1, 2),
    ("recvfrom", 1, 2),
    ("pread", 1, 2),
    ("readlink", 1, 2),
    ("SSL_read", 1, 2),
    ("fread", 0, 2),
];

/// `if (i >= 10) return; table[i]` of a signed `i` that may be negative.
pub(super) fn below(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(object), Some(index)) = (tree.child(node, Field::Object), tree.child(node, Field::Index)) else { return };
    let fixed = declared(context, object).is_some_and(|own| own.array && !own.parameter);
    let number = declared(context, index).filter(sizes::Declared::is_integer);
    let signed = number.is_some_and(|own| integer(own.kind).is_some_and(|(_, signed)| signed));
    if !fixed || !signed || context.kind(index) != Kind::Name || !given_by_others(context, index) {
        return;
    }
    let text = context.source(index);
    let (mut above, mut below) = (false, false);
    each_condition(context, node, |low, operator, high| {
        if context.source(low) == text {
            // Compared with an unsigned number, a negative one is large.
            let unsigned = matches!(type_of(context, high), Some(Type::Integer(size, false)) if size >= 4);
            above |= operator.starts_with('<') && !unsigned;
            below |= operator == "==" || unsigned;
        }
        below |= context.source(high) == text && operator != "!=";
    });
    if above && !below {
        let message = "The index may be negative: only its upper bound is checked.";
        let report = Report::issue(node, concept::ARRAY_INDEX, message).cwe(&[129, 125, 787, 839]);
        found.push(context, report.confidence(Confidence::Medium).trace(declarations(context, node)));
    }
}

/// A number that is a parameter, or that another function gave.
fn given_by_others(context: &Context<'_>, index: NodeId) -> bool {
    let data = context.flow().data();
    let definitions = data.definitions_of(index);
    !definitions.is_empty()
        && definitions.iter().all(|&at| match data.definitions[at as usize].value {
            Value::Parameter(_) | Value::Written(..) => true,
            Value::Expression(value) => {
                context.kind(value) == Kind::Call
                    && matches!(library(context, value), "atoi" | "strtol" | "atol" | "getchar" | "read" | "recv")
            }
            _ => false,
        })
}

/// Checks `buffer[n]`.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(object), Some(index)) = (tree.child(node, Field::Object), tree.child(node, Field::Index)) else { return };
    if tree.field(node) != Field::Target || context.kind(index) != Kind::Name {
        return;
    }
    let list = values(context, index).unwrap_or_default();
    let [call] = list[..] else { return };
    if context.kind(call) != Kind::Call {
        return;
    }
    let name = library(context, call);
    let Some(&(_, at, size)) = FILLERS.iter().find(|(known, ..)| *known == name) else { return };
    let given = arguments(context, call);
    let (Some(&buffer), Some(&size)) = (given.get(at), given.get(size)) else { return };
    if context.source(buffer) != context.source(object) {
        return;
    }
    let full = capacity(context, buffer).zip(evaluate(context, size)).is_some_and(|(room, size)| size >= room);
    let text = context.source(index);
    let (mut above, mut below) = (false, name == "fread");
    each_condition(context, node, |low, operator, high| {
        above |= context.source(low) == text && operator != "!=";
        below |= context.source(high) == text || context.source(low) == text && matches!(operator, "==" | "!=");
    });
    let message = if full && !above {
        "As much may come as the buffer holds: the end mark then lies behind it."
    } else if !below {
        "The call may fail and give -1, which lies before the buffer."
    } else {
        return;
    };
    let report = Report::issue(node, concept::ARRAY_INDEX, message).cwe(&[193, 129, 787, 119]);
    found.push(context, report.confidence(Confidence::Medium));
}
