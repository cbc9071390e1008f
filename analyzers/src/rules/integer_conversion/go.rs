//! Conversions between the whole numbers of Go.

use crate::concept;
use crate::finding::{Confidence, Severity, Step};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

mod range;

/// Bits and sign of a type.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Width {
    bits: u32,
    signed: bool,
}

impl Width {
    /// Its least and greatest value.
    fn ends(self) -> (i128, i128) {
        if self.signed {
            let most = (1_i128 << (self.bits - 1)) - 1;
            (-most - 1, most)
        } else {
            (0, (1_i128 << self.bits) - 1)
        }
    }
}

/// The width of a type by name; `int` has 64 bits unless the file is built for smaller machines alone.
fn width(context: &Context<'_>, name: &str) -> Option<Width> {
    let (bits, signed) = match name {
        "int8" => (8, true),
        "int16" => (16, true),
        "int32" | "rune" => (32, true),
        "int64" => (64, true),
        "uint8" | "byte" => (8, false),
        "uint16" => (16, false),
        "uint32" => (32, false),
        "uint64" => (64, false),
        "int" => (if is_small_machine(context) { 32 } else { 64 }, true),
        "uint" | "uintptr" => (if is_small_machine(context) { 32 } else { 64 }, false),
        _ => return None,
    };
    Some(Width { bits, signed })
}

/// Machines with 32 and with 64 bits, as build constraints name them.
const SMALL: &[&str] =
    &["386", "amd64p32", "arm", "armbe", "mips", "mipsle", "mips64p32", "mips64p32le", "ppc", "riscv", "s390", "sparc"];
const LARGE: &[&str] = &[
    "amd64", "arm64", "arm64be", "ppc64", "ppc64le", "mips64", "mips64le", "riscv64", "s390x", "sparc64", "loong64",
    "wasm",
];

/// Whether a build constraint names only machines with 32 bits.
fn is_small_machine(context: &Context<'_>) -> bool {
    let constraint = if context.mentions("//go:build ") {
        "//go:build "
    } else if context.mentions("// +build ") {
        "// +build "
    } else {
        return false;
    };
    let line = context.text().split_once(constraint).and_then(|(_, rest)| rest.lines().next()).unwrap_or_default();
    let words = || line.split([' ', '|', '&', '(', ')', ',']);
    !line.contains('!') && words().any(|word| SMALL.contains(&word)) && !words().any(|word| LARGE.contains(&word))
}

/// Checks `int32(x)`.
pub(super) fn cast(context: &Context<'_>, cast: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(kind), Some(value)) = (tree.child(cast, Field::Type), tree.child(cast, Field::Value)) else { return };
    let Some(to) = width(context, context.source(kind)) else { return };
    // `x.(int32)` asks what is there and converts nothing.
    if kind > value {
        return;
    }
    let Some(range) = range::of(context, value, cast, 0) else { return };
    if range.width.is_none() || range.fits(to) {
        return;
    }
    if to.bits == 8 && takes_bytes_apart(context, cast, value) {
        return;
    }
    let message = "The number may not fit the type that it is converted to.";
    // Only the sign of what was parsed changes its meaning.
    let source = context.value(value);
    let parsed = context.kind(source) == Kind::Call && context.callee(source).starts_with("strconv.");
    found.push(
        context,
        if parsed && range.fits_above(to) {
            Report::audit(cast, concept::UNCHECKED_INPUT, message)
        } else {
            let report = Report::issue(cast, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium);
            report.trace(origin(context, value))
        },
    );
}

/// `x << 40` of a number with 32 bits: nothing is left of it.
pub(super) fn shift(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if !matches!(context.name(node), "<<" | ">>") {
        return;
    }
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let Some(by) = context.integer(right).filter(|_| context.integer(left).is_none()) else { return };
    let Some(width) = range::of(context, left, node, 0).and_then(|range| range.width) else { return };
    if by >= i64::from(width.bits) {
        let message = "The number is shifted by more bits than it has.";
        let report = Report::issue(node, concept::UNCHECKED_INPUT, message).cwe(&[197, 190]);
        found.push(context, report.severity(Severity::Low).trace(origin(context, left)));
    }
}

/// Where the number gets its type.
fn origin(context: &Context<'_>, value: NodeId) -> Vec<Step> {
    let source = context.value(value);
    let names = &context.program().names;
    let inner = context.tree().subtree(value).take(12).find(|&part| names.binding(part).is_some());
    let from =
        if source == value { inner.and_then(|inner| names.definition(inner)).map(|it| it.node) } else { Some(source) };
    from.map(|node| vec![Step { span: context.tree().span(node), note: "the number comes from here".to_owned() }])
        .unwrap_or_default()
}

