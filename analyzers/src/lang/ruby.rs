//! Ruby: node roles as data, hooks for what tables cannot say.

mod mask;

use std::borrow::Cow;
use std::sync::OnceLock;

use tree_sitter::{Node, TreeCursor};

use super::braces::{assignment, binary, inside, quoted, text_between};
use super::lower::{Grammar, Lowering, Naming, Role, Row, span};
use crate::syntax::{Escapes, Field, Kind, Span};

/// What the parser reads; same length.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    mask::mask(text)
}

/// The grammar with its tables, made once.
pub(crate) fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar::compile(tree_sitter_ruby::LANGUAGE.into(), ROWS, Escapes::Ruby))
}

const FUNCTION: &[(&str, Field)] = &[("parameters", Field::Parameter), ("body", Field::Body)];
const BRANCH: &[(&str, Field)] =
    &[("condition", Field::Test), ("consequence", Field::Body), ("alternative", Field::Else), ("body", Field::Body)];

/// Every node kind that means something; the rest is [`Kind::Other`].
const ROWS: &[Row] = &[
    Row::of("comment", Role::Comment),
    // Definitions.
    Row::node("class", Kind::Class)
        .named(Naming::Of("name"))
        .fields(&[("superclass", Field::Base), ("body", Field::Body)]),
    Row::node("module", Kind::Class).named(Naming::Of("name")).fields(&[("body", Field::Body)]),
    Row::node("singleton_class", Kind::Class).fields(&[("body", Field::Body)]),
    Row::of("superclass", Role::Splice),
    Row::node("method", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("singleton_method", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::of("method_parameters", Role::Hook(parameters)),
    Row::of("lambda_parameters", Role::Hook(parameters)),
    Row::of("block_parameters", Role::Hook(parameters)),
    Row::node("optional_parameter", Kind::Parameter).named(Naming::Of("name")).fields(&[("value", Field::Default)]),
    Row::node("keyword_parameter", Kind::Parameter).named(Naming::Of("name")).fields(&[("value", Field::Default)]),
    Row::node("splat_parameter", Kind::Parameter).named(Naming::Of("name")),
    Row::node("hash_splat_parameter", Kind::Parameter).named(Naming::Of("name")),
    Row::node("block_parameter", Kind::Parameter).named(Naming::Of("name")),
    Row::of("destructured_parameter", Role::Hook(parameters)),
    Row::node("body_statement", Kind::Block),
    Row::node("block_body", Kind::Block),
    // Statements.
    Row::node("begin", Kind::Try).rest(&[Field::Body]),
    Row::of("begin_block", Role::Splice),
    Row::of("end_block", Role::Splice),
    Row::node("rescue", Kind::Handler)
        .fields(&[("exceptions", Field::Type), ("variable", Field::Target), ("body", Field::Body)])
        .own(Field::Handler),
    Row::node("exceptions", Kind::Type),
    Row::of("exception_variable", Role::Splice),
    Row::of("ensure", Role::Splice).own(Field::Finally),
    Row::node("if", Kind::If).fields(BRANCH),
    Row::node("unless", Kind::If).fields(BRANCH),
    Row::node("elsif", Kind::If).fields(BRANCH),
    Row::node("if_modifier", Kind::If).fields(BRANCH),
    Row::node("unless_modifier", Kind::If).fields(BRANCH),
    Row::node("then", Kind::Block),
    Row::node("else", Kind::Block).own(Field::Else),
    Row::node("while", Kind::While).fields(BRANCH),
    Row::node("until", Kind::While).fields(BRANCH),
    Row::node("while_modifier", Kind::While).fields(BRANCH),
    Row::node("until_modifier", Kind::While).fields(BRANCH),
    Row::node("for", Kind::For).fields(&[("pattern", Field::Target), ("value", Field::Iter), ("body", Field::Body)]),
    Row::of("in", Role::Splice),
    Row::node("do", Kind::Block),
    Row::node("case", Kind::Switch).fields(&[("value", Field::Test)]),
    Row::node("case_match", Kind::Switch).fields(&[("value", Field::Test)]),
    Row::node("when", Kind::Case).fields(&[("pattern", Field::Test), ("body", Field::Body)]),
    Row::node("in_clause", Kind::Case).fields(&[("pattern", Field::Test), ("body", Field::Body)]),
    Row::of("pattern", Role::Splice),
    Row::node("rescue_modifier", Kind::Other),
    Row::node("return", Kind::Return).rest(&[Field::Value]),
    Row::node("yield", Kind::Yield).rest(&[Field::Value]),
    Row::leaf("break", Kind::Break),
    Row::leaf("next", Kind::Continue),
    Row::leaf("redo", Kind::Continue),
    Row::leaf("retry", Kind::Continue),
    Row::leaf("empty_statement", Kind::Pass),
    Row::of("alias", Role::Skip),
    // Expressions.
    Row::of("parenthesized_statements", Role::Splice),
    Row::of("call", Role::Hook(call)),
    Row::of("argument_list", Role::Splice),
    Row::of("block_argument", Role::Splice),
    Row::node("splat_argument", Kind::Spread).named(Naming::Token).rest(&[Field::Value]),
    Row::node("hash_splat_argument", Kind::Spread).named(Naming::Token).rest(&[Field::Value]),
    Row::node("block", Kind::Lambda).fields(FUNCTION),
    Row::node("do_block", Kind::Lambda).fields(FUNCTION),
    Row::node("lambda", Kind::Lambda).fields(FUNCTION),
    Row::of("subshell", Role::Hook(shell)),
    Row::node("scope_resolution", Kind::Attribute).named(Naming::Of("name")).fields(&[("scope", Field::Object)]),
    Row::node("element_reference", Kind::Subscript).fields(&[("object", Field::Object)]).rest(&[Field::Index]),
    Row::of("assignment", Role::Hook(assignment)),
    Row::of("operator_assignment", Role::Hook(assignment)),
    Row::node("left_assignment_list", Kind::Tuple),
    Row::node("right_assignment_list", Kind::Tuple),
    Row::node("destructured_left_assignment", Kind::Tuple),
    Row::node("rest_assignment", Kind::Spread).named(Naming::Token).rest(&[Field::Value]),
    Row::of("binary", Role::Hook(binary)),
    Row::node("unary", Kind::Unary).named(Naming::Of("operator")).fields(&[("operand", Field::Value)]),
    Row::node("conditional", Kind::Conditional).fields(BRANCH),
    Row::node("hash", Kind::Dict),
    Row::of("pair", Role::Hook(pair)),
    Row::node("array", Kind::List),
    Row::node("string_array", Kind::List),
    Row::node("symbol_array", Kind::List),
    Row::node("range", Kind::Other),
    Row::leaf("identifier", Kind::Name).named(Naming::Own),
    Row::leaf("constant", Kind::Name).named(Naming::Own),
    Row::leaf("instance_variable", Kind::Name).named(Naming::Own),
    Row::leaf("class_variable", Kind::Name).named(Naming::Own),
    Row::leaf("global_variable", Kind::Name).named(Naming::Own),
    Row::leaf("self", Kind::Name).named(Naming::Own),
    Row::leaf("super", Kind::Name).named(Naming::Own),
    // Constants.
    Row::of("string", Role::Hook(template)),
    Row::of("bare_string", Role::Hook(template)),
    Row::node("chained_string", Kind::Template),
    Row::of("heredoc_beginning", Role::Hook(heredoc_beginning)),
    Row::of("heredoc_body", Role::Hook(heredoc)),
    Row::of("simple_symbol", Role::Hook(symbol)),
    Row::of("hash_key_symbol", Role::Hook(symbol)),
    Row::of("bare_symbol", Role::Hook(symbol)),
    Row::of("delimited_symbol", Role::Hook(template)),
    Row::of("character", Role::Hook(symbol)),
    Row::of("regex", Role::Hook(regex)),
    Row::leaf("integer", Kind::Number),
    Row::leaf("float", Kind::Number),
    Row::leaf("true", Kind::Bool),
    Row::leaf("false", Kind::Bool),
    Row::leaf("nil", Kind::Null),
];

/// `a, b = 1, *c`: bare names are parameters too.
fn parameters(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, _: Field) {
    lowering.splice(cursor, Field::Parameter);
}

/// `object.name(arguments) { block }`, `name arguments`; `require "a"` is an import.
fn call(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let method = node.child_by_field_name("method");
    // `object.name = value`
    if field == Field::Target && node.child_by_field_name("arguments").is_none() {
        let id = lowering.open(Kind::Attribute, field, node);
        if let Some(method) = method {
            lowering.builder.set_name(id, span(method));
        }
        lowering.each(cursor, |lowering, cursor| {
            if cursor.field_name() == Some("receiver") {
                lowering.node(cursor, Field::Object);
            }
        });
        return lowering.builder.close();
    }
    let stands = stands(node);
    if stands {
        lowering.open(Kind::ExprStatement, field, node);
    }
    lowering.open(Kind::Call, if stands { Field::Value } else { field }, node);
    let mut callee = false;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match cursor.field_name() {
            Some("receiver") => {
                let end = method.map_or(child.end_byte(), |method| method.end_byte());
                let whole = Span::new(node.start_byte(), end);
                let id = lowering.builder.open(Kind::Attribute, Field::Callee, whole, node.kind_id());
                if let Some(method) = method {
                    lowering.builder.set_name(id, span(method));
                }
                lowering.node(cursor, Field::Object);
                lowering.builder.close();
                callee = true;
            }
            Some("method") if !callee => {
                let id = lowering.open(Kind::Name, Field::Callee, child);
                lowering.builder.set_name(id, span(child));
                lowering.builder.close();
                callee = true;
            }
            Some("arguments") => lowering.splice(cursor, Field::Argument),
            Some("block") => lowering.node(cursor, Field::Argument),
            _ if child.is_extra() => lowering.node(cursor, Field::Item),
            _ => {}
        }
    });
    lowering.builder.close();
    if stands {
        lowering.builder.close();
    }
}

