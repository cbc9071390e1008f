//! PHP: node roles as data, hooks for what tables cannot say. A unit may do without its opening tag.

use std::sync::OnceLock;

use tree_sitter::{Node, TreeCursor};

use super::braces::{
    argument, assignment, binary, case, inside, last_part, member_call, quoted, text_between, word_call,
};
use super::lower::{Grammar, Lowering, Naming, Role, Row, span};
use crate::syntax::{Escapes, Field, Kind, Span};

/// The grammar with its tables: of pages with tags, and of code without.
pub(crate) fn grammar(text: &str) -> &'static Grammar {
    static PAGE: OnceLock<Grammar> = OnceLock::new();
    static CODE: OnceLock<Grammar> = OnceLock::new();
    if text.contains("<?") {
        PAGE.get_or_init(|| Grammar::compile(tree_sitter_php::LANGUAGE_PHP.into(), ROWS, Escapes::Php))
    } else {
        CODE.get_or_init(|| Grammar::compile(tree_sitter_php::LANGUAGE_PHP_ONLY.into(), ROWS, Escapes::Php))
    }
}

const FUNCTION: &[(&str, Field)] =
    &[("parameters", Field::Parameter), ("return_type", Field::Type), ("body", Field::Body)];
const CLASS: &[(&str, Field)] = &[("body", Field::Body)];
const PARAMETER: &[(&str, Field)] = &[("type", Field::Type), ("default_value", Field::Default)];

