//! CWE-783: operators that bind otherwise than their order suggests.

use super::{issue, push};
use crate::lang::Language;
use crate::rule::c::{declared, evaluate};
use crate::rule::{Context, Findings};
use crate::syntax::{Field, Kind, NodeId};

/// Whether an operand stands in parentheses of its own.
fn is_enclosed(context: &Context<'_>, whole: NodeId, operand: NodeId) -> bool {
    let tree = context.tree();
    let (outer, inner) = (tree.span(whole), tree.span(operand));
    let before = if tree.field(operand) == Field::Left {
        outer.start
    } else {
        tree.child(whole, Field::Left).map_or(outer.start, |left| tree.span(left).end)
    };
    crate::rule::c::between(context, before, inner.start).contains('(')
}

/// Mixed operators in a condition: `a || b & c`, `a | b & c`.
pub(super) fn mixed(context: &Context<'_>, test: NodeId, found: &mut Findings) {
    let tree = context.tree();
    for node in tree.subtree(test).take(100) {
        let outer = context.name(node);
        let bitwise = |text: &str| matches!(text, "&" | "|" | "^");
        let logical = context.kind(node) == Kind::Boolean;
        if !(logical || context.kind(node) == Kind::Binary && bitwise(outer)) {
            continue;
        }
        for operand in tree.children(node).take(2) {
            let inner = context.name(operand);
            // `a & b == 0`
            if !logical
                && matches!(outer, "&" | "|")
                && context.kind(operand) == Kind::Compare
                && matches!(inner, "==" | "!=")
                && tree.field(operand) == Field::Right
                && !is_enclosed(context, node, operand)
            {
                let message = "The comparison binds closer than the bits: set parentheses.";
                return push(context, issue(node, message, &[783, 480]), node, found);
            }
            if context.kind(operand) != Kind::Binary
                || !bitwise(inner)
                || inner == outer
                || is_enclosed(context, node, operand)
            {
                continue;
            }
            // A test of single bits is meant.
            let masks = tree.children(operand).any(|part| {
                evaluate(context, part).is_some()
                    || context.source(part).chars().all(|letter| !letter.is_ascii_lowercase())
            });
            let truth = tree.children(node).any(|part| {
                part != operand && (!logical || declared(context, part).is_some_and(|own| own.kind.trim() == "bool"))
            });
            if !masks && truth {
                let message = "The operators bind otherwise than they stand: set parentheses.";
                return push(context, issue(node, message, &[783, 480]), node, found);
            }
        }
    }
}

/// `if (n = read() != 3)`: the comparison is what is assigned.
pub(super) fn assigned(context: &Context<'_>, test: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.kind(test) != Kind::Assign || tree.child(test, Field::Type).is_some() {
        return;
    }
    let (Some(target), Some(value)) = (tree.child(test, Field::Target), tree.child(test, Field::Value)) else { return };
    let whole = declared(context, target).is_some_and(|own| own.kind.trim() != "bool");
    let open = context.kind(value) == Kind::Compare && {
        let between = crate::rule::c::between(context, tree.span(target).end, tree.span(value).start);
        !between.contains('(')
    };
    let truth = tree.child(value, Field::Right).is_some_and(|right| {
        evaluate(context, right).is_some_and(|number| (0..2).contains(&number))
            || declared(context, right).is_some_and(|own| own.kind.trim() == "bool")
    });
    if whole && open && !truth {
        let message = "The comparison is assigned, not what is compared: set parentheses.";
        push(context, issue(test, message, &[783, 480, 481]), test, found);
    }
}

/// Arithmetic on truth values: `ok = -other;`, `ok++`.
pub(super) fn counted(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.program().language != Language::Cpp {
        return;
    }
    let tree = context.tree();
    let is_bool = |part: NodeId| {
        declared(context, part).is_some_and(|own| own.kind.trim() == "bool" && own.stars == 0 && !own.array)
    };
    if !tree.child(node, Field::Target).is_some_and(is_bool) {
        return;
    }
    let wrong = if context.kind(node) == Kind::AugAssign {
        matches!(context.name(node), "++" | "--")
    } else {
        tree.child(node, Field::Value).is_some_and(|value| {
            context.kind(value) == Kind::Unary
                && context.name(value) == "-"
                && tree.child(value, Field::Value).is_some_and(is_bool)
        })
    };
    if wrong {
        let message = "A truth value is computed with: it stays true.";
        push(context, issue(node, message, &[783, 480]), node, found);
    }
}
