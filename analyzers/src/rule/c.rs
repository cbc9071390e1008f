//! Questions about C and C++ that many checks ask: library functions, declared types, sizes and lengths; never a guess.

pub(crate) mod format;
pub(crate) mod paths;
pub(crate) mod types;

use crate::finding::Step;
use crate::resolve::DefinitionKind;
use crate::rule::Context;
use crate::syntax::{Field, Kind, NodeId, Span};

/// Deepest expression that is followed for a size or length.
const DEEPEST: u32 = 10;

/// The library function that a call calls, empty where the unit defines it or it is a member.
pub(crate) fn library<'c>(context: &'c Context<'_>, call: NodeId) -> &'c str {
    let Some(callee) = context.tree().child(call, Field::Callee) else { return "" };
    let path = context.path(callee);
    let names = &context.program().names;
    let own = context.kind(callee) == Kind::Name
        && path == context.name(callee)
        && names.binding(callee).is_some_and(|binding| {
            names.definitions(binding).iter().any(|definition| definition.kind == DefinitionKind::Function)
        });
    if own { "" } else { path }
}

/// Positional arguments of a call.
pub(crate) fn arguments(context: &Context<'_>, call: NodeId) -> Vec<NodeId> {
    context.tree().positional(call).take(64).collect()
}

/// What a declaration says of a variable, member or parameter.
#[derive(Debug, Clone)]
pub(crate) struct Declared<'p> {
    /// The Assign or Parameter.
    pub(crate) node: NodeId,
    /// The type as written, without pointers and sizes.
    pub(crate) kind: &'p str,
    /// Number of `*` before the name.
    pub(crate) stars: usize,
    /// Whether it is an array in its own right (not a parameter).
    pub(crate) array: bool,
    /// Whether it is a parameter.
    pub(crate) parameter: bool,
    /// Whether it is a C++ reference.
    pub(crate) reference: bool,
}

impl Declared<'_> {
    /// Whether it is a pointer rather than an array or value.
    pub(crate) const fn is_pointer(&self) -> bool {
        self.stars > 0 && !self.array
    }

    /// Whether it is a plain integer.
    pub(crate) fn is_integer(&self) -> bool {
        self.stars == 0 && !self.array && integer(self.kind).is_some()
    }
}

/// The declaration of a name or member.
pub(crate) fn declared<'p>(context: &Context<'p>, node: NodeId) -> Option<Declared<'p>> {
    let tree = context.tree();
    match context.kind(node) {
        Kind::Name => {
            let names = &context.program().names;
            let definitions = names.definitions(names.binding(node)?);
            definitions.iter().take(16).find_map(|definition| declared_at(context, definition.node))
        }
        Kind::Parameter => declared_at(context, node),
        Kind::Attribute => {
            let field = member(context, node)?;
            declared_at(context, field)
        }
        Kind::Unary if context.name(node) == "*" => {
            let mut inner = declared(context, tree.child(node, Field::Value)?)?;
            if inner.array {
                inner.array = false;
            } else {
                inner.stars = inner.stars.checked_sub(1)?;
            }
            Some(inner)
        }
        Kind::Subscript => {
            let mut inner = declared(context, tree.child(node, Field::Object)?)?;
            if inner.array && tree.children_in(inner.node, Field::Index).count() > 1 {
                return None;
            }
            if inner.array {
                inner.array = false;
            } else {
                inner.stars = inner.stars.checked_sub(1)?;
            }
            Some(inner)
        }
        Kind::Cast => {
            let kind = tree.child(node, Field::Type)?;
            let text = context.source(kind);
            let stars = text.matches('*').count();
            let named = tree.children(kind).next().map_or(text, |name| context.source(name));
            Some(Declared { node, kind: named, stars, array: false, parameter: false, reference: false })
        }
        _ => None,
    }
}

/// The target of the declaration of a member, by the structure's type or by being the only one of its name.
fn member(context: &Context<'_>, node: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let name = context.name(node);
    let object = tree.child(node, Field::Object)?;
    let class = declared(context, object).map(|declared| declared.kind);
    let mut found = None;
    for id in tree.ids().filter(|&id| tree.kind(id) == Kind::Class).take(64) {
        let Some(body) = tree.child(id, Field::Body) else { continue };
        let field = tree
            .children(body)
            .take(200)
            .filter(|&field| tree.kind(field) == Kind::Assign)
            .find_map(|field| tree.children_in(field, Field::Target).find(|&target| context.name(target) == name));
        let Some(field) = field else { continue };
        if class.is_some_and(|class| class.split_whitespace().last() == Some(context.name(id))) {
            return Some(field);
        }
        if found.replace(field).is_some() {
            return None;
        }
    }
    found
}

