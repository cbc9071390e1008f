//! CWE-131, CWE-789, CWE-680: an allocation that is too small, sized by outside values, or of a product that can wrap.

mod bounded;

use crate::concept;
use crate::finding::{Confidence, Severity, Step};
use crate::graph::dfg::Value;
use crate::rule::c::conditions::each_condition;
use crate::rule::c::result::{mentions, receiver, unchecked_use};
use crate::rule::c::types::{Type, type_of};
use crate::rule::c::{arguments, declarations, declared, evaluate, library, type_size};
use crate::rule::{Context, Findings, Report, Rule, c, c_row, cpp};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "allocation",
    cwe: &[131, 122],
    severity: Severity::High,
    summary: "The size of an allocation is wrong or not limited.",
    advice: "Allocate count × sizeof(*pointer) with calloc or after an overflow check, add one for the end mark of a text, limit sizes from outside, and check the result.",
    rows: &[c_row(&[Kind::Call, Kind::New], check)],
    bad: &[
        c("#include <stdlib.h>\nchar *f(const char *s) { char *p = malloc(strlen(s)); strcpy(p, s); return p; }\n"),
        c("#include <stdlib.h>\nvoid f(void) { double *d = malloc(sizeof(float)); *d = 1; }\n"),
        c(
            "#include <stdlib.h>\nint main(int argc, char **argv) { int n = atoi(argv[1]); int *p = malloc(n * sizeof(int)); return p != 0; }\n",
        ),
        c("#include <stdlib.h>\nvoid f(void) { double *d = (double *)malloc(sizeof(d)); }\n"),
        c("#include <stdlib.h>\nvoid f(void) { char *p = malloc(100); p[0] = 'x'; }\n"),
        c("#include <alloca.h>\nvoid f(int n) { for (int i = 0; i < n; i++) { char *p = alloca(64); use(p); } }\n"),
        c("#include <stdlib.h>\nvoid *f(int width, int height) { return malloc(width * height); }\n"),
        cpp("#include <cstdlib>\nint main(int argc, char **argv) { char *p = new char[atoi(argv[1])]; }\n"),
        cpp(
            "#include <new>\nvoid f() { try { int *p = new (std::nothrow) int[9]; use(p); } catch (const std::bad_alloc &) { } }\n",
        ),
    ],
    good: &[
        c(
            "#include <stdlib.h>\nchar *f(const char *s) { char *p = malloc(strlen(s) + 1); if (p) strcpy(p, s); return p; }\n",
        ),
        c("#include <stdlib.h>\nvoid f(void) { double *d = malloc(sizeof(*d) * 4); if (!d) return; *d = 1; }\n"),
        c(
            "#include <stdlib.h>\nint main(int argc, char **argv) { int n = atoi(argv[1]); if (n < 1 || n > 100) return 1; int *p = malloc(n * sizeof(int)); return p != 0; }\n",
        ),
        c("#include <stdlib.h>\nvoid f(void) { char *p; if ((p = malloc(100)) == NULL) return; p[0] = 'x'; }\n"),
        c("#include <stdlib.h>\nvoid f(void) { char *p = malloc(100); assert(p != NULL); p[0] = 'x'; }\n"),
        c(
            "#include <stdlib.h>\nvoid *f(int width, int height) { if (width > 99 || height > 99) return 0; return malloc(width * height); }\n",
        ),
        c("#include <alloca.h>\nvoid f(void) { for (int i = 0; i < 4; i++) { char *p = alloca(64); use(p); } }\n"),
        cpp("#include <new>\nvoid f() { int *p = new (std::nothrow) int[9]; if (!p) return; p[0] = 1; }\n"),
        cpp("void f() { char *p = new char[16]; p[0] = 'x'; }\n"),
    ],
};

