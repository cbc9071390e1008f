//! JavaScript: node roles as data, hooks for what tables cannot say; JSX included.

use std::sync::OnceLock;

use tree_sitter::TreeCursor;

use super::braces::{assignment, binary, case, declaration, expression_statement, inside, labelled, quoted};
use super::lower::{Grammar, Lowering, Naming, Role, Row, span};
use crate::syntax::{Escapes, Field, Kind, Span};

/// The grammar with its tables, made once.
pub(crate) fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar::compile(tree_sitter_javascript::LANGUAGE.into(), ROWS, Escapes::JavaScript))
}

const FUNCTION: &[(&str, Field)] = &[
    ("parameters", Field::Parameter),
    ("parameter", Field::Parameter),
    ("body", Field::Body),
    ("decorator", Field::Decorator),
];
const LOOP: &[(&str, Field)] = &[
    ("initializer", Field::Init),
    ("condition", Field::Test),
    ("increment", Field::Update),
    ("left", Field::Target),
    ("right", Field::Iter),
    ("body", Field::Body),
];

/// Every node kind that means something; the rest is [`Kind::Other`].
pub(super) const ROWS: &[Row] = &[
    Row::of("comment", Role::Comment),
    Row::of("html_comment", Role::Comment),
    Row::of("hash_bang_line", Role::Comment),
    // Definitions.
    Row::of("import_statement", Role::Hook(import)),
    Row::of("export_statement", Role::Hook(export)),
    Row::node("function_declaration", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("generator_function_declaration", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("method_definition", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("function_expression", Kind::Lambda).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("generator_function", Kind::Lambda).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("arrow_function", Kind::Lambda).fields(FUNCTION),
    Row::of("formal_parameters", Role::Splice),
    Row::node("class_declaration", Kind::Class).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("class", Kind::Class).named(Naming::Of("name")).fields(FUNCTION),
    Row::of("class_heritage", Role::Splice).own(Field::Base),
    Row::node("class_body", Kind::Block),
    Row::of("class_static_block", Role::Splice),
    Row::of("field_definition", Role::Hook(field_definition)),
    Row::node("decorator", Kind::Decorator).rest(&[Field::Value]).own(Field::Decorator),
    Row::of("lexical_declaration", Role::Hook(declaration)),
    Row::of("variable_declaration", Role::Hook(declaration)),
    Row::of("using_declaration", Role::Hook(declaration)),
    // Patterns.
    Row::of("object_pattern", Role::Hook(pattern)),
    Row::of("array_pattern", Role::Hook(pattern)),
    Row::of("rest_pattern", Role::Hook(pattern)),
    Row::of("assignment_pattern", Role::Hook(default)),
    Row::node("object_assignment_pattern", Kind::Pair).fields(&[("left", Field::Value), ("right", Field::Default)]),
    Row::node("pair_pattern", Kind::Pair).fields(&[("key", Field::Key), ("value", Field::Value)]),
    Row::leaf("shorthand_property_identifier_pattern", Kind::Name).named(Naming::Own),
    // Statements.
    Row::of("expression_statement", Role::Hook(expression_statement)),
    Row::of("empty_statement", Role::Hook(empty)),
    Row::leaf("debugger_statement", Kind::Pass),
    Row::node("statement_block", Kind::Block),
    Row::node("if_statement", Kind::If).fields(&[
        ("condition", Field::Test),
        ("consequence", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::of("else_clause", Role::Splice).own(Field::Else),
    Row::node("while_statement", Kind::While).fields(LOOP),
    Row::node("do_statement", Kind::While).fields(LOOP),
    Row::node("for_statement", Kind::For).fields(LOOP),
    Row::node("for_in_statement", Kind::For).fields(LOOP),
    Row::node("try_statement", Kind::Try).fields(&[
        ("body", Field::Body),
        ("handler", Field::Handler),
        ("finalizer", Field::Finally),
    ]),
    Row::node("catch_clause", Kind::Handler)
        .fields(&[("parameter", Field::Target), ("body", Field::Body)])
        .own(Field::Handler),
    Row::of("finally_clause", Role::Splice).own(Field::Finally),
    Row::node("with_statement", Kind::With).fields(&[("body", Field::Body)]),
    Row::node("switch_statement", Kind::Switch).fields(&[("value", Field::Test)]),
    Row::of("switch_body", Role::Splice),
    Row::of("switch_case", Role::Hook(case)),
    Row::of("switch_default", Role::Hook(case)),
    Row::of("labeled_statement", Role::Hook(labelled)),
    Row::node("return_statement", Kind::Return).rest(&[Field::Value]),
    Row::node("throw_statement", Kind::Raise).rest(&[Field::Value]),
    Row::leaf("break_statement", Kind::Break),
    Row::leaf("continue_statement", Kind::Continue),
    // Expressions.
    Row::of("parenthesized_expression", Role::Splice),
    Row::of("arguments", Role::Splice),
    Row::of("optional_chain", Role::Skip),
    Row::node("sequence_expression", Kind::Tuple),
    Row::node("call_expression", Kind::Call).fields(&[("function", Field::Callee), ("arguments", Field::Argument)]),
    Row::node("new_expression", Kind::New).fields(&[("constructor", Field::Callee), ("arguments", Field::Argument)]),
    Row::node("member_expression", Kind::Attribute).named(Naming::Of("property")).fields(&[("object", Field::Object)]),
    Row::node("subscript_expression", Kind::Subscript).fields(&[("object", Field::Object), ("index", Field::Index)]),
    Row::of("assignment_expression", Role::Hook(assignment)),
    Row::of("augmented_assignment_expression", Role::Hook(assignment)),
    Row::node("update_expression", Kind::AugAssign)
        .named(Naming::Of("operator"))
        .fields(&[("argument", Field::Target)]),
    Row::of("binary_expression", Role::Hook(binary)),
    Row::node("unary_expression", Kind::Unary).named(Naming::Of("operator")).fields(&[("argument", Field::Value)]),
    Row::node("ternary_expression", Kind::Conditional).fields(&[
        ("condition", Field::Test),
        ("consequence", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::node("await_expression", Kind::Await).rest(&[Field::Value]),
    Row::node("yield_expression", Kind::Yield).rest(&[Field::Value]),
    Row::node("spread_element", Kind::Spread).named(Naming::Token).rest(&[Field::Value]),
    Row::node("object", Kind::Dict),
    Row::node("pair", Kind::Pair).fields(&[("key", Field::Key), ("value", Field::Value)]),
    Row::of("shorthand_property_identifier", Role::Hook(shorthand)),
    Row::of("computed_property_name", Role::Splice),
    Row::node("array", Kind::List),
    Row::leaf("identifier", Kind::Name).named(Naming::Own),
    Row::leaf("this", Kind::Name).named(Naming::Own),
    Row::leaf("super", Kind::Name).named(Naming::Own),
    Row::leaf("import", Kind::Name).named(Naming::Own),
    Row::leaf("property_identifier", Kind::String).named(Naming::Own),
    Row::leaf("private_property_identifier", Kind::String).named(Naming::Own),
    Row::leaf("meta_property", Kind::Other),
    // JSX.
    Row::node("jsx_opening_element", Kind::Other).named(Naming::Of("name")),
    Row::node("jsx_self_closing_element", Kind::Other).named(Naming::Of("name")),
    Row::of("jsx_closing_element", Role::Skip),
    Row::of("jsx_attribute", Role::Hook(attribute)),
    Row::of("jsx_expression", Role::Splice),
    Row::of("jsx_text", Role::Skip),
    // Constants.
    Row::of("string", Role::Hook(string)),
    Row::of("template_string", Role::Hook(template)),
    Row::leaf("number", Kind::Number),
    Row::leaf("true", Kind::Bool),
    Row::leaf("false", Kind::Bool),
    Row::leaf("null", Kind::Null),
    Row::leaf("undefined", Kind::Null),
    Row::leaf("regex", Kind::Regex),
];

/// `import a, { b as c } from "m"`, `import * as n from "m"`.
fn import(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Import, field, node);
    let source = node.child_by_field_name("source").map_or("", |source| &lowering.text[span(source).range()]);
    let module = source.trim_matches(['"', '\'']);
    let module = module.strip_prefix("node:").unwrap_or(module).to_owned();
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().kind() == "import_clause" {
            lowering.each(cursor, |lowering, cursor| clause(lowering, cursor, &module));
        } else if cursor.node().kind() == "import_require_clause" {
            required(lowering, cursor.node());
        } else if cursor.node().is_extra() {
            lowering.node(cursor, Field::Item);
        }
    });
    lowering.builder.close();
}

/// `import a = require("m")`.
fn required(lowering: &mut Lowering<'_>, clause: tree_sitter::Node<'_>) {
    let (Some(name), Some(source)) = (clause.named_child(0), clause.child_by_field_name("source")) else { return };
    let module = lowering.text[span(source).range()].trim_matches(['"', '\'']);
    let module = module.strip_prefix("node:").unwrap_or(module).to_owned();
    item(lowering, clause, name, module);
}

/// One part of an import clause.
fn clause(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, module: &str) {
    let part = cursor.node();
    match part.kind() {
        "identifier" => item(lowering, part, part, module.to_owned()),
        "namespace_import" => {
            let name = part.named_child(0).unwrap_or(part);
            item(lowering, part, name, module.to_owned());
        }
        "named_imports" => lowering.each(cursor, |lowering, cursor| {
            let part = cursor.node();
            if part.kind() == "import_specifier" {
                let name = part.child_by_field_name("name").unwrap_or(part);
                let local = part.child_by_field_name("alias").unwrap_or(name);
                let origin = lowering.text[span(name).range()].trim_matches(['"', '\'']);
                let path = if origin == "default" { module.to_owned() } else { format!("{module}.{origin}") };
                item(lowering, part, local, path);
            } else if part.is_extra() {
                lowering.node(cursor, Field::Item);
            }
        }),
        _ => {}
    }
}

fn item(lowering: &mut Lowering<'_>, whole: tree_sitter::Node<'_>, name: tree_sitter::Node<'_>, path: String) {
    let id = lowering.open(Kind::ImportItem, Field::Item, whole);
    lowering.builder.set_name(id, span(name));
    lowering.builder.set_import(id, path);
    lowering.builder.close();
}

/// `export …` → what is exported; lists of names and re-exports define nothing.
fn export(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("value") => {
            lowering.open(Kind::ExprStatement, field, cursor.node());
            lowering.node(cursor, Field::Value);
            lowering.builder.close();
        }
        Some("declaration") => lowering.node(cursor, field),
        Some("decorator") => lowering.node(cursor, Field::Decorator),
        _ if cursor.node().is_extra() || cursor.node().is_error() => lowering.node(cursor, field),
        _ => {}
    });
}

/// `name: type = value;` in a class.
pub(super) fn field_definition(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::Assign, field, cursor.node());
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match (cursor.field_name(), child.kind()) {
            (Some("property" | "name"), "property_identifier" | "private_property_identifier") => {
                let id = lowering.open(Kind::Name, Field::Target, child);
                lowering.builder.set_name(id, span(child));
                lowering.builder.close();
            }
            (Some("property" | "name"), _) => lowering.node(cursor, Field::Target),
            (Some("type"), _) => lowering.node(cursor, Field::Type),
            (Some("value"), _) => lowering.node(cursor, Field::Value),
            (Some("decorator"), _) => lowering.node(cursor, Field::Decorator),
            _ if child.is_extra() => lowering.node(cursor, Field::Item),
            _ => {}
        }
    });
    lowering.builder.close();
}

/// A destructuring pattern or rest; as a parameter it stands in one.
fn pattern(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let rest = node.kind() == "rest_pattern";
    if field == Field::Parameter {
        let id = lowering.open(Kind::Parameter, field, node);
        let name = node.named_child(0).filter(|name| rest && name.kind() == "identifier");
        if let Some(name) = name {
            lowering.builder.set_name(id, span(name));
        } else {
            lowering.nested(|lowering| pattern(lowering, cursor, Field::Target));
        }
        lowering.builder.close();
        return;
    }
    let kind = match node.kind() {
        "object_pattern" => Kind::Dict,
        "array_pattern" => Kind::List,
        _ => Kind::Spread,
    };
    let id = lowering.open(kind, field, node);
    if let Some(dots) = node.child(0).filter(|_| rest) {
        lowering.builder.set_name(id, span(dots));
    }
    lowering.splice(cursor, if rest { Field::Value } else { Field::Item });
    lowering.builder.close();
}

/// `target = default` in a pattern or among the parameters.
fn default(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let parameter = field == Field::Parameter;
    let id = lowering.open(if parameter { Kind::Parameter } else { Kind::Pair }, field, node);
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match cursor.field_name() {
            Some("left") if parameter && child.kind() == "identifier" => lowering.builder.set_name(id, span(child)),
            Some("left") => lowering.node(cursor, if parameter { Field::Target } else { Field::Value }),
            Some("right") => lowering.node(cursor, Field::Default),
            _ => {}
        }
    });
    lowering.builder.close();
}