/// What the declaration at a target or parameter says.
fn declared_at<'p>(context: &Context<'p>, target: NodeId) -> Option<Declared<'p>> {
    let tree = context.tree();
    let text = context.text();
    let slice = |from: u32, to: u32| text.get(from as usize..to as usize).unwrap_or_default();
    if tree.kind(target) == Kind::Parameter {
        let kind = tree.child(target, Field::Type)?;
        let (whole, name, end) = (tree.span(target), tree.name_span(target), tree.span(kind).end);
        let before = if name.start >= end { slice(end, name.start) } else { slice(end, whole.end) };
        let after = if name.end > 0 { slice(name.end, whole.end) } else { "" };
        let stars = before.matches('*').count() + after.matches('[').count();
        let kind = context.source(kind);
        return Some(Declared {
            node: target,
            kind,
            stars,
            array: false,
            parameter: true,
            reference: before.contains('&'),
        });
    }
    let assign = tree.parent(target).filter(|&above| tree.kind(above) == Kind::Assign)?;
    let own = tree.child(assign, Field::Type);
    let kind = own.or_else(|| earlier_type(context, assign))?;
    let place = tree.span(target);
    let from = own.map_or(tree.span(assign).start, |kind| tree.span(kind).end);
    let before = slice(from, place.start);
    let after = slice(place.end, tree.span(assign).end).trim_start();
    Some(Declared {
        node: assign,
        kind: context.source(kind),
        stars: before.matches('*').count(),
        array: after.starts_with('['),
        parameter: false,
        reference: before.contains('&'),
    })
}