/// Functions that allocate, and where their size stands.
const ALLOCATORS: &[(&str, usize)] = &[
    ("malloc", 0),
    ("valloc", 0),
    ("alloca", 0),
    ("_alloca", 0),
    ("_malloca", 0),
    ("realloc", 1),
    ("reallocf", 1),
    ("calloc", 0),
    ("xmalloc", 0),
    ("xrealloc", 1),
    ("kmalloc", 0),
    ("g_malloc", 0),
    ("g_malloc0", 0),
    ("aligned_alloc", 1),
    ("HeapAlloc", 2),
    ("LocalAlloc", 1),
    ("GlobalAlloc", 1),
    ("CoTaskMemAlloc", 0),
];

fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.kind(call) == Kind::New {
        if let Some(length) = tree.child(call, Field::Index) {
            sized(context, call, length, found);
        }
        if tree.child(call, Field::Item).is_some_and(|item| context.source(item).contains("nothrow")) {
            nothrow(context, call, found);
        }
        return;
    }
    let name = library(context, call);
    let Some(&(_, at)) = ALLOCATORS.iter().find(|(known, _)| *known == name) else {
        return named_alike(context, call, found);
    };
    let given = arguments(context, call);
    let Some(&size) = given.get(at) else { return };
    if name == "calloc" {
        for &part in given.iter().take(2) {
            if outside(context, part).is_some() {
                return sized(context, call, part, found);
            }
        }
        return unchecked(context, call, found);
    }
    if name.ends_with("alloca") {
        in_loop(context, call, found);
    }
    let before = found.len();
    without_end(context, call, size, found);
    too_small(context, call, size, found);
    if found.len() == before {
        sized(context, call, size, found);
    }
    if !name.contains("alloca") && !name.starts_with('x') && !name.starts_with("g_") {
        unchecked(context, call, found);
    }
}

/// `malloc(strlen(text))` where the text is copied.
fn without_end(context: &Context<'_>, call: NodeId, size: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let value = context.value(size);
    let is_length =
        |part: NodeId| context.kind(part) == Kind::Call && matches!(library(context, part), "strlen" | "wcslen");
    // `strlen(a) + strlen(b)`
    let sum = (context.kind(value) == Kind::Binary && context.name(value) == "+")
        .then(|| tree.children(value).next().filter(|_| tree.children(value).all(is_length)))
        .flatten();
    let measured = std::iter::once(value)
        .chain(sum)
        .chain(tree.children(value).filter(|_| context.kind(value) == Kind::Binary && context.name(value) == "*"))
        .find(|&part| is_length(part));
    if measured.is_none() {
        return;
    }
    let Some(target) = receiver(context, call) else { return };
    let name = context.source(target);
    let function = context.function(call).unwrap_or(NodeId::ROOT);
    let mut as_bytes = false;
    let mut as_text = false;
    let mut copied = None;
    for inner in tree.subtree(function).take(6_000).filter(|&inner| context.kind(inner) == Kind::Call) {
        let given = arguments(context, inner);
        if !given.iter().any(|&part| context.source(part) == name) {
            continue;
        }
        let callee = library(context, inner);
        as_bytes |= matches!(callee, "memcpy" | "memmove" | "fread" | "read" | "recv" | "strncpy");
        as_text |= callee.starts_with("str") && callee != "strncpy"
            || callee.starts_with("wcs")
            || matches!(callee, "printf" | "sprintf" | "fprintf" | "vsprintf")
                && given.iter().any(|&part| context.string(part).is_some_and(|format| format.contains("%s")))
            || matches!(callee, "fputs" | "puts" | "strdup" | "lstrcpy" | "lstrcpyA");
        copied = copied.or(as_text.then_some(inner));
    }
    if as_text && !as_bytes {
        let message = "The allocation has no room for the end mark of the text.";
        let mut trace = declarations(context, size);
        trace.extend(copied.map(|at| Step { span: tree.span(at), note: "the text is copied".to_owned() }));
        let report = Report::issue(call, concept::ALLOCATION, message).cwe(&[131, 122, 120]);
        found.push(context, report.trace(trace));
    }
}

