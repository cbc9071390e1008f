//! CWE-190/191/681: arithmetic on whole numbers that outside values, or the greatest values, make overflow.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, java, java_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "integer-overflow",
    cwe: &[190, 191],
    severity: Severity::Low,
    summary: "Arithmetic on whole numbers can overflow.",
    advice: "Check the range first, use `Math.addExact` and its kin, or compute in `long` from the start.",
    rows: &[
        java_row(&[Kind::Binary], check_binary),
        java_row(&[Kind::AugAssign], check_augmented),
        java_row(&[Kind::Cast], check_cast),
    ],
    bad: &[
        java(
            "class A { int f(javax.servlet.http.HttpServletRequest r) { int n = Integer.parseInt(r.getParameter(\"n\")); return n * 1000; } }\n",
        ),
        java("class A { void f() { int seconds = 1000000; long nanos = seconds * 1000000000; } }\n"),
        java("class A { int f() { int i = Integer.MAX_VALUE; return i + 1; } }\n"),
    ],
    good: &[
        java(
            "class A { int f(javax.servlet.http.HttpServletRequest r) { int n = Integer.parseInt(r.getParameter(\"n\")); if (n < 0 || n > 100) { return 0; } return n * 1000; } }\n",
        ),
        java("class A { long f(int seconds) { return seconds * 1000L; } }\n"),
        java(
            "class A { String f(javax.servlet.http.HttpServletRequest r) { return \"a\" + r.getParameter(\"n\") + 1; } }\n",
        ),
    ],
};

/// Most definitions before a use that are asked for a type.
const MOST_DEFINITIONS: usize = 64;

fn declared<'c>(context: &'c Context<'_>, node: NodeId) -> &'c str {
    let tree = context.tree();
    match context.kind(node) {
        Kind::Name | Kind::Attribute => {
            let kind = context.program().names.binding(node).and_then(|binding| {
                let all = context.program().names.definitions(binding);
                let before = all.partition_point(|definition| definition.node <= node);
                all.get(..before)?
                    .iter()
                    .rev()
                    .take(MOST_DEFINITIONS)
                    .find(|definition| definition.declared.is_some())
                    .or_else(|| all.first())?
                    .declared
            });
            kind.map(|kind| context.source(kind).trim()).unwrap_or_default()
        }
        Kind::Cast => tree.child(node, Field::Type).map(|kind| context.source(kind).trim()).unwrap_or_default(),
        Kind::Call => context
            .flow()
            .data()
            .called(node)
            .and_then(|function| tree.child(function, Field::Type))
            .map(|kind| context.source(kind).trim())
            .unwrap_or_default(),
        Kind::Number => {
            let text = context.source(node);
            if text.ends_with(['l', 'L']) {
                "long"
            } else if text.contains('.') || text.ends_with(['f', 'F', 'd', 'D']) && !text.starts_with("0x") {
                "double"
            } else {
                "int"
            }
        }
        Kind::Subscript => {
            let object = tree.child(node, Field::Object).map(|object| declared(context, object)).unwrap_or_default();
            object.split('[').next().unwrap_or_default()
        }
        _ => "",
    }
}

/// Whether an expression is computed in at least 64 bits.
fn is_wide(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    if depth > 8 {
        return false;
    }
    match context.kind(node) {
        Kind::Binary => context.tree().children(node).any(|part| is_wide(context, part, depth + 1)),
        _ => matches!(
            declared(context, node),
            "long" | "double" | "float" | "Long" | "Double" | "BigInteger" | "BigDecimal"
        ),
    }
}

/// Whether an expression is text: then `+` joins.
fn is_text(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    if depth > 8 {
        return false;
    }
    match context.kind(node) {
        Kind::String | Kind::Template => true,
        Kind::Binary => context.tree().children(node).any(|part| is_text(context, part, depth + 1)),
        _ => {
            context.string(node).is_some()
                || matches!(declared(context, node), "String" | "char" | "Object" | "CharSequence")
        }
    }
}