/// Every node kind that means something; the rest is [`Kind::Other`].
const ROWS: &[Row] = &[
    Row::of("comment", Role::Comment),
    // The page around the code.
    Row::of("php_tag", Role::Skip),
    Row::of("php_end_tag", Role::Skip),
    Row::of("text", Role::Hook(page)),
    Row::of("text_interpolation", Role::Splice),
    // Definitions.
    Row::of("namespace_definition", Role::Hook(namespace)),
    Row::node("namespace_use_declaration", Kind::Import),
    Row::of("namespace_use_group", Role::Splice),
    Row::of("namespace_use_clause", Role::Hook(import)),
    Row::node("function_definition", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("method_declaration", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("anonymous_function", Kind::Lambda).fields(FUNCTION),
    Row::node("arrow_function", Kind::Lambda).fields(FUNCTION),
    Row::of("anonymous_function_use_clause", Role::Skip),
    Row::of("formal_parameters", Role::Splice),
    Row::node("simple_parameter", Kind::Parameter).named(Naming::Of("name")).fields(PARAMETER),
    Row::node("variadic_parameter", Kind::Parameter).named(Naming::Of("name")).fields(PARAMETER),
    Row::node("property_promotion_parameter", Kind::Parameter).named(Naming::Of("name")).fields(PARAMETER),
    Row::node("class_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("interface_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("trait_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("enum_declaration", Kind::Class).named(Naming::Of("name")).fields(CLASS),
    Row::node("anonymous_class", Kind::Class).fields(CLASS),
    Row::of("base_clause", Role::Splice).own(Field::Base),
    Row::of("class_interface_clause", Role::Splice).own(Field::Base),
    Row::node("declaration_list", Kind::Block),
    Row::node("enum_declaration_list", Kind::Block),
    Row::of("property_declaration", Role::Splice),
    Row::of("property_element", Role::Hook(property)),
    Row::of("const_declaration", Role::Splice),
    Row::of("const_element", Role::Hook(constant)),
    Row::of("function_static_declaration", Role::Splice),
    Row::node("static_variable_declaration", Kind::Assign).fields(&[("name", Field::Target), ("value", Field::Value)]),
    Row::node("global_declaration", Kind::Global),
    Row::of("use_declaration", Role::Skip),
    Row::of("attribute_list", Role::Skip),
    Row::of("visibility_modifier", Role::Skip),
    Row::of("static_modifier", Role::Skip),
    Row::of("readonly_modifier", Role::Skip),
    Row::of("abstract_modifier", Role::Skip),
    Row::of("final_modifier", Role::Skip),
    Row::of("var_modifier", Role::Skip),
    Row::of("reference_modifier", Role::Skip),
    // Types.
    Row::of("primitive_type", Role::Hook(named_type)),
    Row::of("named_type", Role::Hook(named_type)),
    Row::of("cast_type", Role::Hook(named_type)),
    Row::of("optional_type", Role::Splice),
    Row::node("union_type", Kind::Type),
    // Statements.
    Row::node("compound_statement", Kind::Block),
    Row::node("colon_block", Kind::Block),
    Row::of("expression_statement", Role::Hook(statement)),
    Row::of("echo_statement", Role::Hook(told)),
    Row::of("exit_statement", Role::Hook(told)),
    Row::leaf("empty_statement", Kind::Pass),
    Row::node("unset_statement", Kind::Delete).rest(&[Field::Target]),
    Row::of("declare_statement", Role::Skip),
    Row::of("if_statement", Role::Hook(conditional_chain)),
    Row::node("else_if_clause", Kind::If).fields(&[("condition", Field::Test), ("body", Field::Body)]),
    Row::of("else_clause", Role::Splice),
    Row::node("while_statement", Kind::While).fields(&[("condition", Field::Test), ("body", Field::Body)]),
    Row::node("do_statement", Kind::While).fields(&[("condition", Field::Test), ("body", Field::Body)]),
    Row::node("for_statement", Kind::For).fields(&[
        ("initialize", Field::Init),
        ("condition", Field::Test),
        ("update", Field::Update),
        ("body", Field::Body),
    ]),
    Row::node("foreach_statement", Kind::For).fields(&[("body", Field::Body)]).rest(&[Field::Iter, Field::Target]),
    Row::of("pair", Role::Splice),
    Row::of("by_ref", Role::Splice),
    Row::node("switch_statement", Kind::Switch).fields(&[("condition", Field::Test)]),
    Row::of("switch_block", Role::Splice),
    Row::of("case_statement", Role::Hook(case)),
    Row::of("default_statement", Role::Hook(case)),
    Row::node("match_expression", Kind::Switch).fields(&[("condition", Field::Test)]),
    Row::of("match_block", Role::Splice),
    Row::node("match_conditional_expression", Kind::Case)
        .fields(&[("conditional_expressions", Field::Test), ("return_expression", Field::Body)]),
    Row::node("match_default_expression", Kind::Case).fields(&[("return_expression", Field::Body)]),
    Row::of("match_condition_list", Role::Splice),
    Row::node("try_statement", Kind::Try).fields(&[("body", Field::Body)]),
    Row::node("catch_clause", Kind::Handler)
        .fields(&[("type", Field::Type), ("name", Field::Target), ("body", Field::Body)])
        .own(Field::Handler),
    Row::node("type_list", Kind::Type),
    Row::of("finally_clause", Role::Splice).own(Field::Finally),
    Row::node("throw_expression", Kind::Raise).rest(&[Field::Value]),
    Row::node("return_statement", Kind::Return).rest(&[Field::Value]),
    Row::leaf("break_statement", Kind::Break),
    Row::leaf("continue_statement", Kind::Continue),
    Row::leaf("goto_statement", Kind::Pass),
    Row::of("named_label_statement", Role::Skip),
    // Expressions.
    Row::of("parenthesized_expression", Role::Splice),
    Row::of("sequence_expression", Role::Splice),
    Row::of("error_suppression_expression", Role::Splice),
    Row::of("clone_expression", Role::Splice),
    Row::node("function_call_expression", Kind::Call)
        .fields(&[("function", Field::Callee), ("arguments", Field::Argument)]),
    Row::of("member_call_expression", Role::Hook(member)),
    Row::of("nullsafe_member_call_expression", Role::Hook(member)),
    Row::of("scoped_call_expression", Role::Hook(member)),
    Row::node("object_creation_expression", Kind::New).rest(&[Field::Callee, Field::Argument]),
    Row::of("arguments", Role::Splice),
    Row::of("argument", Role::Hook(argument)),
    Row::node("variadic_unpacking", Kind::Spread).named(Naming::Token).rest(&[Field::Value]),
    Row::of("print_intrinsic", Role::Hook(told)),
    Row::of("include_expression", Role::Hook(told)),
    Row::of("include_once_expression", Role::Hook(told)),
    Row::of("require_expression", Role::Hook(told)),
    Row::of("require_once_expression", Role::Hook(told)),
    Row::of("shell_command_expression", Role::Hook(shell)),
    Row::node("member_access_expression", Kind::Attribute)
        .named(Naming::Of("name"))
        .fields(&[("object", Field::Object)]),
    Row::node("nullsafe_member_access_expression", Kind::Attribute)
        .named(Naming::Of("name"))
        .fields(&[("object", Field::Object)]),
    Row::node("scoped_property_access_expression", Kind::Attribute)
        .named(Naming::Of("name"))
        .fields(&[("scope", Field::Object)]),
    Row::of("class_constant_access_expression", Role::Hook(last_part)),
    Row::node("subscript_expression", Kind::Subscript).rest(&[Field::Object, Field::Index]),
    Row::of("assignment_expression", Role::Hook(assignment)),
    Row::of("reference_assignment_expression", Role::Hook(assignment)),
    Row::of("augmented_assignment_expression", Role::Hook(assignment)),
    Row::node("update_expression", Kind::AugAssign)
        .named(Naming::Of("operator"))
        .fields(&[("argument", Field::Target)]),
    Row::of("binary_expression", Role::Hook(binary)),
    Row::node("unary_op_expression", Kind::Unary)
        .named(Naming::Of("operator"))
        .fields(&[("argument", Field::Value)])
        .rest(&[Field::Value]),
    Row::node("conditional_expression", Kind::Conditional).fields(&[
        ("condition", Field::Test),
        ("body", Field::Body),
        ("alternative", Field::Else),
    ]),
    Row::node("cast_expression", Kind::Cast).fields(&[("type", Field::Type), ("value", Field::Value)]),
    Row::of("array_creation_expression", Role::Hook(array)),
    Row::of("array_element_initializer", Role::Hook(element)),
    Row::node("list_literal", Kind::List),
    Row::node("yield_expression", Kind::Yield).rest(&[Field::Value]),
    Row::leaf("variable_name", Kind::Name).named(Naming::Own),
    Row::leaf("name", Kind::Name).named(Naming::Own),
    Row::leaf("relative_scope", Kind::Name).named(Naming::Own),
    Row::of("qualified_name", Role::Hook(qualified)),
    // Constants.
    Row::of("string", Role::Hook(string)),
    Row::of("encapsed_string", Role::Hook(template)),
    Row::of("heredoc", Role::Hook(template)),
    Row::of("nowdoc", Role::Hook(nowdoc)),
    Row::leaf("integer", Kind::Number),
    Row::leaf("float", Kind::Number),
    Row::leaf("boolean", Kind::Bool),
    Row::leaf("null", Kind::Null),
];

/// `namespace a;` is nothing; `namespace a { … }` is what it holds.
fn namespace(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.each(cursor, |lowering, cursor| {
        if cursor.field_name() == Some("body") {
            lowering.splice(cursor, field);
        }
    });
}

/// Of the page around the code only the lines that hold a key are kept, as texts.
fn page(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    const MOST: usize = 20;
    let node = cursor.node();
    let text = lowering.text.get(span(node).range()).unwrap_or_default();
    for (at, _) in text.match_indices("AIza").take(MOST) {
        let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |line| line + 1);
        let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |line| at + line);
        let line = Span::new(node.start_byte() + start, node.start_byte() + end);
        let id = lowering.builder.open(Kind::String, field, line, node.kind_id());
        lowering.builder.set_name(id, line);
        lowering.builder.close();
    }
}

/// `use A\B`, `use A\B as C`.
fn import(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let Some(path) = node.named_child(0) else { return };
    let alias = node.child_by_field_name("alias").map(span);
    let written = lowering.text.get(span(path).range()).unwrap_or_default();
    let start = path.end_byte() - written.rsplit('\\').next().unwrap_or(written).len();
    let id = lowering.open(Kind::ImportItem, field, node);
    lowering.builder.set_name(id, alias.unwrap_or(Span::new(start, path.end_byte())));
    lowering.builder.set_import(id, written.trim_start_matches('\\').replace('\\', "."));
    lowering.builder.close();
}

/// `$name = default` in a class: the target is called as `$this->name` calls it.
fn property(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::Assign, field, cursor.node());
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match cursor.field_name() {
            Some("name") => {
                let id = lowering.open(Kind::Name, Field::Target, child);
                let name = inside(lowering, child, 1, 0);
                lowering.builder.set_name(id, name);
                lowering.builder.close();
            }
            Some("default_value") => lowering.node(cursor, Field::Value),
            _ => {}
        }
    });
    lowering.builder.close();
}

