//! C#: node roles as data, hooks for what tables cannot say.

use std::sync::OnceLock;

use tree_sitter::{Node, TreeCursor};

use super::braces::{argument, assignment, binary, case, expression_statement, inside, labelled, quoted, text_between};
use super::lower::{Grammar, Lowering, Naming, Role, Row, span};
use crate::syntax::{Escapes, Field, Kind, Span};

/// The grammar with its tables, made once.
pub(crate) fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar::compile(tree_sitter_c_sharp::LANGUAGE.into(), ROWS, Escapes::CSharp))
}

const CLASS: &[(&str, Field)] = &[("body", Field::Body)];
const FUNCTION: &[(&str, Field)] =
    &[("returns", Field::Type), ("type", Field::Type), ("parameters", Field::Parameter), ("body", Field::Body)];

/// Every node kind that means something; the rest is [`Kind::Other`].
const ROWS: &[Row] = &[
    Row::of("comment", Role::Comment),
    Row::of("modifier", Role::Skip),
    Row::of("preproc_region", Role::Skip),
    Row::of("preproc_endregion", Role::Skip),
    Row::of("preproc_nullable", Role::Skip),
    Row::of("preproc_pragma", Role::Skip),
    Row::of("preproc_if", Role::Splice),
    Row::of("preproc_else", Role::Splice),
    // Definitions.
    Row::of("using_directive", Role::Hook(import)),
    Row::node("namespace_declaration", Kind::Other).named(Naming::Of("name")).fields(&[("body", Field::Item)]),
    Row::of("file_scoped_namespace_declaration", Role::Skip),
    Row::of("global_statement", Role::Splice),
    Row::node("class_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("struct_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("record_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("interface_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("enum_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::of("base_list", Role::Splice).own(Field::Base),
    Row::node("declaration_list", Kind::Block),
    Row::node("enum_member_declaration_list", Kind::Block),
    Row::node("enum_member_declaration", Kind::Other).named(Naming::Of("name")).fields(&[("value", Field::Value)]),
    Row::node("method_declaration", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("constructor_declaration", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("local_function_statement", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("destructor_declaration", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("operator_declaration", Kind::Function).fields(FUNCTION),
    Row::of("type_parameter_list", Role::Skip),
    Row::of("type_parameter_constraints_clause", Role::Skip),
    Row::of("explicit_interface_specifier", Role::Skip),
    Row::of("constructor_initializer", Role::Splice),
    Row::of("parameter_list", Role::Splice),
    Row::node("parameter", Kind::Parameter)
        .named(Naming::Of("name"))
        .fields(&[("type", Field::Type)])
        .rest(&[Field::Default]),
    Row::of("implicit_parameter", Role::Hook(implicit_parameter)),
    Row::of("attribute_list", Role::Splice).own(Field::Decorator),
    Row::of("attribute", Role::Hook(attribute)).own(Field::Decorator),
    Row::of("attribute_argument_list", Role::Splice),
    Row::of("attribute_argument", Role::Hook(argument)),
    Row::of("field_declaration", Role::Splice),
    Row::of("local_declaration_statement", Role::Splice),
    Row::of("event_field_declaration", Role::Skip),
    Row::of("variable_declaration", Role::Hook(declaration)),
    Row::of("property_declaration", Role::Hook(property)),
    Row::node("accessor_declaration", Kind::Function).named(Naming::Of("name")).fields(&[("body", Field::Body)]),
    Row::node("accessor_list", Kind::Block),
    Row::of("arrow_expression_clause", Role::Hook(arrow)),
    // Types.
    Row::of("predefined_type", Role::Hook(named_type)),
    Row::of("implicit_type", Role::Skip),
    Row::of("nullable_type", Role::Splice),
    Row::of("ref_type", Role::Splice),
    Row::of("pointer_type", Role::Splice),
    Row::of("array_type", Role::Splice),
    Row::of("array_rank_specifier", Role::Splice),
    Row::of("generic_name", Role::Hook(generic)),
    Row::of("type_argument_list", Role::Skip),
    Row::of("type_parameter", Role::Skip),
    // Statements.
    Row::node("block", Kind::Block),
    Row::of("expression_statement", Role::Hook(expression_statement)),
    Row::leaf("empty_statement", Kind::Pass),
    Row::node("if_statement", Kind::If).fields(&[
        ("condition", Field::Test),
        ("consequence", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::node("while_statement", Kind::While).fields(&[("condition", Field::Test), ("body", Field::Body)]),
    Row::node("do_statement", Kind::While).fields(&[("condition", Field::Test), ("body", Field::Body)]),
    Row::node("for_statement", Kind::For).fields(&[
        ("initializer", Field::Init),
        ("condition", Field::Test),
        ("update", Field::Update),
        ("body", Field::Body),
    ]),
    Row::node("foreach_statement", Kind::For).fields(&[
        ("type", Field::Type),
        ("left", Field::Target),
        ("right", Field::Iter),
        ("body", Field::Body),
    ]),
    Row::node("using_statement", Kind::Try).fields(&[("body", Field::Body)]).rest(&[Field::Resource]),
    Row::node("lock_statement", Kind::Block),
    Row::node("fixed_statement", Kind::Block),
    Row::of("unsafe_statement", Role::Splice),
    Row::of("checked_statement", Role::Splice),
    Row::node("try_statement", Kind::Try).fields(&[("body", Field::Body)]),
    Row::node("catch_clause", Kind::Handler).fields(&[("body", Field::Body)]).own(Field::Handler),
    Row::of("catch_declaration", Role::Hook(caught)),
    Row::of("catch_filter_clause", Role::Splice),
    Row::of("finally_clause", Role::Splice).own(Field::Finally),
    Row::node("switch_statement", Kind::Switch).fields(&[("value", Field::Test)]),
    Row::of("switch_body", Role::Splice),
    Row::of("switch_section", Role::Hook(case)),
    Row::node("switch_expression", Kind::Switch).rest(&[Field::Test, Field::Item]),
    Row::node("switch_expression_arm", Kind::Case).rest(&[Field::Test, Field::Body]),
    Row::of("constant_pattern", Role::Splice),
    Row::of("when_clause", Role::Splice),
    Row::of("labeled_statement", Role::Hook(labelled)),
    Row::node("return_statement", Kind::Return).rest(&[Field::Value]),
    Row::node("throw_statement", Kind::Raise).rest(&[Field::Value]),
    Row::node("throw_expression", Kind::Raise).rest(&[Field::Value]),
    Row::node("yield_statement", Kind::Yield).rest(&[Field::Value]),
    Row::leaf("break_statement", Kind::Break),
    Row::leaf("continue_statement", Kind::Continue),
    Row::leaf("goto_statement", Kind::Pass),
    // Expressions.
    Row::of("parenthesized_expression", Role::Splice),
    Row::of("checked_expression", Role::Splice),
    Row::of("ref_expression", Role::Splice),
    Row::node("invocation_expression", Kind::Call)
        .fields(&[("function", Field::Callee), ("arguments", Field::Argument)]),
    Row::of("argument_list", Role::Splice),
    Row::of("bracketed_argument_list", Role::Splice),
    Row::of("argument", Role::Hook(argument)),
    Row::node("object_creation_expression", Kind::New).fields(&[
        ("type", Field::Callee),
        ("arguments", Field::Argument),
        ("initializer", Field::Argument),
    ]),
    Row::node("implicit_object_creation_expression", Kind::New).rest(&[Field::Argument]),
    Row::of("initializer_expression", Role::Hook(initializer)),
    Row::node("anonymous_object_creation_expression", Kind::List),
    Row::node("array_creation_expression", Kind::List).fields(&[("type", Field::Type)]),
    Row::node("implicit_array_creation_expression", Kind::List),
    Row::node("collection_expression", Kind::List),
    Row::of("collection_element", Role::Splice),
    Row::of("expression_element", Role::Splice),
    Row::of("member_access_expression", Role::Hook(member)),
    Row::node("qualified_name", Kind::Attribute).named(Naming::Of("name")).fields(&[("qualifier", Field::Object)]),
    Row::of("conditional_access_expression", Role::Hook(conditional_access)),
    Row::node("element_access_expression", Kind::Subscript)
        .fields(&[("expression", Field::Object), ("subscript", Field::Index)]),
    Row::node("await_expression", Kind::Await).rest(&[Field::Value]),
    Row::node("lambda_expression", Kind::Lambda).fields(&[("parameters", Field::Parameter), ("body", Field::Body)]),
    Row::node("anonymous_method_expression", Kind::Lambda)
        .fields(&[("parameters", Field::Parameter)])
        .rest(&[Field::Body]),
    Row::node("conditional_expression", Kind::Conditional).fields(&[
        ("condition", Field::Test),
        ("consequence", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::of("binary_expression", Role::Hook(binary)),
    Row::node("as_expression", Kind::Cast).fields(&[("left", Field::Value), ("right", Field::Type)]),
    Row::of("is_expression", Role::Hook(binary)),
    Row::node("is_pattern_expression", Kind::Compare)
        .named(Naming::Token)
        .fields(&[("expression", Field::Left), ("pattern", Field::Right)]),
    Row::of("assignment_expression", Role::Hook(assignment)),
    Row::node("prefix_unary_expression", Kind::Unary).named(Naming::Token).rest(&[Field::Value]),
    Row::node("postfix_unary_expression", Kind::Unary).named(Naming::Token).rest(&[Field::Value]),
    Row::node("cast_expression", Kind::Cast).fields(&[("type", Field::Type), ("value", Field::Value)]),
    Row::node("tuple_expression", Kind::Tuple),
    Row::of("declaration_expression", Role::Hook(declared)),
    Row::leaf("identifier", Kind::Name).named(Naming::Own),
    Row::leaf("discard", Kind::Name).named(Naming::Own),
    // Constants.
    Row::of("string_literal", Role::Hook(string)),
    Row::of("verbatim_string_literal", Role::Hook(verbatim)),
    Row::of("raw_string_literal", Role::Hook(raw)),
    Row::of("interpolated_string_expression", Role::Hook(template)),
    Row::of("character_literal", Role::Hook(string)),
    Row::leaf("integer_literal", Kind::Number),
    Row::leaf("real_literal", Kind::Number),
    Row::leaf("boolean_literal", Kind::Bool),
    Row::leaf("null_literal", Kind::Null),
];

/// `using A.B;` brings in all that is in it, `using C = A.B;` a name, `using static A.B;` its members.
fn import(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let alias = node.child_by_field_name("name");
    let path = (0..node.named_child_count() as u32)
        .rev()
        .filter_map(|at| node.named_child(at))
        .find(|child| !child.is_extra());
    let Some(path) = path else { return };
    lowering.open(Kind::Import, field, node);
    if let Some(alias) = alias {
        let id = lowering.open(Kind::ImportItem, Field::Item, node);
        lowering.builder.set_name(id, span(alias));
        let written = lowering.text.get(span(path).range()).unwrap_or_default();
        lowering.builder.set_import(id, written.split_whitespace().collect());
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// `x` before `=>`.
fn implicit_parameter(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let id = lowering.open(Kind::Parameter, field, cursor.node());
    lowering.builder.set_name(id, span(cursor.node()));
    lowering.builder.close();
}

/// `[Name(…)]` → a Decorator whose value is a call.
fn attribute(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, _: Field) {
    let node = cursor.node();
    lowering.open(Kind::Decorator, Field::Decorator, node);
    lowering.open(Kind::Call, Field::Value, node);
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().is_named() {
            let name = cursor.field_name() == Some("name");
            lowering.node(cursor, if name { Field::Callee } else { Field::Argument });
        }
    });
    lowering.builder.close();
    lowering.builder.close();
}

/// `T a = x, b` → an Assign each, the type with every one.
fn declaration(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let kind = node.child_by_field_name("type");
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        if child.kind() != "variable_declarator" {
            return;
        }
        let whole = Span::new(node.start_byte(), child.end_byte());
        lowering.builder.open(Kind::Assign, field, whole, node.kind_id());
        if let Some(kind) = kind {
            type_name(lowering, kind);
        }
        let mut named = false;
        lowering.nested(|lowering| {
            lowering.each(cursor, |lowering, cursor| {
                if cursor.node().is_named() {
                    lowering.node(cursor, if named { Field::Value } else { Field::Target });
                    named = true;
                }
            });
        });
        lowering.builder.close();
    });
}

/// A Type of the name that counts: of `A.B<C>[]` it is `B`.
fn type_name(lowering: &mut Lowering<'_>, node: Node<'_>) {
    let mut at = node;
    for _ in 0..6 {
        let inner = match at.kind() {
            "nullable_type" | "array_type" | "ref_type" | "pointer_type" => at.child_by_field_name("type"),
            "qualified_name" => at.child_by_field_name("name"),
            "generic_name" => at.named_child(0),
            _ => None,
        };
        let Some(inner) = inner else { break };
        at = inner;
    }
    if at.kind() == "implicit_type" {
        return;
    }
    lowering.open(Kind::Type, Field::Type, node);
    let id = lowering.open(Kind::Name, Field::Item, at);
    lowering.builder.set_name(id, span(at));
    lowering.builder.close();
    lowering.builder.close();
}

/// A property: a field with a value, and functions for what its accessors do.
fn property(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Assign, field, node);
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match cursor.field_name() {
            Some("name") => lowering.node(cursor, Field::Target),
            Some("type") => type_name(lowering, child),
            Some("value") if child.kind() == "arrow_expression_clause" => lowering.splice(cursor, Field::Value),
            Some("value") => lowering.node(cursor, Field::Value),
            _ if child.kind() == "attribute_list" => lowering.node(cursor, Field::Decorator),
            _ => {}
        }
    });
    lowering.builder.close();
    lowering.each(cursor, |lowering, cursor| {
        if cursor.field_name() == Some("accessors") && cursor.node().named_child_count() > 0 {
            lowering.node(cursor, field);
        }
    });
}

/// `=> value` as a body.
fn arrow(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Block, field, node);
    lowering.open(Kind::Return, Field::Item, node);
    lowering.splice(cursor, Field::Value);
    lowering.builder.close();
    lowering.builder.close();
}

/// A type by name; where a type is expected, wrapped as one.
fn named_type(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    if field == Field::Type {
        return type_name(lowering, node);
    }
    let id = lowering.open(Kind::Name, field, node);
    lowering.builder.set_name(id, span(node));
    lowering.builder.close();
}

/// `Name<T>` → the name.
fn generic(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    if field == Field::Type {
        return type_name(lowering, node);
    }
    let id = lowering.open(Kind::Name, field, node);
    lowering.builder.set_name(id, node.named_child(0).map_or(span(node), span));
    lowering.builder.close();
}

/// `(T name)` of a `catch`.
fn caught(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, _: Field) {
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("type") => type_name(lowering, cursor.node()),
        Some("name") => lowering.node(cursor, Field::Target),
        _ => {}
    });
}

/// `a.b`, `a.b<T>` → the attribute `b`.
fn member(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Attribute, field, node);
    if let Some(name) = node.child_by_field_name("name") {
        let plain = if name.kind() == "generic_name" { name.named_child(0).unwrap_or(name) } else { name };
        lowering.builder.set_name(id, span(plain));
    }
    lowering.each(cursor, |lowering, cursor| {
        if cursor.field_name() == Some("expression") {
            lowering.node(cursor, Field::Object);
        }
    });
    lowering.builder.close();
}

/// `{ A = 1, b }`: a keyword for each member that it sets, else the elements.
fn initializer(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        let left = child.child_by_field_name("left").filter(|left| left.kind() == "identifier");
        match left {
            Some(left) if child.kind() == "assignment_expression" => {
                let id = lowering.open(Kind::Keyword, field, child);
                lowering.builder.set_name(id, span(left));
                lowering.each(cursor, |lowering, cursor| {
                    if cursor.field_name() == Some("right") {
                        lowering.node(cursor, Field::Value);
                    }
                });
                lowering.builder.close();
            }
            _ if child.is_named() => lowering.node(cursor, field),
            _ => {}
        }
    });
}

/// `a?.b` → the attribute.
fn conditional_access(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let last = node.named_child(node.named_child_count().saturating_sub(1) as u32);
    let name = last.and_then(|last| last.child_by_field_name("name"));
    let id = lowering.open(if name.is_some() { Kind::Attribute } else { Kind::Other }, field, node);
    if let Some(name) = name {
        lowering.builder.set_name(id, span(name));
    }
    lowering.each(cursor, |lowering, cursor| {
        if cursor.field_name() == Some("condition") {
            lowering.node(cursor, Field::Object);
        } else if name.is_none() && cursor.node().is_named() {
            lowering.node(cursor, Field::Item);
        }
    });
    lowering.builder.close();
}

/// `out var name`.
fn declared(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Name, field, node);
    lowering.builder.set_name(id, node.child_by_field_name("name").map_or(span(node), span));
    lowering.builder.close();
}

fn string(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    quoted(lowering, cursor.node(), field, 1);
}

/// `@"…"`.
fn verbatim(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::String, field, node);
    let content = inside(lowering, node, 2, 1);
    lowering.builder.set_name(id, content);
    lowering.builder.close();
}

