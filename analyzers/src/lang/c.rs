//! C: node roles as data, hooks for what tables cannot say; C++ takes these rows over.

use std::sync::OnceLock;

use tree_sitter::{Node, TreeCursor};

use super::braces::{assignment, binary, case};
use super::lower::{Grammar, Lowering, Naming, Role, Row, span};
use crate::syntax::{Escapes, Field, Kind, Span};

pub(super) mod declare;
mod directive;

/// The grammar with its tables, made once.
pub(crate) fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar::compile(tree_sitter_c::LANGUAGE.into(), ROWS, Escapes::C))
}

/// Every node kind that means something; the rest is [`Kind::Other`].
pub(super) const ROWS: &[Row] = &[
    Row::of("comment", Role::Comment),
    // Directives.
    Row::of("preproc_include", Role::Hook(directive::include)),
    Row::of("preproc_def", Role::Hook(directive::constant)),
    Row::of("preproc_function_def", Role::Hook(directive::function)),
    Row::of("preproc_if", Role::Hook(directive::branch)),
    Row::of("preproc_ifdef", Role::Hook(directive::branch)),
    Row::of("preproc_elif", Role::Hook(directive::branch)),
    Row::of("preproc_elifdef", Role::Hook(directive::branch)),
    Row::of("preproc_else", Role::Splice),
    Row::of("preproc_call", Role::Skip),
    Row::leaf("preproc_defined", Kind::Other),
    // Definitions.
    Row::of("function_definition", Role::Hook(declare::function)),
    Row::of("declaration", Role::Hook(declare::declaration)),
    Row::of("field_declaration", Role::Hook(declare::declaration)),
    Row::of("type_definition", Role::Hook(declare::alias)),
    Row::of("parameter_list", Role::Splice),
    Row::of("variadic_parameter", Role::Skip),
    Row::of("parameter_declaration", Role::Hook(declare::parameter)),
    Row::of("struct_specifier", Role::Hook(declare::structure)),
    Row::of("union_specifier", Role::Hook(declare::structure)),
    Row::of("enum_specifier", Role::Hook(declare::structure)),
    Row::node("field_declaration_list", Kind::Block),
    Row::node("enumerator", Kind::Assign).fields(&[("name", Field::Target), ("value", Field::Value)]),
    Row::of("enumerator_list", Role::Splice),
    Row::of("linkage_specification", Role::Hook(linkage)),
    Row::of("declaration_list", Role::Splice),
    Row::of("attribute_specifier", Role::Skip),
    Row::of("attribute_declaration", Role::Skip),
    Row::of("attributed_statement", Role::Splice),
    Row::of("ms_declspec_modifier", Role::Skip),
    Row::of("ms_call_modifier", Role::Skip),
    Row::of("storage_class_specifier", Role::Skip),
    Row::of("type_qualifier", Role::Skip),
    Row::of("bitfield_clause", Role::Skip),
    // Types.
    Row::of("type_identifier", Role::Hook(type_name)),
    Row::of("primitive_type", Role::Hook(type_name)),
    Row::of("sized_type_specifier", Role::Hook(type_name)),
    Row::of("macro_type_specifier", Role::Hook(type_name)),
    Row::of("type_descriptor", Role::Hook(type_descriptor)),
    // Statements.
    Row::of("expression_statement", Role::Hook(expression_statement)),
    Row::node("compound_statement", Kind::Block),
    Row::node("if_statement", Kind::If).fields(&[
        ("condition", Field::Test),
        ("consequence", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::of("else_clause", Role::Splice).own(Field::Else),
    Row::node("while_statement", Kind::While).fields(&[("condition", Field::Test), ("body", Field::Body)]),
    Row::node("do_statement", Kind::While).fields(&[("condition", Field::Test), ("body", Field::Body)]),
    Row::node("for_statement", Kind::For).fields(&[
        ("initializer", Field::Init),
        ("condition", Field::Test),
        ("update", Field::Update),
        ("body", Field::Body),
    ]),
    Row::node("switch_statement", Kind::Switch).fields(&[("condition", Field::Test), ("body", Field::Body)]),
    Row::of("case_statement", Role::Hook(case)),
    Row::of("labeled_statement", Role::Hook(labelled)),
    Row::node("goto_statement", Kind::Break).named(Naming::Of("label")),
    Row::node("return_statement", Kind::Return).rest(&[Field::Value]),
    Row::leaf("break_statement", Kind::Break),
    Row::leaf("continue_statement", Kind::Continue),
    Row::node("seh_try_statement", Kind::Try).fields(&[("body", Field::Body)]),
    Row::node("seh_except_clause", Kind::Handler).fields(&[("body", Field::Body)]).own(Field::Handler),
    Row::of("seh_finally_clause", Role::Splice).own(Field::Finally),
    // Expressions.
    Row::of("parenthesized_expression", Role::Splice),
    Row::of("extension_expression", Role::Splice),
    Row::of("argument_list", Role::Splice),
    Row::of("call_expression", Role::Hook(call)),
    Row::node("subscript_expression", Kind::Subscript).fields(&[("argument", Field::Object), ("index", Field::Index)]),
    Row::of("field_expression", Role::Hook(member)),
    Row::node("conditional_expression", Kind::Conditional).fields(&[
        ("condition", Field::Test),
        ("consequence", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::of("binary_expression", Role::Hook(binary)),
    Row::of("assignment_expression", Role::Hook(assignment)),
    Row::node("update_expression", Kind::AugAssign)
        .named(Naming::Token)
        .rest(&[Field::Target])
        .fields(&[("argument", Field::Target)]),
    Row::node("unary_expression", Kind::Unary).named(Naming::Of("operator")).fields(&[("argument", Field::Value)]),
    Row::node("pointer_expression", Kind::Unary).named(Naming::Of("operator")).fields(&[("argument", Field::Value)]),
    Row::node("sizeof_expression", Kind::Unary)
        .named(Naming::Token)
        .fields(&[("type", Field::Type), ("value", Field::Value)]),
    Row::node("cast_expression", Kind::Cast).fields(&[("type", Field::Type), ("value", Field::Value)]),
    Row::node("compound_literal_expression", Kind::Cast).fields(&[("type", Field::Type), ("value", Field::Value)]),
    Row::of("comma_expression", Role::Hook(comma)),
    Row::node("initializer_list", Kind::List),
    Row::node("initializer_pair", Kind::Pair).fields(&[("designator", Field::Key), ("value", Field::Value)]),
    Row::of("field_designator", Role::Splice),
    Row::of("subscript_designator", Role::Splice),
    Row::of("gnu_asm_expression", Role::Skip),
    Row::leaf("offsetof_expression", Kind::Other),
    Row::leaf("identifier", Kind::Name).named(Naming::Own),
    Row::leaf("field_identifier", Kind::Name).named(Naming::Own),
    // Constants.
    Row::of("string_literal", Role::Hook(string)),
    Row::of("system_lib_string", Role::Hook(string)),
    Row::of("char_literal", Role::Hook(string)),
    Row::node("concatenated_string", Kind::Template),
    Row::leaf("number_literal", Kind::Number),
    Row::leaf("true", Kind::Bool),
    Row::leaf("false", Kind::Bool),
    Row::leaf("null", Kind::Null),
];

/// `extern "C" { … }` → what stands in it.
pub(super) fn linkage(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.each(cursor, |lowering, cursor| {
        if cursor.field_name() == Some("body") {
            lowering.node(cursor, field);
        }
    });
}

/// A type by name; where a type is expected, wrapped as one.
pub(super) fn type_name(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    typed(lowering, node, field, |lowering, field| {
        let id = lowering.open(Kind::Name, field, node);
        lowering.builder.set_name(id, span(node));
        lowering.builder.close();
    });
}

/// Runs `inner` inside a Type where one is expected.
pub(super) fn typed(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    field: Field,
    inner: impl FnOnce(&mut Lowering<'_>, Field),
) {
    if field != Field::Type {
        return inner(lowering, field);
    }
    lowering.open(Kind::Type, field, node);
    inner(lowering, Field::Item);
    lowering.builder.close();
}

/// The type of a cast or `sizeof`: the named part; `*` and `[n]` are told by its text.
fn type_descriptor(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::Type, field, cursor.node());
    lowering.each(cursor, |lowering, cursor| {
        if cursor.field_name() == Some("type") {
            lowering.node(cursor, Field::Item);
        }
    });
    lowering.builder.close();
}

/// An expression on its own; assignments are statements themselves, `a, b` is a statement each, and in the head of a
/// `for` there is no statement at all.
fn expression_statement(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    if matches!(field, Field::Test | Field::Init | Field::Update) {
        return lowering.splice(cursor, field);
    }
    let whole = span(cursor.node());
    let mut empty = true;
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().is_named() {
            empty = false;
            statement(lowering, cursor, field, whole);
        }
    });
    if empty {
        lowering.open(Kind::Pass, field, cursor.node());
        lowering.builder.close();
    }
}

fn statement(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field, whole: Span) {
    let node = cursor.node();
    match node.kind() {
        "assignment_expression" | "update_expression" | "delete_expression" => lowering.node(cursor, field),
        "comma_expression" => lowering.nested(|lowering| {
            lowering.each(cursor, |lowering, cursor| {
                if cursor.node().is_named() {
                    let own = span(cursor.node());
                    statement(lowering, cursor, field, own);
                }
            });
        }),
        _ if node.is_extra() => lowering.node(cursor, field),
        _ => {
            lowering.builder.open(Kind::ExprStatement, field, whole, node.kind_id());
            lowering.node(cursor, Field::Value);
            lowering.builder.close();
        }
    }
}

/// `label: statement` → a Block of that name, which `goto` finds.
fn labelled(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Block, field, node);
    if let Some(label) = node.child_by_field_name("label") {
        lowering.builder.set_name(id, span(label));
    }
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().is_named() && cursor.field_name() != Some("label") {
            lowering.node(cursor, Field::Item);
        }
    });
    lowering.builder.close();
}

/// `f(…)`; `int(x)` and `static_cast<int>(x)` are casts.
fn call(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let function = node.child_by_field_name("function");
    let is_cast = function.is_some_and(|function| match function.kind() {
        "primitive_type" => true,
        "template_function" => {
            let name = function.child_by_field_name("name").map_or("", |name| source(lowering, name));
            matches!(name, "static_cast" | "reinterpret_cast" | "const_cast" | "dynamic_cast")
        }
        _ => false,
    });
    lowering.open(if is_cast { Kind::Cast } else { Kind::Call }, field, node);
    lowering.each(cursor, |lowering, cursor| match (cursor.field_name(), is_cast) {
        (Some("function"), false) => lowering.node(cursor, Field::Callee),
        (Some("function"), true) => {
            let arguments = cursor.node().child_by_field_name("arguments");
            match arguments.and_then(|list| list.named_child(0)) {
                Some(target) => lowering.node(&mut target.walk(), Field::Type),
                None => lowering.node(cursor, Field::Type),
            }
        }
        (Some("arguments"), _) => lowering.node(cursor, if is_cast { Field::Value } else { Field::Argument }),
        (_, _) if cursor.node().is_extra() => lowering.node(cursor, Field::Item),
        _ => {}
    });
    lowering.builder.close();
}

/// The text of a node.
pub(super) fn source<'t>(lowering: &Lowering<'t>, node: Node<'_>) -> &'t str {
    lowering.text.get(span(node).range()).unwrap_or_default()
}

/// `object.name`, `pointer->name`.
fn member(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Attribute, field, node);
    if let Some(name) = node.child_by_field_name("field") {
        let plain = if name.kind() == "template_method" { name.child_by_field_name("name") } else { None };
        lowering.builder.set_name(id, span(plain.unwrap_or(name)));
    }
    lowering.each(cursor, |lowering, cursor| {
        if cursor.field_name() == Some("argument") {
            lowering.node(cursor, Field::Object);
        }
    });
    lowering.builder.close();
}

/// `a, b`: several parts in the head of a `for`, one value elsewhere.
fn comma(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    if matches!(field, Field::Init | Field::Update) {
        return lowering.splice(cursor, field);
    }
    lowering.open(Kind::Tuple, field, cursor.node());
    lowering.splice(cursor, Field::Item);
    lowering.builder.close();
}

/// `"…"`, `L"…"`, `R"x(…)x"`, `<…>` and `'c'`: what stands between the quotes.
pub(super) fn string(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let text = source(lowering, node);
    let (open, close) = match node.kind() {
        "raw_string_literal" => ('(', ')'),
        "system_lib_string" => ('<', '>'),
        "char_literal" => ('\'', '\''),
        _ => ('"', '"'),
    };
    let first = text.find(open).map_or(0, |at| at + 1);
    let last = text.rfind(close).filter(|&at| at >= first).unwrap_or(text.len());
    let id = lowering.open(Kind::String, field, node);
    lowering.builder.set_name(id, Span::new(node.start_byte() + first, node.start_byte() + last));
    lowering.builder.close();
}

#[cfg(test)]
mod tests;
