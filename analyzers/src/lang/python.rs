//! Python: node roles as data, hooks for what tables cannot say; Python 2 statements included.

mod mask;

use std::borrow::Cow;
use std::sync::OnceLock;

use tree_sitter::TreeCursor;

use super::braces::inside;
use super::lower::{Grammar, Lowering, Naming, Role, Row, span};
use crate::syntax::{Escapes, Field, Kind, Span};

/// The grammar with its tables, made once.
pub(crate) fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar::compile(tree_sitter_python::LANGUAGE.into(), ROWS, Escapes::Python))
}

/// Every node kind that means something; the rest is [`Kind::Other`].
const ROWS: &[Row] = &[
    Row::of("comment", Role::Comment),
    Row::of("line_continuation", Role::Skip),
    // Definitions.
    Row::node("function_definition", Kind::Function).named(Naming::Of("name")).fields(&[
        ("parameters", Field::Parameter),
        ("return_type", Field::Type),
        ("body", Field::Body),
    ]),
    Row::node("class_definition", Kind::Class)
        .named(Naming::Of("name"))
        .fields(&[("superclasses", Field::Base), ("body", Field::Body)]),
    Row::of("decorated_definition", Role::Hook(decorated)),
    Row::node("decorator", Kind::Decorator).rest(&[Field::Value]).own(Field::Decorator),
    Row::of("parameters", Role::Splice),
    Row::of("lambda_parameters", Role::Splice).own(Field::Parameter),
    Row::of("keyword_separator", Role::Skip),
    Row::of("positional_separator", Role::Skip),
    Row::of("type_parameter", Role::Hook(type_parameter)),
    Row::node("default_parameter", Kind::Parameter).named(Naming::Of("name")).fields(&[("value", Field::Default)]),
    Row::node("typed_default_parameter", Kind::Parameter)
        .named(Naming::Of("name"))
        .fields(&[("type", Field::Type), ("value", Field::Default)]),
    Row::of("typed_parameter", Role::Hook(typed_parameter)),
    Row::of("list_splat_pattern", Role::Hook(splat)),
    Row::of("dictionary_splat_pattern", Role::Hook(splat)),
    Row::node("lambda", Kind::Lambda).fields(&[("parameters", Field::Parameter), ("body", Field::Body)]),
    Row::node("type", Kind::Type),
    Row::node("generic_type", Kind::Subscript).rest(&[Field::Object, Field::Index]),
    // Imports.
    Row::of("import_statement", Role::Hook(import)),
    Row::of("import_from_statement", Role::Hook(import)),
    Row::of("future_import_statement", Role::Hook(import)),
    // Simple statements.
    Row::of("expression_statement", Role::Hook(expression_statement)),
    Row::of("assignment", Role::Hook(assignment)),
    Row::node("augmented_assignment", Kind::AugAssign)
        .named(Naming::Of("operator"))
        .fields(&[("left", Field::Target), ("right", Field::Value)]),
    Row::node("return_statement", Kind::Return).rest(&[Field::Value]),
    Row::node("raise_statement", Kind::Raise).rest(&[Field::Value, Field::Item]).fields(&[("cause", Field::Item)]),
    Row::node("assert_statement", Kind::Assert).rest(&[Field::Test, Field::Value]),
    Row::node("delete_statement", Kind::Delete).rest(&[Field::Target]),
    Row::leaf("pass_statement", Kind::Pass),
    Row::leaf("break_statement", Kind::Break),
    Row::leaf("continue_statement", Kind::Continue),
    Row::node("global_statement", Kind::Global),
    Row::node("nonlocal_statement", Kind::Global),
    Row::of("print_statement", Role::Hook(keyword_call)),
    Row::of("exec_statement", Role::Hook(keyword_call)),
    Row::of("chevron", Role::Splice),
    // Compound statements.
    Row::of("block", Role::Hook(block)),
    Row::of("if_statement", Role::Hook(conditional_chain)).fields(&[
        ("condition", Field::Test),
        ("consequence", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::node("elif_clause", Kind::If)
        .fields(&[("condition", Field::Test), ("consequence", Field::Body)])
        .own(Field::Else),
    Row::of("else_clause", Role::Splice).own(Field::Else),
    Row::node("for_statement", Kind::For).fields(&[
        ("left", Field::Target),
        ("right", Field::Iter),
        ("body", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::node("while_statement", Kind::While).fields(&[
        ("condition", Field::Test),
        ("body", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::node("try_statement", Kind::Try).fields(&[("body", Field::Body)]),
    Row::node("except_clause", Kind::Handler)
        .fields(&[("value", Field::Type), ("alias", Field::Target)])
        .rest(&[Field::Body])
        .own(Field::Handler),
    Row::of("finally_clause", Role::Splice).own(Field::Finally),
    Row::node("with_statement", Kind::With).fields(&[("body", Field::Body)]),
    Row::of("with_clause", Role::Splice),
    Row::of("with_item", Role::Hook(with_item)),
    Row::of("as_pattern", Role::Hook(as_pattern)),
    Row::of("as_pattern_target", Role::Splice),
    Row::node("match_statement", Kind::Switch).fields(&[("subject", Field::Test), ("body", Field::Item)]),
    Row::node("case_clause", Kind::Case)
        .fields(&[("guard", Field::Test), ("consequence", Field::Body)])
        .rest(&[Field::Test]),
    Row::of("case_pattern", Role::Splice),
    // Expressions.
    Row::of("parenthesized_expression", Role::Splice),
    Row::of("argument_list", Role::Splice),
    Row::node("call", Kind::Call).fields(&[("function", Field::Callee), ("arguments", Field::Argument)]),
    Row::node("keyword_argument", Kind::Keyword).named(Naming::Of("name")).fields(&[("value", Field::Value)]),
    Row::node("list_splat", Kind::Spread).named(Naming::Token).rest(&[Field::Value]),
    Row::node("dictionary_splat", Kind::Spread).named(Naming::Token).rest(&[Field::Value]),
    Row::of("parenthesized_list_splat", Role::Splice),
    Row::node("attribute", Kind::Attribute).named(Naming::Of("attribute")).fields(&[("object", Field::Object)]),
    Row::of("dotted_name", Role::Hook(dotted_name)),
    Row::node("subscript", Kind::Subscript).fields(&[("value", Field::Object), ("subscript", Field::Index)]),
    Row::node("slice", Kind::Slice),
    Row::leaf("identifier", Kind::Name).named(Naming::Own),
    Row::node("binary_operator", Kind::Binary)
        .named(Naming::Of("operator"))
        .fields(&[("left", Field::Left), ("right", Field::Right)]),
    Row::node("boolean_operator", Kind::Boolean)
        .named(Naming::Of("operator"))
        .fields(&[("left", Field::Left), ("right", Field::Right)]),
    Row::node("comparison_operator", Kind::Compare).named(Naming::Of("operators")).rest(&[Field::Left, Field::Right]),
    Row::node("not_operator", Kind::Unary).named(Naming::Token).fields(&[("argument", Field::Value)]),
    Row::node("unary_operator", Kind::Unary).named(Naming::Of("operator")).fields(&[("argument", Field::Value)]),
    Row::node("conditional_expression", Kind::Conditional).rest(&[Field::Body, Field::Test, Field::Else]),
    Row::node("named_expression", Kind::Assign).fields(&[("name", Field::Target), ("value", Field::Value)]),
    Row::node("await", Kind::Await).rest(&[Field::Value]),
    Row::node("yield", Kind::Yield).rest(&[Field::Value]),
    Row::node("list", Kind::List),
    Row::node("tuple", Kind::Tuple),
    Row::node("set", Kind::Set),
    Row::node("dictionary", Kind::Dict),
    Row::node("pair", Kind::Pair).fields(&[("key", Field::Key), ("value", Field::Value)]),
    Row::node("list_pattern", Kind::List),
    Row::node("tuple_pattern", Kind::Tuple),
    Row::of("pattern_list", Role::Hook(bare_tuple)),
    Row::of("expression_list", Role::Hook(bare_tuple)),
    Row::node("list_comprehension", Kind::Comprehension).fields(&[("body", Field::Value)]),
    Row::node("set_comprehension", Kind::Comprehension).fields(&[("body", Field::Value)]),
    Row::node("dictionary_comprehension", Kind::Comprehension).fields(&[("body", Field::Value)]),
    Row::node("generator_expression", Kind::Comprehension).fields(&[("body", Field::Value)]),
    Row::node("for_in_clause", Kind::For).fields(&[("left", Field::Target), ("right", Field::Iter)]),
    Row::of("if_clause", Role::Hook(if_clause)),
    // Constants.
    Row::of("string", Role::Hook(string)),
    Row::node("concatenated_string", Kind::Template),
    Row::leaf("integer", Kind::Number),
    Row::leaf("float", Kind::Number),
    Row::leaf("true", Kind::Bool),
    Row::leaf("false", Kind::Bool),
    Row::leaf("none", Kind::Null),
];

/// `@decorator def f` → one Function or Class with Decorator children.
fn decorated(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let class =
        node.child_by_field_name("definition").is_some_and(|definition| definition.kind() == "class_definition");
    let id = lowering.open(if class { Kind::Class } else { Kind::Function }, field, node);
    lowering.each(cursor, |lowering, cursor| match cursor.node().kind() {
        "function_definition" | "class_definition" => lowering.children_of(cursor, id),
        _ if cursor.node().is_named() => lowering.node(cursor, Field::Decorator),
        _ => {}
    });
    lowering.builder.close();
}

/// `x: T`, `*args: T`.
fn typed_parameter(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let id = lowering.open(Kind::Parameter, field, cursor.node());
    lowering.each(cursor, |lowering, cursor| {
        let node = cursor.node();
        match node.kind() {
            "identifier" => lowering.builder.set_name(id, span(node)),
            "list_splat_pattern" | "dictionary_splat_pattern" => {
                if let Some(name) = node.named_child(0) {
                    lowering.builder.set_name(id, span(name));
                }
            }
            _ if node.is_named() => lowering.node(cursor, Field::Type),
            _ => {}
        }
    });
    lowering.builder.close();
}

/// The arguments of `List[int]`; the type parameters of a definition are of no interest.
fn type_parameter(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, _: Field) {
    if lowering.builder.open_kind() == Kind::Subscript {
        lowering.splice(cursor, Field::Index);
    }
}

/// `*args`: a parameter of that name, elsewhere a spread.
fn splat(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    if field == Field::Parameter {
        let id = lowering.open(Kind::Parameter, field, node);
        if let Some(name) = node.named_child(0) {
            lowering.builder.set_name(id, span(name));
        }
    } else {
        let id = lowering.open(Kind::Spread, field, node);
        if let Some(star) = node.child(0) {
            lowering.builder.set_name(id, span(star));
        }
        lowering.splice(cursor, Field::Target);
    }
    lowering.builder.close();
}

/// `import a.b as c`, `from .m import x as y`, `from m import *`.
fn import(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Import, field, node);
    let module = match node.kind() {
        "future_import_statement" => Some(Cow::Borrowed("__future__")),
        _ => node.child_by_field_name("module_name").map(|module| dotted(lowering.text, span(module))),
    };
    lowering.each(cursor, |lowering, cursor| {
        let item = cursor.node();
        match (cursor.field_name(), item.kind()) {
            (_, "comment") => lowering.builder.comment(span(item)),
            (Some("name"), _) => {
                let origin = item.child_by_field_name("name").unwrap_or(item);
                let alias = item.child_by_field_name("alias");
                let head = if module.is_none() { origin.named_child(0) } else { None };
                let origin = dotted(lowering.text, span(origin));
                let path = match module.as_deref() {
                    Some(module) if module.ends_with('.') => format!("{module}{origin}"),
                    Some(module) => format!("{module}.{origin}"),
                    None => origin.into_owned(),
                };
                let id = lowering.open(Kind::ImportItem, Field::Item, item);
                lowering.builder.set_name(id, span(alias.or(head).unwrap_or(item)));
                lowering.builder.set_import(id, path);
                lowering.builder.close();
            }
            (_, "wildcard_import") => {
                let id = lowering.open(Kind::ImportItem, Field::Item, item);
                lowering.builder.set_name(id, span(item));
                lowering.builder.set_import(id, module.as_deref().unwrap_or_default().to_owned());
                lowering.builder.close();
            }
            (_, "ERROR") => lowering.node(cursor, Field::Item),
            _ => {}
        }
    });
    lowering.builder.close();
}

/// A dotted name without the spaces, comments and line breaks that may stand in it.
fn dotted(text: &str, span: Span) -> Cow<'_, str> {
    let text = text.get(span.range()).unwrap_or_default();
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.') || !byte.is_ascii();
    if text.bytes().all(part) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.')).collect())
    }
}

/// `a.b` where the grammar has no attribute: patterns and Python 2 forms.
fn dotted_name(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let count = node.named_child_count() as u32;
    let parts = || (0..count).filter_map(|index| node.named_child(index));
    for part in parts().skip(1).collect::<Vec<_>>().into_iter().rev() {
        let at = if part.end_byte() == node.end_byte() { field } else { Field::Object };
        let id =
            lowering.builder.open(Kind::Attribute, at, Span::new(node.start_byte(), part.end_byte()), node.kind_id());
        lowering.builder.set_name(id, span(part));
    }
    if let Some(head) = parts().next() {
        let id = lowering.open(Kind::Name, if count > 1 { Field::Object } else { field }, head);
        lowering.builder.set_name(id, span(head));
        lowering.builder.close();
    }
    for _ in 1..count {
        lowering.builder.close();
    }
}

/// An expression on its own; assignments are statements themselves.
fn expression_statement(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let assigns =
        node.named_child(0).is_some_and(|child| matches!(child.kind(), "assignment" | "augmented_assignment"));
    if assigns {
        lowering.splice(cursor, field);
    } else if node.named_child_count() > 1 {
        let id = lowering.open(Kind::ExprStatement, field, node);
        let tuple = lowering.open(Kind::Tuple, Field::Value, node);
        debug_assert!(id < tuple, "pre-order");
        lowering.splice(cursor, Field::Item);
        lowering.builder.close();
        lowering.builder.close();
    } else {
        lowering.open(Kind::ExprStatement, field, node);
        lowering.splice(cursor, Field::Value);
        lowering.builder.close();
    }
}

/// `a = b = value` → one Assign with two Targets.
fn assignment(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    fn parts(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>) {
        lowering.each(cursor, |lowering, cursor| {
            let node = cursor.node();
            if !node.is_named() {
                return;
            }
            match cursor.field_name() {
                Some("right") if node.kind() == "assignment" => lowering.nested(|lowering| parts(lowering, cursor)),
                Some("left") => lowering.node(cursor, Field::Target),
                Some("type") => lowering.node(cursor, Field::Type),
                _ => lowering.node(cursor, Field::Value),
            }
        });
    }
    lowering.open(Kind::Assign, field, cursor.node());
    parts(lowering, cursor);
    lowering.builder.close();
}

/// Python 2's `print x` and `exec code in scope` → calls of `print` and `exec`.
fn keyword_call(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::ExprStatement, field, node);
    lowering.open(Kind::Call, Field::Value, node);
    let length = if node.kind() == "exec_statement" { "exec".len() } else { "print".len() };
    let keyword = Span::new(node.start_byte(), inside(lowering, node, length, 0).start as usize);
    let id = lowering.builder.open(Kind::Name, Field::Callee, keyword, 0);
    lowering.builder.set_name(id, keyword);
    lowering.builder.close();
    lowering.splice(cursor, Field::Argument);
    lowering.builder.close();
    lowering.builder.close();
}

/// A suite; that of a `match` is transparent.
fn block(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    if lowering.builder.open_kind() == Kind::Switch {
        return lowering.splice(cursor, Field::Item);
    }
    lowering.open(Kind::Block, field, cursor.node());
    lowering.splice(cursor, Field::Item);
    lowering.builder.close();
}

/// `if … elif … else` → an If whose Else is the next If.
fn conditional_chain(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::If, field, node);
    let mut open = 1;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        if child.kind() == "elif_clause" {
            let rest = Span::new(child.start_byte(), node.end_byte());
            let next = lowering.builder.open(Kind::If, Field::Else, rest, child.kind_id());
            open += 1;
            lowering.children_of(cursor, next);
        } else if child.is_named() {
            lowering.node(
                cursor,
                match cursor.field_name() {
                    Some("condition") => Field::Test,
                    Some("consequence") => Field::Body,
                    Some("alternative") => Field::Else,
                    _ => Field::Item,
                },
            );
        }
    });
    debug_assert!(id.index() < lowering.builder.len(), "pre-order");
    for _ in 0..open {
        lowering.builder.close();
    }
}

/// One context manager; a parenthesised list of them reads as a tuple in the grammar.
fn with_item(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    if node.named_child(0).is_some_and(|value| value.kind() == "tuple" && has_alias(value)) {
        lowering.each(cursor, |lowering, cursor| {
            if cursor.node().kind() == "tuple" {
                lowering.each(cursor, |lowering, cursor| {
                    if cursor.node().is_named() {
                        lowering.open(Kind::WithItem, field, cursor.node());
                        lowering.node(cursor, Field::Value);
                        lowering.builder.close();
                    }
                });
            }
        });
    } else {
        lowering.open(Kind::WithItem, field, node);
        lowering.splice(cursor, Field::Value);
        lowering.builder.close();
    }
}

fn has_alias(tuple: tree_sitter::Node<'_>) -> bool {
    let count = tuple.named_child_count() as u32;
    (0..count.min(64)).filter_map(|index| tuple.named_child(index)).any(|item| item.kind() == "as_pattern")
}

/// `value as name` in `with` and `except`; elsewhere a pattern.
fn as_pattern(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let bare = matches!(lowering.builder.open_kind(), Kind::WithItem | Kind::Handler);
    if !bare {
        lowering.open(Kind::Other, field, cursor.node());
    }
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().is_named() {
            let alias = cursor.field_name() == Some("alias");
            let value = if bare { field } else { Field::Value };
            lowering.node(cursor, if alias { Field::Target } else { value });
        }
    });
    if !bare {
        lowering.builder.close();
    }
}