/// Whether an expression stands as a statement: Ruby's tree has no node for that.
fn stands(node: Node<'_>) -> bool {
    node.parent().is_none_or(|above| {
        matches!(
            above.kind(),
            "program" | "body_statement" | "block_body" | "then" | "else" | "do" | "begin" | "ensure" | "ERROR"
        ) || (matches!(above.kind(), "if_modifier" | "unless_modifier" | "while_modifier" | "until_modifier")
            && above.child_by_field_name("body") == Some(node))
    })
}

/// `` `command` `` → a call of the backquote.
fn shell(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let stands = stands(node);
    if stands {
        lowering.open(Kind::ExprStatement, field, node);
    }
    lowering.open(Kind::Call, if stands { Field::Value } else { field }, node);
    let percent = lowering.text.get(node.start_byte()..).is_some_and(|text| text.starts_with("%x"));
    let quote = Span::new(node.start_byte(), inside(lowering, node, 1 + usize::from(percent), 0).start as usize);
    let id = lowering.builder.open(Kind::Name, Field::Callee, quote, 0);
    lowering.builder.set_name(id, quote);
    lowering.builder.close();
    interpolated(lowering, cursor, Field::Argument);
    lowering.builder.close();
    if stands {
        lowering.builder.close();
    }
}

/// `key: value`, `key => value`: among the arguments of a call a keyword.
fn pair(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let key = node.child_by_field_name("key");
    let word = key.filter(|key| matches!(key.kind(), "hash_key_symbol" | "simple_symbol") && field == Field::Argument);
    let id = lowering.open(if word.is_some() { Kind::Keyword } else { Kind::Pair }, field, node);
    if let Some(word) = word {
        let start = word.start_byte() + usize::from(word.kind() == "simple_symbol");
        lowering.builder.set_name(id, Span::new(start, word.end_byte()));
    }
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("key") if word.is_none() => lowering.node(cursor, Field::Key),
        Some("value") => lowering.node(cursor, Field::Value),
        _ => {}
    });
    lowering.builder.close();
}

