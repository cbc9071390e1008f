//! Declarations of C and C++: names through declarators, one Assign each, functions, structures and type names.

use tree_sitter::{Node, TreeCursor};

use super::typed;
use crate::lang::lower::{Lowering, span};
use crate::syntax::{Field, Kind, Span};

/// Deepest declarator that is taken apart.
const DEEPEST: usize = 24;

fn is_name(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "identifier"
            | "field_identifier"
            | "type_identifier"
            | "primitive_type"
            | "qualified_identifier"
            | "destructor_name"
            | "operator_name"
            | "template_function"
    )
}

fn is_declarator(node: Node<'_>) -> bool {
    is_name(node) || node.kind().ends_with("declarator")
}

/// The declarator inside a declarator.
fn inner(node: Node<'_>) -> Option<Node<'_>> {
    node.child_by_field_name("declarator").or_else(|| {
        let mut parts = (0..node.named_child_count().min(8) as u32).filter_map(|at| node.named_child(at));
        parts.find(|&part| is_declarator(part))
    })
}

/// The declarators from `node` down to the name, the name last.
fn chain(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(Some(node), |&at| if is_name(at) { None } else { inner(at) }).take(DEEPEST)
}

/// The name that a declarator declares: the last part of a qualified one.
fn name(node: Node<'_>) -> Option<Node<'_>> {
    let mut at = chain(node).last().filter(|&last| is_name(last))?;
    for _ in 0..DEEPEST {
        if !matches!(at.kind(), "qualified_identifier" | "template_function") {
            break;
        }
        at = at.child_by_field_name("name")?;
    }
    Some(at)
}

/// The part of a declarator that declares a function: `f(…)`, not `(*f)(…)`.
fn function_part(node: Node<'_>) -> Option<Node<'_>> {
    chain(node).find(|&at| at.kind() == "function_declarator" && inner(at).is_some_and(is_name))
}

/// A function with a body.
pub(super) fn function(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Function, field, node);
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match cursor.field_name() {
            Some("type") => lowering.node(cursor, Field::Type),
            Some("declarator") => {
                if let Some(name) = name(child) {
                    lowering.builder.set_name(id, span(name));
                }
                let list = function_part(child).and_then(|part| part.child_by_field_name("parameters"));
                if let Some(list) = list {
                    lowering.node(&mut list.walk(), Field::Parameter);
                }
            }
            Some("body") => lowering.node(cursor, Field::Body),
            _ if child.is_named() => lowering.node(cursor, Field::Item),
            _ => {}
        }
    });
    lowering.builder.close();
}

/// A formal parameter.
pub(in crate::lang) fn parameter(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Parameter, field, node);
    if let Some(name) = node.child_by_field_name("declarator").and_then(name) {
        lowering.builder.set_name(id, span(name));
    }
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("type") => lowering.node(cursor, Field::Type),
        Some("default_value") => lowering.node(cursor, Field::Default),
        _ => {}
    });
    lowering.builder.close();
}

/// `T a = 1, *b, c[10];`: one Assign each, the type with the first; the size of an array is an Index of its own.
pub(super) fn declaration(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let declarators: Vec<Node<'_>> = node.children_by_field_name("declarator", &mut node.walk()).take(64).collect();
    if let [only] = declarators[..]
        && only.kind() != "init_declarator"
        && let Some(part) = function_part(only)
        && !is_construction(lowering, node, part)
    {
        // A prototype says nothing of its own.
        lowering.open(Kind::Other, field, node);
        lowering.builder.close();
        return;
    }
    let single = declarators.len() <= 1;
    let first_end = declarators.first().filter(|_| !single).map_or(node.end_byte(), Node::end_byte);
    let mut open = false;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        let begin = |lowering: &mut Lowering<'_>, open: &mut bool, whole: Span| {
            if !*open {
                lowering.builder.open(Kind::Assign, field, whole, node.kind_id());
                *open = true;
            }
        };
        match cursor.field_name() {
            Some("type") if declarators.is_empty() => lowering.node(cursor, field),
            Some("type") => {
                begin(lowering, &mut open, Span::new(node.start_byte(), first_end));
                lowering.node(cursor, Field::Type);
            }
            Some("declarator") => {
                begin(lowering, &mut open, span(child));
                declared(lowering, cursor);
                if !single {
                    lowering.builder.close();
                    open = false;
                }
            }
            Some("default_value" | "value") if open => lowering.node(cursor, Field::Value),
            _ if child.is_named() => lowering.node(cursor, Field::Item),
            _ => {}
        }
    });
    if open {
        lowering.builder.close();
    }
}

/// Whether what reads like a prototype makes an object: `std::string command(input);` inside a function,
/// `std::string name(argv[1]);` anywhere.
fn is_construction(lowering: &Lowering<'_>, node: Node<'_>, part: Node<'_>) -> bool {
    let inside = lowering.builder.open_kind() == Kind::Block;
    let kind = node
        .child_by_field_name("type")
        .filter(|kind| matches!(kind.kind(), "type_identifier" | "qualified_identifier" | "template_type"));
    let (Some(kind), Some(list)) = (kind, part.child_by_field_name("parameters")) else { return false };
    let class = super::source(lowering, kind);
    let count = list.named_child_count().min(16) as u32;
    let mut elements = false;
    let mut given = |parameter: Node<'_>| {
        let written = parameter.child_by_field_name("type");
        // `context c(context::sslv23)`: a constant of the class, not a type.
        let constant = written.is_some_and(|written| {
            super::source(lowering, written).strip_prefix(class).is_some_and(|rest| rest.starts_with("::"))
        });
        let plain = written.is_some_and(|kind| {
            kind.kind() == "type_identifier" || (inside || constant) && kind.kind() == "qualified_identifier"
        });
        let element = parameter.child_by_field_name("declarator").is_some_and(|inner| {
            inner.kind() == "abstract_array_declarator" && inner.child_by_field_name("size").is_some()
        });
        elements |= element || constant;
        plain && parameter.named_child_count() == 1 + usize::from(element)
    };
    count > 0 && (0..count).filter_map(|at| list.named_child(at)).all(&mut given) && (inside || elements)
}

