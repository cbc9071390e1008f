//! Sizes of C types and places of their members, on 64-bit Unix, as far as the unit says them; never a guess.

use crate::rule::Context;
use crate::rule::c::{Declared, declared, elements, evaluate};
use crate::syntax::{Field, Kind, NodeId};

/// Deepest nesting of types that is followed.
const DEEPEST: u32 = 6;
/// Most members of a type.
const MOST_MEMBERS: usize = 200;

/// Size in bytes and signedness of an integer type as written; of `long` on 64-bit Unix.
pub(crate) fn integer(kind: &str) -> Option<(i64, bool)> {
    let mut words = kind.split_whitespace().filter(|word| {
        !matches!(*word, "const" | "volatile" | "static" | "register" | "extern" | "constexpr" | "inline")
    });
    let (mut unsigned, mut longs, mut base) = (false, 0, "");
    let mut any = false;
    for word in words.by_ref().take(6) {
        any = true;
        match word {
            "unsigned" => unsigned = true,
            "signed" => {}
            "long" => longs += 1,
            _ => base = word,
        }
    }
    if !any {
        return None;
    }
    let (size, sign) = match base.strip_prefix("std::").unwrap_or(base) {
        "" | "int" if longs > 0 => (8, true),
        "" | "int" => (4, true),
        "char" => (1, true),
        "short" => (2, true),
        "size_t" | "uint64_t" | "uintptr_t" | "SIZE_T" | "ULONGLONG" | "UINT64" | "u64" | "uint64" | "QWORD" => {
            (8, false)
        }
        "ssize_t" | "int64_t" | "intptr_t" | "off_t" | "ptrdiff_t" | "time_t" | "LONGLONG" | "INT64" | "s64"
        | "off64_t" => (8, true),
        "uint32_t" | "DWORD" | "UINT" | "ULONG" | "u32" | "uint" | "uint32" | "u_int" | "u_int32_t" | "UINT32" => {
            (4, false)
        }
        "int32_t" | "LONG" | "INT" | "s32" | "int32" | "INT32" => (4, true),
        "uint16_t" | "WORD" | "USHORT" | "u16" | "ushort" | "u_short" | "uint16" | "UINT16" => (2, false),
        "int16_t" | "SHORT" | "s16" | "int16" | "INT16" => (2, true),
        "uint8_t" | "BYTE" | "UCHAR" | "u8" | "uchar" | "u_char" | "byte" | "uint8" | "UINT8" => (1, false),
        "int8_t" | "CHAR" | "s8" | "int8" | "INT8" => (1, true),
        _ => return None,
    };
    Some((size, sign && !unsigned))
}

/// Size and alignment.
#[derive(Debug, Clone, Copy)]
struct Layout {
    size: i64,
    align: i64,
}

impl Layout {
    const fn plain(size: i64) -> Self {
        Self { size, align: if size > 8 { 8 } else { size } }
    }
}

/// Size of a type by its name and number of pointers.
pub(crate) fn type_size(context: &Context<'_>, kind: &str, stars: usize) -> Option<i64> {
    of_type(context, kind, stars, 0).map(|layout| layout.size)
}

/// The class, or the alias, that a type name stands for.
fn definition(context: &Context<'_>, kind: &str) -> Option<NodeId> {
    context.types().get(kind.split_whitespace().last()?.rsplit("::").next()?).copied()
}

/// The class that a type name stands for, through aliases.
pub(crate) fn class(context: &Context<'_>, kind: &str) -> Option<NodeId> {
    let tree = context.tree();
    let mut at = definition(context, kind)?;
    for _ in 0..DEEPEST {
        if context.kind(at) == Kind::Class {
            return Some(at);
        }
        let value = tree.child(at, Field::Value)?;
        if alias_stars(context, at) > 0 {
            return None;
        }
        at = definition(context, context.source(value))?;
    }
    None
}

/// A type behind its aliases, with the pointers that they add; an alias of an array stays.
pub(crate) fn unaliased<'p: 'a, 'a>(context: &Context<'p>, kind: &'a str, stars: usize) -> (&'a str, usize) {
    let (mut kind, mut stars) = (kind, stars);
    for _ in 0..DEEPEST {
        let Some(alias) = definition(context, kind).filter(|&alias| {
            context.kind(alias) == Kind::Assign && context.tree().child(alias, Field::Index).is_none()
        }) else {
            break;
        };
        let Some(value) = context.tree().child(alias, Field::Value) else { break };
        stars += alias_stars(context, alias);
        kind = context.source(value);
    }
    (kind, stars)
}