/// `NAME = value` of a `const`.
fn constant(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::Assign, field, cursor.node());
    let mut named = false;
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().is_named() {
            lowering.node(cursor, if named { Field::Value } else { Field::Target });
            named = true;
        }
    });
    lowering.builder.close();
}

/// A type by name.
fn named_type(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Type, field, node);
    let id = lowering.open(Kind::Name, Field::Item, node);
    lowering.builder.set_name(id, span(node));
    lowering.builder.close();
    lowering.builder.close();
}

/// An expression on its own: assignments, `throw` and `exit` are statements themselves; `<?= … ?>` tells its value.
fn statement(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let Some(inner) = node.named_child(0) else { return };
    let before = node.prev_sibling().map(|before| match before.kind() {
        "text_interpolation" => before.child(before.child_count().saturating_sub(1)).unwrap_or(before),
        _ => before,
    });
    let tag = before.filter(|before| before.kind() == "php_tag");
    let tag = tag.filter(|tag| lowering.text.get(span(*tag).range()) == Some("<?="));
    if let Some(tag) = tag {
        let whole = Span::new(tag.start_byte(), node.end_byte());
        lowering.builder.open(Kind::ExprStatement, field, whole, node.kind_id());
        lowering.builder.open(Kind::Call, Field::Value, whole, node.kind_id());
        let id = lowering.builder.open(Kind::Name, Field::Callee, span(tag), 0);
        lowering.builder.set_name(id, span(tag));
        lowering.builder.close();
        lowering.splice(cursor, Field::Argument);
        lowering.builder.close();
        lowering.builder.close();
        return;
    }
    match inner.kind() {
        "assignment_expression"
        | "reference_assignment_expression"
        | "augmented_assignment_expression"
        | "update_expression"
        | "throw_expression" => lowering.splice(cursor, field),
        _ => {
            lowering.open(Kind::ExprStatement, field, node);
            lowering.splice(cursor, Field::Value);
            lowering.builder.close();
        }
    }
}