/// Less than one element of what the pointer points to, or no whole number of them.
fn too_small(context: &Context<'_>, call: NodeId, size: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let cast = tree.parent(call).filter(|&above| context.kind(above) == Kind::Cast);
    let pointed = cast.and_then(|cast| declared(context, cast)).or_else(|| declared(context, receiver(context, call)?));
    let Some(pointed) = pointed.filter(|own| own.is_pointer() && own.kind.trim() != "void") else { return };
    let Some(element) = type_size(context, pointed.kind, pointed.stars - 1).filter(|&element| element > 1) else {
        return;
    };
    let operand = (context.kind(size) == Kind::Unary && context.name(size) == "sizeof")
        .then(|| tree.children(size).last())
        .flatten();
    // What the sizes are read from.
    let reasons =
        || declarations(context, tree.ancestors(call).take(3).find(|&above| tree.is_statement(above)).unwrap_or(call));
    let own_pointer = operand.is_some_and(|operand| {
        receiver(context, call).is_some_and(|target| context.source(operand) == context.source(target))
    });
    if own_pointer && pointed.stars == 1 {
        let message = "The size is that of the pointer, not of what it points to.";
        let report = Report::issue(call, concept::ALLOCATION, message).cwe(&[467, 131, 122]);
        return found.push(context, report.trace(reasons()));
    }
    let Some(bytes) = evaluate(context, size).filter(|&bytes| bytes > 0) else { return };
    if bytes < element {
        let message = "The allocation is smaller than what the pointer points to.";
        found.push(context, Report::issue(call, concept::ALLOCATION, message).trace(reasons()));
    } else if bytes % element != 0
        && (crate::rule::c::integer(pointed.kind).is_some()
            || element == 8
            || operand.is_none() && context.source(size).contains("sizeof"))
    {
        let message = "The allocation is no whole number of elements.";
        let report = Report::issue(call, concept::ALLOCATION, message).confidence(Confidence::Medium);
        found.push(context, report.trace(reasons()));
    }
}

fn outside(context: &Context<'_>, size: NodeId) -> Option<crate::taint::Origin> {
    let origin = context.flow().tainted(size, Purposes::SIZE)?;
    let strong = !matches!(origin.source, Source::Parameter | Source::Unknown);
    (strong && !origin.checked).then_some(origin)
}

/// A size from outside, or a product that can wrap.
fn sized(context: &Context<'_>, call: NodeId, size: NodeId, found: &mut Findings) {
    if evaluate(context, size).is_some() {
        return;
    }
    if let Some(origin) = outside(context, size)
        && !is_length(context, size)
    {
        let message = format!("The size is {}, and nothing limits it.", origin.source.name());
        let trace = context.flow().trace(size, origin);
        return found
            .push(context, Report::issue(call, concept::ALLOCATION, message).cwe(&[789, 190, 680]).trace(trace));
    }
    let given = context.value(size);
    let product = varying_product(context, size).or_else(|| {
        (context.kind(given) == Kind::Binary && context.name(given) == "*")
            .then(|| varying_product(context, given))
            .flatten()
    });
    if let Some(product) = product {
        products(context, call, product, found);
    } else if library(context, call).ends_with("alloca") {
        let message = "A stack allocation of varying size can leave the stack.";
        found.push(context, Report::audit(call, concept::ALLOCATION, message).cwe(&[770, 789]));
    }
}

/// A function that is called like an allocator, with a product among its arguments.
fn named_alike(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(callee) = tree.child(call, Field::Callee) else { return };
    let name = context.name(callee).to_ascii_lowercase();
    if !(name.contains("alloc") || name.contains("palloc")) || name.contains("dealloc") || name.contains("free") {
        return;
    }
    for part in arguments(context, call) {
        if let Some(product) = varying_product(context, part) {
            return products(context, call, product, found);
        }
    }
}

/// The product in a size that is not the same in every run.
fn varying_product(context: &Context<'_>, size: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let mut all =
        tree.subtree(size).take(60).filter(|&part| context.kind(part) == Kind::Binary && context.name(part) == "*");
    all.find(|&product| evaluate(context, product).is_none())
}