/// `*` that an alias adds.
fn alias_stars(context: &Context<'_>, alias: NodeId) -> usize {
    let tree = context.tree();
    let (Some(value), Some(target)) = (tree.child(alias, Field::Value), tree.child(alias, Field::Target)) else {
        return 0;
    };
    super::between(context, tree.span(value).end, tree.span(target).start).matches('*').count()
}

/// Whether a type name stands for an array.
pub(crate) fn is_array_alias(context: &Context<'_>, kind: &str) -> bool {
    definition(context, kind)
        .is_some_and(|alias| context.kind(alias) == Kind::Assign && context.tree().child(alias, Field::Index).is_some())
}

fn of_type(context: &Context<'_>, kind: &str, stars: usize, depth: u32) -> Option<Layout> {
    if stars > 0 {
        return Some(Layout::plain(8));
    }
    if depth > DEEPEST {
        return None;
    }
    if let Some((size, _)) = integer(kind) {
        return Some(Layout::plain(size));
    }
    match kind.split_whitespace().last()? {
        "float" | "FLOAT" => return Some(Layout::plain(4)),
        "double" if kind.contains("long") => return Some(Layout { size: 16, align: 16 }),
        "double" | "DOUBLE" => return Some(Layout::plain(8)),
        "wchar_t" | "char32_t" => return Some(Layout::plain(4)),
        "WCHAR" | "char16_t" | "TCHAR" => return Some(Layout::plain(2)),
        "bool" | "_Bool" | "char8_t" => return Some(Layout::plain(1)),
        _ => {}
    }
    let found = definition(context, kind)?;
    if context.kind(found) == Kind::Class {
        return of_class(context, found, depth + 1, &mut |_, _| {});
    }
    let tree = context.tree();
    let value = tree.child(found, Field::Value)?;
    let one = of_type(context, context.source(value), alias_stars(context, found), depth + 1)?;
    let mut size = one.size;
    for count in tree.children_in(found, Field::Index) {
        size = size.checked_mul(evaluate(context, count)?)?;
    }
    Some(Layout { size, align: one.align })
}

/// Lays out a class; `visit` sees every member with its offset, those of nameless parts included.
fn of_class(context: &Context<'_>, class: NodeId, depth: u32, visit: &mut dyn FnMut(NodeId, i64)) -> Option<Layout> {
    if depth > DEEPEST {
        return None;
    }
    let tree = context.tree();
    let body = tree.child(class, Field::Body)?;
    let is_union = context.source(class).starts_with("union");
    let (mut offset, mut widest, mut largest) = (0_i64, 1_i64, 0_i64);
    // A base or a virtual function takes room that is not seen.
    if tree.child(class, Field::Base).is_some() || context.source(body).contains("virtual ") {
        return None;
    }
    for field in tree.children(body).take(MOST_MEMBERS) {
        match tree.kind(field) {
            Kind::Class if context.name(field).is_empty() => {
                let mut inner = Vec::new();
                let part = of_class(context, field, depth + 1, &mut |target, at| inner.push((target, at)))?;
                let start = if is_union { 0 } else { aligned(offset, part.align) };
                for (target, at) in inner {
                    visit(target, start + at);
                }
                offset = start + part.size;
                widest = widest.max(part.align);
                largest = largest.max(part.size);
            }
            Kind::Assign => {
                if context.source(field).starts_with("static") || context.source(field).starts_with("typedef") {
                    continue;
                }
                let target = tree.child(field, Field::Target)?;
                let own = super::declared_at(context, target)?;
                let one = of_member(context, field, &own, depth)?;
                let start = if is_union { 0 } else { aligned(offset, one.align) };
                visit(target, start);
                offset = start + one.size;
                widest = widest.max(one.align);
                largest = largest.max(one.size);
            }
            Kind::Function | Kind::Other | Kind::Class | Kind::Pass | Kind::Import => {}
            _ => return None,
        }
    }
    let whole = aligned(if is_union { largest } else { offset }, widest);
    (whole > 0).then_some(Layout { size: whole, align: widest })
}

fn of_member(context: &Context<'_>, field: NodeId, own: &Declared<'_>, depth: u32) -> Option<Layout> {
    let tree = context.tree();
    let inline = tree
        .child(field, Field::Type)
        .and_then(|kind| tree.children(kind).find(|&part| context.kind(part) == Kind::Class));
    let one = match inline {
        Some(class) if own.stars == 0 => of_class(context, class, depth + 1, &mut |_, _| {})?,
        _ => of_type(context, own.kind, own.stars, depth + 1)?,
    };
    let count = if own.array { elements(context, own)? } else { 1 };
    Some(Layout { size: one.size.checked_mul(count)?, align: one.align })
}