/// `echo a, b`, `print a`, `include a`, `exit(a)`: a call of that word; as a statement where it is one.
fn told(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let stands = matches!(node.kind(), "echo_statement" | "exit_statement");
    if stands {
        lowering.open(Kind::ExprStatement, field, node);
    }
    word_call(lowering, cursor, if stands { Field::Value } else { field });
    if stands {
        lowering.builder.close();
    }
}

/// `` `command` `` → a call of the backquote.
fn shell(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Call, field, node);
    let quote = Span::new(node.start_byte(), inside(lowering, node, 1, 0).start as usize);
    let id = lowering.builder.open(Kind::Name, Field::Callee, quote, 0);
    lowering.builder.set_name(id, quote);
    lowering.builder.close();
    interpolated(lowering, cursor, Field::Argument, 1, 1);
    lowering.builder.close();
}

/// `if … elseif … else` → an If whose Else is the next If.
fn conditional_chain(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::If, field, node);
    let mut open = 1;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        if child.kind() == "else_if_clause" {
            let rest = Span::new(child.start_byte(), node.end_byte());
            let next = lowering.builder.open(Kind::If, Field::Else, rest, child.kind_id());
            open += 1;
            lowering.children_of(cursor, next);
        } else if child.is_named() {
            let field = match cursor.field_name() {
                Some("condition") => Field::Test,
                Some("body") => Field::Body,
                Some("alternative") => Field::Else,
                _ => Field::Item,
            };
            lowering.node(cursor, field);
        }
    });
    for _ in 0..open {
        lowering.builder.close();
    }
}

