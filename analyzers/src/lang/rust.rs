//! Rust: node roles as data, hooks for what tables cannot say. The arguments of macros are read as those of calls.

use std::sync::OnceLock;

use tree_sitter::{Node, TreeCursor};

use super::braces::{assignment, binary, expression_statement, inside, quoted, text_between};
use super::lower::{Grammar, Lowering, Naming, Role, Row, span};
use crate::syntax::{Escapes, Field, Kind, Span};

/// The grammar with its tables, made once.
pub(crate) fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar::compile(tree_sitter_rust::LANGUAGE.into(), ROWS, Escapes::Rust))
}

const FUNCTION: &[(&str, Field)] =
    &[("parameters", Field::Parameter), ("return_type", Field::Type), ("body", Field::Body)];
const CLASS: &[(&str, Field)] = &[("body", Field::Body), ("trait", Field::Base)];

/// Every node kind that means something; the rest is [`Kind::Other`].
const ROWS: &[Row] = &[
    Row::of("line_comment", Role::Comment),
    Row::of("block_comment", Role::Comment),
    // Definitions.
    Row::of("use_declaration", Role::Hook(import)),
    Row::of("attribute_item", Role::Skip),
    Row::of("inner_attribute_item", Role::Skip),
    Row::of("visibility_modifier", Role::Skip),
    Row::of("function_modifiers", Role::Skip),
    Row::of("mutable_specifier", Role::Skip),
    Row::of("where_clause", Role::Skip),
    Row::of("type_parameters", Role::Skip),
    Row::of("lifetime", Role::Skip),
    Row::node("mod_item", Kind::Other).named(Naming::Of("name")).fields(&[("body", Field::Item)]),
    Row::node("function_item", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::of("function_signature_item", Role::Skip),
    Row::of("parameters", Role::Splice),
    Row::of("parameter", Role::Hook(parameter)),
    Row::of("self_parameter", Role::Hook(own)),
    Row::node("closure_expression", Kind::Lambda).fields(FUNCTION),
    Row::of("closure_parameters", Role::Splice),
    Row::node("struct_item", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("enum_item", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("trait_item", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("impl_item", Kind::Class).named(Naming::Of("type")).fields(CLASS),
    Row::node("declaration_list", Kind::Block),
    Row::node("field_declaration_list", Kind::Block),
    Row::of("field_declaration", Role::Skip),
    Row::node("const_item", Kind::Assign).fields(&[
        ("name", Field::Target),
        ("type", Field::Type),
        ("value", Field::Value),
    ]),
    Row::node("static_item", Kind::Assign).fields(&[
        ("name", Field::Target),
        ("type", Field::Type),
        ("value", Field::Value),
    ]),
    Row::node("let_declaration", Kind::Assign).fields(&[
        ("pattern", Field::Target),
        ("type", Field::Type),
        ("value", Field::Value),
        ("alternative", Field::Else),
    ]),
    // Types and patterns.
    Row::of("primitive_type", Role::Hook(named_type)),
    Row::of("type_identifier", Role::Hook(named_type)),
    Row::of("scoped_type_identifier", Role::Hook(named_type)),
    Row::of("generic_type", Role::Hook(named_type)),
    Row::of("reference_type", Role::Splice),
    Row::of("type_arguments", Role::Skip),
    Row::node("tuple_pattern", Kind::Tuple),
    Row::node("tuple_struct_pattern", Kind::Tuple).fields(&[("type", Field::Type)]),
    Row::node("slice_pattern", Kind::List),
    Row::node("struct_pattern", Kind::Dict).fields(&[("type", Field::Type)]),
    Row::node("field_pattern", Kind::Pair).fields(&[("name", Field::Key), ("pattern", Field::Value)]),
    Row::of("ref_pattern", Role::Splice),
    Row::of("mut_pattern", Role::Splice),
    Row::of("reference_pattern", Role::Splice),
    // Statements.
    Row::node("block", Kind::Block),
    Row::of("unsafe_block", Role::Hook(unsafe_block)),
    Row::of("async_block", Role::Splice),
    Row::of("expression_statement", Role::Hook(statement)),
    Row::leaf("empty_statement", Kind::Pass),
    Row::node("if_expression", Kind::If).fields(&[
        ("condition", Field::Test),
        ("consequence", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::of("else_clause", Role::Splice),
    Row::node("let_condition", Kind::Assign).fields(&[("pattern", Field::Target), ("value", Field::Value)]),
    Row::of("let_chain", Role::Splice),
    Row::node("while_expression", Kind::While).fields(&[("condition", Field::Test), ("body", Field::Body)]),
    Row::node("loop_expression", Kind::While).fields(&[("body", Field::Body)]),
    Row::node("for_expression", Kind::For).fields(&[
        ("pattern", Field::Target),
        ("value", Field::Iter),
        ("body", Field::Body),
    ]),
    Row::node("match_expression", Kind::Switch).fields(&[("value", Field::Test)]),
    Row::of("match_block", Role::Splice),
    Row::node("match_arm", Kind::Case).fields(&[("pattern", Field::Test), ("value", Field::Body)]),
    Row::of("match_pattern", Role::Splice),
    Row::of("label", Role::Skip),
    Row::node("return_expression", Kind::Return).rest(&[Field::Value]),
    Row::leaf("break_expression", Kind::Break),
    Row::leaf("continue_expression", Kind::Continue),
    // Expressions.
    Row::of("parenthesized_expression", Role::Splice),
    Row::of("try_expression", Role::Splice),
    Row::of("reference_expression", Role::Splice),
    Row::node("call_expression", Kind::Call).fields(&[("function", Field::Callee), ("arguments", Field::Argument)]),
    Row::of("arguments", Role::Splice),
    Row::of("generic_function", Role::Hook(generic_function)),
    Row::of("macro_invocation", Role::Hook(macro_call)),
    Row::node("field_expression", Kind::Attribute).named(Naming::Of("field")).fields(&[("value", Field::Object)]),
    Row::node("scoped_identifier", Kind::Attribute).named(Naming::Of("name")).fields(&[("path", Field::Object)]),
    Row::node("index_expression", Kind::Subscript).rest(&[Field::Object, Field::Index]),
    Row::node("await_expression", Kind::Await).rest(&[Field::Value]),
    Row::of("assignment_expression", Role::Hook(assignment)),
    Row::of("compound_assignment_expr", Role::Hook(assignment)),
    Row::of("binary_expression", Role::Hook(binary)),
    Row::node("unary_expression", Kind::Unary).named(Naming::Token).rest(&[Field::Value]),
    Row::node("type_cast_expression", Kind::Cast).fields(&[("type", Field::Type), ("value", Field::Value)]),
    Row::node("range_expression", Kind::Other),
    Row::node("tuple_expression", Kind::Tuple),
    Row::node("array_expression", Kind::List),
    Row::node("struct_expression", Kind::New).fields(&[("name", Field::Callee), ("body", Field::Argument)]),
    Row::of("field_initializer_list", Role::Splice),
    Row::node("field_initializer", Kind::Keyword).named(Naming::Of("field")).fields(&[("value", Field::Value)]),
    Row::of("base_field_initializer", Role::Splice),
    Row::leaf("identifier", Kind::Name).named(Naming::Own),
    Row::leaf("shorthand_field_identifier", Kind::Name).named(Naming::Own),
    Row::leaf("self", Kind::Name).named(Naming::Own),
    Row::leaf("super", Kind::Name).named(Naming::Own),
    Row::leaf("crate", Kind::Name).named(Naming::Own),
    // Constants.
    Row::of("string_literal", Role::Hook(string)),
    Row::of("raw_string_literal", Role::Hook(raw)),
    Row::of("char_literal", Role::Hook(string)),
    Row::leaf("integer_literal", Kind::Number),
    Row::leaf("float_literal", Kind::Number),
    Row::leaf("boolean_literal", Kind::Bool),
];

/// Deepest nesting of braces in an import.
const DEEPEST_IMPORT: u32 = 8;

/// `use a::{b, c as d};` → an item each.
fn import(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Import, field, node);
    if let Some(argument) = node.child_by_field_name("argument") {
        imported(lowering, argument, "", 0);
    }
    lowering.builder.close();
}

fn imported(lowering: &mut Lowering<'_>, node: Node<'_>, prefix: &str, depth: u32) {
    if depth > DEEPEST_IMPORT {
        return lowering.builder.truncate();
    }
    let join = |path: Option<Node<'_>>| {
        let path = path.and_then(|path| lowering.text.get(span(path).range())).unwrap_or_default();
        let path = path.split_whitespace().collect::<String>().replace("::", ".");
        if prefix.is_empty() || path.is_empty() { format!("{prefix}{path}") } else { format!("{prefix}.{path}") }
    };
    let children = || (0..node.named_child_count() as u32).filter_map(|at| node.named_child(at));
    match node.kind() {
        "scoped_use_list" => {
            let prefix = join(node.child_by_field_name("path"));
            if let Some(list) = node.child_by_field_name("list") {
                imported(lowering, list, &prefix, depth + 1);
            }
        }
        "use_list" => children().for_each(|child| imported(lowering, child, prefix, depth + 1)),
        "use_as_clause" => {
            let path = join(node.child_by_field_name("path"));
            item(lowering, node, node.child_by_field_name("alias").unwrap_or(node), path);
        }
        "scoped_identifier" | "identifier" => {
            let path = join(Some(node));
            item(lowering, node, node.child_by_field_name("name").unwrap_or(node), path);
        }
        _ => {}
    }
}

fn item(lowering: &mut Lowering<'_>, whole: Node<'_>, name: Node<'_>, path: String) {
    let id = lowering.open(Kind::ImportItem, Field::Item, whole);
    lowering.builder.set_name(id, span(name));
    lowering.builder.set_import(id, path);
    lowering.builder.close();
}

/// An expression on its own: branches, loops, jumps and assignments are statements themselves.
fn statement(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let inner = cursor.node().named_child(0).map_or("", |inner| inner.kind());
    let own = [
        "if_expression",
        "match_expression",
        "while_expression",
        "loop_expression",
        "for_expression",
        "return_expression",
        "break_expression",
        "continue_expression",
        "compound_assignment_expr",
        "unsafe_block",
    ];
    if own.contains(&inner) { lowering.splice(cursor, field) } else { expression_statement(lowering, cursor, field) }
}

/// `name: T`; a pattern stands in the parameter.
fn parameter(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Parameter, field, node);
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match cursor.field_name() {
            Some("pattern") if child.kind() == "identifier" => lowering.builder.set_name(id, span(child)),
            Some("pattern") => lowering.node(cursor, Field::Target),
            Some("type") => lowering.node(cursor, Field::Type),
            _ => {}
        }
    });
    lowering.builder.close();
}

/// `&self`.
fn own(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let name = node.named_child(node.named_child_count().saturating_sub(1) as u32).unwrap_or(node);
    let id = lowering.open(Kind::Parameter, field, node);
    lowering.builder.set_name(id, span(name));
    lowering.builder.close();
}

/// A type by name: of `a::B<C>` it is `B`. Where a type is expected, wrapped as one.
fn named_type(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let base = node.child_by_field_name("type").unwrap_or(node);
    let name = base.child_by_field_name("name").unwrap_or(base);
    let wrap = field == Field::Type;
    if wrap {
        lowering.open(Kind::Type, field, node);
    }
    let id = lowering.open(Kind::Name, if wrap { Field::Item } else { field }, base);
    lowering.builder.set_name(id, span(name));
    lowering.builder.close();
    if wrap {
        lowering.builder.close();
    }
}

/// `unsafe { … }` → a With whose item is the word.
fn unsafe_block(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::With, field, node);
    if let Some(word) = node.child(0) {
        let id = lowering.open(Kind::Name, Field::Item, word);
        lowering.builder.set_name(id, span(word));
        lowering.builder.close();
    }
    lowering.splice(cursor, Field::Body);
    lowering.builder.close();
}

/// `f::<T>` → `f`.
fn generic_function(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.each(cursor, |lowering, cursor| {
        if cursor.field_name() == Some("function") {
            lowering.node(cursor, field);
        }
    });
}

/// `name!(…)` → a call; what stands between its commas is read token by token. A format string with names in braces
/// is a Template.
fn macro_call(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Call, field, node);
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        if cursor.field_name() == Some("macro") {
            let name = child.child_by_field_name("name").unwrap_or(child);
            let id = lowering.open(Kind::Name, Field::Callee, child);
            lowering.builder.set_name(id, span(name));
            lowering.builder.close();
        } else if child.kind() == "token_tree" {
            arguments(lowering, cursor);
        }
    });
    lowering.builder.close();
}

