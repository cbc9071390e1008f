//! TypeScript: what it adds to JavaScript's rows. Types tell what names are, and are nothing at run time.

use std::sync::OnceLock;

use tree_sitter::{Node, TreeCursor};

use super::braces::last_part;
use super::javascript::{self, field_definition};
use super::lower::{Grammar, Lowering, Naming, Role, Row, span};
use crate::program::Limits;
use crate::syntax::{Escapes, Field, Kind, Span, Tree};

/// Parses and lowers a unit, as TSX where it looks like it. `<T>value` means a cast in one and an element in the other.
pub(crate) fn read(text: &str, limits: &Limits) -> Tree {
    static PLAIN: OnceLock<Grammar> = OnceLock::new();
    static MARKUP: OnceLock<Grammar> = OnceLock::new();
    let compile = |language| Grammar::compile(language, &[ROWS, javascript::ROWS].concat(), Escapes::JavaScript);
    let plain = || PLAIN.get_or_init(|| compile(tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()));
    let markup = || MARKUP.get_or_init(|| compile(tree_sitter_typescript::LANGUAGE_TSX.into()));
    if !(text.contains("</") || text.contains("/>")) {
        return plain().read(text, text, limits);
    }
    let tree = markup().read(text, text, limits);
    if !tree.has_errors() || tree.truncated() {
        return tree;
    }
    let other = plain().read(text, text, limits);
    if other.has_errors() { tree } else { other }
}

/// Node kinds that JavaScript does not have, or has otherwise.
const ROWS: &[Row] = &[
    // Definitions.
    Row::of("required_parameter", Role::Hook(parameter)),
    Row::of("optional_parameter", Role::Hook(parameter)),
    Row::of("public_field_definition", Role::Hook(field_definition)),
    Row::node("abstract_class_declaration", Kind::Class)
        .named(Naming::Of("name"))
        .fields(&[("body", Field::Body), ("decorator", Field::Decorator)]),
    Row::of("class_body", Role::Hook(class_body)),
    Row::of("extends_clause", Role::Splice).own(Field::Base),
    Row::of("implements_clause", Role::Splice).own(Field::Base),
    Row::node("enum_declaration", Kind::Class).named(Naming::Of("name")).fields(&[("body", Field::Body)]),
    Row::of("enum_body", Role::Hook(enum_body)),
    Row::of("interface_declaration", Role::Hook(declared_type)),
    Row::of("type_alias_declaration", Role::Hook(declared_type)),
    Row::of("internal_module", Role::Hook(namespace)),
    Row::of("module", Role::Hook(namespace)),
    Row::of("ambient_declaration", Role::Skip),
    Row::of("function_signature", Role::Skip),
    Row::of("method_signature", Role::Skip),
    Row::of("abstract_method_signature", Role::Skip),
    Row::of("index_signature", Role::Skip),
    Row::of("accessibility_modifier", Role::Skip),
    Row::of("override_modifier", Role::Skip),
    // Expressions.
    Row::of("as_expression", Role::Hook(cast)),
    Row::of("satisfies_expression", Role::Hook(cast)),
    Row::of("type_assertion", Role::Hook(assertion)),
    Row::of("non_null_expression", Role::Splice),
    Row::of("instantiation_expression", Role::Splice),
    // Types.
    Row::of("type_annotation", Role::Hook(annotation)).own(Field::Type),
    Row::of("type_arguments", Role::Skip),
    Row::of("type_parameters", Role::Skip),
    Row::of("asserts_annotation", Role::Skip),
    Row::of("type_predicate_annotation", Role::Skip),
    Row::leaf("type_identifier", Kind::Name).named(Naming::Own),
    Row::leaf("predefined_type", Kind::Name).named(Naming::Own),
    Row::of("nested_type_identifier", Role::Hook(last_part)),
    Row::of("nested_identifier", Role::Hook(last_part)),
    Row::node("generic_type", Kind::Subscript).fields(&[("name", Field::Object)]),
    Row::leaf("array_type", Kind::Other),
    Row::leaf("conditional_type", Kind::Other),
    Row::leaf("constructor_type", Kind::Other),
    Row::leaf("function_type", Kind::Other),
    Row::leaf("index_type_query", Kind::Other),
    Row::leaf("intersection_type", Kind::Other),
    Row::leaf("literal_type", Kind::Other),
    Row::leaf("lookup_type", Kind::Other),
    Row::leaf("object_type", Kind::Other),
    Row::leaf("parenthesized_type", Kind::Other),
    Row::leaf("readonly_type", Kind::Other),
    Row::leaf("template_literal_type", Kind::Other),
    Row::leaf("tuple_type", Kind::Other),
    Row::leaf("type_query", Kind::Other),
    Row::leaf("union_type", Kind::Other),
];