/// `:name` → a String of the name.
fn symbol(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let text = lowering.text.get(span(node).range()).unwrap_or_default();
    let start = node.start_byte() + text.len() - text.trim_start_matches([':', '?']).len();
    let id = lowering.open(Kind::String, field, node);
    lowering.builder.set_name(id, Span::new(start, node.end_byte()));
    lowering.builder.close();
}

fn template(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    interpolated(lowering, cursor, field);
}

/// `<<~WORD`: the text that stands after the line, in place.
fn heredoc_beginning(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let Some(body) = body_of(lowering, node) else { return symbol(lowering, cursor, field) };
    lowering.builder.stretch(body.end_byte() as u32);
    interpolated(lowering, &mut body.walk(), field);
}

/// The text of a heredoc that is not in place, as a statement of its own.
fn heredoc(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let before = lowering.text.get(..node.start_byte()).unwrap_or_default();
    let line = before.trim_end_matches('\n').rsplit('\n').next().unwrap_or_default();
    let begins = line
        .match_indices("<<")
        .take(16)
        .any(|(at, _)| word(line.get(at..).unwrap_or_default()) == end_word(lowering, node));
    if !begins {
        interpolated(lowering, cursor, field);
    }
}

/// The word of `<<~'WORD'`.
fn word(beginning: &str) -> &str {
    let word = beginning.trim_start_matches(['<', '-', '~']);
    let quoted = word.strip_prefix(['\'', '"', '`']).map(|rest| rest.split(['\'', '"', '`']).next().unwrap_or(rest));
    quoted.unwrap_or_else(|| {
        let end = word.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(word.len());
        word.get(..end).unwrap_or(word)
    })
}

