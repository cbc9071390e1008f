//! What Java and JavaScript share: hooks for declarations, operators, `switch` and labels.

use tree_sitter::{Node, TreeCursor};

use super::lower::{Lowering, span};
use crate::syntax::{Field, Kind, Span};

/// An expression on its own. Assignments and `switch` are statements themselves, `a, b` is a statement each, and in
/// the head of a `for` there is no statement at all.
pub(super) fn expression_statement(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    if matches!(field, Field::Test | Field::Init | Field::Update) {
        return lowering.splice(cursor, field);
    }
    let whole = span(cursor.node());
    let alone = cursor.node().named_child(0).is_none_or(|child| child.kind() != "sequence_expression");
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().is_named() {
            statement(lowering, cursor, field, alone.then_some(whole));
        }
    });
}

/// One expression as a statement over `whole`, its own bytes where it shares them with others.
fn statement(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field, whole: Option<Span>) {
    let node = cursor.node();
    match node.kind() {
        "assignment_expression"
        | "augmented_assignment_expression"
        | "update_expression"
        | "switch_expression"
        | "internal_module" => {
            lowering.node(cursor, field);
        }
        "sequence_expression" => lowering.nested(|lowering| {
            lowering.each(cursor, |lowering, cursor| {
                if cursor.node().is_named() {
                    statement(lowering, cursor, field, None);
                }
            });
        }),
        _ if node.is_extra() => lowering.node(cursor, field),
        _ => {
            lowering.builder.open(Kind::ExprStatement, field, whole.unwrap_or(span(node)), node.kind_id());
            lowering.node(cursor, Field::Value);
            lowering.builder.close();
        }
    }
}

/// The operator of a node, by field or as its first token.
fn operator(node: Node<'_>) -> Option<Node<'_>> {
    let token = || (0..node.child_count().min(4)).filter_map(|at| node.child(at)).find(|child| !child.is_named());
    node.child_by_field_name("operator").or_else(token)
}

/// `a op b`: arithmetic, logic or comparison.
pub(super) fn binary(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let operator = operator(node);
    let kind = match operator.map_or("", |operator| operator.kind()) {
        "&&" | "||" | "??" => Kind::Boolean,
        "==" | "!=" | "===" | "!==" | "<" | ">" | "<=" | ">=" | "in" | "instanceof" => Kind::Compare,
        _ => Kind::Binary,
    };
    let id = lowering.open(kind, field, node);
    if let Some(operator) = operator {
        lowering.builder.set_name(id, span(operator));
    }
    lowering.each(cursor, |lowering, cursor| match (cursor.field_name(), cursor.node().is_named()) {
        (Some("left"), true) => lowering.node(cursor, Field::Left),
        (_, true) => lowering.node(cursor, Field::Right),
        _ => {}
    });
    lowering.builder.close();
}

/// `a = b` and `a += b`.
pub(super) fn assignment(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let operator = operator(node).filter(|operator| operator.kind() != "=");
    let id = lowering.open(if operator.is_some() { Kind::AugAssign } else { Kind::Assign }, field, node);
    if let Some(operator) = operator {
        lowering.builder.set_name(id, span(operator));
    }
    lowering.each(cursor, |lowering, cursor| match (cursor.field_name(), cursor.node().is_named()) {
        (Some("left"), true) => lowering.node(cursor, Field::Target),
        (_, true) => lowering.node(cursor, Field::Value),
        _ => {}
    });
    lowering.builder.close();
}

/// A declaration of one or several variables: one Assign each, the type and the annotations with the first.
pub(super) fn declaration(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let declarators = |kind: &str| kind == "variable_declarator";
    let mut count = 0;
    lowering.each(cursor, |_, cursor| count += usize::from(declarators(cursor.node().kind())));
    let mut seen = 0;
    let mut open = false;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        if !child.is_named() {
            return;
        }
        if declarators(child.kind()) {
            seen += 1;
        }
        if !open {
            let first_end = if count > 1 {
                first_declarator(node).map_or(node.end_byte(), |first| first.end_byte())
            } else {
                node.end_byte()
            };
            let whole = if seen <= 1 { Span::new(node.start_byte(), first_end) } else { span(child) };
            lowering.builder.open(Kind::Assign, field, whole, node.kind_id());
            open = true;
        }
        if declarators(child.kind()) {
            lowering.nested(|lowering| {
                lowering.each(cursor, |lowering, cursor| match (cursor.field_name(), cursor.node().is_named()) {
                    (Some("name"), true) => lowering.node(cursor, Field::Target),
                    (Some("type"), true) => lowering.node(cursor, Field::Type),
                    (Some("value"), true) => lowering.node(cursor, Field::Value),
                    _ => {}
                });
            });
            lowering.builder.close();
            open = false;
        } else if seen == 0 {
            let at = if cursor.field_name() == Some("type") { Field::Type } else { Field::Item };
            lowering.node(cursor, at);
        }
    });
    if open {
        lowering.builder.close();
    }
}