fn aligned(offset: i64, align: i64) -> i64 {
    let align = align.max(1);
    (offset + align - 1) / align * align
}

/// Where a member lies in its class.
fn offset_of(context: &Context<'_>, class: NodeId, member: &str) -> Option<i64> {
    let mut found = None;
    of_class(context, class, 0, &mut |target, offset| {
        if context.name(target) == member {
            found = found.or(Some(offset));
        }
    });
    found
}

/// What `offsetof(type, member.part)` gives.
pub(crate) fn offset_by_text(context: &Context<'_>, text: &str) -> Option<i64> {
    let inner = text.split_once('(')?.1.rsplit_once(')')?.0;
    let (kind, path) = inner.split_once(',')?;
    let mut at = class(context, kind.trim())?;
    let mut offset = 0_i64;
    for (step, member) in path.trim().split('.').take(8).enumerate() {
        if step > 0 {
            return None;
        }
        offset += offset_of(context, at, member.trim())?;
        at = class(context, kind.trim())?;
    }
    Some(offset)
}

/// Bytes from a member to the end of the object that it is a part of.
pub(crate) fn to_end_of_object(context: &Context<'_>, node: NodeId) -> Option<i64> {
    let tree = context.tree();
    let mut place = node;
    let mut skipped = 0;
    if context.kind(place) == Kind::Unary && context.name(place) == "&" {
        place = tree.child(place, Field::Value)?;
        if context.kind(place) == Kind::Subscript {
            let object = tree.child(place, Field::Object)?;
            skipped = evaluate(context, tree.child(place, Field::Index)?)?
                .checked_mul(super::element_size(context, object)?)?;
            place = object;
        }
    } else {
        let own = declared(context, place)?;
        let array = own.array || own.stars == 0 && is_array_alias(context, own.kind);
        if !array {
            return None;
        }
    }
    let (class, offset) = within(context, place, 0)?;
    let whole = of_class(context, class, 0, &mut |_, _| {})?.size;
    Some(whole - offset - skipped)
}

/// The class of the outermost object that a member is a part of, and its offset there.
fn within(context: &Context<'_>, node: NodeId, depth: u32) -> Option<(NodeId, i64)> {
    if depth > DEEPEST {
        return None;
    }
    let tree = context.tree();
    match context.kind(node) {
        Kind::Attribute => {
            let object = tree.child(node, Field::Object)?;
            let own = declared(context, object)?;
            let kind = class(context, own.kind)?;
            let offset = offset_of(context, kind, context.name(node))?;
            let reached = own.stars > 0 || own.array || own.reference;
            if !reached && let Some((outer, at)) = within(context, object, depth + 1) {
                return Some((outer, at + offset));
            }
            Some((kind, offset))
        }
        // A member of the object that a method runs on.
        Kind::Name => {
            let own = declared(context, node)?;
            let mut class = tree.ancestors(own.node).find(|&above| context.kind(above) == Kind::Class)?;
            // Members of nameless parts are members of what is around.
            while context.name(class).is_empty() {
                class = tree.ancestors(class).find(|&above| context.kind(above) == Kind::Class)?;
            }
            let inside = tree.ancestors(own.node).find(|&above| context.kind(above) == Kind::Function);
            if inside.is_some_and(|function| tree.contains(class, function)) {
                return None;
            }
            Some((class, offset_of(context, class, context.name(node))?))
        }
        _ => None,
    }
}

/// Offset and size of every number, pointer and run of characters in a class, in order, and the size of all.
pub(crate) fn scalars(context: &Context<'_>, class: NodeId) -> Option<(Vec<(i64, i64)>, i64)> {
    let mut list = Vec::new();
    let size = flatten(context, class, 0, 0, &mut list)?;
    Some((list, size))
}

fn flatten(context: &Context<'_>, kind: NodeId, start: i64, depth: u32, list: &mut Vec<(i64, i64)>) -> Option<i64> {
    if depth > DEEPEST || list.len() > MOST_MEMBERS {
        return None;
    }
    let mut members = Vec::new();
    let whole = of_class(context, kind, 0, &mut |target, offset| members.push((target, offset)))?;
    for (target, offset) in members {
        let own = super::declared_at(context, target)?;
        if let Some(inner) = class(context, own.kind).filter(|_| own.stars == 0 && !own.array) {
            flatten(context, inner, start + offset, depth + 1, list)?;
            continue;
        }
        let one = of_type(context, own.kind, own.stars, 0)?.size;
        let count = if own.array { elements(context, &own)? } else { 1 };
        list.push((start + offset, one.checked_mul(count)?));
    }
    Some(whole.size)
}