/// What stands between the commas of a macro: an expression each, read as one where it is, else token by token.
fn arguments(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>) {
    // Of each part its first and last byte, whether it has more than one token, and what joins them.
    let mut parts = vec![(None::<Span>, 0_usize, false)];
    lowering.each(cursor, |_, cursor| {
        let token = cursor.node();
        if token.kind() == "," {
            return parts.push((None, 0, false));
        }
        let Some((place, count, joined)) = parts.last_mut() else { return };
        if token.is_named() || matches!(token.kind(), "." | "::" | "&" | "*" | "?") {
            let start = place.map_or(token.start_byte(), |place| place.start as usize);
            *place = Some(Span::new(start, token.end_byte()));
            *count += 1;
            *joined |= token.kind() == "token_tree" || matches!(token.kind(), "." | "::");
        }
    });
    let mut read = vec![false; parts.len()];
    let mut at = 0;
    lowering.each(cursor, |lowering, cursor| {
        let token = cursor.node();
        if token.kind() == "," {
            at += 1;
            return;
        }
        let (Some(&(place, count, joined)), Some(done)) = (parts.get(at), read.get_mut(at)) else { return };
        if *done {
            return;
        }
        if let Some(place) = place.filter(|place| joined && count > 1 && place.start as usize == token.start_byte()) {
            *done = lowering.fragment(place, ("", ";"), |lowering, cursor| {
                let inner = cursor.node().named_child(0).and_then(|statement| statement.named_child(0));
                if let Some(inner) = inner {
                    lowering.node(&mut inner.walk(), Field::Argument);
                }
            });
            if *done {
                return;
            }
        }
        one_token(lowering, cursor, Field::Argument);
    });
}

