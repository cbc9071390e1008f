//! CWE-119: a copy whose bound is wrong for the buffer that it writes or reads.

mod convert;
mod returned;
mod script;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::{self as sizes, arguments, capacity, declared, element_size, evaluate, layout, library, longest};
use crate::rule::{Context, Findings, Report, Rule, c, c_row, javascript, javascript_row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "wrong-bound",
    cwe: &[119, 787, 805],
    severity: Severity::High,
    summary: "The length of a copy is wrong for its buffer.",
    advice: "Take the length from the size of the destination (sizeof the array, the size that was allocated), less what is there and the end mark.",
    rows: &[
        c_row(&[Kind::Call], check),
        c_row(&[Kind::Call], convert::check),
        c_row(&[Kind::Call], returned::needed),
        c_row(&[Kind::Call], returned::signed),
        javascript_row(&[Kind::For, Kind::If, Kind::While], script::check),
        go_row(&[Kind::For, Kind::If], script::check),
    ],
    bad: &[
        c(
            "#include <stdio.h>\nvoid f(const char **v, int n) { char b[64]; int at = 0; while (n--) { at += snprintf(b + at, sizeof(b) - at, \"%s,\", *v++); } }\n",
        ),
        c("#include <string.h>\nvoid f(const char *s, int n) { char b[64]; if (n > 64) return; memcpy(b, s, n); }\n"),
        golang(
            "package p\nfunc sum(list []int) int {\n\tn := 0\n\tfor i := 0; i <= len(list); i++ { n += list[i] }\n\treturn n\n}\n",
        ),
        javascript(
            "function sum(list) { let n = 0; for (let i = 0; i <= list.length; i++) { n += list[i]; } return n; }\n",
        ),
        c("#include <string.h>\nvoid f(void) { char a[10], b[20]; memcpy(a, b, sizeof(b)); }\n"),
        c("#include <string.h>\nvoid f(void) { char a[10]; memset(a, 0, 11); }\n"),
        c("#include <string.h>\nvoid f(const char *s) { char b[10]; strncpy(b, s, strlen(s)); }\n"),
        c("#include <string.h>\nvoid f(const char *s) { char b[10]; strncat(b, s, sizeof(b)); }\n"),
        c("#include <string.h>\nvoid f(const char *s) { char b[10]; strncat(b, s, sizeof(b) - strlen(b)); }\n"),
        c("#include <stdio.h>\nvoid f(FILE *in) { char b[10]; fgets(b, 100, in); }\n"),
        c("#include <stdlib.h>\nvoid f(const void *p) { char *b = malloc(10); memcpy(b, p, 20); }\n"),
        c("void f(int s) { char b[64]; int n; recv(s, &n, sizeof n, 0); recv(s, b, n, 0); }\n"),
        c("#include <string.h>\nvoid f(int *p) { memset(p, 0, sizeof(p)); }\n"),
        c("#include <stdlib.h>\nvoid f(const char *s) { wchar_t b[8]; mbstowcs(b, s, sizeof(b)); }\n"),
        c("#include <string.h>\nstruct a { int n, m; };\nvoid f(struct a *p) { memset(&p, 0, sizeof(struct a)); }\n"),
        c(
            "#include <string.h>\nstruct a { long a, b; };\nvoid f(struct a *p) { memset(&p->b, 0, sizeof(struct a)); }\n",
        ),
        c("#include <string.h>\nvoid f(char *name) { char b[99]; strncpy(name, b, sizeof(name)); }\n"),
    ],
    good: &[
        c(
            "#include <stdio.h>\nvoid f(const char **v, int n) { char b[64]; int at = 0; while (n-- && at < 64) { at += snprintf(b + at, sizeof(b) - at, \"%s,\", *v++); } }\n",
        ),
        c(
            "#include <string.h>\nvoid f(const char *s, int n) { char b[64]; if (n < 0 || n > 64) return; memcpy(b, s, n); }\n",
        ),
        golang(
            "package p\nfunc sum(list []int) int {\n\tn := 0\n\tfor i := 0; i < len(list); i++ { n += list[i] }\n\treturn n\n}\n",
        ),
        javascript(
            "function sum(list) { let n = 0; for (let i = 0; i < list.length; i++) { n += list[i]; } return n; }\n",
        ),
        c("#include <string.h>\nvoid f(void) { char a[20], b[20]; memcpy(a, b, sizeof(a)); }\n"),
        c("#include <string.h>\nvoid f(const char *s) { char b[10]; strncpy(b, s, sizeof(b) - 1); b[9] = 0; }\n"),
        c(
            "#include <string.h>\nvoid f(const char *s) { char b[10] = \"\"; strncat(b, s, sizeof(b) - strlen(b) - 1); }\n",
        ),
        c("#include <stdio.h>\nvoid f(FILE *in) { char b[10]; fgets(b, sizeof b, in); }\n"),
        c("#include <stdlib.h>\nvoid f(const char *s) { wchar_t b[8]; if (mbstowcs(b, s, 8) < 8) use(b); }\n"),
        c(
            "#include <stddef.h>\nstruct a { long a, b; };\nvoid f(struct a *p) { memset(&p->b, 0, sizeof(struct a) - offsetof(struct a, b)); }\n",
        ),
        c(
            "#include <string.h>\nstruct point { int x, y; };\nvoid f(struct point *p) { memset(p, 0, sizeof(*p)); memset(p, 0, sizeof(struct point)); }\n",
        ),
        c(
            "void f(int s) { char b[64]; int n; recv(s, &n, sizeof n, 0); if (n < 0 || n > 64) return; recv(s, b, n, 0); }\n",
        ),
        c("#include <string.h>\nvoid f(void) { char *names[4]; memset(names, 0, sizeof(names)); }\n"),
    ],
};