/// `"""…"""`.
fn raw(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let content = (0..node.named_child_count() as u32)
        .filter_map(|at| node.named_child(at))
        .find(|child| child.kind() == "raw_string_content");
    let id = lowering.open(Kind::String, field, node);
    lowering.builder.set_name(id, content.map_or(span(node), span));
    lowering.builder.close();
}

/// `$"… {value:format} …"`.
fn template(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let text = lowering.text.get(span(node).range()).unwrap_or_default();
    let before = text.find('"').map_or(0, |at| at + 1);
    let content = inside(lowering, node, before, usize::from(text.ends_with('"')));
    let id = lowering.open(Kind::Template, field, node);
    lowering.builder.set_name(id, content);
    let mut from = content.start as usize;
    lowering.each(cursor, |lowering, cursor| {
        let part = cursor.node();
        if part.kind() == "interpolation" {
            text_between(lowering, from, part.start_byte());
            from = part.end_byte();
            lowering.open(Kind::Interpolation, Field::Item, part);
            lowering.each(cursor, |lowering, cursor| {
                let inner = cursor.node();
                if inner.is_named() && !inner.kind().starts_with("interpolation_") {
                    lowering.node(cursor, Field::Value);
                }
            });
            lowering.builder.close();
        }
    });
    text_between(lowering, from, content.end as usize);
    lowering.builder.close();
}

#[cfg(test)]
mod tests;