/// One declarator with its value.
fn declared(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>) {
    let node = cursor.node();
    if node.kind() != "init_declarator" {
        return target(lowering, cursor);
    }
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("declarator") => target(lowering, cursor),
        Some("value") if cursor.node().kind() == "argument_list" => construct(lowering, cursor),
        Some("value") => lowering.node(cursor, Field::Value),
        _ if cursor.node().is_extra() => lowering.node(cursor, Field::Item),
        _ => {}
    });
}

/// The arguments in `T name(a, b[1]);`, which may read like parameters.
fn construct(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>) {
    lowering.open(Kind::New, Field::Value, cursor.node());
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        let given = child.child_by_field_name("type").filter(|_| child.kind() == "parameter_declaration");
        match (given, child.child_by_field_name("declarator").and_then(|inner| inner.child_by_field_name("size"))) {
            (Some(array), Some(index)) => {
                lowering.open(Kind::Subscript, Field::Argument, child);
                lowering.node(&mut array.walk(), Field::Object);
                lowering.node(&mut index.walk(), Field::Index);
                lowering.builder.close();
            }
            (Some(name), None) => lowering.node(&mut name.walk(), Field::Argument),
            (None, _) if child.is_named() => lowering.node(cursor, Field::Argument),
            (None, _) => {}
        }
    });
    lowering.builder.close();
}

/// The name of a declarator as a target, and the sizes of arrays.
pub(in crate::lang) fn target(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>) {
    let node = cursor.node();
    match node.kind() {
        "structured_binding_declarator" => {
            lowering.open(Kind::Tuple, Field::Target, node);
            lowering.splice(cursor, Field::Item);
            lowering.builder.close();
        }
        "qualified_identifier" => lowering.node(cursor, Field::Target),
        _ if is_name(node) => {
            let id = lowering.open(Kind::Name, Field::Target, node);
            lowering.builder.set_name(id, span(node));
            lowering.builder.close();
        }
        _ => lowering.nested(|lowering| {
            lowering.each(cursor, |lowering, cursor| {
                let child = cursor.node();
                match cursor.field_name() {
                    Some("size") if child.is_named() => lowering.node(cursor, Field::Index),
                    Some("parameters") if is_construction_list(lowering, child) => construct(lowering, cursor),
                    Some("parameters") => {}
                    _ if is_declarator(child) => target(lowering, cursor),
                    _ => {}
                }
            });
        }),
    }
}

/// Whether the parameters of a declarator that makes an object; others are those of a pointer to a function.
fn is_construction_list(lowering: &Lowering<'_>, list: Node<'_>) -> bool {
    let function = list.parent();
    let plain = function.and_then(inner).is_some_and(is_name);
    plain && lowering.builder.open_kind() == Kind::Assign
}

/// `typedef struct {…} name;` → the structure, `typedef char name;` → an alias of the type.
pub(super) fn alias(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let kind = node.child_by_field_name("type");
    if kind.is_some_and(|kind| kind.child_by_field_name("body").is_some()) {
        lowering.each(cursor, |lowering, cursor| {
            if cursor.field_name() == Some("type") {
                lowering.node(cursor, field);
            }
        });
        return;
    }
    lowering.open(Kind::Assign, field, node);
    let mut named = false;
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("type") => lowering.node(cursor, Field::Value),
        Some("declarator") if !named => {
            named = true;
            target(lowering, cursor);
        }
        _ => {}
    });
    lowering.builder.close();
}

/// `struct`, `union`, `class` or `enum`: with a body a definition, else the name of a type.
pub(in crate::lang) fn structure(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let name = node.child_by_field_name("name");
    if node.child_by_field_name("body").is_none() {
        if let Some(name) = name {
            lowering.node(&mut name.walk(), field);
        }
        return;
    }
    typed(lowering, node, field, |lowering, field| {
        if node.kind() == "enum_specifier" {
            lowering.open(Kind::Other, field, node);
            lowering.each(cursor, |lowering, cursor| {
                if cursor.field_name() == Some("body") {
                    lowering.node(cursor, Field::Item);
                }
            });
            lowering.builder.close();
            return;
        }
        let alias = || {
            let above = node.parent().filter(|above| above.kind() == "type_definition")?;
            above.child_by_field_name("declarator").and_then(self::name)
        };
        let id = lowering.open(Kind::Class, field, node);
        if let Some(name) = name.or_else(alias) {
            lowering.builder.set_name(id, span(name));
        }
        lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
            Some("body") => lowering.node(cursor, Field::Body),
            Some("name") => {}
            _ if cursor.node().kind() == "base_class_clause" => lowering.splice(cursor, Field::Base),
            _ if cursor.node().is_named() => lowering.node(cursor, Field::Item),
            _ => {}
        });
        lowering.builder.close();
    });
}