/// A function that writes or reads so many elements.
struct Bounded {
    name: &'static str,
    /// What is written, by its place.
    to: Option<usize>,
    /// What is read.
    from: Option<usize>,
    /// The number.
    count: usize,
    /// A second number to multiply with.
    times: Option<usize>,
    /// Bytes of an element.
    unit: i64,
}

const fn bounded(name: &'static str, to: Option<usize>, from: Option<usize>, count: usize, unit: i64) -> Bounded {
    Bounded { name, to, from, count, times: None, unit }
}

const BOUNDED: &[Bounded] = &[
    bounded("memcpy", Some(0), Some(1), 2, 1),
    bounded("memmove", Some(0), Some(1), 2, 1),
    bounded("mempcpy", Some(0), Some(1), 2, 1),
    bounded("CopyMemory", Some(0), Some(1), 2, 1),
    bounded("RtlCopyMemory", Some(0), Some(1), 2, 1),
    bounded("MoveMemory", Some(0), Some(1), 2, 1),
    bounded("bcopy", Some(1), Some(0), 2, 1),
    bounded("wmemcpy", Some(0), Some(1), 2, 4),
    bounded("wmemmove", Some(0), Some(1), 2, 4),
    bounded("memset", Some(0), None, 2, 1),
    bounded("wmemset", Some(0), None, 2, 4),
    bounded("bzero", Some(0), None, 1, 1),
    bounded("explicit_bzero", Some(0), None, 1, 1),
    bounded("ZeroMemory", Some(0), None, 1, 1),
    bounded("memcmp", Some(0), Some(1), 2, 1),
    bounded("bcmp", Some(0), Some(1), 2, 1),
    bounded("memchr", None, Some(0), 2, 1),
    bounded("strncpy", Some(0), None, 2, 1),
    bounded("wcsncpy", Some(0), None, 2, 4),
    bounded("strlcpy", Some(0), None, 2, 1),
    bounded("strlcat", Some(0), None, 2, 1),
    bounded("strcpy_s", Some(0), None, 1, 1),
    bounded("strcat_s", Some(0), None, 1, 1),
    bounded("strxfrm", Some(0), None, 2, 1),
    bounded("wcsxfrm", Some(0), None, 2, 4),
    bounded("wcsxfrm_l", Some(0), None, 2, 4),
    bounded("snprintf", Some(0), None, 1, 1),
    bounded("_snprintf", Some(0), None, 1, 1),
    bounded("vsnprintf", Some(0), None, 1, 1),
    bounded("swprintf", Some(0), None, 1, 4),
    bounded("fgets", Some(0), None, 1, 1),
    bounded("fgetws", Some(0), None, 1, 4),
    bounded("read", Some(1), None, 2, 1),
    bounded("pread", Some(1), None, 2, 1),
    bounded("recv", Some(1), None, 2, 1),
    bounded("recvfrom", Some(1), None, 2, 1),
    bounded("readlink", Some(1), None, 2, 1),
    bounded("write", None, Some(1), 2, 1),
    bounded("send", None, Some(1), 2, 1),
    bounded("X509_NAME_oneline", Some(1), None, 2, 1),
    bounded("ERR_error_string_n", Some(1), None, 2, 1),
    bounded("inet_ntop", Some(2), None, 3, 1),
    bounded("strftime", Some(0), None, 1, 1),
    bounded("istream", Some(0), None, 1, 1),
    bounded("gets_s", Some(0), None, 1, 1),
    bounded("getcwd", Some(0), None, 1, 1),
    bounded("gethostname", Some(0), None, 1, 1),
    Bounded { name: "fread", to: Some(0), from: None, count: 1, times: Some(2), unit: 1 },
    Bounded { name: "fwrite", to: None, from: Some(0), count: 1, times: Some(2), unit: 1 },
];

fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = match context.method(call) {
        "" => library(context, call),
        // `std::cin.getline(buffer, n)`
        "getline" | "read" | "get" | "readsome" => "istream",
        method => method,
    };
    let given = arguments(context, call);
    if name == "strncat" || name == "wcsncat" {
        return concatenation(context, call, &given, found);
    }
    let Some(row) = BOUNDED.iter().find(|row| row.name == name) else { return };
    let Some(&count) = given.get(row.count) else { return };
    let to = row.to.and_then(|at| given.get(at).copied());
    let from = row.from.and_then(|at| given.get(at).copied());
    let times = row.times.map_or(Some(1), |at| given.get(at).and_then(|&part| evaluate(context, part)));
    let units = if row.unit > 1 { to.and_then(|to| element_size(context, to)).unwrap_or(row.unit) } else { 1 };
    let length =
        evaluate(context, count).zip(times).and_then(|(count, times)| count.checked_mul(times)?.checked_mul(units));
    if let Some(length) = length {
        if to.and_then(|to| room(context, to)).is_some_and(|room| length > room) {
            let message = "More is written than the buffer holds.";
            let cwe = if name == "memcmp" { READ } else { WRITTEN };
            return found.push(
                context,
                Report::issue(call, concept::WRONG_BOUND, message).cwe(cwe).trace(sizes::declarations(context, call)),
            );
        }
        if from.and_then(|from| room(context, from)).is_some_and(|room| length > room) {
            let message = "More is read than the buffer holds.";
            return found.push(
                context,
                Report::issue(call, concept::WRONG_BOUND, message).cwe(READ).trace(sizes::declarations(context, call)),
            );
        }
    }
    if let Some(to) = to
        && matches!(name, "strncpy" | "wcsncpy" | "strlcpy" | "strcpy_s" | "strxfrm" | "wcsxfrm" | "wcsxfrm_l")
    {
        let source = given.get(if name == "strcpy_s" { 2 } else { 1 }).copied();
        if source.is_some_and(|source| is_measured_by(context, count, source, to)) {
            let message = "The bound is the length of the source: it does not keep the copy inside the destination.";
            return found.push(
                context,
                Report::issue(call, concept::WRONG_BOUND, message)
                    .cwe(&[119, 805, 251, 676, 120])
                    .trace(sizes::declarations(context, call)),
            );
        }
    }
    if let Some(to) = to
        && size_of_pointer(context, count, to, name)
    {
        let message = "The size is that of a pointer or of another type, not of what is pointed to.";
        return found.push(
            context,
            Report::issue(call, concept::WRONG_BOUND, message)
                .cwe(&[467, 676, 131, 119])
                .trace(sizes::declarations(context, call)),
        );
    }
    let writes = to.filter(|_| !matches!(name, "memset" | "memcmp" | "bcmp" | "bzero"));
    if length.is_none()
        && let Some(to) = writes
        && let Some(origin) = context.flow().tainted(count, Purposes::SIZE)
        && !matches!(origin.source, Source::Parameter | Source::Unknown)
        && !origin.checked
        && !is_sized_alike(context, to, count)
    {
        let message =
            format!("The length is {}, and nothing limits it to the size of the buffer.", origin.source.name());
        let trace = context.flow().trace(count, origin);
        return found
            .push(context, Report::issue(call, concept::WRONG_BOUND, message).cwe(&[805, 787, 120, 129]).trace(trace));
    }
    if matches!(name, "memcpy" | "memmove" | "bcopy" | "CopyMemory" | "RtlCopyMemory") && length.is_none() {
        let message = "Nothing here shows that the length fits the destination.";
        let report = Report::audit(call, concept::WRONG_BOUND, message).cwe(&[120, 119, 787, 805]);
        found.push(context, report.trace(to.map(|to| sizes::buffer(context, to)).unwrap_or_default()));
    }
}