/// A product that can wrap: of two numbers that nothing looked at it is an issue.
fn products(context: &Context<'_>, call: NodeId, product: NodeId, found: &mut Findings) {
    let message = "The product can wrap, and less is allocated than is used: check it, or use calloc.";
    let cwe = &[680, 190, 122, 128, 131];
    let mut factors = Vec::new();
    let mut open = vec![product];
    while let Some(part) = open.pop() {
        if context.kind(part) == Kind::Binary && context.name(part) == "*" && factors.len() < 8 {
            open.extend(context.tree().children(part).take(2));
        } else if evaluate(context, part).is_none() {
            factors.push(part);
        }
    }
    let plain = |part: &NodeId| {
        matches!(context.kind(*part), Kind::Name | Kind::Attribute)
            && matches!(type_of(context, *part), Some(Type::Integer(size, _)) if size >= 4)
            && !is_compared(context, call, *part)
    };
    // One number that nothing bounds, times a size.
    let open = |part: &NodeId| plain_number(context, *part) && is_unbounded(context, call, *part);
    let sized = factors.len() == 1 && factors.first().is_some_and(open);
    let report = if sized || factors.len() >= 2 && factors.iter().all(plain) {
        Report::issue(call, concept::ALLOCATION, message).confidence(Confidence::Low).severity(Severity::Low)
    } else {
        Report::audit(call, concept::ALLOCATION, message)
    };
    found.push(context, report.cwe(cwe).trace(declarations(context, product)));
}

fn plain_number(context: &Context<'_>, part: NodeId) -> bool {
    context.kind(part) == Kind::Name && matches!(type_of(context, part), Some(Type::Integer(4, _)))
}

/// A number that a caller or another function gives, and that no condition here keeps below anything.
fn is_unbounded(context: &Context<'_>, call: NodeId, number: NodeId) -> bool {
    let data = context.flow().data();
    let definitions = data.definitions_of(number);
    let given = !definitions.is_empty()
        && definitions.iter().all(|&at| match data.definitions[at as usize].value {
            // What callers in sight give is followed instead.
            Value::Parameter(_) => {
                context.function(number).is_none_or(|function| context.flow().callers(function).is_empty())
            }
            Value::Expression(value) => {
                context.kind(value) == Kind::Call
                    && data.called(value).is_none()
                    && ["read", "recv", "packet", "parse", "ntoh", "get_", "input"]
                        .iter()
                        .any(|word| library(context, value).to_ascii_lowercase().contains(word))
                    && !matches!(library(context, value), "strlen" | "wcslen" | "sizeof" | "strnlen" | "min" | "MIN")
                    && context.method(value).is_empty()
            }
            _ => false,
        });
    let name = context.source(number);
    let mut bounded = false;
    each_condition(context, call, |low, operator, _| bounded |= operator != "!=" && context.source(low) == name);
    let around = context.source(context.function(call).unwrap_or(NodeId::ROOT));
    given && !bounded && !around.contains("SIZE_MAX") && !around.contains("INT_MAX")
}

/// Whether a comparison before the call looks at a number.
fn is_compared(context: &Context<'_>, call: NodeId, number: NodeId) -> bool {
    let tree = context.tree();
    let name = context.source(number);
    let function = context.function(call).unwrap_or(NodeId::ROOT);
    tree.subtree(function)
        .take(4_000)
        .take_while(|&node| node < call)
        .any(|node| context.kind(node) == Kind::Compare && mentions(context, node, name))
}

