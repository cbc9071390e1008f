//! CWE-476 in C and C++: a pointer that is null is used, or is looked at only after it was used.

use crate::concept;
use crate::finding::Confidence;
use crate::graph::dfg::Value;
use crate::lang::Language;
use crate::rule::c::{arguments, declarations, declared, library};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Functions that go through the pointers at these places.
const READERS: &[(&str, &[usize])] = &[
    ("memcpy", &[0, 1]),
    ("memmove", &[0, 1]),
    ("bcopy", &[0, 1]),
    ("memset", &[0]),
    ("strcpy", &[0, 1]),
    ("strncpy", &[0, 1]),
    ("strcat", &[0, 1]),
    ("strlen", &[0]),
    ("strcmp", &[0, 1]),
    ("strdup", &[0]),
    ("puts", &[0]),
    ("fclose", &[0]),
    ("fgets", &[0, 2]),
    ("sprintf", &[0]),
];

/// `*p`, `p[0]`, `p->member`, `strlen(p)` of a pointer that is null here.
pub(super) fn used(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let pointers: Vec<NodeId> = match context.kind(node) {
        Kind::Call => {
            let name = library(context, node);
            let given = arguments(context, node);
            match READERS.iter().find(|(known, _)| *known == name) {
                Some((_, places)) => places.iter().filter_map(|&place| given.get(place).copied()).collect(),
                None => given.into_iter().filter(|&part| is_reached_by_function(context, node, part)).collect(),
            }
        }
        _ => reached(context, node).into_iter().collect(),
    };
    for pointer in pointers {
        if context.kind(pointer) == Kind::Name && is_null_here(context, node, pointer) {
            let message = "The pointer is null here.";
            return found.push(
                context,
                Report::issue(node, concept::UNCHECKED_RESULT, message)
                    .cwe(&[476])
                    .trace(declarations(context, pointer)),
            );
        }
    }
}

/// The pointer that an access goes through.
fn reached(context: &Context<'_>, node: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let above = tree.parent(node);
    if above.is_some_and(|above| {
        context.kind(above) == Kind::Unary && matches!(context.name(above), "sizeof" | "&")
            || context.kind(above) == Kind::Type
    }) {
        return None;
    }
    match context.kind(node) {
        Kind::Unary if context.name(node) == "*" => tree.child(node, Field::Value),
        Kind::Subscript => tree.child(node, Field::Object),
        Kind::Attribute => {
            let object = tree.child(node, Field::Object)?;
            let between = crate::rule::c::between(context, tree.span(object).end, tree.name_span(node).start);
            between.contains("->").then_some(object)
        }
        _ => None,
    }
}

/// Whether a function of the unit goes through its parameter in its first statement.
fn is_reached_by_function(context: &Context<'_>, call: NodeId, argument: NodeId) -> bool {
    let tree = context.tree();
    let data = context.flow().data();
    let Some(function) = data.called(call).filter(|_| context.kind(argument) == Kind::Name) else { return false };
    let given = data.passed(call, function).into_iter().find(|&(value, _)| value == argument);
    let (Some((_, parameter)), Some(body)) = (given, tree.child(function, Field::Body)) else { return false };
    let name = context.name(parameter);
    let Some(first) = tree.children(body).next() else { return false };
    matches!(context.kind(first), Kind::Assign | Kind::ExprStatement | Kind::Return)
        && tree.subtree(first).take(60).any(|part| {
            reached(context, part).is_some_and(|pointer| context.source(pointer) == name)
                && !tree
                    .ancestors(part)
                    .take_while(|&above| above != first)
                    .any(|above| matches!(context.kind(above), Kind::Boolean | Kind::Conditional))
        })
}

fn is_null(context: &Context<'_>, value: NodeId) -> bool {
    let mut at = value;
    while context.kind(at) == Kind::Cast {
        let Some(inner) = context.tree().children_in(at, Field::Value).last() else { break };
        at = inner;
    }
    context.kind(at) == Kind::Null
        || context.source(at) == "NULL"
        || context.kind(at) == Kind::Number && context.integer(at) == Some(0)
}