/// `decorator… modifier… pattern?: type = default`; `this: T` is no parameter.
fn parameter(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let Some(pattern) = node.child_by_field_name("pattern").or_else(|| node.child_by_field_name("name")) else {
        return;
    };
    if pattern.kind() == "this" {
        return;
    }
    let id = lowering.open(Kind::Parameter, field, node);
    let inner = if pattern.kind() == "rest_pattern" { pattern.named_child(0).unwrap_or(pattern) } else { pattern };
    let simple = inner.kind() == "identifier";
    if simple {
        lowering.builder.set_name(id, span(inner));
    }
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("pattern" | "name") if !simple => lowering.node(cursor, Field::Target),
        Some("type") => lowering.node(cursor, Field::Type),
        Some("value") => lowering.node(cursor, Field::Default),
        Some("decorator") => lowering.node(cursor, Field::Decorator),
        _ if cursor.node().is_extra() => lowering.node(cursor, Field::Item),
        _ => {}
    });
    lowering.builder.close();
}

/// The members of a class; decorators stand beside the method that they belong to.
fn class_body(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::Block, field, cursor.node());
    let mut waiting: Vec<Node<'_>> = Vec::new();
    let mut cursor = cursor.clone();
    if cursor.goto_first_child() {
        loop {
            let member = cursor.node();
            match member.kind() {
                "decorator" => waiting.push(member),
                "method_definition" if !waiting.is_empty() => {
                    method(lowering, &mut cursor, &waiting);
                    waiting.clear();
                }
                _ if member.is_named() => lowering.node(&mut cursor, Field::Item),
                _ => {}
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
    }
    lowering.builder.close();
}

fn method(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, decorators: &[Node<'_>]) {
    let node = cursor.node();
    let start = decorators.first().map_or(node.start_byte(), tree_sitter::Node::start_byte);
    let id = lowering.builder.open(Kind::Function, Field::Item, Span::new(start, node.end_byte()), node.kind_id());
    for decorator in decorators {
        lowering.node(&mut decorator.walk(), Field::Decorator);
    }
    lowering.nested(|lowering| lowering.children_of(cursor, id));
    lowering.builder.close();
}

/// `A = 1, B` → assignments.
fn enum_body(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::Block, field, cursor.node());
    lowering.each(cursor, |lowering, cursor| {
        let member = cursor.node();
        if !member.is_named() || member.is_extra() {
            return;
        }
        let name = member.child_by_field_name("name").unwrap_or(member);
        lowering.open(Kind::Assign, Field::Item, member);
        let id = lowering.open(Kind::Name, Field::Target, name);
        lowering.builder.set_name(id, span(name));
        lowering.builder.close();
        if member.kind() == "enum_assignment" {
            lowering.each(cursor, |lowering, cursor| {
                if cursor.field_name() == Some("value") {
                    lowering.node(cursor, Field::Value);
                }
            });
        }
        lowering.builder.close();
    });
    lowering.builder.close();
}

/// `interface A { … }`, `type A = …`: a name.
fn declared_type(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Class, field, node);
    if let Some(name) = node.child_by_field_name("name") {
        lowering.builder.set_name(id, span(name));
    }
    lowering.builder.close();
}

/// `namespace A { … }` → its block.
fn namespace(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.each(cursor, |lowering, cursor| {
        if cursor.field_name() == Some("body") {
            lowering.node(cursor, field);
        }
    });
}

/// `value as T`, `value satisfies T`, `value as const`.
fn cast(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::Cast, field, cursor.node());
    let mut value = false;
    lowering.each(cursor, |lowering, cursor| {
        let part = cursor.node();
        if !part.is_named() {
            return;
        }
        if value || part.is_extra() {
            typed(lowering, cursor);
        } else {
            lowering.node(cursor, Field::Value);
            value = true;
        }
    });
    lowering.builder.close();
}

/// `<T>value`.
fn assertion(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::Cast, field, cursor.node());
    lowering.each(cursor, |lowering, cursor| match cursor.node().kind() {
        "type_arguments" => lowering.nested(|lowering| {
            lowering.each(cursor, |lowering, cursor| {
                if cursor.node().is_named() {
                    typed(lowering, cursor);
                }
            });
        }),
        _ if cursor.node().is_named() => lowering.node(cursor, Field::Value),
        _ => {}
    });
    lowering.builder.close();
}

/// `: T`.
fn annotation(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, _: Field) {
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().is_named() {
            typed(lowering, cursor);
        }
    });
}

/// A type expression in a Type of its own; comments stay comments.
fn typed(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>) {
    if cursor.node().is_extra() {
        return lowering.node(cursor, Field::Item);
    }
    lowering.open(Kind::Type, Field::Type, cursor.node());
    lowering.node(cursor, Field::Item);
    lowering.builder.close();
}

#[cfg(test)]
mod tests;