fn narrowed(context: &Context<'_>, node: NodeId) -> Option<NodeId> {
    let above = context.tree().parent(node)?;
    let cast =
        context.kind(above) == Kind::Cast && matches!(declared(context, above), "int" | "short" | "byte" | "char");
    cast.then_some(above)
}

/// A number from outside that nobody looked at.
fn unchecked(context: &Context<'_>, node: NodeId) -> Option<crate::rule::Taint> {
    let numeric = matches!(declared(context, node), "int" | "short" | "byte" | "Integer" | "long" | "Long" | "")
        && context.kind(node) != Kind::Number;
    let taint = context.outside(node, Purposes::SIZE).filter(|_| numeric)?;
    // Only what became a number.
    taint.origin.safe.holds(Purposes::SHELL).then_some(taint)
}

/// A value that is drawn from all numbers.
fn is_drawn(context: &Context<'_>, node: NodeId) -> bool {
    context.kind(node) == Kind::Name
        && context.flow().leaves(node).into_iter().any(|leaf| {
            context.kind(leaf) == Kind::Call
                && matches!(context.method(leaf), "nextInt" | "nextLong")
                && context.positional(leaf, 0).is_none()
                && context.callee(leaf).contains("Random")
        })
}

/// `Integer.MAX_VALUE` for `+` and `*`, `MIN_VALUE` for `-`.
fn is_extreme(context: &Context<'_>, node: NodeId, operator: &str) -> bool {
    let wanted = match operator {
        "+" | "*" | "++" | "+=" => "MAX_VALUE",
        "-" | "--" | "-=" => "MIN_VALUE",
        _ => return false,
    };
    let leaves = context.flow().leaves(node);
    context.kind(node) == Kind::Name
        && leaves.len() == 1
        && leaves.into_iter().any(|leaf| context.path(leaf).rsplit('.').next() == Some(wanted))
}

/// Whether a condition around speaks of the name in a way that bounds it.
fn is_looked_at(context: &Context<'_>, node: NodeId, operator: &str) -> bool {
    let tree = context.tree();
    let name = context.source(node);
    let last = context
        .flow()
        .data()
        .definitions_of(node)
        .iter()
        .map(|&at| context.flow().data().definitions[at as usize].node)
        .max();
    tree.ancestors(node)
        .filter(|&above| matches!(context.kind(above), Kind::If | Kind::While | Kind::Conditional | Kind::For))
        .any(|above| {
            last.is_none_or(|last| last < above)
                && tree.child(above, Field::Test).is_some_and(|test| {
                    let mentions = tree.subtree(test).take(60).any(|part| context.source(part) == name);
                    let other = match operator {
                        "+" | "*" => "MIN_VALUE",
                        _ => "MAX_VALUE",
                    };
                    mentions && !context.source(test).contains(other)
                })
        })
}

fn check_binary(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let operator = context.name(node);
    if !matches!(operator, "+" | "-" | "*") || is_text(context, node, 0) {
        return;
    }
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let above = tree.parent(node).unwrap_or(node);
    if matches!(context.kind(above), Kind::Compare)
        || matches!(context.kind(above), Kind::Binary) && context.name(above) == "%"
    {
        return;
    }
    let cast = narrowed(context, node);
    let wide = is_wide(context, node, 0);
    widened(context, node, operator, wide, found);
    let small = |part: NodeId| matches!(declared(context, part), "byte" | "short" | "char");
    for part in [left, right] {
        if wide
            && cast.is_none()
            && !(is_extreme(context, part, operator) && matches!(declared(context, part), "long" | "Long"))
        {
            continue;
        }
        if small(part) && cast.is_none() {
            continue;
        }
        if let Some(taint) = unchecked(context, part) {
            let message = format!("A number from {} can make this overflow.", taint.source());
            let report = Report::issue(node, concept::UNCHECKED_INPUT, message);
            return found.push(context, report.confidence(Confidence::Low).trace(taint.trace));
        }
        if is_extreme(context, part, operator) && !is_looked_at(context, part, operator)
            || is_drawn(context, part) && !is_looked_at(context, part, operator) && operator != "-"
        {
            let message = "The greatest or least number, or any number at all, is computed with.";
            return found
                .push(context, Report::issue(node, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium));
        }
    }
}