/// `a, b` without parentheses; the operands of `del` are its own.
fn bare_tuple(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    if lowering.builder.open_kind() == Kind::Delete {
        return lowering.splice(cursor, field);
    }
    lowering.open(Kind::Tuple, field, cursor.node());
    lowering.splice(cursor, Field::Item);
    lowering.builder.close();
}

/// The filter of a comprehension is an If, the guard of a `case` its Test.
fn if_clause(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    if lowering.builder.open_kind() == Kind::Case {
        return lowering.splice(cursor, field);
    }
    lowering.open(Kind::If, field, cursor.node());
    lowering.splice(cursor, Field::Test);
    lowering.builder.close();
}

/// A literal: String without interpolation, else Template.
fn string(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let mut start = node.start_byte();
    let mut end = node.end_byte();
    let mut plain = true;
    lowering.each(cursor, |_, cursor| {
        let part = cursor.node();
        match part.kind() {
            "string_start" => start = part.end_byte(),
            "string_end" if part.end_byte() > part.start_byte() => end = part.start_byte(),
            "interpolation" => plain = false,
            _ => {}
        }
    });
    let id = lowering.open(if plain { Kind::String } else { Kind::Template }, field, node);
    lowering.builder.set_name(id, Span::new(start.min(end), end));
    if !plain {
        lowering.each(cursor, |lowering, cursor| {
            let part = cursor.node();
            match part.kind() {
                "string_content" => {
                    let text = lowering.open(Kind::Text, Field::Item, part);
                    lowering.builder.set_name(text, span(part));
                    lowering.builder.close();
                }
                "interpolation" => interpolation(lowering, cursor),
                "ERROR" => lowering.node(cursor, Field::Item),
                _ => {}
            }
        });
    }
    lowering.builder.close();
}

