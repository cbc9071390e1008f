//! CWE-125, CWE-787: an index outside its array, or one from outside that nothing checks.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::c::{capacity, declarations, declared, element_size, elements, evaluate};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Checks a node.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(object), Some(index)) = (tree.child(node, Field::Object), tree.child(node, Field::Index)) else { return };
    let above = tree.parent(node);
    if above.is_some_and(|above| context.kind(above) == Kind::Unary && context.name(above) == "sizeof") {
        return;
    }
    let Some((count, array)) = size(context, object) else { return };
    let taken = above.is_some_and(|above| context.kind(above) == Kind::Unary && context.name(above) == "&");
    if let Some(at) = evaluate(context, index) {
        let outside = at < 0 && array || at >= count + i64::from(taken);
        if outside && !is_loop_variable(context, index) {
            let message = "The index is outside the array.";
            if context.kind(object) == Kind::Attribute && context.source(object).contains('[') {
                // An element of an array of structures: what lies behind is often meant.
                return found.push(context, Report::audit(node, concept::ARRAY_INDEX, message));
            }
            let report = Report::issue(node, concept::ARRAY_INDEX, message).cwe(&[125, 787, 119, 131, 126]);
            found.push(context, report.trace(declarations(context, node)));
        }
        return;
    }
    if let Some(last) = last_of_loop(context, node, index)
        && last >= count + i64::from(taken)
    {
        let message = "The loop runs past the last element of the array.";
        let report = Report::issue(node, concept::ARRAY_INDEX, message).cwe(&[193, 787, 125, 119, 131]);
        return found.push(context, report.confidence(Confidence::Medium).trace(declarations(context, node)));
    }
    unchecked(context, node, index, count, found);
}

/// Elements behind an expression, and whether it is the start of an array.
fn size(context: &Context<'_>, object: NodeId) -> Option<(i64, bool)> {
    if let Some(own) = declared(context, object).filter(|own| own.array) {
        let tree = context.tree();
        let first = tree.child(own.node, Field::Index);
        let count = match first {
            Some(first) => evaluate(context, first)?,
            None => elements(context, &own)?,
        };
        // The last array of a structure may be longer than it says.
        return (count > 1 || context.kind(object) == Kind::Name).then_some((count, true));
    }
    let bytes = capacity(context, object)?;
    let element = element_size(context, object)?;
    Some((bytes / element.max(1), context.kind(object) == Kind::Name))
}

/// Whether a name changes in a loop around it, so that its folded value is only its first.
fn is_loop_variable(context: &Context<'_>, index: NodeId) -> bool {
    let tree = context.tree();
    let name = context.source(index);
    context.kind(index) != Kind::Number
        && tree.ancestors(index).filter(|&above| matches!(context.kind(above), Kind::For | Kind::While)).any(|above| {
            tree.subtree(above)
                .take(1_000)
                .any(|part| tree.field(part) == Field::Target && context.source(part) == name)
        })
}

/// The last value that the index has in the loop that counts it up, where the unit shows it.
fn last_of_loop(context: &Context<'_>, node: NodeId, index: NodeId) -> Option<i64> {
    let tree = context.tree();
    if context.kind(index) != Kind::Name {
        return None;
    }
    let name = context.source(index);
    let around = tree.ancestors(node).take_while(|&above| context.kind(above) != Kind::Function);
    for each in around.filter(|&above| context.kind(above) == Kind::For) {
        let Some(test) = tree.child(each, Field::Test) else { continue };
        let counts_up = tree.children_in(each, Field::Update).any(|update| {
            context.kind(update) == Kind::AugAssign
                && matches!(context.name(update), "++" | "+=")
                && tree.child(update, Field::Target).is_some_and(|target| context.source(target) == name)
        });
        if !counts_up || context.kind(test) != Kind::Compare {
            continue;
        }
        let (left, right) = (tree.child(test, Field::Left)?, tree.child(test, Field::Right)?);
        let (operator, bound) = if context.source(left) == name {
            (context.name(test), right)
        } else if context.source(right) == name {
            (
                if context.name(test).starts_with('>') {
                    if context.name(test) == ">" { "<" } else { "<=" }
                } else {
                    ""
                },
                left,
            )
        } else {
            continue;
        };
        let bound = evaluate(context, bound)?;
        // A way out of the loop before its end, or a check of the index, is not followed.
        let body = tree.child(each, Field::Body)?;
        let leaves = tree.subtree(body).take(2_000).any(|part| {
            matches!(context.kind(part), Kind::Break | Kind::Return)
                || context.kind(part) == Kind::Compare && context.source(part).contains(name)
                || tree.field(part) == Field::Target && context.source(part) == name
        });
        if leaves {
            return None;
        }
        return match operator {
            "<" | "!=" => Some(bound - 1),
            "<=" => Some(bound),
            _ => None,
        };
    }
    None
}

/// An index from outside that no condition looked at.
fn unchecked(context: &Context<'_>, node: NodeId, index: NodeId, count: i64, found: &mut Findings) {
    let tree = context.tree();
    let Some(origin) = context.flow().tainted(index, Purposes::SIZE) else { return };
    if origin.checked || matches!(origin.source, Source::Parameter | Source::Unknown | Source::Environment) {
        return;
    }
    // A byte cannot leave a table of 256.
    let narrow = declared(context, index).is_some_and(|own| {
        crate::rule::c::integer(own.kind).is_some_and(|(size, signed)| size == 1 && !signed) && count >= 256
    });
    let masked = tree
        .subtree(index)
        .take(40)
        .any(|part| context.kind(part) == Kind::Binary && matches!(context.name(part), "%" | "&"));
    if narrow || masked {
        return;
    }
    let message = format!("The index is {}, and nothing keeps it inside the array.", origin.source.name());
    let trace = context.flow().trace(index, origin);
    found.push(context, Report::issue(node, concept::ARRAY_INDEX, message).cwe(&[129, 125, 787, 119]).trace(trace));
}