/// `long x = int * int`.
fn widened(context: &Context<'_>, node: NodeId, operator: &str, wide: bool, found: &mut Findings) {
    let tree = context.tree();
    if operator != "*" || wide {
        return;
    }
    let statement = tree.statement(node);
    if context.kind(statement) != Kind::Assign || tree.scope(node) != tree.scope(statement) {
        return;
    }
    let long = tree.child(statement, Field::Type).map(|kind| context.source(kind).trim()).unwrap_or_default();
    let inside_call = tree
        .ancestors(node)
        .take_while(|&above| above > statement)
        .any(|above| matches!(context.kind(above), Kind::Call | Kind::New | Kind::Cast | Kind::Subscript));
    if !matches!(long, "long" | "double" | "float") || inside_call {
        return;
    }
    let parts: Vec<NodeId> = tree.children(node).collect();
    let [left, right] = parts[..] else { return };
    let value = |part: NodeId| context.integer(context.value(part));
    if let (Some(left), Some(right)) = (value(left), value(right))
        && left.checked_mul(right).is_none_or(|product| i32::try_from(product).is_err())
    {
        let message = "The product overflows before it is widened.";
        found.push(context, Report::issue(node, concept::UNCHECKED_INPUT, message).cwe(&[190, 681]));
    }
}

fn check_augmented(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(target) = tree.child(node, Field::Target) else { return };
    let kind = declared(context, target);
    let indexed = context.kind(target) == Kind::Subscript;
    let kind = if indexed {
        tree.child(target, Field::Object)
            .map(|object| match context.kind(object) {
                Kind::Call => declared(context, object).split('[').next().unwrap_or_default(),
                _ => kind,
            })
            .unwrap_or_default()
    } else {
        kind
    };
    let value = tree.child(node, Field::Value);
    if matches!(kind, "int" | "short" | "byte" | "char")
        && matches!(context.name(node), "+=" | "-=" | "*=" | "/=")
        && value.is_some_and(|value| {
            is_wide(context, value, 0)
                && !matches!(declared(context, value), "double" | "float")
                && context.integer(value).is_none()
        })
    {
        let message = "A wide value is cut off by an assignment that computes.";
        let report = Report::issue(node, concept::UNCHECKED_INPUT, message).cwe(&[681, 197]);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    if value.is_none() && matches!(kind, "int" | "short" | "byte") && matches!(context.kind(target), Kind::Name) {
        // A counter of a loop is bounded by its condition.
        let counter = matches!(tree.field(node), Field::Update);
        if counter {
            return;
        }
        if let Some(taint) = unchecked(context, target) {
            let message = format!("A number from {} can make this overflow.", taint.source());
            let report = Report::issue(node, concept::UNCHECKED_INPUT, message);
            found.push(context, report.confidence(Confidence::Low).trace(taint.trace));
        }
    }
}

/// `(int) value` of a wide number from outside.
fn check_cast(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if !matches!(declared(context, node), "int" | "short" | "byte") {
        return;
    }
    let Some(value) = context.tree().child(node, Field::Value) else { return };
    if !matches!(declared(context, value), "long" | "Long" | "double" | "float") || context.kind(value) != Kind::Name {
        return;
    }
    if let Some(taint) = context.outside(value, Purposes::SIZE).filter(|taint| taint.origin.source >= Source::Arguments)
    {
        let message = format!("A number from {} is cut off.", taint.source());
        let report = Report::issue(node, concept::UNCHECKED_INPUT, message).cwe(&[681, 197]);
        found.push(context, report.confidence(Confidence::Low).trace(taint.trace));
    }
}