/// `{value!r:spec}`; the name is what stands between the value and the brace.
fn interpolation(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>) {
    let id = lowering.open(Kind::Interpolation, Field::Item, cursor.node());
    let mut format = Span::default();
    lowering.nested(|lowering| {
        lowering.each(cursor, |lowering, cursor| {
            let part = cursor.node();
            match part.kind() {
                "type_conversion" | "format_specifier" => {
                    let start = if format.end == 0 { part.start_byte() } else { format.start as usize };
                    format = Span::new(start, part.end_byte());
                    lowering.each(cursor, |lowering, cursor| {
                        if matches!(cursor.node().kind(), "interpolation" | "format_expression") {
                            interpolation(lowering, cursor);
                        }
                    });
                }
                _ if part.is_named() => lowering.node(cursor, Field::Value),
                _ => {}
            }
        });
    });
    lowering.builder.set_name(id, format);
    lowering.builder.close();
}

/// What the parser reads; same length.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    mask::shallow(session(text))
}

/// Of an interpreter session: prompts blanked, output lines left out. Of a text that begins in a string: the rest.
fn session(text: &str) -> Cow<'_, str> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if !is_prompt(first.trim_start(), ">>>") {
        return match cut_text(text) {
            Some(end) => {
                let (cut, rest) = text.split_at(end);
                let blank = |byte: u8| if matches!(byte, b'\n' | b'\r') { byte as char } else { ' ' };
                Cow::Owned(cut.bytes().map(blank).chain(rest.chars()).collect())
            }
            None => Cow::Borrowed(text),
        };
    }
    let mut masked = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let body = line.trim_start();
        if is_prompt(body, ">>>") || is_prompt(body, "...") {
            let indent = line.len() - body.len();
            // The columns of prompt and blank are cut from every line alike, so indentation stays consistent.
            masked.push_str(&line[..indent]);
            masked.push_str(if body.len() > 3 && body.as_bytes()[3] == b' ' { "    " } else { "   " });
            masked.push_str(
                body.get(4.min(body.len())..).filter(|_| body.as_bytes().get(3) == Some(&b' ')).unwrap_or(&body[3..]),
            );
        } else {
            masked.extend(line.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { byte as char } else { ' ' }));
        }
    }
    Cow::Owned(masked)
}

