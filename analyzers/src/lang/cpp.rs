//! C++: the rows of C and what comes on top of them.

use std::sync::OnceLock;

use tree_sitter::{Node, TreeCursor};

use super::c::{self, declare, linkage, string, type_name, typed};
use super::lower::{Grammar, Lowering, Naming, Role, Row, span};
use crate::syntax::{Escapes, Field, Kind, Span};

/// The grammar with its tables, made once.
pub(crate) fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| {
        let rows: Vec<Row> = ROWS.iter().chain(c::ROWS).copied().collect();
        Grammar::compile(tree_sitter_cpp::LANGUAGE.into(), &rows, Escapes::C)
    })
}

/// What C++ has beside C; a row here goes before one of C.
const ROWS: &[Row] = &[
    // Definitions.
    Row::of("namespace_definition", Role::Hook(linkage)),
    Row::of("namespace_alias_definition", Role::Hook(alias)),
    Row::of("alias_declaration", Role::Hook(alias)),
    Row::of("using_declaration", Role::Hook(using)),
    Row::of("template_declaration", Role::Splice),
    Row::of("template_parameter_list", Role::Skip),
    Row::of("template_instantiation", Role::Skip),
    Row::of("concept_definition", Role::Skip),
    Row::of("requires_clause", Role::Skip),
    Row::of("friend_declaration", Role::Skip),
    Row::of("static_assert_declaration", Role::Skip),
    Row::of("access_specifier", Role::Skip),
    Row::of("virtual_specifier", Role::Skip),
    Row::of("explicit_function_specifier", Role::Skip),
    Row::of("default_method_clause", Role::Skip),
    Row::of("delete_method_clause", Role::Skip),
    Row::of("pure_virtual_clause", Role::Skip),
    Row::of("noexcept", Role::Skip),
    Row::of("throw_specifier", Role::Skip),
    Row::of("trailing_return_type", Role::Skip),
    Row::of("class_specifier", Role::Hook(declare::structure)),
    Row::of("field_initializer_list", Role::Splice),
    Row::of("optional_parameter_declaration", Role::Hook(declare::parameter)),
    Row::of("variadic_parameter_declaration", Role::Hook(declare::parameter)),
    // Types.
    Row::of("template_type", Role::Hook(template)),
    Row::of("placeholder_type_specifier", Role::Hook(type_name)),
    Row::of("auto", Role::Hook(type_name)),
    Row::of("decltype", Role::Hook(type_name)),
    Row::of("dependent_type", Role::Splice),
    Row::of("template_argument_list", Role::Skip),
    // Statements.
    Row::of("condition_clause", Role::Hook(condition)),
    Row::of("init_statement", Role::Splice),
    Row::of("for_range_loop", Role::Hook(each)),
    Row::node("try_statement", Kind::Try).fields(&[("body", Field::Body)]),
    Row::of("catch_clause", Role::Hook(caught)),
    Row::node("throw_statement", Kind::Raise).rest(&[Field::Value]),
    Row::node("co_return_statement", Kind::Return).rest(&[Field::Value]),
    Row::node("co_yield_statement", Kind::ExprStatement).rest(&[Field::Value]),
    // Expressions.
    Row::node("subscript_expression", Kind::Subscript)
        .fields(&[("argument", Field::Object), ("indices", Field::Index)]),
    Row::of("subscript_argument_list", Role::Splice),
    Row::of("qualified_identifier", Role::Hook(qualified)),
    Row::of("template_function", Role::Hook(template)),
    Row::of("dependent_name", Role::Splice),
    Row::of("new_expression", Role::Hook(construct)),
    Row::node("delete_expression", Kind::Delete).rest(&[Field::Value]),
    Row::node("lambda_expression", Kind::Lambda).fields(&[("declarator", Field::Parameter), ("body", Field::Body)]),
    Row::of("lambda_capture_specifier", Role::Skip),
    Row::of("abstract_function_declarator", Role::Splice),
    Row::node("co_await_expression", Kind::Await).fields(&[("argument", Field::Value)]),
    Row::of("parameter_pack_expansion", Role::Splice),
    Row::of("user_defined_literal", Role::Splice),
    Row::of("literal_suffix", Role::Skip),
    Row::of("raw_string_literal", Role::Hook(string)),
    Row::leaf("this", Kind::Name).named(Naming::Own),
    Row::leaf("namespace_identifier", Kind::Name).named(Naming::Own),
    Row::leaf("operator_name", Kind::Name).named(Naming::Own),
    Row::leaf("destructor_name", Kind::Name).named(Naming::Own),
];

/// `using T = …;`, `namespace fs = …;` → the name stands for the other.
fn alias(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::Assign, field, cursor.node());
    let mut named = false;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match cursor.field_name() {
            Some("name") => {
                let id = lowering.open(Kind::Name, Field::Target, child);
                lowering.builder.set_name(id, span(child));
                lowering.builder.close();
                named = true;
            }
            _ if named && child.kind() == "nested_namespace_specifier" => path(lowering, child, Field::Value),
            _ if named && child.kind() == "type_descriptor" => {
                if let Some(inner) = child.child_by_field_name("type") {
                    lowering.node(&mut inner.walk(), Field::Value);
                }
            }
            _ if named && child.is_named() => lowering.node(cursor, Field::Value),
            _ => {}
        }
    });
    lowering.builder.close();
}

