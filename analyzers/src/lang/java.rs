//! Java: node roles as data, hooks for what tables cannot say.

use std::sync::OnceLock;

use tree_sitter::TreeCursor;

use super::braces::{assignment, binary, case, declaration, expression_statement, labelled, last_part, quoted};
use super::lower::{Grammar, Lowering, Naming, Role, Row, span};
use crate::syntax::{Escapes, Field, Kind, Span};

/// The grammar with its tables, made once.
pub(crate) fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar::compile(tree_sitter_java::LANGUAGE.into(), ROWS, Escapes::Java))
}

const CLASS: &[(&str, Field)] = &[
    ("superclass", Field::Base),
    ("interfaces", Field::Base),
    ("parameters", Field::Parameter),
    ("body", Field::Body),
];
const METHOD: &[(&str, Field)] = &[("type", Field::Type), ("parameters", Field::Parameter), ("body", Field::Body)];

/// Every node kind that means something; the rest is [`Kind::Other`].
const ROWS: &[Row] = &[
    Row::of("line_comment", Role::Comment),
    Row::of("block_comment", Role::Comment),
    // Definitions.
    Row::leaf("package_declaration", Kind::Other),
    Row::of("import_declaration", Role::Hook(import)),
    Row::node("class_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("interface_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("enum_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("record_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("annotation_type_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::of("superclass", Role::Splice),
    Row::of("super_interfaces", Role::Splice),
    Row::of("extends_interfaces", Role::Splice).own(Field::Base),
    Row::of("type_list", Role::Splice),
    Row::of("permits", Role::Skip),
    Row::of("type_parameters", Role::Skip),
    Row::node("class_body", Kind::Block),
    Row::node("interface_body", Kind::Block),
    Row::node("enum_body", Kind::Block),
    Row::node("annotation_type_body", Kind::Block),
    Row::of("enum_body_declarations", Role::Splice),
    Row::node("enum_constant", Kind::Other).named(Naming::Of("name")).fields(&[("arguments", Field::Argument)]),
    Row::node("method_declaration", Kind::Function).named(Naming::Of("name")).fields(METHOD),
    Row::node("constructor_declaration", Kind::Function).named(Naming::Of("name")).fields(METHOD),
    Row::node("compact_constructor_declaration", Kind::Function).named(Naming::Of("name")).fields(METHOD),
    Row::node("annotation_type_element_declaration", Kind::Function).named(Naming::Of("name")).fields(METHOD),
    Row::node("constructor_body", Kind::Block),
    Row::of("static_initializer", Role::Splice),
    Row::of("throws", Role::Skip),
    Row::of("dimensions", Role::Skip),
    Row::of("modifiers", Role::Splice),
    Row::of("annotation", Role::Hook(annotation)).own(Field::Decorator),
    Row::of("marker_annotation", Role::Hook(annotation)).own(Field::Decorator),
    Row::of("annotation_argument_list", Role::Splice),
    Row::node("element_value_pair", Kind::Keyword).named(Naming::Of("key")).fields(&[("value", Field::Value)]),
    Row::node("element_value_array_initializer", Kind::List),
    Row::of("formal_parameters", Role::Splice),
    Row::of("inferred_parameters", Role::Splice),
    Row::node("formal_parameter", Kind::Parameter).named(Naming::Of("name")).fields(&[("type", Field::Type)]),
    Row::of("spread_parameter", Role::Hook(spread_parameter)),
    Row::of("receiver_parameter", Role::Skip),
    Row::of("field_declaration", Role::Hook(declaration)),
    Row::of("constant_declaration", Role::Hook(declaration)),
    Row::of("local_variable_declaration", Role::Hook(declaration)),
    // Types.
    Row::of("type_identifier", Role::Hook(simple_type)),
    Row::of("integral_type", Role::Hook(simple_type)),
    Row::of("floating_point_type", Role::Hook(simple_type)),
    Row::of("boolean_type", Role::Hook(simple_type)),
    Row::of("void_type", Role::Hook(simple_type)),
    Row::of("scoped_type_identifier", Role::Hook(compound_type)),
    Row::of("generic_type", Role::Hook(compound_type)),
    Row::of("array_type", Role::Hook(compound_type)),
    Row::of("annotated_type", Role::Splice),
    Row::of("type_arguments", Role::Splice),
    Row::of("catch_type", Role::Hook(catch_type)).own(Field::Type),
    // Statements.
    Row::of("expression_statement", Role::Hook(expression_statement)),
    Row::node("block", Kind::Block),
    Row::node("if_statement", Kind::If).fields(&[
        ("condition", Field::Test),
        ("consequence", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::node("while_statement", Kind::While).fields(&[("condition", Field::Test), ("body", Field::Body)]),
    Row::node("do_statement", Kind::While).fields(&[("condition", Field::Test), ("body", Field::Body)]),
    Row::node("for_statement", Kind::For).fields(&[
        ("init", Field::Init),
        ("condition", Field::Test),
        ("update", Field::Update),
        ("body", Field::Body),
    ]),
    Row::node("enhanced_for_statement", Kind::For).fields(&[
        ("type", Field::Type),
        ("name", Field::Target),
        ("value", Field::Iter),
        ("body", Field::Body),
    ]),
    Row::node("try_statement", Kind::Try).fields(&[("body", Field::Body)]),
    Row::node("try_with_resources_statement", Kind::Try)
        .fields(&[("resources", Field::Resource), ("body", Field::Body)]),
    Row::of("resource_specification", Role::Splice),
    Row::of("resource", Role::Hook(resource)),
    Row::node("catch_clause", Kind::Handler).fields(&[("body", Field::Body)]).own(Field::Handler),
    Row::of("catch_formal_parameter", Role::Hook(caught)),
    Row::of("finally_clause", Role::Splice).own(Field::Finally),
    Row::node("synchronized_statement", Kind::With).fields(&[("body", Field::Body)]),
    Row::node("switch_expression", Kind::Switch).fields(&[("condition", Field::Test)]),
    Row::of("switch_block", Role::Splice),
    Row::of("switch_block_statement_group", Role::Hook(case)),
    Row::of("switch_rule", Role::Hook(case)),
    Row::of("switch_label", Role::Splice),
    Row::of("guard", Role::Splice),
    Row::of("labeled_statement", Role::Hook(labelled)),
    Row::node("return_statement", Kind::Return).rest(&[Field::Value]),
    Row::node("throw_statement", Kind::Raise).rest(&[Field::Value]),
    Row::node("yield_statement", Kind::ExprStatement).rest(&[Field::Value]),
    Row::node("assert_statement", Kind::Assert).rest(&[Field::Test, Field::Value]),
    Row::leaf("break_statement", Kind::Break),
    Row::leaf("continue_statement", Kind::Continue),
    // Expressions.
    Row::of("parenthesized_expression", Role::Splice),
    Row::of("argument_list", Role::Splice),
    Row::of("method_invocation", Role::Hook(method_invocation)),
    Row::of("explicit_constructor_invocation", Role::Hook(constructor_invocation)),
    Row::node("object_creation_expression", Kind::New)
        .fields(&[("type", Field::Callee), ("arguments", Field::Argument)])
        .rest(&[Field::Body]),
    Row::of("array_creation_expression", Role::Hook(array_creation)),
    Row::node("array_initializer", Kind::List),
    Row::node("array_access", Kind::Subscript).fields(&[("array", Field::Object), ("index", Field::Index)]),
    Row::node("field_access", Kind::Attribute).named(Naming::Of("field")).fields(&[("object", Field::Object)]),
    Row::node("scoped_identifier", Kind::Attribute).named(Naming::Of("name")).fields(&[("scope", Field::Object)]),
    Row::of("method_reference", Role::Hook(last_part)),
    Row::node("lambda_expression", Kind::Lambda).fields(&[("parameters", Field::Parameter), ("body", Field::Body)]),
    Row::node("ternary_expression", Kind::Conditional).fields(&[
        ("condition", Field::Test),
        ("consequence", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::of("binary_expression", Role::Hook(binary)),
    Row::of("instanceof_expression", Role::Hook(binary)),
    Row::of("assignment_expression", Role::Hook(assignment)),
    Row::node("update_expression", Kind::AugAssign).named(Naming::Token).rest(&[Field::Target]),
    Row::node("unary_expression", Kind::Unary).named(Naming::Of("operator")).fields(&[("operand", Field::Value)]),
    Row::node("cast_expression", Kind::Cast).fields(&[("type", Field::Type), ("value", Field::Value)]),
    Row::leaf("identifier", Kind::Name).named(Naming::Own),
    Row::leaf("this", Kind::Name).named(Naming::Own),
    Row::leaf("super", Kind::Name).named(Naming::Own),
    // Constants.
    Row::of("string_literal", Role::Hook(string)),
    Row::of("character_literal", Role::Hook(string)),
    Row::leaf("decimal_integer_literal", Kind::Number),
    Row::leaf("hex_integer_literal", Kind::Number),
    Row::leaf("octal_integer_literal", Kind::Number),
    Row::leaf("binary_integer_literal", Kind::Number),
    Row::leaf("decimal_floating_point_literal", Kind::Number),
    Row::leaf("hex_floating_point_literal", Kind::Number),
    Row::leaf("true", Kind::Bool),
    Row::leaf("false", Kind::Bool),
    Row::leaf("null_literal", Kind::Null),
];

/// `import a.b.C;`, `import static a.B.c;`, `import a.b.*;`
fn import(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Import, field, node);
    let mut package = None;
    let mut star = None;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match child.kind() {
            "scoped_identifier" | "identifier" => {
                let name = child.child_by_field_name("name").unwrap_or(child);
                package = Some((span(child), span(name), child.kind_id()));
            }
            "asterisk" => star = Some(span(child)),
            _ if child.is_named() => lowering.node(cursor, Field::Item),
            _ => {}
        }
    });
    if let Some((package, name, raw)) = package {
        let last = star.unwrap_or(package);
        let whole = Span { start: package.start, end: last.end };
        let id = lowering.builder.open(Kind::ImportItem, Field::Item, whole, raw);
        lowering.builder.set_name(id, star.unwrap_or(name));
        let path = lowering.text[package.range()].split_whitespace().collect();
        lowering.builder.set_import(id, path);
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// `@Name`, `@Name(…)` → a Decorator whose value is a name or a call.
fn annotation(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, _: Field) {
    let node = cursor.node();
    lowering.open(Kind::Decorator, Field::Decorator, node);
    let call = node.kind() == "annotation";
    if call {
        let start = node.child_by_field_name("name").map_or(node.start_byte(), |name| name.start_byte());
        lowering.builder.open(Kind::Call, Field::Value, Span::new(start, node.end_byte()), node.kind_id());
    }
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("name") => lowering.node(cursor, if call { Field::Callee } else { Field::Value }),
        Some("arguments") => lowering.node(cursor, Field::Argument),
        _ => {}
    });
    if call {
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// `T... names`.
fn spread_parameter(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let id = lowering.open(Kind::Parameter, field, cursor.node());
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match child.kind() {
            "variable_declarator" => {
                if let Some(name) = child.child_by_field_name("name") {
                    lowering.builder.set_name(id, span(name));
                }
            }
            "modifiers" => lowering.node(cursor, Field::Item),
            _ if child.is_named() => lowering.node(cursor, Field::Type),
            _ => {}
        }
    });
    lowering.builder.close();
}

/// A type by name; where a type is expected, wrapped as one.
fn simple_type(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let wrap = field == Field::Type;
    if wrap {
        lowering.open(Kind::Type, field, node);
    }
    let id = lowering.open(Kind::Name, if wrap { Field::Item } else { field }, node);
    lowering.builder.set_name(id, span(node));
    lowering.builder.close();
    if wrap {
        lowering.builder.close();
    }
}

/// `a.B`, `A<B>`, `A[]`.
fn compound_type(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let wrap = field == Field::Type;
    if wrap {
        lowering.open(Kind::Type, field, node);
    }
    let inner = if wrap { Field::Item } else { field };
    match node.kind() {
        "scoped_type_identifier" => last_part(lowering, cursor, inner),
        "generic_type" => {
            lowering.open(Kind::Subscript, inner, node);
            let mut first = true;
            lowering.each(cursor, |lowering, cursor| {
                if cursor.node().is_named() {
                    lowering.node(cursor, if first { Field::Object } else { Field::Index });
                    first = false;
                }
            });
            lowering.builder.close();
        }
        _ => {
            lowering.open(Kind::Other, inner, node);
            lowering.splice(cursor, Field::Item);
            lowering.builder.close();
        }
    }
    if wrap {
        lowering.builder.close();
    }
}

/// `A | B` in a `catch`: one Type with a name each.
fn catch_type(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, _: Field) {
    lowering.open(Kind::Type, Field::Type, cursor.node());
    lowering.splice(cursor, Field::Item);
    lowering.builder.close();
}

/// The type and the name of what is caught.
fn caught(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, _: Field) {
    lowering.each(cursor, |lowering, cursor| match (cursor.field_name(), cursor.node().kind()) {
        (Some("name"), _) => lowering.node(cursor, Field::Target),
        (_, "catch_type") => lowering.node(cursor, Field::Type),
        (_, kind) if kind != "dimensions" && cursor.node().is_named() => lowering.node(cursor, Field::Item),
        _ => {}
    });
}

/// `T name = value` in the head of a `try`, or something already open.
fn resource(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    if node.child_by_field_name("name").is_none() {
        return lowering.splice(cursor, field);
    }
    lowering.open(Kind::Assign, field, node);
    lowering.each(cursor, |lowering, cursor| match (cursor.field_name(), cursor.node().is_named()) {
        (Some("name"), _) => lowering.node(cursor, Field::Target),
        (Some("type"), _) => lowering.node(cursor, Field::Type),
        (Some("value"), _) => lowering.node(cursor, Field::Value),
        (_, true) => lowering.node(cursor, Field::Item),
        _ => {}
    });
    lowering.builder.close();
}

/// `object.name(…)`, `name(…)`.
fn method_invocation(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Call, field, node);
    let name = node.child_by_field_name("name").unwrap_or(node);
    let object = node.child_by_field_name("object");
    let mut callee = false;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match cursor.field_name() {
            Some("object") => {
                let whole = Span::new(node.start_byte(), name.end_byte());
                let id = lowering.builder.open(Kind::Attribute, Field::Callee, whole, node.kind_id());
                lowering.builder.set_name(id, span(name));
                lowering.node(cursor, Field::Object);
                callee = true;
            }
            Some("name") => {
                if object.is_none() {
                    let id = lowering.open(Kind::Name, Field::Callee, child);
                    lowering.builder.set_name(id, span(child));
                    callee = true;
                }
                if callee {
                    lowering.builder.close();
                    callee = false;
                }
            }
            Some("arguments") => lowering.node(cursor, Field::Argument),
            _ if child.is_extra() => lowering.node(cursor, Field::Item),
            _ => {}
        }
    });
    if callee {
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// `super(…)`, `this(…)`.
fn constructor_invocation(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::ExprStatement, field, cursor.node());
    lowering.open(Kind::Call, Field::Value, cursor.node());
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("constructor") => lowering.node(cursor, Field::Callee),
        Some("arguments") => lowering.node(cursor, Field::Argument),
        _ => {}
    });
    lowering.builder.close();
    lowering.builder.close();
}

/// `new T[] {…}` → the list; `new T[n]` has no elements to show.
fn array_creation(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::List, field, node);
    lowering.each(cursor, |lowering, cursor| {
        if cursor.field_name() == Some("value") {
            lowering.splice(cursor, Field::Item);
        }
    });
    lowering.builder.close();
}

/// `"…"`, `"""…"""`, `'c'`.
fn string(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let block = lowering.text[span(node).range()].starts_with("\"\"\"");
    quoted(lowering, node, field, if block { 3 } else { 1 });
}

#[cfg(test)]
mod tests;