fn one_token(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let token = cursor.node();
    match token.kind() {
        "token_tree" => lowering.nested(|lowering| {
            lowering.each(cursor, |lowering, cursor| one_token(lowering, cursor, field));
        }),
        "string_literal" => format_text(lowering, token, field),
        _ if token.is_named() => lowering.node(cursor, field),
        _ => {}
    }
}

/// `"… {name} …"` in a macro.
fn format_text(lowering: &mut Lowering<'_>, node: Node<'_>, field: Field) {
    let text = lowering.text.get(span(node).range()).unwrap_or_default();
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('{')).map(|open| at + open) {
        let rest = text.get(open + 1..).unwrap_or_default();
        if rest.starts_with('{') {
            at = open + 2;
            continue;
        }
        let length = rest.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(rest.len());
        if length > 0 && rest.starts_with(|char: char| char.is_alphabetic() || char == '_') {
            let start = node.start_byte() + open + 1;
            names.push(Span::new(start, start + length));
        }
        at = open + 1;
    }
    if names.is_empty() {
        return quoted(lowering, node, field, 1);
    }
    let id = lowering.open(Kind::Template, field, node);
    let content = inside(lowering, node, 1, 1);
    lowering.builder.set_name(id, content);
    let mut from = content.start as usize;
    for name in names {
        text_between(lowering, from, name.start as usize);
        from = name.end as usize;
        lowering.builder.open(Kind::Interpolation, Field::Item, name, 0);
        let id = lowering.builder.open(Kind::Name, Field::Value, name, 0);
        lowering.builder.set_name(id, name);
        lowering.builder.close();
        lowering.builder.close();
    }
    text_between(lowering, from, content.end as usize);
    lowering.builder.close();
}

fn string(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let text = lowering.text.get(span(node).range()).unwrap_or_default();
    if text.starts_with('b') {
        let content = inside(lowering, node, 2, 1);
        let id = lowering.open(Kind::String, field, node);
        lowering.builder.set_name(id, content);
        return lowering.builder.close();
    }
    quoted(lowering, node, field, 1);
}

/// `r#"…"#`.
fn raw(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::String, field, node);
    lowering.builder.set_name(id, node.named_child(0).map_or(span(node), span));
    lowering.builder.close();
}

#[cfg(test)]
mod tests;
