//! CWE-190, CWE-197: arithmetic on outside or random numbers that can overflow, and numbers stored where they do not fit.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::origin::{Way, origin};
use crate::rule::c::types::{Type, type_of};
use crate::rule::c::{arguments, declarations, declared, evaluate, integer, library};
use crate::rule::{Context, Findings, Report, Rule, c, c_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "size-arithmetic",
    cwe: &[190, 191, 197],
    severity: Severity::Medium,
    summary: "Arithmetic can overflow, or a number is stored where it does not fit.",
    advice: "Check the range of numbers from outside before arithmetic, compute in the wider type, and keep sizes in size_t.",
    rows: &[
        c_row(&[Kind::Binary, Kind::AugAssign], computed),
        c_row(&[Kind::Assign, Kind::Return], stored),
        c_row(&[Kind::Unary], scaled),
        c_row(&[Kind::Binary], pointed),
    ],
    bad: &[
        c("#include <stdlib.h>\nint f(char **argv) { int n = atoi(argv[1]); return n * 1024; }\n"),
        c("#include <stdlib.h>\nint f(void) { int r = rand(); return r + 100; }\n"),
        c("long f(int a, int b) { long n = a * b; return n; }\n"),
        c("void f(int n) { short s; s = n; use(s); }\n"),
        c("int f(int *p) { return *(p + sizeof(int)); }\n"),
        c("unsigned f(void) { return sizeof(sizeof(int)); }\n"),
    ],
    good: &[
        c(
            "#include <stdlib.h>\nint f(char **argv) { int n = atoi(argv[1]); if (n < 0 || n > 99) return 0; return n * 1024; }\n",
        ),
        c("#include <stdlib.h>\nint f(void) { int r = rand() % 10; return r + 100; }\n"),
        c("long f(int a, int b) { long n = (long)a * b; return n; }\n"),
        c("void f(int n) { short s = 5; char c = 'x'; unsigned char b = n & 0xff; use(s, c, b); }\n"),
        c("int f(int *p, char *q) { return *(p + 1) + *(q + sizeof(int)); }\n"),
        c("long f(int a) { long n = a * 4; return n; }\n"),
    ],
};

/// `r + 100` of a random number, `n * 4` of one from outside.
fn computed(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let operator = context.name(node);
    if !matches!(operator, "+" | "-" | "*" | "+=" | "-=" | "*=" | "++" | "--" | "<<") {
        return;
    }
    // Part of a larger sum, or of a text.
    let above = tree.parent(node);
    if above.is_some_and(|above| {
        context.kind(above) == Kind::Binary && matches!(context.name(above), "%" | "&" | "/" | ">>")
    }) {
        return;
    }
    let operands: Vec<NodeId> = tree.children(node).take(2).collect();
    for &operand in &operands {
        if matches!(context.kind(operand), Kind::Number | Kind::String) || evaluate(context, operand).is_some() {
            continue;
        }
        if !matches!(type_of(context, operand), Some(Type::Integer(..))) {
            continue;
        }
        if random(context, operand, 0) {
            if matches!(operator, "++" | "--") || matches!(type_of(context, node), Some(Type::Float(_))) {
                continue;
            }
            if matches!(operator, "-" | "-=") && operands.first() != Some(&operand) {
                continue;
            }
            let message = "The generator gives numbers up to the largest there is: the result overflows.";
            let report = Report::issue(node, concept::SIZE_ARITHMETIC, message).cwe(&[190, 191]);
            return found.push(context, report.confidence(Confidence::Medium).trace(declarations(context, node)));
        }
        let Some(origin) = context.flow().tainted(operand, Purposes::SIZE) else { continue };
        let strong = matches!(
            origin.source,
            Source::Input | Source::Network | Source::Arguments | Source::Environment | Source::Request
        );
        if !strong || origin.checked || is_pointer_walk(context, node, &operands) {
            continue;
        }
        let message = format!("The number is {}, and the result can overflow.", origin.source.name());
        let report = Report::issue(node, concept::SIZE_ARITHMETIC, message).cwe(&[190, 191, 197, 681]);
        let trace = context.flow().trace(operand, origin);
        return found.push(context, report.confidence(Confidence::Medium).trace(trace));
    }
}