/// `new (std::nothrow) T` gives null where it fails, and throws nothing.
fn nothrow(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let caught = tree.ancestors(call).take_while(|&above| context.kind(above) != Kind::Function).any(|above| {
        context.kind(above) == Kind::Try
            && tree.children_in(above, Field::Handler).any(|handler| {
                let kind = tree.child(handler, Field::Type).map(|kind| context.source(kind)).unwrap_or_default();
                let other = || {
                    tree.child(above, Field::Body).is_some_and(|body| {
                        tree.subtree(body)
                            .take(400)
                            .any(|part| part != call && matches!(context.kind(part), Kind::Call | Kind::New))
                    })
                };
                kind.contains("bad_alloc") || kind.contains("exception") && !other()
            })
    });
    let checked = receiver(context, call).is_some_and(|target| {
        let name = context.source(target);
        let function = context.function(call).unwrap_or(NodeId::ROOT);
        tree.subtree(function).take(4_000).any(|node| {
            node > call
                && matches!(
                    context.kind(node),
                    Kind::If | Kind::Conditional | Kind::While | Kind::Compare | Kind::Assert
                )
                && (context.kind(node) == Kind::Compare || tree.child(node, Field::Test).is_some())
                && tree.child(node, Field::Test).unwrap_or(node) != call
                && mentions(context, tree.child(node, Field::Test).unwrap_or(node), name)
        })
    });
    if caught && !checked {
        let message = "new with nothrow throws nothing: it gives null, which is not looked for.";
        let report = Report::issue(call, concept::ALLOCATION, message).cwe(&[252, 570, 755, 690]);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    unchecked(context, call, found);
}

/// Whether a size is measured on a text that exists, so that it is no larger than memory already in use.
fn is_length(context: &Context<'_>, size: NodeId) -> bool {
    let tree = context.tree();
    let value = context.value(size);
    let measured = |node: NodeId| {
        tree.subtree(node).take(40).any(|part| {
            context.kind(part) == Kind::Call
                && (matches!(library(context, part), "strlen" | "wcslen")
                    || matches!(context.method(part), "size" | "length"))
        })
    };
    measured(size) || measured(value)
}

/// `alloca` in a loop: nothing is given back before the function returns.
fn in_loop(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let each =
        tree.ancestors(call).take_while(|&above| !matches!(context.kind(above), Kind::Function | Kind::Lambda)).find(
            |&above| matches!(context.kind(above), Kind::For | Kind::While) && !bounded::runs_few_times(context, above),
        );
    if each.is_none() {
        return;
    }
    // What leaves right after is no loop.
    let block = tree.parent(tree.statement(call));
    let leaves = block.is_some_and(|block| {
        tree.children(block).any(|part| part > call && matches!(context.kind(part), Kind::Return | Kind::Break))
    });
    if !leaves {
        let message = "alloca in a loop takes stack in every round and gives none back.";
        let report = Report::issue(call, concept::ALLOCATION, message).cwe(&[770, 789]);
        let steps = each.map(|each| Step { span: tree.span(each), note: "the loop".to_owned() });
        found.push(context, report.trace(steps.into_iter().collect()));
    }
}

/// A result that is used before anything looked whether there is one.
fn unchecked(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if let Some(used) = unchecked_use(context, call, |inner, name| writes_first(context, inner, name)) {
        let message = "The result is used without a look whether the allocation succeeded.";
        found.push(
            context,
            Report::issue(call, concept::ALLOCATION, message)
                .cwe(&[690, 476, 252])
                .severity(Severity::Low)
                .confidence(Confidence::Medium)
                .step(context, used, "used here"),
        );
    }
}

/// A library function that goes through its pointer.
fn writes_first(context: &Context<'_>, call: NodeId, name: &str) -> bool {
    context.kind(call) == Kind::Call
        && matches!(
            library(context, call),
            "strcpy"
                | "strcat"
                | "memcpy"
                | "memset"
                | "sprintf"
                | "snprintf"
                | "strncpy"
                | "memmove"
                | "fgets"
                | "bzero"
                | "strlen"
        )
        && arguments(context, call).first().is_some_and(|&first| {
            // `memcpy(p + used, from, n)`
            let base = match context.kind(first) {
                Kind::Binary if matches!(context.name(first), "+" | "-") => context.tree().child(first, Field::Left),
                _ => Some(first),
            };
            base.is_some_and(|base| context.source(base) == name)
                && !matches!(type_of(context, first), Some(Type::Integer(..)))
        })
}
