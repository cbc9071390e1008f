//! Preprocessor directives: includes, constants, function-like macros and branches, read as the code they stand for.

use tree_sitter::{Node, TreeCursor};

use super::source;
use crate::lang::lower::{Lowering, span};
use crate::syntax::{Field, Kind, Span};

/// `#include <x.h>`.
pub(super) fn include(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Import, field, node);
    if let Some(path) = node.child_by_field_name("path") {
        let text = source(lowering, path);
        let bare = text.trim_matches(['<', '>', '"']);
        let start = path.start_byte() + text.find(bare).unwrap_or(0);
        let name = Span::new(start, start + bare.len());
        let id = lowering.builder.open(Kind::ImportItem, Field::Item, span(path), path.kind_id());
        lowering.builder.set_name(id, name);
        lowering.builder.set_import(id, bare.to_owned());
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// `#define NAME value`.
pub(super) fn constant(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Assign, field, node);
    if let Some(name) = node.child_by_field_name("name") {
        let id = lowering.open(Kind::Name, Field::Target, name);
        lowering.builder.set_name(id, span(name));
        lowering.builder.close();
    }
    if let Some(value) = node.child_by_field_name("value") {
        let place = trimmed(lowering, value);
        let text = lowering.text.get(place.range()).unwrap_or_default();
        if let Some(kind) = simple(text) {
            let id = lowering.builder.open(kind, Field::Value, place, 0);
            if kind == Kind::Name {
                lowering.builder.set_name(id, place);
            }
            lowering.builder.close();
        } else {
            lowering.fragment(place, EXPRESSION, |lowering, cursor| {
                if let Some(expression) = expression(cursor.node()) {
                    lowering.node(&mut expression.walk(), Field::Value);
                }
            });
        }
    }
    lowering.builder.close();
}

/// `#define NAME(a, b) body`: a function whose result is the expression, or whose body the statements are.
pub(super) fn function(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Function, field, node);
    if let Some(name) = node.child_by_field_name("name") {
        lowering.builder.set_name(id, span(name));
    }
    if let Some(parameters) = node.child_by_field_name("parameters") {
        lowering.each(&mut parameters.walk(), |lowering, cursor| {
            if cursor.node().is_named() {
                lowering.node(cursor, Field::Parameter);
            }
        });
    }
    if let Some(value) = node.child_by_field_name("value") {
        let place = trimmed(lowering, value);
        lowering.builder.open(Kind::Block, Field::Body, place, 0);
        let read = lowering.fragment(place, EXPRESSION, |lowering, cursor| {
            if let Some(expression) = expression(cursor.node()) {
                lowering.builder.open(Kind::Return, Field::Item, place, 0);
                lowering.node(&mut expression.walk(), Field::Value);
                lowering.builder.close();
            }
        });
        if !read {
            lowering.fragment(place, STATEMENTS, |lowering, cursor| lowering.splice(cursor, Field::Item));
        }
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// `#if`, `#ifdef` and what follows: both branches, like an `if` whose condition is mostly unknown.
pub(super) fn branch(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    if !matches!(lowering.builder.open_kind(), Kind::Module | Kind::Block | Kind::If) {
        return splice_branch(lowering, cursor, field);
    }
    let node = cursor.node();
    lowering.open(Kind::If, field, node);
    let mut body = false;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match cursor.field_name() {
            Some("condition") => lowering.node(cursor, Field::Test),
            Some("name") => {
                // Whether a name is defined is not known here.
                lowering.open(Kind::Other, Field::Test, child);
                lowering.builder.close();
            }
            Some("alternative") => {
                if std::mem::take(&mut body) {
                    lowering.builder.close();
                }
                let is_else = child.kind() == "preproc_else";
                if is_else {
                    lowering.open(Kind::Block, Field::Else, child);
                    lowering.splice(cursor, Field::Item);
                    lowering.builder.close();
                } else {
                    lowering.node(cursor, Field::Else);
                }
            }
            _ if child.is_named() => {
                if !body {
                    // In broken code statements also follow an alternative.
                    let next = node.child_by_field_name("alternative").map(|next| next.start_byte());
                    let end = next.filter(|&next| next >= child.end_byte()).unwrap_or(node.end_byte());
                    lowering.builder.open(Kind::Block, Field::Body, Span::new(child.start_byte(), end), 0);
                    body = true;
                }
                lowering.node(cursor, Field::Item);
            }
            _ => {}
        }
    });
    if body {
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// Between the parts of a list or an expression there are no branches.
fn splice_branch(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().is_named() && !matches!(cursor.field_name(), Some("condition" | "name")) {
            lowering.node(cursor, field);
        }
    });
}

/// A literal or name that needs no parser.
fn simple(text: &str) -> Option<Kind> {
    let first = text.bytes().next()?;
    let word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match first {
        b'0'..=b'9' if word => Some(Kind::Number),
        b'a'..=b'z' | b'A'..=b'Z' | b'_' if word => Some(Kind::Name),
        _ => None,
    }
}

/// The bytes of a macro's body without the white space around it.
fn trimmed(lowering: &Lowering<'_>, value: Node<'_>) -> Span {
    let text = source(lowering, value);
    let start = value.start_byte() + (text.len() - text.trim_start().len());
    Span::new(start, start + text.trim().len())
}

/// What makes a statement of a macro's body that is an expression.
const EXPRESSION: (&str, &str) = ("x = ", ";");
/// What ends a macro's body that is made of statements.
const STATEMENTS: (&str, &str) = ("", ";");

/// The expression between the two parts of [`EXPRESSION`].
fn expression(root: Node<'_>) -> Option<Node<'_>> {
    let only = root.named_child(0).filter(|_| root.named_child_count() == 1)?;
    only.named_child(0)?.child_by_field_name("right")
}