/// A character or digit worked with one at a time.
fn is_pointer_walk(context: &Context<'_>, node: NodeId, operands: &[NodeId]) -> bool {
    operands.iter().any(|&operand| {
        matches!(type_of(context, operand), Some(Type::Pointer(..)))
            || declared(context, operand).and_then(|own| integer(own.kind)).is_some_and(|(size, _)| size == 1)
            || context.kind(operand) == Kind::String
    }) || context.tree().ancestors(node).take(3).any(|above| context.kind(above) == Kind::Type)
}

/// Whether a value comes straight from a generator.
fn random(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    if depth > 3 {
        return false;
    }
    match context.kind(node) {
        Kind::Call if is_generator(library(context, node)) => true,
        Kind::Name => {
            let guarded =
                context.tree().ancestors(node).take_while(|&above| context.kind(above) != Kind::Function).any(
                    |above| {
                        context.kind(above) == Kind::If
                            && context
                                .tree()
                                .child(above, Field::Test)
                                .is_some_and(|test| mentions(context, test, context.source(node)))
                    },
                );
            !guarded
                && origin(context, node, |part| match context.kind(part) {
                    Kind::Call if is_generator(library(context, part)) => Way::Found,
                    Kind::Binary => Way::Stop,
                    _ => Way::On,
                })
                .is_some()
        }
        Kind::Call if context.flow().data().called(node).is_some() => origin(context, node, |part| {
            let drawn = context.kind(part) == Kind::Call && is_generator(library(context, part));
            match context.kind(part) {
                _ if drawn => Way::Found,
                Kind::Binary => Way::Stop,
                _ => Way::On,
            }
        })
        .is_some(),
        Kind::Cast => {
            context.tree().children_in(node, Field::Value).last().is_some_and(|inner| random(context, inner, depth + 1))
        }
        _ => false,
    }
}

fn is_generator(name: &str) -> bool {
    matches!(name, "rand" | "random" | "lrand48" | "mrand48" | "rand_r")
}

fn mentions(context: &Context<'_>, node: NodeId, name: &str) -> bool {
    context.tree().subtree(node).take(100).any(|part| context.kind(part) == Kind::Name && context.source(part) == name)
}

/// A product of `int`s given to a wider type, and a wider number given to a narrower one.
fn stored(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value) else { return };
    let target = if context.kind(node) == Kind::Assign {
        tree.child(node, Field::Target).and_then(|target| type_of(context, target))
    } else {
        let function = context.function(node);
        function.and_then(|function| {
            let kind = tree.child(function, Field::Type)?;
            let text = crate::rule::c::between(context, tree.span(kind).end, tree.name_span(function).start);
            crate::rule::c::types::named(context.source(kind), text.matches('*').count())
        })
    };
    let Some(target) = target else { return };
    let mut product = value;
    while context.kind(product) == Kind::Binary && matches!(context.name(product), "+" | "-") {
        let Some(left) = tree.child(product, Field::Left) else { break };
        product = left;
    }
    if context.kind(product) == Kind::Binary && context.name(product) == "*" && evaluate(context, product).is_none() {
        let (Some(left), Some(right)) = (tree.child(product, Field::Left), tree.child(product, Field::Right)) else {
            return;
        };
        let constant = |part: NodeId| evaluate(context, part).is_some();
        let small =
            |part: NodeId| declared(context, part).and_then(|own| integer(own.kind)).is_some_and(|(size, _)| size < 4);
        let widened = matches!(
            (target, type_of(context, product)),
            (Type::Integer(8, _), Some(Type::Integer(4, _))) | (Type::Float(8), Some(Type::Float(4)))
        );
        let harmless = constant(left) || constant(right) || small(left) && small(right);
        if widened && !harmless {
            let message = "The product is computed in the narrow type and widened too late.";
            let report = Report::issue(product, concept::SIZE_ARITHMETIC, message).cwe(&[190, 192, 197, 681]);
            found.push(context, report.confidence(Confidence::Medium).trace(declarations(context, node)));
        }
        return;
    }
    let narrowed = match (target, type_of(context, value)) {
        (Type::Integer(to, _), Some(Type::Integer(from, _))) => {
            to < from && from >= 4 && matches!(context.kind(value), Kind::Name | Kind::Attribute)
                || to < from && from == 8 && to <= 4 && is_plain(context, value)
        }
        _ => false,
    };
    if narrowed && evaluate(context, value).is_none() {
        let message = "The number may not fit into the narrower type.";
        let certain = matches!(target, Type::Integer(to, _) if to <= 2);
        let report = if certain {
            Report::issue(node, concept::SIZE_ARITHMETIC, message).confidence(Confidence::Low).severity(Severity::Low)
        } else {
            Report::audit(node, concept::SIZE_ARITHMETIC, message)
        };
        found.push(context, report.cwe(&[197, 681, 195]));
    }
}

