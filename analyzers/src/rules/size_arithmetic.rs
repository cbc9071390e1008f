//! CWE-190, CWE-197: arithmetic on outside or random numbers that can overflow, and numbers stored where they do not fit.

use crate::concept;
use crate::finding::{Confidence, Severity, Step};
use crate::rule::c::conditions::each_condition;
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
        c("unsigned f(int e) { int n = 0; if (e) n = -1; return n; }\n"),
        c("#include <limits.h>\nint f(int c) { int x = c ? INT_MAX : 0; return x + 1; }\n"),
        c("unsigned long f(int *p) { return sizeof(p) / sizeof(p[0]); }\n"),
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
        c("#include <limits.h>\nint f(int c) { int x = c ? INT_MAX : 0; if (x < INT_MAX) return x + 1; return x; }\n"),
        c("unsigned long f(void) { int p[4]; return sizeof(p) / sizeof(p[0]); }\n"),
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
        if matches!(context.kind(operand), Kind::Number | Kind::String) {
            continue;
        }
        if evaluate(context, operand).is_some() && !is_extreme(context, node, operand, operator) {
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
        if is_extreme(context, node, operand, operator) {
            let message = "The largest or smallest number may be computed with: the result overflows.";
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

/// Whether a variable may hold the last number of its type in the direction that the operator moves it.
fn is_extreme(context: &Context<'_>, node: NodeId, operand: NodeId, operator: &str) -> bool {
    let up = match operator {
        "+" | "+=" | "++" => true,
        "-" | "-=" | "--" => false,
        _ => return false,
    };
    let tree = context.tree();
    let first = tree.child(node, Field::Left).or_else(|| tree.child(node, Field::Target));
    let by = tree.child(node, Field::Right).or_else(|| tree.child(node, Field::Value));
    // By a number above zero, or by one.
    let steps = by.is_none_or(|by| evaluate(context, by).is_some_and(|by| by > 0));
    if context.kind(operand) != Kind::Name || first != Some(operand) || !steps {
        return false;
    }
    let Some(own) = declared(context, operand).filter(crate::rule::c::Declared::is_integer) else { return false };
    let Some((size, signed)) = integer(own.kind).filter(|&(size, _)| size <= 4) else { return false };
    let most = match (up, signed) {
        (true, true) => (1_i64 << (8 * size - 1)) - 1,
        (true, false) => (1_i64 << (8 * size)) - 1,
        (false, true) => -(1_i64 << (8 * size - 1)),
        (false, false) => return false,
    };
    let data = context.flow().data();
    let holds = data.definitions_of(operand).iter().any(|&at| match data.definitions[at as usize].value {
        crate::graph::dfg::Value::Expression(value) => {
            let own = |part: NodeId| evaluate(context, part).or_else(|| limit(context.source(part))) == Some(most);
            own(value)
                || context.kind(value) == Kind::Conditional
                    && [Field::Body, Field::Else].iter().any(|&field| tree.child(value, field).is_some_and(own))
        }
        _ => false,
    });
    let name = context.source(operand);
    let mut kept = false;
    each_condition(context, node, |low, operator, high| {
        kept |= operator == "=="
            || operator != "!=" && (if up { context.source(low) == name } else { context.source(high) == name });
    });
    holds && !kept
}

/// The limits of whole numbers by name.
fn limit(text: &str) -> Option<i64> {
    Some(match text {
        "INT_MAX" | "INT32_MAX" => i64::from(i32::MAX),
        "INT_MIN" | "INT32_MIN" => i64::from(i32::MIN),
        "UINT_MAX" | "UINT32_MAX" => i64::from(u32::MAX),
        "CHAR_MAX" | "SCHAR_MAX" | "INT8_MAX" => i64::from(i8::MAX),
        "CHAR_MIN" | "SCHAR_MIN" | "INT8_MIN" => i64::from(i8::MIN),
        "UCHAR_MAX" | "UINT8_MAX" => i64::from(u8::MAX),
        "SHRT_MAX" | "INT16_MAX" => i64::from(i16::MAX),
        "SHRT_MIN" | "INT16_MIN" => i64::from(i16::MIN),
        "USHRT_MAX" | "UINT16_MAX" => i64::from(u16::MAX),
        _ => return None,
    })
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
                    // Random numbers put together stay random.
                    Kind::Binary if !matches!(context.name(part), "^" | "|") => Way::Stop,
                    _ => Way::On,
                })
                .is_some()
        }
        Kind::Call if context.flow().data().called(node).is_some() => origin(context, node, |part| {
            let drawn = context.kind(part) == Kind::Call && is_generator(library(context, part));
            match context.kind(part) {
                _ if drawn => Way::Found,
                // Random numbers put together stay random.
                Kind::Binary if !matches!(context.name(part), "^" | "|") => Way::Stop,
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
    if negative(context, node, value, target, found) {
        return;
    }
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
        let mut trace = declarations(context, node);
        let function = context.function(node).filter(|_| context.kind(node) == Kind::Return);
        trace.extend(function.map(|function| Step { span: tree.span(function), note: "its type".to_owned() }));
        found.push(context, report.cwe(&[197, 681, 195]).trace(trace));
    }
}

/// A number below zero that is given to an unsigned one: `size_t n = 5 - 6;`, `return n;` of a function of unsigned.
fn negative(context: &Context<'_>, node: NodeId, value: NodeId, target: Type<'_>, found: &mut Findings) -> bool {
    let tree = context.tree();
    if !matches!(target, Type::Integer(size, false) if size >= 4) {
        return false;
    }
    let below = |part: NodeId| evaluate(context, part).is_some_and(|number| number < 0);
    let (wrong, trace) = match (context.kind(node), context.kind(value)) {
        (Kind::Assign, Kind::Binary) => (context.name(value) == "-" && below(value), Vec::new()),
        (Kind::Return, Kind::Name) => {
            let signed = matches!(type_of(context, value), Some(Type::Integer(_, true)));
            let data = context.flow().data();
            let fails = data.definitions_of(value).iter().any(|&at| match data.definitions[at as usize].value {
                crate::graph::dfg::Value::Expression(given) => {
                    matches!(context.kind(given), Kind::Unary | Kind::Number) && below(given)
                }
                _ => false,
            });
            let function = context
                .function(node)
                .map(|function| Step { span: tree.span(function), note: "gives an unsigned number".to_owned() });
            (signed && fails, function.into_iter().collect())
        }
        _ => return false,
    };
    if wrong {
        let message = "A number below zero becomes a very large one.";
        let report = Report::issue(node, concept::SIZE_ARITHMETIC, message).cwe(&[191, 195, 194, 196, 681]);
        found.push(context, report.confidence(Confidence::Medium).trace(trace));
    }
    wrong
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
        _ => parameter_array(context, value) || of_pointer(context, node, value),
    };
    if wrong {
        let message = "This is the size of a number or pointer, not of what is meant.";
        let report = Report::issue(node, concept::SIZE_ARITHMETIC, message).cwe(&[467, 131]);
        found.push(context, report.confidence(Confidence::Medium).trace(declarations(context, node)));
    }
}

