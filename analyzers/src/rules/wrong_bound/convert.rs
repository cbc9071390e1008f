//! CWE-125: conversions between bytes and wide characters whose size counts the wrong thing.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::{arguments, capacity, declarations, element_size, evaluate, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// A conversion: the places of its destination, source, size, and of the length of the source where it has one.
struct Conversion {
    name: &'static str,
    to: usize,
    from: usize,
    size: usize,
    length: Option<usize>,
    /// Whether the size counts wide characters.
    wide: bool,
}

const fn conversion(name: &'static str, to: usize, from: usize, size: usize, wide: bool) -> Conversion {
    Conversion { name, to, from, size, length: None, wide }
}

const CONVERSIONS: &[Conversion] = &[
    conversion("mbstowcs", 0, 1, 2, true),
    conversion("_mbstowcs_l", 0, 1, 2, true),
    conversion("mbsrtowcs", 0, 1, 2, true),
    conversion("wcstombs", 0, 1, 2, false),
    conversion("_wcstombs_l", 0, 1, 2, false),
    conversion("wcsrtombs", 0, 1, 2, false),
    Conversion { name: "MultiByteToWideChar", to: 4, from: 2, size: 5, length: Some(3), wide: true },
    Conversion { name: "WideCharToMultiByte", to: 4, from: 2, size: 5, length: Some(3), wide: false },
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    let Some(row) = CONVERSIONS.iter().find(|row| row.name == name) else { return };
    let given = arguments(context, call);
    let (Some(&to), Some(&from), Some(&size)) = (given.get(row.to), given.get(row.from), given.get(row.size)) else {
        return;
    };
    let bare = |node: NodeId| {
        let mut at = node;
        while context.kind(at) == Kind::Cast {
            let Some(inner) = context.tree().children_in(at, Field::Value).last() else { break };
            at = inner;
        }
        at
    };
    let nothing = |node: NodeId| {
        matches!(context.kind(bare(node)), Kind::Null)
            || evaluate(context, node) == Some(0)
            || context.source(node) == "NULL"
    };
    let message = if nothing(to) {
        // Asks for the size that is needed.
        evaluate(context, size).is_some_and(|size| size > 0).then_some("Without a destination the size must be zero.")
    } else if context.source(bare(to)) == context.source(bare(from)) {
        Some("Source and destination are the same memory.")
    } else {
        let unit = element_size(context, to).unwrap_or(1).max(1);
        let count = evaluate(context, size);
        let room = capacity(context, to).map(|room| if row.wide { room / unit.max(2) } else { room });
        match (room, count) {
            (Some(room), Some(count)) if count > room => Some("The size is larger than the destination."),
            (Some(room), Some(count)) if count == room && !is_ended(context, call, to, row, &given) => {
                Some("The text may fill the destination and leave no room for the end mark.")
            }
            _ if row.wide && counts_bytes(context, to, size) => {
                Some("The destination is sized in bytes, and the size counts wide characters.")
            }
            _ => None,
        }
    };
    if let Some(message) = message {
        let report = Report::issue(call, concept::WRONG_BOUND, message).cwe(&[125, 787, 120, 119]);
        found.push(context, report.confidence(Confidence::Medium).trace(declarations(context, call)));
    }
}

/// Whether the result is looked at, or an end mark set afterwards.
fn is_ended(context: &Context<'_>, call: NodeId, to: NodeId, row: &Conversion, given: &[NodeId]) -> bool {
    let tree = context.tree();
    let alone = tree.parent(call).is_some_and(|above| context.kind(above) == Kind::ExprStatement);
    // With the length of the source no end mark is written at all.
    let counted = row.length.and_then(|at| given.get(at)).is_some_and(|&length| evaluate(context, length) != Some(-1));
    let name = context.source(to);
    let function = context.function(call).unwrap_or(NodeId::ROOT);
    let set = tree.subtree(function).take(4_000).any(|node| {
        node > call
            && tree.field(node) == Field::Target
            && context.kind(node) == Kind::Subscript
            && context.source(node).starts_with(name)
    });
    !alone || counted || set
}

/// `malloc(n)` or `calloc(n, 1)` for `n` wide characters.
fn counts_bytes(context: &Context<'_>, to: NodeId, size: NodeId) -> bool {
    let mut made = context.value(to);
    while context.kind(made) == Kind::Cast {
        let Some(inner) = context.tree().children_in(made, Field::Value).last() else { break };
        made = inner;
    }
    if context.kind(made) != Kind::Call {
        return false;
    }
    let given = arguments(context, made);
    let alike = |at: usize| {
        given
            .get(at)
            .is_some_and(|&part| context.source(part).replace(' ', "") == context.source(size).replace(' ', ""))
    };
    match library(context, made) {
        "malloc" => alike(0),
        "calloc" => alike(0) && given.get(1).and_then(|&unit| evaluate(context, unit)) == Some(1),
        _ => false,
    }
}