/// Where a long text ends in whose middle a fragment begins: its quotes come without a beginning.
fn cut_text(text: &str) -> Option<usize> {
    ["\"\"\"", "\'\'\'"].into_iter().find_map(|quotes| {
        let first = text.find(quotes)?;
        if text.matches(quotes).count().is_multiple_of(2) {
            return None;
        }
        let line = text[..first].rfind('\n').map_or(0, |end| end + 1);
        let before = text[line..first].trim();
        let after = text[first + quotes.len()..].lines().next().unwrap_or_default().trim();
        let opens = before.ends_with(['=', '(', ',', '[', '{', ':', '+', '%'])
            || before.ends_with("return")
            || before.ends_with("yield")
            || matches!(before, "f" | "r" | "b" | "u" | "rb" | "br" | "fr" | "rf")
            || ["=f", "= f", "(f", " r", "(r", " b", "(b", ", f"].iter().any(|end| before.ends_with(end));
        let closes = after.is_empty() || after.starts_with([')', ',', '.', '%', ']', '}', '#', ';']);
        (!opens && closes && !(before.is_empty() && after.is_empty() && line == 0)).then_some(first + quotes.len())
    })
}

/// The text with blanks in the place of what stands between triple quotes; same length, same lines.
pub(super) fn without_long_texts(text: &str) -> Cow<'_, str> {
    if !text.contains("\"\"\"") && !text.contains("'''") {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut blanked: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'#' => at += bytes[at..].iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len() - at),
            b'"' | b'\'' => {
                let long = bytes.get(at..at + 3).is_some_and(|quotes| quotes.iter().all(|&quote| quote == byte));
                let start = at + if long { 3 } else { 1 };
                let Some(end) = end_of_text(bytes, start, byte, long) else { break };
                if long {
                    let whole = blanked.get_or_insert_with(|| bytes.to_vec());
                    for inner in whole.get_mut(start..end).into_iter().flatten() {
                        if !matches!(*inner, b'\n' | b'\r') {
                            *inner = b' ';
                        }
                    }
                }
                at = end + if long { 3 } else { 1 };
            }
            _ => at += 1,
        }
    }
    match blanked.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) => Cow::Owned(text),
        None => Cow::Borrowed(text),
    }
}

/// Where the quotes that end a text stand, if it ends; a short one ends with its line at the latest.
fn end_of_text(bytes: &[u8], start: usize, quote: u8, long: bool) -> Option<usize> {
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' if !long => return Some(at),
            _ if byte == quote && !long => return Some(at),
            _ if byte == quote && bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote) => {
                return Some(at);
            }
            _ => at += 1,
        }
    }
    None
}

fn is_prompt(line: &str, prompt: &str) -> bool {
    line.strip_prefix(prompt).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\n', '\r', '\t']))
}

#[cfg(test)]
mod tests;