/// Whether every definition that reaches a pointer is null, and nobody else may have set it.
fn is_null_here(context: &Context<'_>, usage: NodeId, pointer: NodeId) -> bool {
    let tree = context.tree();
    let data = context.flow().data();
    let definitions = data.definitions_of(pointer);
    let Some(function) = context.body(pointer) else { return false };
    let mut first = NodeId::ROOT;
    let all = !definitions.is_empty()
        && definitions.iter().all(|&at| {
            let definition = &data.definitions[at as usize];
            first = first.max(definition.node);
            tree.contains(function, definition.node)
                && matches!(definition.value, Value::Expression(value) if is_null(context, value))
                && context.kind(definition.node) == Kind::Name
        });
    let own = declared(context, pointer);
    let local = own.as_ref().is_some_and(|own| {
        own.is_pointer() && !own.parameter && !own.reference && !context.source(own.node).starts_with("static")
    });
    if !all || !local {
        return false;
    }
    let name = context.source(pointer);
    let cpp = context.program().language == Language::Cpp;
    // Set through its address, a reference, a macro or a stream, or tested.
    let node_range = (first.0..usage.0).map(NodeId).take(4_000);
    let set = node_range.filter(|&node| context.kind(node) == Kind::Name && context.source(node) == name).any(|node| {
        tree.parent(node).is_some_and(|above| match context.kind(above) {
            Kind::Unary => matches!(context.name(above), "&" | "!"),
            Kind::Call => {
                let callee = library(context, above);
                let macro_like = callee.chars().all(|letter| !letter.is_ascii_lowercase());
                let known = READERS.iter().any(|(known, _)| *known == callee)
                    || matches!(callee, "free" | "printf" | "delete" | "fprintf")
                    || context.flow().data().called(above).is_some() && !cpp;
                tree.field(node) == Field::Argument && (macro_like || cpp && !known)
            }
            Kind::Binary => context.name(above) == ">>",
            Kind::If | Kind::While | Kind::For | Kind::Compare | Kind::Boolean | Kind::Conditional | Kind::Lambda => {
                true
            }
            _ => false,
        })
    });
    let guarded = tree.ancestors(usage).take_while(|&above| above != function).any(|above| {
        matches!(context.kind(above), Kind::If | Kind::While | Kind::For | Kind::Conditional | Kind::Boolean)
            && tree
                .child(above, Field::Test)
                .or_else(|| tree.child(above, Field::Left))
                .is_some_and(|test| tree.subtree(test).take(60).any(|part| context.source(part) == name))
    });
    // In a loop a later round may see what the end of this one set.
    !set && !guarded
}

/// `x = *p; if (p == NULL) return;`
pub(super) fn checked_late(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(test) = tree.children_in(node, Field::Test).last() else { return };
    let Some(pointer) = compared_with_null(context, test) else { return };
    let name = context.source(pointer);
    let Some(block) = tree.parent(node).filter(|&block| context.kind(block) == Kind::Block) else { return };
    let before: Vec<NodeId> = tree.children(block).take(400).take_while(|&sibling| sibling < node).collect();
    for statement in before.into_iter().rev().take(12) {
        let sets = tree.subtree(statement).take(400).any(|part| {
            let written = tree.field(part) == Field::Target
                && name.starts_with(context.source(part))
                && context.kind(part) != Kind::Subscript;
            let given =
                context.kind(part) == Kind::Unary && context.name(part) == "&" && context.source(part).contains(name);
            written || given || context.kind(part) == Kind::Lambda
        });
        if sets || matches!(context.kind(statement), Kind::While | Kind::For | Kind::Switch | Kind::Try | Kind::Block) {
            return;
        }
        // A test of the same pointer in between.
        if context.kind(statement) == Kind::If {
            if tree.subtree(statement).take(200).any(|part| context.source(part) == name) {
                return;
            }
            continue;
        }
        if !matches!(context.kind(statement), Kind::Assign | Kind::AugAssign | Kind::ExprStatement) {
            continue;
        }
        let used = tree.subtree(statement).take(400).find(|&part| {
            reached(context, part).is_some_and(|object| context.source(object) == name)
                && !tree.ancestors(part).take_while(|&above| above != statement).any(|above| {
                    matches!(context.kind(above), Kind::Boolean | Kind::Conditional | Kind::Lambda | Kind::Type)
                        || context.kind(above) == Kind::Unary && context.name(above) == "sizeof"
                        || context.kind(above) == Kind::Call && context.callee(above).contains("assert")
                })
        });
        if used.is_some() {
            let message = "The pointer is used before anything looks whether it is null.";
            let report = Report::issue(test, concept::UNCHECKED_RESULT, message).cwe(&[476]);
            return found.push(context, report.confidence(Confidence::Medium).trace(declarations(context, test)));
        }
    }
}

/// The pointer that a condition compares with null.
fn compared_with_null(context: &Context<'_>, test: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let pointer = match context.kind(test) {
        Kind::Unary if context.name(test) == "!" => tree.child(test, Field::Value)?,
        Kind::Compare if matches!(context.name(test), "==" | "!=") => {
            let (left, right) = (tree.child(test, Field::Left)?, tree.child(test, Field::Right)?);
            match (is_null(context, left), is_null(context, right)) {
                (false, true) => left,
                (true, false) => right,
                _ => return None,
            }
        }
        _ => return None,
    };
    let plain = matches!(context.kind(pointer), Kind::Name | Kind::Attribute)
        || context.kind(pointer) == Kind::Unary && context.name(pointer) == "*";
    let own = declared(context, pointer)?;
    (plain && own.stars > 0 && !own.array).then_some(pointer)
}