/// The type that a later declarator shares with the first of its declaration.
fn earlier_type(context: &Context<'_>, assign: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let parent = tree.parent(assign)?;
    let mut at = assign;
    for _ in 0..400 {
        at = NodeId(at.0.checked_sub(1)?);
        if at <= parent {
            return None;
        }
        if tree.parent(at) == Some(parent) {
            if tree.kind(at) != Kind::Assign || tree.raw_kind(at) != tree.raw_kind(assign) {
                return None;
            }
            if let Some(kind) = tree.child(at, Field::Type) {
                return Some(kind);
            }
        }
    }
    None
}

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
    let (size, sign) = match base {
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

/// Size of a type by its name and number of pointers, as far as the unit says it.
pub(crate) fn type_size(context: &Context<'_>, kind: &str, stars: usize) -> Option<i64> {
    size_of_type(context, kind, stars, 0)
}

fn size_of_type(context: &Context<'_>, kind: &str, stars: usize, depth: u32) -> Option<i64> {
    if stars > 0 {
        return Some(8);
    }
    if depth > 4 {
        return None;
    }
    if let Some((size, _)) = integer(kind) {
        return Some(size);
    }
    let name = kind.split_whitespace().last()?;
    match name {
        "float" | "FLOAT" => return Some(4),
        "double" if kind.contains("long") => return Some(16),
        "double" | "DOUBLE" => return Some(8),
        "wchar_t" => return Some(4),
        "WCHAR" | "char16_t" | "TCHAR" => return Some(2),
        "char32_t" => return Some(4),
        "bool" | "_Bool" => return Some(1),
        _ => {}
    }
    let tree = context.tree();
    let class = tree.ids().find(|&id| tree.kind(id) == Kind::Class && context.name(id) == name)?;
    let body = tree.child(class, Field::Body)?;
    let is_union = context.source(class).starts_with("union");
    let (mut offset, mut widest, mut largest) = (0_i64, 1_i64, 0_i64);
    for field in tree.children(body).take(200) {
        if tree.kind(field) != Kind::Assign {
            if matches!(tree.kind(field), Kind::Function | Kind::Other) {
                continue;
            }
            return None;
        }
        let target = tree.child(field, Field::Target)?;
        let declared = declared_at(context, target)?;
        let element = size_of_type(context, declared.kind, declared.stars, depth + 1)?;
        let count = if declared.array { elements(context, &declared)? } else { 1 };
        let size = element.checked_mul(count)?;
        let align = element.clamp(1, 8);
        offset = (offset + align - 1) / align * align + size;
        widest = widest.max(align);
        largest = largest.max(size);
    }
    let whole = if is_union { largest } else { offset };
    Some((whole + widest - 1) / widest * widest).filter(|&size| size > 0)
}

/// Number of elements of an array declaration, all dimensions together.
pub(crate) fn elements(context: &Context<'_>, declared: &Declared<'_>) -> Option<i64> {
    let tree = context.tree();
    let mut count = 1_i64;
    let mut any = false;
    for size in tree.children_in(declared.node, Field::Index) {
        any = true;
        count = count.checked_mul(evaluate(context, size)?)?;
    }
    if any {
        return Some(count);
    }
    let value = tree.child(declared.node, Field::Value)?;
    match context.kind(value) {
        Kind::List => Some(tree.children(value).count() as i64),
        _ => context.string(value).map(|text| text.len() as i64 + 1),
    }
}

/// Size of one element of what a pointer or array expression points to.
pub(crate) fn element_size(context: &Context<'_>, node: NodeId) -> Option<i64> {
    let declared = declared(context, node)?;
    let stars = if declared.array { declared.stars } else { declared.stars.checked_sub(1)? };
    type_size(context, declared.kind, stars)
}

/// The number that a size expression always is, `sizeof` and `strlen` of constants included.
pub(crate) fn evaluate(context: &Context<'_>, node: NodeId) -> Option<i64> {
    evaluate_below(context, node, 0)
}

fn evaluate_below(context: &Context<'_>, node: NodeId, depth: u32) -> Option<i64> {
    if let Some(number) = context.integer(node) {
        return Some(number);
    }
    if depth > DEEPEST {
        return None;
    }
    let tree = context.tree();
    let below = |node: NodeId| evaluate_below(context, node, depth + 1);
    match context.kind(node) {
        Kind::Unary if context.name(node) == "sizeof" => size_of_operand(context, node),
        Kind::Cast => tree.children_in(node, Field::Value).last().and_then(below),
        Kind::Binary => {
            let (left, right) = (below(tree.child(node, Field::Left)?)?, below(tree.child(node, Field::Right)?)?);
            match context.name(node) {
                "+" => left.checked_add(right),
                "-" => left.checked_sub(right),
                "*" => left.checked_mul(right),
                "/" if right != 0 => left.checked_div(right),
                "%" if right != 0 => left.checked_rem(right),
                "<<" => u32::try_from(right).ok().and_then(|bits| left.checked_shl(bits)),
                _ => None,
            }
        }
        Kind::Name => {
            let value = context.value(node);
            if value == node { None } else { below(value) }
        }
        Kind::Call if matches!(library(context, node), "strlen" | "wcslen") => {
            let text = context.string(context.positional(node, 0)?)?;
            Some(text.len() as i64)
        }
        Kind::String => {
            let text = context.string(node)?;
            let mut bytes = text.bytes();
            let only = bytes.next().filter(|_| context.source(node).starts_with('\''))?;
            bytes.next().is_none().then_some(i64::from(only))
        }
        _ => None,
    }
}

/// What `sizeof` gives.
pub(crate) fn size_of_operand(context: &Context<'_>, node: NodeId) -> Option<i64> {
    let tree = context.tree();
    if let Some(kind) = tree.child(node, Field::Type) {
        let text = context.source(kind);
        let named = tree.children(kind).next().map_or(text, |name| context.source(name));
        if text.contains('[') {
            return None;
        }
        return type_size(context, named, text.matches('*').count()).or_else(|| {
            // `sizeof(buffer)` reads like a type.
            let name = tree.children(kind).next()?;
            size_of_value(context, name)
        });
    }
    size_of_value(context, tree.child(node, Field::Value)?)
}

/// Size of the object that an expression denotes.
pub(crate) fn size_of_value(context: &Context<'_>, node: NodeId) -> Option<i64> {
    if let Some(text) = context.string(node).filter(|_| context.kind(node) == Kind::String) {
        return Some(text.len() as i64 + 1);
    }
    let declared = declared(context, node)?;
    let element = type_size(context, declared.kind, declared.stars)?;
    if declared.array { element.checked_mul(elements(context, &declared)?) } else { Some(element) }
}

/// Every value that a name can have here, where all of them are known.
pub(crate) fn values(context: &Context<'_>, node: NodeId) -> Option<Vec<NodeId>> {
    let data = context.flow().data();
    let mut list = Vec::new();
    for &at in data.definitions_of(node).iter().take(12) {
        let definition = &data.definitions[at as usize];
        if matches!(context.kind(definition.node), Kind::Subscript | Kind::Unary) {
            // A part of what it points to, not where it points.
            continue;
        }
        match definition.value {
            crate::graph::dfg::Value::Expression(value) if value != node && value != definition.node => {
                list.push(value);
            }
            _ => return None,
        }
    }
    (!list.is_empty()).then_some(list)
}

/// The declaration of the array that is written to, as a step of a finding.
pub(crate) fn buffer(context: &Context<'_>, node: NodeId) -> Vec<Step> {
    let base = crate::lang::memory::base(context.tree(), context.text(), node);
    let own = base.and_then(|base| declared(context, base)).filter(|own| own.array);
    own.map(|own| Step { span: context.tree().span(own.node), note: "the buffer".to_owned() }).into_iter().collect()
}

/// Bytes from where an expression points to the end of its object: arrays and allocations of a known size.
pub(crate) fn capacity(context: &Context<'_>, node: NodeId) -> Option<i64> {
    capacity_below(context, node, 0)
}

fn capacity_below(context: &Context<'_>, node: NodeId, depth: u32) -> Option<i64> {
    if depth > DEEPEST {
        return None;
    }
    let tree = context.tree();
    let below = |node: NodeId| capacity_below(context, node, depth + 1);
    match context.kind(node) {
        Kind::Name | Kind::Attribute => {
            let known = declared(context, node);
            if let Some(known) = known.as_ref().filter(|known| known.array) {
                let element = type_size(context, known.kind, known.stars)?;
                return element.checked_mul(elements(context, known)?);
            }
            let mut most = None;
            for value in values(context, node)? {
                most = most.max(Some(below(value)?));
            }
            most
        }
        Kind::Cast => tree.children_in(node, Field::Value).last().and_then(below),
        Kind::Unary if context.name(node) == "&" => {
            let inner = tree.child(node, Field::Value)?;
            if context.kind(inner) == Kind::Subscript {
                let object = tree.child(inner, Field::Object)?;
                let index = evaluate(context, tree.child(inner, Field::Index)?)?;
                return below(object)?.checked_sub(index.checked_mul(element_size(context, object)?)?);
            }
            size_of_value(context, inner)
        }
        Kind::Binary if context.name(node) == "+" => {
            let (left, right) = (tree.child(node, Field::Left)?, tree.child(node, Field::Right)?);
            let moved = evaluate(context, right)?.checked_mul(element_size(context, left)?)?;
            below(left)?.checked_sub(moved)
        }
        Kind::Call => {
            let given = arguments(context, node);
            let at = |index: usize| given.get(index).and_then(|&part| evaluate(context, part));
            match library(context, node) {
                "malloc" | "alloca" | "_alloca" | "xmalloc" | "g_malloc" | "g_malloc0" | "kmalloc" | "valloc" => at(0),
                "calloc" | "xcalloc" => at(0)?.checked_mul(at(1)?),
                "realloc" | "xrealloc" | "reallocf" => at(1),
                "strdup" => given.first().and_then(|&part| context.string(part)).map(|text| text.len() as i64 + 1),
                _ => None,
            }
        }
        Kind::New => {
            let count = evaluate(context, tree.child(node, Field::Index)?)?;
            let kind = tree.child(node, Field::Callee)?;
            count.checked_mul(type_size(context, context.source(kind), 0)?)
        }
        Kind::Conditional => {
            let (body, other) = (tree.child(node, Field::Body)?, tree.child(node, Field::Else)?);
            Some(below(body)?.max(below(other)?))
        }
        _ => None,
    }
}

/// Longest text that an expression can be, without the end mark; `None` where there is no bound.
pub(crate) fn longest(context: &Context<'_>, node: NodeId) -> Option<i64> {
    longest_below(context, node, 0)
}

fn longest_below(context: &Context<'_>, node: NodeId, depth: u32) -> Option<i64> {
    if let Some(text) = context.string(node) {
        return Some(text.len() as i64);
    }
    if depth > DEEPEST {
        return None;
    }
    let tree = context.tree();
    match context.kind(node) {
        Kind::Name | Kind::Attribute => {
            let known = declared(context, node)?;
            if known.array {
                return size_of_value(context, node).map(|size| size - 1);
            }
            let mut most = None;
            for value in values(context, node)? {
                most = most.max(Some(longest_below(context, value, depth + 1)?));
            }
            most
        }
        Kind::Conditional => {
            let (body, other) = (tree.child(node, Field::Body)?, tree.child(node, Field::Else)?);
            Some(longest_below(context, body, depth + 1)?.max(longest_below(context, other, depth + 1)?))
        }
        Kind::Cast => longest_below(context, tree.children_in(node, Field::Value).last()?, depth + 1),
        Kind::Unary if context.name(node) == "&" => {
            let inner = tree.child(node, Field::Value)?;
            (context.kind(inner) == Kind::Subscript).then(|| tree.child(inner, Field::Object)).flatten().and_then(
                |object| {
                    let index = evaluate(context, tree.child(inner, Field::Index)?)?;
                    Some(longest_below(context, object, depth + 1)? - index)
                },
            )
        }
        _ => None,
    }
}

/// The bytes of the source between two places.
pub(crate) fn between<'p>(context: &Context<'p>, from: u32, to: u32) -> &'p str {
    context.text().get(Span { start: from, end: to }.range()).unwrap_or_default()
}