/// `;` on its own; in the head of a `for` it is nothing.
fn empty(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    if !matches!(field, Field::Init | Field::Test | Field::Update) {
        lowering.open(Kind::Pass, field, cursor.node());
        lowering.builder.close();
    }
}

/// `{ name }` → a Pair of the key and the variable.
fn shorthand(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Pair, field, node);
    for (kind, field) in [(Kind::String, Field::Key), (Kind::Name, Field::Value)] {
        let id = lowering.open(kind, field, node);
        lowering.builder.set_name(id, span(node));
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// `name={value}` of an element.
fn attribute(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Keyword, field, node);
    let mut named = false;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        if child.is_named() && !named {
            lowering.builder.set_name(id, span(child));
            named = true;
        } else if child.is_named() {
            lowering.node(cursor, Field::Value);
        }
    });
    lowering.builder.close();
}

fn string(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    quoted(lowering, cursor.node(), field, 1);
}

/// A template literal: String without substitutions, else Template.
fn template(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let mut dynamic = false;
    lowering.each(cursor, |_, cursor| dynamic |= cursor.node().kind() == "template_substitution");
    if !dynamic {
        return quoted(lowering, node, field, 1);
    }
    let id = lowering.open(Kind::Template, field, node);
    let closed = lowering.text.get(span(node).range()).is_some_and(|text| text.ends_with('`'));
    let content = inside(lowering, node, 1, usize::from(closed));
    lowering.builder.set_name(id, content);
    let mut from = content.start as usize;
    lowering.each(cursor, |lowering, cursor| {
        let part = cursor.node();
        if part.kind() == "template_substitution" {
            text(lowering, from, part.start_byte());
            from = part.end_byte();
            lowering.open(Kind::Interpolation, Field::Item, part);
            lowering.splice(cursor, Field::Value);
            lowering.builder.close();
        }
    });
    text(lowering, from, content.end as usize);
    lowering.builder.close();
}

/// The constant text between two substitutions.
fn text(lowering: &mut Lowering<'_>, from: usize, to: usize) {
    if from < to {
        let id = lowering.builder.open(Kind::Text, Field::Item, Span::new(from, to), 0);
        lowering.builder.set_name(id, Span::new(from, to));
        lowering.builder.close();
    }
}

#[cfg(test)]
mod tests;