/// `sizeof(p) / sizeof(p[0])`, `strncpy(p, s, sizeof(p))` and `sizeof(this)`: the size of the pointer itself.
fn of_pointer(context: &Context<'_>, node: NodeId, value: NodeId) -> bool {
    let tree = context.tree();
    if context.source(value) == "this" {
        return true;
    }
    let Some(own) = declared(context, value).filter(|own| own.stars == 1 && !own.array) else { return false };
    if context.kind(value) != Kind::Name {
        return false;
    }
    let Some(above) = tree.parent(node) else { return false };
    match context.kind(above) {
        // By the size of an element.
        Kind::Binary if context.name(above) == "/" && tree.field(node) == Field::Left => {
            tree.child(above, Field::Right).is_some_and(|right| {
                context.kind(right) == Kind::Unary && context.name(right) == "sizeof" && {
                    let text = context.source(right);
                    text.contains('[') || text.contains('*')
                }
            })
        }
        Kind::Call if own.kind.trim_end().ends_with("char") => {
            let given = arguments(context, above);
            let text = context.source(value);
            let places: &[usize] = match library(context, above) {
                "strncmp" | "strncasecmp" => &[0, 1],
                "fgets" | "snprintf" | "strncpy" | "strncat" | "memset" => &[0],
                "read" | "recv" => &[1],
                _ => return false,
            };
            places.iter().any(|&place| given.get(place).is_some_and(|&part| context.source(part) == text))
        }
        // `sizeof(buffer) - strlen(buffer)`
        Kind::Binary if matches!(context.name(above), "-") && own.kind.trim_end().ends_with("char") => {
            tree.child(above, Field::Right).is_some_and(|right| {
                context.kind(right) == Kind::Call
                    && library(context, right) == "strlen"
                    && arguments(context, right)
                        .first()
                        .is_some_and(|&part| context.source(part) == context.source(value))
            })
        }
        Kind::Assign => own.parameter && own.kind.trim_end().ends_with("char") && tree.field(node) == Field::Value,
        _ => false,
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