fn end_word<'t>(lowering: &Lowering<'t>, body: Node<'_>) -> &'t str {
    let end = body.child(body.child_count().saturating_sub(1)).filter(|end| end.kind() == "heredoc_end");
    end.and_then(|end| lowering.text.get(span(end).range())).unwrap_or_default().trim()
}

/// The text that belongs to the beginning of a heredoc: it stands after the same line, beside something around it.
fn body_of<'n>(lowering: &Lowering<'_>, beginning: Node<'n>) -> Option<Node<'n>> {
    const MOST_AROUND: usize = 12;
    const MOST_BESIDE: usize = 12;
    let wanted = word(lowering.text.get(span(beginning).range())?);
    let row = beginning.start_position().row;
    let mut at = beginning;
    for _ in 0..MOST_AROUND {
        let mut beside = at;
        for _ in 0..MOST_BESIDE {
            let Some(next) = beside.next_sibling() else { break };
            if next.kind() == "heredoc_body" && end_word(lowering, next) == wanted {
                return Some(next);
            }
            if next.start_position().row > row + 1 && next.kind() != "heredoc_body" {
                break;
            }
            beside = next;
        }
        at = at.parent()?;
    }
    None
}

fn regex(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Regex, field, node);
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().kind() == "interpolation" {
            lowering.open(Kind::Interpolation, Field::Item, cursor.node());
            lowering.splice(cursor, Field::Value);
            lowering.builder.close();
        }
    });
    lowering.builder.close();
}

/// A literal with values in it: String where there are none, else Template.
fn interpolated(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let open = node.child(0).filter(|open| !open.is_named()).map_or(0, |open| open.end_byte() - open.start_byte());
    let last = node.child(node.child_count().saturating_sub(1));
    let ends = |last: &Node<'_>| !last.is_named() && open > 0 || last.kind() == "heredoc_end";
    let close = last.filter(ends).map_or(0, |last| last.end_byte() - last.start_byte());
    let mut dynamic = false;
    lowering.each(cursor, |_, cursor| dynamic |= cursor.node().kind() == "interpolation");
    let content = inside(lowering, node, open, close);
    if !dynamic {
        if open == close {
            return quoted(lowering, node, field, open);
        }
        let id = lowering.open(Kind::String, field, node);
        lowering.builder.set_name(id, content);
        return lowering.builder.close();
    }
    let id = lowering.open(Kind::Template, field, node);
    lowering.builder.set_name(id, content);
    let mut from = content.start as usize;
    lowering.each(cursor, |lowering, cursor| {
        let part = cursor.node();
        if part.kind() == "interpolation" {
            text_between(lowering, from, part.start_byte());
            from = part.end_byte();
            lowering.open(Kind::Interpolation, Field::Item, part);
            lowering.splice(cursor, Field::Value);
            lowering.builder.close();
        }
    });
    text_between(lowering, from, content.end as usize);
    lowering.builder.close();
}

#[cfg(test)]
mod tests;