fn first_declarator(node: Node<'_>) -> Option<Node<'_>> {
    (0..node.named_child_count().min(8) as u32)
        .filter_map(|at| node.named_child(at))
        .find(|child| child.kind() == "variable_declarator")
}

/// `label: statement` → the statement.
pub(super) fn labelled(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.each(cursor, |lowering, cursor| {
        let node = cursor.node();
        if node.is_named() && !matches!(node.kind(), "identifier" | "statement_identifier") {
            lowering.node(cursor, field);
        }
    });
}

/// One `case` with the statements up to the next as its Block.
pub(super) fn case(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Case, field, node);
    let mut body = false;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        if !child.is_named() {
            return;
        }
        let test = cursor.field_name() == Some("value") || child.kind() == "switch_label";
        if test {
            lowering.node(cursor, Field::Test);
        } else if node.kind() == "switch_rule" {
            lowering.node(cursor, Field::Body);
        } else {
            if !body && !child.is_extra() {
                lowering.builder.open(Kind::Block, Field::Body, Span::new(child.start_byte(), node.end_byte()), 0);
                body = true;
            }
            lowering.node(cursor, Field::Item);
        }
    });
    if body {
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// A quoted literal: the content is what stands between quotes of `quote` bytes.
pub(super) fn quoted(lowering: &mut Lowering<'_>, node: Node<'_>, field: Field, quote: usize) {
    let text = lowering.text.get(span(node).range()).unwrap_or_default();
    let closed = text.len() >= 2 * quote && text.get(..quote).is_some_and(|quotes| text.ends_with(quotes));
    let content = inside(lowering, node, quote, if closed { quote } else { 0 });
    let id = lowering.open(Kind::String, field, node);
    lowering.builder.set_name(id, content);
    lowering.builder.close();
}

/// A node of `kind` whose name is its last part: `a.b`, `A::b`.
pub(super) fn last_part(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Attribute, field, node);
    let last = (0..node.child_count()).rev().filter_map(|at| node.child(at)).find(|child| !child.is_extra());
    if let Some(last) = last {
        lowering.builder.set_name(id, span(last));
    }
    let mut object = false;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        if child.is_named() && !object && last != Some(child) {
            object = !child.is_extra();
            lowering.node(cursor, Field::Object);
        }
    });
    lowering.builder.close();
}

/// A constant piece of a Template.
pub(super) fn text_between(lowering: &mut Lowering<'_>, from: usize, to: usize) {
    if from < to {
        let id = lowering.builder.open(Kind::Text, Field::Item, Span::new(from, to), 0);
        lowering.builder.set_name(id, Span::new(from, to));
        lowering.builder.close();
    }
}

/// `word a, b` → a call of the word that it begins with.
pub(super) fn word_call(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Call, field, node);
    if let Some(word) = node.child(0) {
        let id = lowering.open(Kind::Name, Field::Callee, word);
        lowering.builder.set_name(id, span(word));
        lowering.builder.close();
    }
    lowering.splice(cursor, Field::Argument);
    lowering.builder.close();
}

/// `object.name(arguments)` in one node, with the object in one of these fields, `name` and `arguments` in theirs.
pub(super) fn member_call(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field, objects: &[&str]) {
    let node = cursor.node();
    lowering.open(Kind::Call, field, node);
    let name = node.child_by_field_name("name").unwrap_or(node);
    let mut callee = false;
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some(object) if objects.contains(&object) => {
            let whole = Span::new(node.start_byte(), name.end_byte());
            let id = lowering.builder.open(Kind::Attribute, Field::Callee, whole, node.kind_id());
            lowering.builder.set_name(id, span(name));
            lowering.node(cursor, Field::Object);
            callee = true;
        }
        Some("name") if callee => {
            lowering.builder.close();
            callee = false;
        }
        Some("arguments") => lowering.node(cursor, Field::Argument),
        _ if cursor.node().is_extra() => lowering.node(cursor, Field::Item),
        _ => {}
    });
    if callee {
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// The bytes of a node without so many at each end, on character borders: a literal may be cut off.
pub(super) fn inside(lowering: &Lowering<'_>, node: Node<'_>, before: usize, after: usize) -> Span {
    let text = lowering.text.get(span(node).range()).unwrap_or_default();
    let start = text.ceil_char_boundary(before.min(text.len()));
    let end = text.floor_char_boundary(text.len().saturating_sub(after)).max(start);
    Span::new(node.start_byte() + start, node.start_byte() + end)
}

/// One argument; `name: value` and `Name = value` are keywords.
pub(super) fn argument(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let Some(name) = node.child_by_field_name("name") else { return lowering.splice(cursor, field) };
    let id = lowering.open(Kind::Keyword, field, node);
    lowering.builder.set_name(id, span(name));
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().is_named() && cursor.field_name() != Some("name") {
            lowering.node(cursor, Field::Value);
        }
    });
    lowering.builder.close();
}