const WRITTEN: &[u16] = &[787, 805, 120, 119, 121, 131];
const READ: &[u16] = &[125, 126, 805, 119];

/// Bytes behind an expression, none where an allocation may be of another size.
fn room(context: &Context<'_>, node: NodeId) -> Option<i64> {
    // A flexible array at the end of a structure holds more than it says.
    let own = declared(context, node);
    if own.as_ref().is_some_and(|own| own.array && context.kind(node) == Kind::Attribute)
        && own.as_ref().and_then(|own| sizes::elements(context, own)).is_some_and(|count| count <= 1)
    {
        return None;
    }
    // A copy over several members is meant at times; one past the object never.
    layout::to_end_of_object(context, node).or_else(|| capacity(context, node))
}

/// Whether the bound speaks of the source alone: `strlen(source)`, `sizeof(source)`, give or take one.
fn is_measured_by(context: &Context<'_>, count: NodeId, source: NodeId, to: NodeId) -> bool {
    let tree = context.tree();
    let (source_text, to_text) = (context.source(source), context.source(to));
    if source_text == to_text || context.is_constant(source) {
        return false;
    }
    let inner = |node: NodeId| match context.kind(node) {
        Kind::Unary if context.name(node) == "sizeof" => tree.children(node).last().map(|part| context.source(part)),
        Kind::Call if matches!(context.callee(node), "strlen" | "wcslen") => {
            context.positional(node, 0).map(|part| context.source(part))
        }
        _ => None,
    };
    let mut at = count;
    for _ in 0..4 {
        match context.kind(at) {
            Kind::Binary if matches!(context.name(at), "+" | "/" | "*") => {
                let Some(left) = tree.child(at, Field::Left) else { return false };
                at = left;
            }
            Kind::Binary => return false,
            _ => break,
        }
    }
    inner(at).is_some_and(|measured| {
        let measured = measured.trim_matches(['(', ')', ' ']);
        measured == source_text
            && match (capacity(context, to), longest(context, source)) {
                (Some(room), Some(length)) => room < length,
                // Allocated by the same measure.
                _ => !is_sized_alike(context, to, at),
            }
    })
}

/// Whether a buffer was allocated by the same expression as the count, or one that holds it.
fn is_sized_alike(context: &Context<'_>, to: NodeId, count: NodeId) -> bool {
    let value = context.value(to);
    let given = context.source(value);
    let count = context.source(count);
    let is_allocation = matches!(context.kind(value), Kind::Call | Kind::New | Kind::Cast);
    is_allocation
        && (given.contains(count)
            || count.split(['+', '-', '*', ' ']).next().is_some_and(|first| first.len() > 1 && given.contains(first)))
}

/// `sizeof(pointer)` where the size of what it points to is meant.
fn size_of_pointer(context: &Context<'_>, count: NodeId, to: NodeId, name: &str) -> bool {
    let tree = context.tree();
    let size = std::iter::once(count)
        .chain(tree.children(count))
        .find(|&part| context.kind(part) == Kind::Unary && context.name(part) == "sizeof");
    let Some(size) = size else { return false };
    let Some(operand) = tree.children(size).last() else { return false };
    let is_type = tree.child(size, Field::Type).is_some();
    let text = context.source(operand).trim();
    let named = tree.children(operand).next().unwrap_or(operand);
    let own = declared(context, if is_type { named } else { operand });
    // `sizeof(p)` of a pointer, not `sizeof(*p)` or of an array.
    if let Some(own) = own.as_ref().filter(|own| own.stars > 0 && !own.array && !text.contains('*')) {
        let target = declared(context, to);
        let whole = to == operand || context.source(to) == text;
        let same = whole && own.stars > 0;
        return same && target.is_some_and(|target| target.is_pointer());
    }
    // Of a sum or difference nothing is said.
    let whole = count == size || context.name(count) == "*";
    matches!(name, "memset" | "bzero" | "ZeroMemory") && whole && is_other_type(context, to, operand, text, is_type)
}

