//! CWE-253, CWE-195: lengths that say more than was written, and lengths that may be negative.

use crate::concept;
use crate::finding::Confidence;
use crate::graph::dfg::Value;
use crate::rule::c::conditions::each_condition;
use crate::rule::c::result::mentions;
use crate::rule::c::types::{Type, type_of};
use crate::rule::c::{self as sizes, arguments, declared, evaluate, integer, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Functions that give the length they would have needed.
const PRINTERS: &[&str] = &["snprintf", "vsnprintf", "_snprintf", "snprintf_s", "swprintf", "strlcpy", "strlcat"];

/// Functions that take a number of bytes or elements, and its place.
const SIZED: &[(&str, usize)] = &[
    ("memcpy", 2),
    ("memmove", 2),
    ("memset", 2),
    ("bcopy", 2),
    ("strncpy", 2),
    ("strncat", 2),
    ("snprintf", 1),
    ("read", 2),
    ("recv", 2),
    ("fread", 2),
];

/// `n = snprintf(…)` and its like, where the result is taken for what was written.
pub(super) fn needed(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let name = library(context, call).rsplit('.').next().unwrap_or_default();
    let Some(above) = tree.parent(call).filter(|_| PRINTERS.contains(&name) || name.ends_with("snprintf")) else {
        return;
    };
    if tree.field(call) != Field::Value || !matches!(context.kind(above), Kind::Assign | Kind::AugAssign) {
        return;
    }
    let Some(target) = tree.child(above, Field::Target) else { return };
    let result = context.source(target);
    let function = context.function(call).unwrap_or(NodeId::ROOT);
    let compared = tree.subtree(function).take(6_000).any(|part| {
        matches!(context.kind(part), Kind::Compare | Kind::Boolean) && mentions(context, part, result)
            || context.kind(part) == Kind::Call
                && context.callee(part).to_ascii_lowercase().contains("assert")
                && mentions(context, part, result)
    });
    let message = "The result is the length that was needed, not what was written: compare it with the size.";
    let cwe = &[253, 190, 119, 131];
    let copies = name.starts_with("strl");
    // The sum is where the next text goes, or what is left for it.
    let grows = context.kind(above) == Kind::AugAssign
        && context.name(above) == "+="
        && arguments(context, call).iter().take(2).any(|&part| mentions(context, part, result));
    let asks = arguments(context, call)
        .first()
        .is_some_and(|&to| matches!(context.kind(to), Kind::Null) || context.source(to) == "NULL");
    // Used as a place or a rest: `buffer[n]`, `buffer + n`, `rest -= n`.
    let place = tree.subtree(function).take(6_000).any(|part| {
        part > call
            && context.source(part) == result
            && tree.parent(part).is_some_and(|outer| match context.kind(outer) {
                Kind::Subscript => tree.field(part) == Field::Index,
                Kind::AugAssign => tree.field(part) == Field::Value,
                Kind::Binary => matches!(context.name(outer), "+" | "-"),
                _ => false,
            })
    });
    // Numbers alone are no longer than is known.
    let short =
        arguments(context, call).iter().any(|&part| context.string(part).is_some_and(|text| !text.contains("%s")))
            && !grows
            && !copies
            && sizes::capacity(context, target).is_none()
            && !place;
    if compared || asks {
        return;
    }
    let report = if grows || place || copies {
        let report = Report::issue(call, concept::WRONG_BOUND, message).confidence(Confidence::Medium);
        report.trace(sizes::declarations(context, call))
    } else if short {
        return found.push(context, Report::audit(call, concept::WRONG_BOUND, message).cwe(cwe));
    } else {
        Report::audit(call, concept::WRONG_BOUND, message)
    };
    found.push(context, report.cwe(cwe));
}

/// `if (n > sizeof buffer) return; memcpy(buffer, from, n);` of a signed `n` that may be negative.
pub(super) fn signed(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let Some(&(_, at)) = SIZED.iter().find(|(known, _)| *known == name) else { return };
    let Some(&size) = arguments(context, call).get(at) else { return };
    let tree = context.tree();
    let number = match context.kind(size) {
        Kind::Binary if context.name(size) == "*" => {
            tree.children(size).find(|&part| context.kind(part) == Kind::Name && evaluate(context, part).is_none())
        }
        _ => Some(size),
    };
    let Some(number) = number.filter(|&it| context.kind(it) == Kind::Name && evaluate(context, it).is_none()) else {
        return;
    };
    let own = declared(context, number);
    if !own.is_some_and(|own| own.is_integer() && integer(own.kind).is_some_and(|(_, signed)| signed)) {
        return;
    }
    if !may_be_negative(context, number) {
        return;
    }
    let text = context.source(number);
    let (mut above, mut below) = (false, false);
    each_condition(context, call, |low, operator, high| {
        if context.source(low) == text {
            // Compared with an unsigned number, a negative one is large.
            let unsigned = matches!(type_of(context, high), Some(Type::Integer(size, false)) if size >= 4);
            above |= operator != "!=" && !unsigned;
            below |= operator == "==" || unsigned;
        }
        below |= context.source(high) == text && operator != "!=";
    });
    if above && !below {
        let message = "The length may be negative: it passes the check and becomes a very large number.";
        let report = Report::issue(call, concept::WRONG_BOUND, message).cwe(&[195, 191, 194, 787, 119, 839]);
        found.push(context, report.confidence(Confidence::Medium).trace(sizes::declarations(context, call)));
    }
}

/// Whether nothing shows that a number is none of the negative ones.
fn may_be_negative(context: &Context<'_>, number: NodeId) -> bool {
    let data = context.flow().data();
    let definitions = data.definitions_of(number);
    !definitions.is_empty()
        && definitions.iter().any(|&at| match data.definitions[at as usize].value {
            Value::Parameter(_) | Value::Written(..) => true,
            Value::Expression(value) => match context.kind(value) {
                Kind::Call => {
                    !matches!(library(context, value), "strlen" | "wcslen" | "fread" | "strnlen" | "min" | "MIN")
                }
                Kind::Unary => context.name(value) == "*",
                Kind::Subscript | Kind::Attribute | Kind::Cast => {
                    !matches!(type_of(context, value), Some(Type::Integer(_, false)))
                }
                _ => false,
            },
            _ => false,
        })
}
