//! Conversions between the whole numbers of Go.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};

/// Bits and sign of a type; `int` is 64 bits wide when it is the source and the target.
#[derive(Clone, Copy, PartialEq)]
struct Width {
    bits: u32,
    signed: bool,
}

fn width(name: &str) -> Option<Width> {
    let (bits, signed) = match name {
        "int8" => (8, true),
        "int16" => (16, true),
        "int32" | "rune" => (32, true),
        "int64" | "int" => (64, true),
        "uint8" | "byte" => (8, false),
        "uint16" => (16, false),
        "uint32" => (32, false),
        "uint64" | "uint" | "uintptr" => (64, false),
        _ => return None,
    };
    Some(Width { bits, signed })
}

/// Checks `int32(x)`.
pub(super) fn cast(context: &Context<'_>, cast: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(kind), Some(value)) = (tree.child(cast, Field::Type), tree.child(cast, Field::Value)) else { return };
    let Some(to) = width(context.source(kind)) else { return };
    // `x.(int32)` asks what is there and converts nothing.
    if kind > value {
        return;
    }
    let Some(from) = source_width(context, value, 0) else { return };
    let holds = if from.signed == to.signed { to.bits >= from.bits } else { !from.signed && to.bits > from.bits };
    if holds || context.integer(value).is_some_and(|number| fits(number, to)) || is_checked(context, cast, value) {
        return;
    }
    let message = "The number may not fit the type that it is converted to.";
    // Only the sign of what was parsed changes its meaning.
    let parsed = context.kind(context.value(value)) == Kind::Call
        && context.callee(context.value(value)).starts_with("strconv.");
    found.push(
        context,
        if parsed && from.bits <= to.bits {
            Report::audit(cast, concept::UNCHECKED_INPUT, message)
        } else {
            Report::issue(cast, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium)
        },
    );
}

fn fits(number: i64, to: Width) -> bool {
    if to.signed {
        let most = if to.bits == 64 { i64::MAX } else { (1_i64 << (to.bits - 1)) - 1 };
        (-most - 1..=most).contains(&number)
    } else {
        number >= 0 && (to.bits >= 63 || number < 1_i64 << to.bits)
    }
}

/// The type of an expression as far as the unit says it.
fn source_width(context: &Context<'_>, node: NodeId, depth: u32) -> Option<Width> {
    if depth > 6 {
        return None;
    }
    let tree = context.tree();
    match context.kind(node) {
        Kind::Name | Kind::Attribute => {
            let value = context.value(node);
            let declared = context.program().names.type_of(node);
            let known = declared.and_then(width).or_else(|| declared.and_then(returns));
            if value != node && context.kind(value) == Kind::Call {
                return source_width(context, value, depth + 1).or(known);
            }
            known.or_else(|| if value == node { None } else { source_width(context, value, depth + 1) })
        }
        Kind::Call => {
            let path = context.callee(node);
            match path {
                "strconv.ParseInt" | "strconv.ParseUint" => {
                    let bits = context.positional(node, 2).and_then(|bits| context.integer(bits)).unwrap_or(64);
                    let bits = if bits == 0 { 64 } else { u32::try_from(bits).unwrap_or(64) };
                    Some(Width { bits, signed: path.ends_with("Int") && !path.ends_with("Uint") })
                }
                _ => returns(path),
            }
        }
        Kind::Cast => tree.child(node, Field::Type).and_then(|kind| width(context.source(kind))),
        Kind::Binary if matches!(context.name(node), "+" | "-" | "*") => tree
            .children(node)
            .filter(|&side| context.integer(side).is_none())
            .find_map(|side| source_width(context, side, depth + 1)),
        Kind::Unary if context.name(node) == "-" => {
            tree.child(node, Field::Value).and_then(|inner| source_width(context, inner, depth + 1))
        }
        _ => None,
    }
}

/// What well-known functions return.
fn returns(path: &str) -> Option<Width> {
    let name = match path {
        // Never negative, and far from the largest.
        "len" | "cap" => return Some(Width { bits: 63, signed: false }),
        "strconv.Atoi" | "math/rand.Int" | "math/rand.Intn" => "int",
        "math/rand.Int63" | "math/rand.Int63n" | "math/rand.Int64" | "time.Time.Unix" | "time.Now.Unix" => "int64",
        "math/rand.Uint32" => "uint32",
        "math/rand.Uint64" => "uint64",
        _ => return None,
    };
    width(name)
}

/// Whether the value is compared with something before, or a mask or remainder bounds it.
fn is_checked(context: &Context<'_>, cast: NodeId, value: NodeId) -> bool {
    let tree = context.tree();
    let inner = match context.kind(value) {
        Kind::Call if matches!(context.callee(value), "len" | "cap") => context.positional(value, 0).unwrap_or(value),
        Kind::Call => return false,
        _ => value,
    };
    let names: Vec<&str> = tree
        .subtree(inner)
        .take(12)
        .filter(|&part| matches!(context.kind(part), Kind::Name | Kind::Attribute))
        .map(|part| context.source(part))
        .collect();
    tree.subtree(tree.scope(cast)).take(6_000).take_while(|&part| part < cast).any(|part| match context.kind(part) {
        Kind::Compare => {
            matches!(context.name(part), "<" | "<=" | ">" | ">=" | "==")
                && tree.subtree(part).take(20).any(|inner| names.contains(&context.source(inner)))
        }
        Kind::For => tree
            .child(part, Field::Target)
            .is_some_and(|target| tree.subtree(target).take(4).any(|inner| names.contains(&context.source(inner)))),
        Kind::Call => {
            matches!(context.callee(part), "min" | "max")
                && tree.positional(part).any(|inner| names.contains(&context.source(inner)))
        }
        _ => false,
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
        context.is_constant(value) || context.program().names.type_of(value).and_then(width).is_some()
    })
}
