//! Shell scripts: commands are calls of their first word, expansions are names, words in quotes are strings.

use std::borrow::Cow;
use std::sync::OnceLock;

use tree_sitter::{Node, TreeCursor};

use super::braces::{binary, inside, text_between};
use super::lower::{Grammar, Lowering, Naming, Role, Row, span};
use crate::syntax::{Escapes, Field, Kind, Span};

/// The grammar with its tables, made once.
pub(crate) fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar::compile(tree_sitter_bash::LANGUAGE.into(), ROWS, Escapes::Bash))
}

/// What the parser reads: every byte that is not ASCII as a letter. The grammar's scanner looks characters up in a table
/// that only holds the first of them, and reads beyond its end for others.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.bytes().map(|byte| if byte.is_ascii() { char::from(byte) } else { 'x' }).collect())
}

/// Every node kind that means something; the rest is [`Kind::Other`].
const ROWS: &[Row] = &[
    Row::of("comment", Role::Comment),
    // Statements.
    Row::node("function_definition", Kind::Function).named(Naming::Of("name")).fields(&[("body", Field::Body)]),
    Row::node("compound_statement", Kind::Block),
    Row::node("subshell", Kind::Block),
    Row::node("do_group", Kind::Block),
    Row::of("list", Role::Splice),
    Row::of("negated_command", Role::Splice),
    Row::node("pipeline", Kind::Other),
    Row::of("redirected_statement", Role::Splice),
    Row::node("file_redirect", Kind::Other),
    Row::node("herestring_redirect", Kind::Other),
    Row::node("heredoc_redirect", Kind::Other),
    Row::of("declaration_command", Role::Splice),
    Row::node("variable_assignment", Kind::Assign).fields(&[("name", Field::Target), ("value", Field::Value)]),
    Row::node("if_statement", Kind::If).fields(&[("condition", Field::Test)]).rest(&[Field::Body]),
    Row::node("elif_clause", Kind::If).own(Field::Else).rest(&[Field::Body]),
    Row::node("else_clause", Kind::Block).own(Field::Else),
    Row::node("while_statement", Kind::While).fields(&[("condition", Field::Test), ("body", Field::Body)]),
    Row::node("for_statement", Kind::For).fields(&[
        ("variable", Field::Target),
        ("value", Field::Iter),
        ("body", Field::Body),
    ]),
    Row::node("c_style_for_statement", Kind::For).fields(&[("body", Field::Body)]),
    Row::node("case_statement", Kind::Switch).fields(&[("value", Field::Test)]),
    Row::node("case_item", Kind::Case).fields(&[("value", Field::Test)]).rest(&[Field::Body]),
    // Expressions.
    Row::of("command", Role::Hook(command)),
    Row::of("test_command", Role::Splice),
    Row::of("binary_expression", Role::Hook(binary)),
    Row::node("unary_expression", Kind::Unary).named(Naming::Token).rest(&[Field::Value]),
    Row::of("parenthesized_expression", Role::Splice),
    Row::node("command_substitution", Kind::Other),
    Row::node("process_substitution", Kind::Other),
    Row::of("arithmetic_expansion", Role::Splice),
    Row::of("simple_expansion", Role::Hook(expansion)),
    Row::of("expansion", Role::Hook(expansion)),
    Row::node("array", Kind::List),
    Row::leaf("variable_name", Kind::Name).named(Naming::Own),
    Row::leaf("special_variable_name", Kind::Name).named(Naming::Own),
    Row::of("concatenation", Role::Hook(concatenation)),
    // Constants.
    Row::of("string", Role::Hook(string)),
    Row::of("raw_string", Role::Hook(word)),
    Row::of("ansi_c_string", Role::Hook(word)),
    Row::of("word", Role::Hook(word)),
    Row::of("number", Role::Hook(word)),
    Row::of("heredoc_body", Role::Hook(string)),
    Row::of("regex", Role::Hook(word)),
];

/// `name argument…` → a call of the name, as a statement where it is one.
fn command(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let stands = node.parent().is_none_or(|above| {
        matches!(
            above.kind(),
            "program"
                | "compound_statement"
                | "subshell"
                | "do_group"
                | "list"
                | "if_statement"
                | "elif_clause"
                | "else_clause"
                | "case_item"
                | "redirected_statement"
                | "ERROR"
        )
    }) && matches!(field, Field::Item | Field::Body | Field::Else);
    if stands {
        lowering.open(Kind::ExprStatement, field, node);
    }
    lowering.open(Kind::Call, if stands { Field::Value } else { field }, node);
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        if cursor.field_name() == Some("name") {
            let id = lowering.open(Kind::Name, Field::Callee, child);
            lowering.builder.set_name(id, span(child));
            lowering.builder.close();
        } else if child.is_named() {
            lowering.node(cursor, Field::Argument);
        }
    });
    lowering.builder.close();
    if stands {
        lowering.builder.close();
    }
}

/// `$name`, `${name…}` → the name.
fn expansion(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let name = (0..node.named_child_count() as u32)
        .filter_map(|at| node.named_child(at))
        .find(|child| matches!(child.kind(), "variable_name" | "special_variable_name" | "subscript"));
    let id = lowering.open(Kind::Name, field, node);
    lowering.builder.set_name(id, name.map_or(span(node), span));
    lowering.builder.close();
}

/// `a$b"c"` → a Template.
fn concatenation(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Template, field, node);
    lowering.builder.set_name(id, span(node));
    pieces(lowering, cursor, span(node));
    lowering.builder.close();
}

/// `"…"` and here documents: String where there are no expansions, else Template.
fn string(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let quote = usize::from(node.kind() == "string");
    let content = inside(lowering, node, quote, quote);
    let dynamic = (0..node.named_child_count() as u32).filter_map(|at| node.named_child(at)).any(is_dynamic);
    let id = lowering.open(if dynamic { Kind::Template } else { Kind::String }, field, node);
    lowering.builder.set_name(id, content);
    if dynamic {
        pieces(lowering, cursor, content);
    }
    lowering.builder.close();
}

fn is_dynamic(part: Node<'_>) -> bool {
    !matches!(part.kind(), "string_content" | "word" | "number" | "raw_string" | "ansi_c_string")
}

fn pieces(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, content: Span) {
    let mut from = content.start as usize;
    lowering.each(cursor, |lowering, cursor| {
        let part = cursor.node();
        if part.is_named() && is_dynamic(part) {
            text_between(lowering, from, part.start_byte());
            from = part.end_byte();
            lowering.open(Kind::Interpolation, Field::Item, part);
            lowering.node(cursor, Field::Value);
            lowering.builder.close();
        }
    });
    text_between(lowering, from, content.end as usize);
}

/// A bare word, or text between single quotes.
fn word(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let text = lowering.text.get(span(node).range()).unwrap_or_default();
    let open = text.find('\'').filter(|_| node.kind() != "word").map_or(0, |at| at + 1);
    let close = usize::from(open > 0 && text.len() > open && text.ends_with('\''));
    let id = lowering.open(Kind::String, field, node);
    let content = inside(lowering, node, open, close);
    lowering.builder.set_name(id, content);
    lowering.builder.close();
}

#[cfg(test)]
mod tests;