/// Whether the type whose size is taken is not that of what is cleared.
fn is_other_type(context: &Context<'_>, to: NodeId, operand: NodeId, text: &str, is_type: bool) -> bool {
    let Some((kind, pointers)) = pointee(context, to) else { return false };
    let named = context.tree().children(operand).next().unwrap_or(operand);
    let by_name = declared(context, if is_type { named } else { operand });
    let (measured, stars) = match by_name {
        // The size of an array is that of all its elements.
        Some(own) => (own.kind, own.stars),
        None if is_type => (text.split(['*', '[']).next().unwrap_or_default(), text.matches('*').count()),
        None if context.types().contains_key(text) => (text, 0),
        None => return false,
    };
    let (kind, pointers) = layout::unaliased(context, kind, pointers);
    let (measured, stars) = layout::unaliased(context, measured, stars);
    let last = |text: &str| text.split_whitespace().last().unwrap_or_default().to_owned();
    let (own, other) = (last(kind), last(measured));
    if own == other {
        return pointers != stars;
    }
    let known = |name: &str| sizes::type_size(context, name, 0);
    // Bytes are cleared by any size; of two structures the larger spoils what is behind.
    pointers == 0
        && stars == 0
        && sizes::integer(kind).is_none()
        && sizes::integer(measured).is_none()
        && known(kind).zip(known(measured)).is_some()
        && layout::class(context, kind).is_some()
        && layout::class(context, measured).is_some()
        && layout::class(context, kind) != layout::class(context, measured)
}

/// The type of what an expression points to, and its pointers.
fn pointee<'p>(context: &Context<'p>, to: NodeId) -> Option<(&'p str, usize)> {
    let tree = context.tree();
    if context.kind(to) == Kind::Unary && context.name(to) == "&" {
        let inner = tree.child(to, Field::Value)?;
        let own = declared(context, inner)?;
        return Some((own.kind, own.stars));
    }
    let own = declared(context, to)?;
    if own.array {
        return Some((own.kind, own.stars));
    }
    if own.kind.trim() == "void" {
        // What the one pointer that was given to it points to.
        let value = context.value(to);
        return (value != to && matches!(context.kind(value), Kind::Name | Kind::Unary))
            .then(|| pointee(context, value).filter(|(kind, _)| kind.trim() != "void"))
            .flatten();
    }
    let (kind, stars) = layout::unaliased(context, own.kind, own.stars);
    Some((kind, stars.checked_sub(1)?))
}

/// `strncat(to, from, n)`: the bound is what is added, without the end mark.
fn concatenation(context: &Context<'_>, call: NodeId, given: &[NodeId], found: &mut Findings) {
    let &[to, from, count] = given else { return };
    let tree = context.tree();
    let to_text = context.source(to);
    let is_size = |node: NodeId| {
        context.kind(node) == Kind::Unary
            && context.name(node) == "sizeof"
            && tree
                .children(node)
                .last()
                .is_some_and(|part| context.source(part).trim_matches(['(', ')', ' ']) == to_text)
            // The size as the declaration writes it.
            || context.kind(node) == Kind::Name
                && sizes::declared(context, to).filter(|own| own.array).is_some_and(|own| {
                    tree.child(own.node, Field::Index).is_some_and(|size| context.source(size) == context.source(node))
                })
    };
    let whole = capacity(context, to);
    let bound = evaluate(context, count);
    let is_rest = context.kind(count) == Kind::Binary
        && context.name(count) == "-"
        && tree.child(count, Field::Right).is_some_and(|right| {
            context.kind(right) == Kind::Call
                && context.callee(right) == "strlen"
                && context.positional(right, 0).is_some_and(|part| context.source(part) == to_text)
        });
    let left = tree.child(count, Field::Left);
    let left_whole = left.is_some_and(|left| {
        is_size(left) || evaluate(context, left).is_some_and(|size| whole.is_none_or(|whole| size >= whole))
    });
    let measured = context.kind(count) == Kind::Call
        && context.callee(count) == "strlen"
        && context.positional(count, 0).is_some_and(|part| context.source(part) == context.source(from))
        && !context.is_constant(from);
    let wrong = is_size(count)
        || is_rest && left_whole
        || whole.zip(bound).is_some_and(|(whole, bound)| bound >= whole)
        || measured;
    // A short constant cannot reach the bound.
    let short = whole.zip(longest(context, from)).is_some_and(|(whole, length)| 2 * length < whole)
        && context.is_constant(from);
    if wrong && !short {
        let message = "The bound must leave room for what is there and for the end mark.";
        found.push(
            context,
            Report::issue(call, concept::WRONG_BOUND, message)
                .cwe(&[193, 787, 788, 119, 251, 676])
                .trace(sizes::declarations(context, call)),
        );
    } else if whole.is_none() && bound.is_some_and(|bound| bound >= 1_024) {
        let message = "The bound does not depend on what is left of the buffer.";
        found.push(
            context,
            Report::audit(call, concept::WRONG_BOUND, message).confidence(Confidence::Low).cwe(&[193, 787, 788]),
        );
    }
}