fn is_plain(context: &Context<'_>, value: NodeId) -> bool {
    matches!(context.kind(value), Kind::Name | Kind::Attribute)
        || context.kind(value) == Kind::Call
            && library(context, value) == "strlen"
            && !arguments(context, value).is_empty()
        || context.kind(value) == Kind::Binary
            && context.tree().children(value).any(|part| matches!(context.kind(part), Kind::Name))
}

/// `sizeof(sizeof(x))`, `sizeof(4)`, `sizeof('x')`, `sizeof(a + b)`.
fn scaled(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.name(node) != "sizeof" {
        return;
    }
    let Some(value) = context.tree().child(node, Field::Value) else { return };
    let wrong = match context.kind(value) {
        Kind::Unary => context.name(value) == "sizeof",
        Kind::Number => true,
        Kind::Binary => matches!(context.name(value), "-" | "*" | "/"),
        _ => parameter_array(context, value),
    };
    if wrong {
        let message = "This is the size of a number or pointer, not of what is meant.";
        let report = Report::issue(node, concept::SIZE_ARITHMETIC, message).cwe(&[467, 131]);
        found.push(context, report.confidence(Confidence::Medium).trace(declarations(context, node)));
    }
}

/// A parameter written as an array is a pointer.
fn parameter_array(context: &Context<'_>, value: NodeId) -> bool {
    context.kind(value) == Kind::Name
        && declared(context, value).is_some_and(|own| own.parameter && context.source(own.node).contains('['))
}

/// `pointer + sizeof(int)`: the sum counts elements already.
fn pointed(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if !matches!(context.name(node), "+" | "-") {
        return;
    }
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let Some(own) = declared(context, left).filter(|own| own.stars > 0 || own.array) else { return };
    let one = own.stars == usize::from(!own.array)
        && matches!(own.kind.split_whitespace().last(), Some("char" | "void" | "uint8_t" | "int8_t" | "BYTE" | "bool"));
    let sized =
        tree.subtree(right).take(20).any(|part| context.kind(part) == Kind::Unary && context.name(part) == "sizeof");
    // A number of elements is a size divided by another.
    let divided =
        tree.subtree(right).take(20).any(|part| context.kind(part) == Kind::Binary && context.name(part) == "/");
    if sized && !divided && !one && matches!(type_of(context, left), Some(Type::Pointer(..))) {
        let message = "The pointer moves by elements already: the size is multiplied twice.";
        let report = Report::issue(node, concept::SIZE_ARITHMETIC, message).cwe(&[468]);
        found.push(context, report.confidence(Confidence::Medium).trace(declarations(context, node)));
    }
}