/// `byte(x)` beside `byte(x >> 8)`: the bytes of a number are taken one by one.
fn takes_bytes_apart(context: &Context<'_>, cast: NodeId, value: NodeId) -> bool {
    let tree = context.tree();
    let base = |node: NodeId| {
        let mut at = node;
        for _ in 0..4 {
            match tree.child(at, Field::Left).filter(|_| matches!(context.name(at), ">>" | "&")) {
                Some(left) => at = left,
                None => break,
            }
        }
        context.source(at)
    };
    let name = base(value);
    tree.subtree(tree.scope(cast)).take(6_000).any(|other| {
        let inner = tree.child(other, Field::Value).filter(|_| context.kind(other) == Kind::Cast && other != cast);
        inner.is_some_and(|inner| {
            context.kind(inner) == Kind::Binary
                && base(inner) == name
                && (context.source(inner).contains(">>") || context.name(inner) == "&")
        })
    })
}

/// What well-known functions return.
fn returns(context: &Context<'_>, path: &str) -> Option<Width> {
    let name = match path {
        "strconv.Atoi" | "math/rand.Int" | "math/rand.Intn" | "math/rand.IntN" => "int",
        "math/rand.Int63"
        | "math/rand.Int63n"
        | "math/rand.Int64"
        | "math/rand.Int64N"
        | "time.Time.Unix"
        | "time.Now.Unix"
        | "time.Time.UnixNano"
        | "time.Now.UnixNano"
        | "time.Time.UnixMilli"
        | "time.Now.UnixMilli" => "int64",
        "math/rand.Uint32" | "encoding/binary.BigEndian.Uint32" | "encoding/binary.LittleEndian.Uint32" => "uint32",
        "math/rand.Uint64" | "encoding/binary.BigEndian.Uint64" | "encoding/binary.LittleEndian.Uint64" => "uint64",
        "encoding/binary.BigEndian.Uint16" | "encoding/binary.LittleEndian.Uint16" => "uint16",
        _ => return None,
    };
    width(context, name)
}

/// Whether a call or its argument is compared with something before.
fn is_checked(context: &Context<'_>, before: NodeId, value: NodeId) -> bool {
    let tree = context.tree();
    let inner = context.positional(value, 0).unwrap_or(value);
    let names: Vec<&str> = tree
        .subtree(inner)
        .take(12)
        .filter(|&part| matches!(context.kind(part), Kind::Name | Kind::Attribute))
        .map(|part| context.source(part))
        .collect();
    tree.subtree(tree.scope(before)).take(6_000).take_while(|&part| part < before).any(|part| {
        context.kind(part) == Kind::Compare
            && matches!(context.name(part), "<" | "<=" | ">" | ">=" | "==")
            && tree.subtree(part).take(20).any(|inner| names.contains(&context.source(inner)))
    })
}

/// `make([]byte, len(data)+n)`, where nothing bounds `data`.
pub(super) fn allocation(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.callee(call) != "make" {
        return;
    }
    let tree = context.tree();
    for size in tree.positional(call).skip(1) {
        let sum = context.value(size);
        if context.kind(sum) != Kind::Binary || !matches!(context.name(sum), "+" | "*") {
            continue;
        }
        let grows = tree.subtree(sum).take(30).any(|part| {
            context.kind(part) == Kind::Call
                && context.callee(part) == "len"
                && context
                    .positional(part, 0)
                    .is_some_and(|of| is_unbounded(context, of) && !is_checked(context, call, part))
        });
        if grows {
            let message = "The size of an allocation may overflow.";
            return found
                .push(context, Report::issue(sum, concept::UNCHECKED_INPUT, message).confidence(Confidence::Low));
        }
    }
}

/// Whether data is as large as somebody else likes: encoded, or read to its end.
fn is_unbounded(context: &Context<'_>, node: NodeId) -> bool {
    let data = context.flow().data();
    data.definitions_of(node).iter().take(4).any(|&at| match data.definitions[at as usize].value {
        crate::graph::dfg::Value::Expression(value) => {
            !is_small(context, value)
                && matches!(
                    context.callee(value),
                    "encoding/json.Marshal"
                        | "encoding/json.MarshalIndent"
                        | "encoding/xml.Marshal"
                        | "io.ReadAll"
                        | "io/ioutil.ReadAll"
                        | "os.ReadFile"
                        | "io/ioutil.ReadFile"
                )
        }
        _ => false,
    })
}

/// Whether what is encoded is a constant or a number.
fn is_small(context: &Context<'_>, call: NodeId) -> bool {
    context.positional(call, 0).is_some_and(|value| {
        context.is_constant(value)
            || context.program().names.type_of(value).is_some_and(|kind| width(context, kind).is_some())
    })
}