/// `a->b(…)`, `a?->b(…)`, `A::b(…)`.
fn member(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    member_call(lowering, cursor, field, &["object", "scope"]);
}

/// `[a, b]` is a List, `[k => v]` a Dict.
fn array(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let mut keyed = false;
    lowering.each(cursor, |_, cursor| keyed |= cursor.node().named_child_count() > 1);
    lowering.open(if keyed { Kind::Dict } else { Kind::List }, field, node);
    lowering.splice(cursor, Field::Item);
    lowering.builder.close();
}

/// `v` or `k => v`.
fn element(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    if cursor.node().named_child_count() < 2 {
        return lowering.splice(cursor, field);
    }
    lowering.open(Kind::Pair, field, cursor.node());
    let mut key = true;
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().is_named() {
            lowering.node(cursor, if key { Field::Key } else { Field::Value });
            key = false;
        }
    });
    lowering.builder.close();
}

/// `A\B`, `\B` → the name that counts, the last.
fn qualified(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let last = node.named_child(node.named_child_count().saturating_sub(1) as u32).unwrap_or(node);
    let id = lowering.open(Kind::Name, field, node);
    lowering.builder.set_name(id, span(last));
    lowering.builder.close();
}

fn string(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    quoted(lowering, cursor.node(), field, 1);
}

/// `"…"` and heredocs.
fn template(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    if node.kind() == "encapsed_string" {
        return interpolated(lowering, cursor, field, 1, 1);
    }
    let Some(body) = node.child_by_field_name("value") else { return quoted(lowering, node, field, 0) };
    let (before, after) = (body.start_byte() - node.start_byte(), node.end_byte() - body.end_byte());
    let mut dynamic = false;
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().kind() == "heredoc_body" {
            dynamic = has_values(cursor.node());
            if dynamic {
                interpolated(lowering, cursor, field, 0, 0);
            }
        }
    });
    if !dynamic {
        let id = lowering.open(Kind::String, field, node);
        let content = inside(lowering, node, before, after);
        lowering.builder.set_name(id, content);
        lowering.builder.close();
    }
}

fn nowdoc(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let content = node.child_by_field_name("value").map_or(span(node), span);
    let id = lowering.open(Kind::String, field, node);
    lowering.builder.set_name(id, content);
    lowering.builder.close();
}

/// Whether a literal has more than constant parts.
fn has_values(node: Node<'_>) -> bool {
    (0..node.named_child_count() as u32)
        .filter_map(|at| node.named_child(at))
        .any(|part| !matches!(part.kind(), "string_content" | "escape_sequence"))
}

/// A literal with values in it: String where there are none, else Template.
fn interpolated(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field, before: usize, after: usize) {
    let node = cursor.node();
    if !has_values(node) {
        return quoted(lowering, node, field, before);
    }
    let id = lowering.open(Kind::Template, field, node);
    let content = inside(lowering, node, before, after);
    lowering.builder.set_name(id, content);
    let mut from = content.start as usize;
    lowering.each(cursor, |lowering, cursor| {
        let part = cursor.node();
        if part.is_named() && !matches!(part.kind(), "string_content" | "escape_sequence") {
            text_between(lowering, from, part.start_byte());
            from = part.end_byte();
            lowering.open(Kind::Interpolation, Field::Item, part);
            lowering.node(cursor, Field::Value);
            lowering.builder.close();
        }
    });
    text_between(lowering, from, content.end as usize);
    lowering.builder.close();
}

#[cfg(test)]
mod tests;
