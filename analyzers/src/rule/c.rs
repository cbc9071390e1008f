//! Questions about C and C++ that many checks ask: library functions, declared types, sizes and lengths; never a guess.

pub(crate) mod conditions;
pub(crate) mod format;
pub(crate) mod grounds;
pub(crate) mod layout;
pub(crate) mod origin;
pub(crate) mod paths;
pub(crate) mod result;
pub(crate) mod types;

pub(crate) use grounds::declarations;
pub(crate) use layout::{integer, type_size};

use crate::finding::Step;
use crate::graph::dfg::Value;
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
            names.definitions(binding).iter().any(|definition| {
                definition.kind == DefinitionKind::Function && !context.source(definition.node).starts_with('#')
            })
        });
    // What a macro or the compiler calls alike is the same.
    if own { "" } else { path.strip_prefix("__builtin_").unwrap_or(path) }
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
            // The nearest declaration in a block around.
            let before = definitions.partition_point(|definition| definition.node <= node);
            let near = definitions.get(before.saturating_sub(128)..before)?.iter().rev();
            near.filter(|definition| {
                tree.parent(definition.node)
                    .and_then(|assign| tree.parent(assign))
                    .is_some_and(|block| tree.contains(block, node))
            })
            .find_map(|definition| declared_at(context, definition.node))
            .or_else(|| definitions.iter().take(16).find_map(|definition| declared_at(context, definition.node)))
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
    for &id in context.classes().iter().take(64) {
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
            // Another statement declares nothing of this one.
            let between = tree.span(at).end as usize..tree.span(assign).start as usize;
            if context.text().get(between).is_some_and(|between| between.contains(';')) {
                return None;
            }
            if let Some(kind) = tree.child(at, Field::Type) {
                return Some(kind);
            }
        }
    }
    None
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
                "|" => Some(left | right),
                "&" => Some(left & right),
                "^" => Some(left ^ right),
                ">>" => u32::try_from(right).ok().and_then(|bits| left.checked_shr(bits)),
                "<<" => u32::try_from(right).ok().and_then(|bits| left.checked_shl(bits)),
                _ => None,
            }
        }
        Kind::Name => {
            let value = context.value(node);
            if value == node { None } else { below(value) }
        }
        Kind::Other if context.source(node).starts_with("offsetof") => {
            layout::offset_by_text(context, context.source(node))
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
        if let Some((_, sizes)) = text.split_once('[') {
            // `sizeof(char[20])`
            let one = type_size(context, named, text.matches('*').count())?;
            let mut counts = sizes.split('[').map(|count| count.trim_end_matches([']', ' ']).parse::<i64>().ok());
            return counts.try_fold(one, |size, count| size.checked_mul(count?));
        }
        return type_size(context, named, text.matches('*').count()).or_else(|| {
            // `sizeof(buffer)` reads like a type.
            let name = tree.children(kind).next()?;
            size_of_value(context, name)
        });
    }
    let value = tree.child(node, Field::Value)?;
    // `sizeof(name)` reads like a value where the name is a type.
    size_of_value(context, value).or_else(|| {
        let named = context.kind(value) == Kind::Name && declared(context, value).is_none();
        named.then(|| type_size(context, context.source(value), 0)).flatten()
    })
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

/// Every value that a name can have here, where all of them are known. What is written through a pointer does not
/// change where it points.
pub(crate) fn values(context: &Context<'_>, node: NodeId) -> Option<Vec<NodeId>> {
    let data = context.flow().data();
    let mut list = Vec::new();
    let mut open = vec![node];
    let mut at = 0;
    while let Some(&usage) = open.get(at) {
        at += 1;
        for &at in data.definitions_of(usage).iter().take(12) {
            let definition = &data.definitions[at as usize];
            if matches!(context.kind(definition.node), Kind::Subscript | Kind::Unary) {
                // A part of what it points to, not where it points.
                continue;
            }
            match definition.value {
                Value::Expression(value) if value != usage && value != definition.node => list.push(value),
                Value::Written(call, place) => {
                    let given = context.positional(call, usize::from(place))?;
                    if context.source(given) != context.source(node) {
                        return None;
                    }
                    if open.len() < 16 && !open.contains(&given) {
                        open.push(given);
                    }
                }
                _ => return None,
            }
        }
    }
    list.dedup();
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
            if let Some(known) =
                known.as_ref().filter(|own| own.stars == 0 && layout::is_array_alias(context, own.kind))
            {
                return type_size(context, known.kind, 0);
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