/// `using std::string;` → an import; `using namespace std;` names nothing.
fn using(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let Some(origin) = node.named_child(0).filter(|origin| origin.kind() == "qualified_identifier") else { return };
    lowering.open(Kind::Import, field, node);
    let parts = parts(origin);
    if let Some(&last) = parts.last() {
        let id = lowering.builder.open(Kind::ImportItem, Field::Item, span(origin), origin.kind_id());
        lowering.builder.set_name(id, span(last));
        let text: Vec<&str> = parts.iter().map(|&part| c::source(lowering, part)).collect();
        lowering.builder.set_import(id, text.join("."));
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// The names of `a::b::c`, in order, without template arguments.
fn parts(node: Node<'_>) -> Vec<Node<'_>> {
    let mut parts = Vec::new();
    let mut at = Some(node);
    while let Some(node) = at.filter(|_| parts.len() < 16) {
        match node.kind() {
            "qualified_identifier" => {
                if let Some(scope) = node.child_by_field_name("scope") {
                    parts.push(plain(scope));
                }
                at = node.child_by_field_name("name");
            }
            "nested_namespace_specifier" => {
                let count = node.named_child_count().min(2) as u32;
                parts.extend(node.named_child(0).filter(|_| count == 2));
                at = node.named_child(count.saturating_sub(1));
            }
            "dependent_name" => at = node.named_child(0),
            _ => {
                parts.push(plain(node));
                at = None;
            }
        }
    }
    parts
}

/// A name without its template arguments.
fn plain(node: Node<'_>) -> Node<'_> {
    match node.kind() {
        "template_type" | "template_function" | "template_method" => node.child_by_field_name("name").unwrap_or(node),
        _ => node,
    }
}

/// `a::b::c` as attributes of attributes.
fn path(lowering: &mut Lowering<'_>, node: Node<'_>, field: Field) {
    let parts = parts(node);
    let Some((&first, rest)) = parts.split_first() else { return };
    for (at, &part) in rest.iter().enumerate().rev() {
        let field = if at + 1 == rest.len() { field } else { Field::Object };
        let whole = Span::new(first.start_byte(), part.end_byte());
        let id = lowering.builder.open(Kind::Attribute, field, whole, node.kind_id());
        lowering.builder.set_name(id, span(part));
    }
    let id = lowering.open(Kind::Name, if rest.is_empty() { field } else { Field::Object }, first);
    lowering.builder.set_name(id, span(first));
    for _ in 0..=rest.len() {
        lowering.builder.close();
    }
}

fn qualified(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    typed(lowering, node, field, |lowering, field| path(lowering, node, field));
}

/// `name<…>` → the name.
fn template(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let name = node.child_by_field_name("name").unwrap_or(node);
    typed(lowering, node, field, |lowering, field| {
        let id = lowering.open(Kind::Name, field, name);
        lowering.builder.set_name(id, span(name));
        lowering.builder.close();
    });
}

/// The condition of an `if`, `while` or `switch`, which may declare something first.
fn condition(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().is_named() {
            let first = cursor.field_name() == Some("initializer");
            lowering.node(cursor, if first { Field::Init } else { field });
        }
    });
}

/// `for (T name : values)`.
fn each(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::For, field, cursor.node());
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("type") => lowering.node(cursor, Field::Type),
        Some("declarator") => declare::target(lowering, cursor),
        Some("right") => lowering.node(cursor, Field::Iter),
        Some("body") => lowering.node(cursor, Field::Body),
        Some("initializer") => lowering.node(cursor, Field::Init),
        _ => {}
    });
    lowering.builder.close();
}

/// `catch (T &name) { … }`.
fn caught(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, _: Field) {
    let node = cursor.node();
    lowering.open(Kind::Handler, Field::Handler, node);
    let declared = node.child_by_field_name("parameters").and_then(|list| list.named_child(0));
    if let Some(declared) = declared {
        lowering.each(&mut declared.walk(), |lowering, cursor| match cursor.field_name() {
            Some("type") => lowering.node(cursor, Field::Type),
            Some("declarator") => declare::target(lowering, cursor),
            _ => {}
        });
    }
    lowering.each(cursor, |lowering, cursor| {
        if cursor.field_name() == Some("body") {
            lowering.node(cursor, Field::Body);
        }
    });
    lowering.builder.close();
}

/// `new T(…)`, `new T[n]`: the length is an Index.
fn construct(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::New, field, cursor.node());
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("type") => lowering.node(cursor, Field::Callee),
        Some("arguments") => lowering.node(cursor, Field::Argument),
        Some("declarator") => {
            if let Some(length) = cursor.node().child_by_field_name("length") {
                lowering.node(&mut length.walk(), Field::Index);
            }
        }
        Some("placement") => lowering.node(cursor, Field::Item),
        _ => {}
    });
    lowering.builder.close();
}

#[cfg(test)]
mod tests;
