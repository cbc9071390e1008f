//! Go: node roles as data, hooks for what tables cannot say; statements outside of functions are read like any others.

use std::sync::OnceLock;

use tree_sitter::{Node, TreeCursor};

use super::braces::{binary, expression_statement, inside, quoted};
use super::lower::{Grammar, Lowering, Naming, Role, Row, span};
use crate::syntax::{Escapes, Field, Kind, NodeId, Span, Tree};

/// The grammar with its tables, made once.
pub(crate) fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar::compile(tree_sitter_go::LANGUAGE.into(), ROWS, Escapes::Go))
}

/// Most names in one list of parameters that share a type and have a node each.
const MOST_SHARING: usize = 16;

const FUNCTION: &[(&str, Field)] =
    &[("receiver", Field::Parameter), ("parameters", Field::Parameter), ("result", Field::Type), ("body", Field::Body)];

/// Every node kind that means something; the rest is [`Kind::Other`].
const ROWS: &[Row] = &[
    Row::of("comment", Role::Comment),
    // Definitions.
    Row::leaf("package_clause", Kind::Other),
    Row::node("import_declaration", Kind::Import),
    Row::of("import_spec_list", Role::Splice),
    Row::of("import_spec", Role::Hook(import)),
    Row::node("function_declaration", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("method_declaration", Kind::Function).named(Naming::Of("name")).fields(FUNCTION),
    Row::node("func_literal", Kind::Lambda).fields(FUNCTION),
    Row::of("type_parameter_list", Role::Skip),
    Row::of("parameter_list", Role::Splice),
    Row::of("parameter_declaration", Role::Hook(parameter)),
    Row::of("variadic_parameter_declaration", Role::Hook(parameter)),
    Row::of("const_declaration", Role::Hook(declaration)),
    Row::of("var_declaration", Role::Hook(declaration)),
    Row::of("type_declaration", Role::Splice),
    Row::of("type_spec", Role::Hook(type_definition)),
    Row::of("type_alias", Role::Hook(type_definition)),
    Row::of("field_declaration_list", Role::Splice),
    Row::of("field_declaration", Role::Hook(field)),
    Row::node("method_elem", Kind::Other).named(Naming::Of("name")),
    // Types.
    Row::of("type_identifier", Role::Hook(named_type)),
    Row::of("qualified_type", Role::Hook(compound_type)),
    Row::of("generic_type", Role::Hook(compound_type)),
    Row::of("array_type", Role::Hook(compound_type)),
    Row::of("implicit_length_array_type", Role::Hook(compound_type)),
    Row::of("slice_type", Role::Hook(compound_type)),
    Row::of("map_type", Role::Hook(compound_type)),
    Row::of("channel_type", Role::Hook(compound_type)),
    Row::of("function_type", Role::Hook(compound_type)),
    Row::of("struct_type", Role::Hook(compound_type)),
    Row::of("interface_type", Role::Hook(compound_type)),
    Row::of("pointer_type", Role::Splice),
    Row::of("parenthesized_type", Role::Splice),
    Row::of("negated_type", Role::Splice),
    Row::of("type_arguments", Role::Skip),
    Row::of("type_elem", Role::Splice),
    // Statements.
    Row::node("block", Kind::Block),
    Row::of("statement_list", Role::Splice),
    Row::of("expression_statement", Role::Hook(expression_statement)),
    Row::leaf("empty_statement", Kind::Pass),
    Row::of("assignment_statement", Role::Hook(assignment)),
    Row::of("short_var_declaration", Role::Hook(assignment)),
    Row::of("receive_statement", Role::Hook(receive)),
    Row::node("send_statement", Kind::AugAssign)
        .named(Naming::Token)
        .fields(&[("channel", Field::Target), ("value", Field::Value)]),
    Row::node("inc_statement", Kind::AugAssign).named(Naming::Token).rest(&[Field::Target]),
    Row::node("dec_statement", Kind::AugAssign).named(Naming::Token).rest(&[Field::Target]),
    Row::of("go_statement", Role::Hook(later)),
    Row::of("defer_statement", Role::Hook(later)),
    Row::of("if_statement", Role::Hook(branch)),
    Row::of("for_statement", Role::Hook(looped)),
    Row::of("expression_switch_statement", Role::Hook(branch)),
    Row::of("type_switch_statement", Role::Hook(branch)),
    Row::node("select_statement", Kind::Switch),
    Row::of("expression_case", Role::Hook(case)),
    Row::of("type_case", Role::Hook(case)),
    Row::of("default_case", Role::Hook(case)),
    Row::of("communication_case", Role::Hook(case)),
    Row::of("labeled_statement", Role::Hook(labelled)),
    Row::of("label_name", Role::Skip),
    Row::leaf("goto_statement", Kind::Pass),
    Row::leaf("fallthrough_statement", Kind::Pass),
    Row::leaf("break_statement", Kind::Break),
    Row::leaf("continue_statement", Kind::Continue),
    Row::node("return_statement", Kind::Return).rest(&[Field::Value]),
    Row::of("expression_list", Role::Hook(list)),
    // Expressions.
    Row::of("parenthesized_expression", Role::Splice),
    Row::of("call_expression", Role::Hook(call)),
    Row::of("argument_list", Role::Splice),
    Row::node("variadic_argument", Kind::Spread).named(Naming::Token).rest(&[Field::Value]),
    Row::node("selector_expression", Kind::Attribute).named(Naming::Of("field")).fields(&[("operand", Field::Object)]),
    Row::node("index_expression", Kind::Subscript).fields(&[("operand", Field::Object), ("index", Field::Index)]),
    Row::of("slice_expression", Role::Hook(slice)),
    Row::node("type_assertion_expression", Kind::Cast).fields(&[("operand", Field::Value), ("type", Field::Type)]),
    Row::node("type_conversion_expression", Kind::Cast).fields(&[("operand", Field::Value), ("type", Field::Type)]),
    Row::node("type_instantiation_expression", Kind::Other),
    Row::of("composite_literal", Role::Hook(composite)),
    Row::of("literal_value", Role::Hook(literal)),
    Row::of("literal_element", Role::Splice),
    Row::of("keyed_element", Role::Hook(entry)),
    Row::of("binary_expression", Role::Hook(binary)),
    Row::node("unary_expression", Kind::Unary).named(Naming::Of("operator")).fields(&[("operand", Field::Value)]),
    Row::leaf("identifier", Kind::Name).named(Naming::Own),
    Row::leaf("field_identifier", Kind::Name).named(Naming::Own),
    Row::leaf("package_identifier", Kind::Name).named(Naming::Own),
    Row::leaf("blank_identifier", Kind::Name).named(Naming::Own),
    Row::leaf("iota", Kind::Name).named(Naming::Own),
    // Constants.
    Row::of("interpreted_string_literal", Role::Hook(string)),
    Row::of("raw_string_literal", Role::Hook(string)),
    Row::of("rune_literal", Role::Hook(string)),
    Row::leaf("int_literal", Kind::Number),
    Row::leaf("float_literal", Kind::Number),
    Row::leaf("imaginary_literal", Kind::Number),
    Row::leaf("true", Kind::Bool),
    Row::leaf("false", Kind::Bool),
    Row::leaf("nil", Kind::Null),
];

/// Types that are there without a declaration: a call of one is a conversion.
const BUILT_IN_TYPES: &[&str] = &[
    "string",
    "bool",
    "byte",
    "rune",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "uintptr",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "any",
    "error",
];

/// Whether a function is a method: its first parameter is the receiver.
pub(crate) fn has_receiver(tree: &Tree, text: &str, function: NodeId) -> bool {
    tree.kind(function) == Kind::Function
        && tree.text(function, text).strip_prefix("func").is_some_and(|rest| rest.trim_start().starts_with('('))
}

/// The path of an import without the parts that only name a version: `…/jwt/v5` → `…/jwt`, `…/yaml.v3` → `…/yaml`.
fn without_version(path: &str) -> &str {
    let is_version = |part: &str| {
        part.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match path.rsplit_once('/') {
        Some((rest, last)) if is_version(last) => rest,
        _ => path.rsplit_once('.').filter(|(_, last)| is_version(last)).map_or(path, |(rest, _)| rest),
    }
}

/// The name that a package is used by where the import gives none: its last part, `go-` and its like left out.
fn package_name(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or(path);
    let last = last.strip_prefix("go-").or_else(|| last.strip_prefix("go.")).unwrap_or(last);
    last.strip_suffix("-go").or_else(|| last.strip_suffix(".go")).unwrap_or(last)
}

/// `"path"`, `name "path"`, `. "path"`, `_ "path"`.
fn import(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let Some(quoted) = node.child_by_field_name("path") else { return };
    let written = span(quoted);
    let text = lowering.text.get(written.range()).unwrap_or_default();
    let path = without_version(text.trim_matches(['"', '`']));
    let name = package_name(path);
    let start = written.start as usize + text.find(path).unwrap_or(0) + (path.len() - name.len());
    let start = lowering.text.get(start..).map_or(start, |rest| start + rest.find(name).unwrap_or(0));
    let id = lowering.open(Kind::ImportItem, field, node);
    let alias = node.child_by_field_name("name").map(span);
    lowering.builder.set_name(id, alias.unwrap_or(Span::new(start, start + name.len())));
    lowering.builder.set_import(id, path.to_owned());
    lowering.builder.close();
}

/// `a, b T` → a Parameter each, the type with every one; `T` alone is one without a name. Among results only the
/// types count.
fn parameter(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let kind = |lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, role: Field| {
        lowering.each(cursor, |lowering, cursor| {
            if cursor.field_name() == Some("type") {
                lowering.node(cursor, role);
            } else if cursor.node().is_extra() {
                lowering.node(cursor, Field::Item);
            }
        });
    };
    if field != Field::Parameter {
        return kind(lowering, cursor, field);
    }
    let mut names = Vec::new();
    lowering.each(cursor, |_, cursor| {
        if cursor.field_name() == Some("name") && names.len() < MOST_SHARING {
            names.push(span(cursor.node()));
        }
    });
    if names.is_empty() {
        lowering.open(Kind::Parameter, field, node);
        kind(lowering, cursor, Field::Type);
        lowering.builder.close();
    }
    for name in names {
        let whole = Span { start: name.start, end: node.end_byte() as u32 };
        let id = lowering.builder.open(Kind::Parameter, field, whole, node.kind_id());
        lowering.builder.set_name(id, name);
        kind(lowering, cursor, Field::Type);
        lowering.builder.close();
    }
}

/// `var` and `const`: one Assign for each specification.
fn declaration(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.each(cursor, |lowering, cursor| match cursor.node().kind() {
        "var_spec" | "const_spec" => {
            let alone = cursor.node().prev_sibling().is_some_and(|before| matches!(before.kind(), "var" | "const"));
            let whole = if alone { span(node) } else { span(cursor.node()) };
            specification(lowering, cursor, field, whole);
        }
        "var_spec_list" => lowering.each(cursor, |lowering, cursor| {
            let child = cursor.node();
            if child.kind() == "var_spec" {
                specification(lowering, cursor, field, span(child));
            } else if child.is_named() {
                lowering.node(cursor, field);
            }
        }),
        _ if cursor.node().is_named() => lowering.node(cursor, field),
        _ => {}
    });
}

/// `a, b T = x, y`.
fn specification(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field, whole: Span) {
    let node = cursor.node();
    lowering.builder.open(Kind::Assign, field, whole, node.kind_id());
    let (mut first, mut last, mut count) = (None, span(node), 0);
    lowering.each(cursor, |_, cursor| {
        if cursor.field_name() == Some("name") && cursor.node().is_named() {
            first = first.or(Some(span(cursor.node())));
            last = span(cursor.node());
            count += 1;
        }
    });
    let several = count > 1;
    if let Some(first) = first.filter(|_| several) {
        lowering.builder.open(Kind::Tuple, Field::Target, Span { start: first.start, end: last.end }, 0);
    }
    let mut open = several;
    lowering.each(cursor, |lowering, cursor| {
        let named = cursor.node().is_named();
        match cursor.field_name() {
            Some("name") if named => lowering.node(cursor, if several { Field::Item } else { Field::Target }),
            Some("name") => {}
            role if named => {
                if open && !cursor.node().is_extra() {
                    lowering.builder.close();
                    open = false;
                }
                let at = match role {
                    Some("type") => Field::Type,
                    Some("value") => Field::Value,
                    _ => Field::Item,
                };
                lowering.node(cursor, at);
            }
            _ => {}
        }
    });
    if open {
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// `type T struct {…}` and its like: a Class; fields stand in its Block, another type is its Base.
fn type_definition(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let id = lowering.open(Kind::Class, field, node);
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match (cursor.field_name(), child.kind()) {
            (Some("name"), _) => lowering.builder.set_name(id, span(child)),
            (Some("type"), "struct_type" | "interface_type") => {
                lowering.open(Kind::Block, Field::Body, child);
                lowering.splice(cursor, Field::Item);
                lowering.builder.close();
            }
            (Some("type"), _) => lowering.node(cursor, Field::Base),
            _ if child.is_extra() => lowering.node(cursor, Field::Item),
            _ => {}
        }
    });
    lowering.builder.close();
}

/// `a, b T` in a struct → an Assign without a value.
fn field(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let several = node
        .child_by_field_name("name")
        .is_some_and(|first| first.next_sibling().is_some_and(|next| next.kind() == ","));
    lowering.open(Kind::Assign, field, node);
    let mut tuple = false;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match (cursor.field_name(), child.is_named()) {
            (Some("name"), true) => {
                if several && !tuple {
                    lowering.builder.open(Kind::Tuple, Field::Target, span(node), 0);
                    tuple = true;
                }
                lowering.node(cursor, if several { Field::Item } else { Field::Target });
            }
            (Some("type"), true) => {
                if tuple {
                    lowering.builder.close();
                    tuple = false;
                }
                lowering.node(cursor, Field::Type);
            }
            (_, true) if !tuple => lowering.node(cursor, Field::Item),
            _ => {}
        }
    });
    if tuple {
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// A type by name; where a type is expected, wrapped as one.
fn named_type(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let wrap = field == Field::Type;
    if wrap {
        lowering.open(Kind::Type, field, node);
    }
    let id = lowering.open(Kind::Name, if wrap { Field::Item } else { field }, node);
    lowering.builder.set_name(id, span(node));
    lowering.builder.close();
    if wrap {
        lowering.builder.close();
    }
}

/// `a.B`, `A[B]`, `[]A`, `map[A]B`, `chan A`, `func(A)`.
fn compound_type(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let wrap = field == Field::Type;
    if wrap {
        lowering.open(Kind::Type, field, node);
    }
    let inner = if wrap { Field::Item } else { field };
    match node.kind() {
        "qualified_type" => {
            let id = lowering.open(Kind::Attribute, inner, node);
            lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
                Some("package") => lowering.node(cursor, Field::Object),
                Some("name") => lowering.builder.set_name(id, span(cursor.node())),
                _ => {}
            });
            lowering.builder.close();
        }
        "generic_type" => lowering.each(cursor, |lowering, cursor| {
            if cursor.field_name() == Some("type") {
                lowering.node(cursor, inner);
            }
        }),
        "function_type" => {
            lowering.open(Kind::Other, inner, node);
            lowering.builder.close();
        }
        _ => {
            lowering.open(Kind::Other, inner, node);
            lowering.splice(cursor, Field::Item);
            lowering.builder.close();
        }
    }
    if wrap {
        lowering.builder.close();
    }
}

/// `a, b` → a Tuple; one expression stands for itself.
fn list(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let several = !node.is_missing() && node.named_child_count() > 1;
    if several {
        lowering.open(Kind::Tuple, field, node);
        lowering.splice(cursor, Field::Item);
        lowering.builder.close();
    } else {
        lowering.splice(cursor, field);
    }
}

/// `a, b = c`, `a := b`, `a += b`.
fn assignment(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let operator = node.child_by_field_name("operator").filter(|operator| operator.kind() != "=");
    let id = lowering.open(if operator.is_some() { Kind::AugAssign } else { Kind::Assign }, field, node);
    if let Some(operator) = operator {
        lowering.builder.set_name(id, span(operator));
    }
    lowering.each(cursor, |lowering, cursor| match (cursor.field_name(), cursor.node().is_named()) {
        (Some("left"), true) => lowering.node(cursor, Field::Target),
        (Some("right"), true) => lowering.node(cursor, Field::Value),
        (_, true) => lowering.node(cursor, Field::Item),
        _ => {}
    });
    lowering.builder.close();
}

/// `v := <-c` at the head of a case, or `<-c` alone.
fn receive(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    if node.child_by_field_name("left").is_some() {
        return assignment(lowering, cursor, field);
    }
    lowering.open(Kind::ExprStatement, field, node);
    lowering.splice(cursor, Field::Value);
    lowering.builder.close();
}

/// `go f()`, `defer f()`: the call as a statement.
fn later(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.open(Kind::ExprStatement, field, cursor.node());
    lowering.splice(cursor, Field::Value);
    lowering.builder.close();
}

/// `if` and `switch`. What is done first (`if x := f(); x > 0`, `switch v := x.(type)`) stands before it in a Block.
fn branch(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let alias = node.child_by_field_name("alias").map(span);
    let initial = node.child_by_field_name("initializer");
    let first = initial.is_some() || alias.is_some();
    if first {
        lowering.open(Kind::Block, field, node);
        lowering.each(cursor, |lowering, cursor| {
            if cursor.field_name() == Some("initializer") {
                lowering.node(cursor, Field::Item);
            }
        });
        if let Some(alias) = alias {
            aliased(lowering, cursor, alias);
        }
    }
    let kind = if node.kind() == "if_statement" { Kind::If } else { Kind::Switch };
    // Before the condition stands what the Block holds.
    let from = initial.map_or(node.start_byte(), |initial| initial.end_byte());
    let whole = Span::new(from, node.end_byte());
    lowering.builder.open(kind, if first { Field::Item } else { field }, whole, node.kind_id());
    lowering.each(cursor, |lowering, cursor| {
        let at = match cursor.field_name() {
            Some("condition" | "value") => Field::Test,
            Some("consequence") => Field::Body,
            Some("alternative") => Field::Else,
            Some("initializer" | "alias") => return,
            _ => Field::Item,
        };
        if cursor.node().is_named() {
            lowering.node(cursor, at);
        }
    });
    lowering.builder.close();
    if first {
        lowering.builder.close();
    }
}

/// `v := x` of a type switch.
fn aliased(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, alias: Span) {
    let end = cursor.node().child_by_field_name("value").map_or(alias.end as usize, |value| value.end_byte());
    lowering.builder.open(Kind::Assign, Field::Item, Span::new(alias.start as usize, end), 0);
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("alias") => lowering.node(cursor, Field::Target),
        Some("value") => lowering.node(cursor, Field::Value),
        _ => {}
    });
    lowering.builder.close();
}

/// `for` of every form; with a condition alone, or none, a While.
fn looped(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let clause =
        |at: u32| node.named_child(at).is_some_and(|child| matches!(child.kind(), "for_clause" | "range_clause"));
    let kind = if (0..4).any(clause) { Kind::For } else { Kind::While };
    lowering.open(kind, field, node);
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        match (cursor.field_name(), child.kind()) {
            (Some("body"), _) => lowering.node(cursor, Field::Body),
            (_, "for_clause" | "range_clause") => lowering.each(cursor, |lowering, cursor| {
                let at = match cursor.field_name() {
                    Some("initializer") => Field::Init,
                    Some("condition") => Field::Test,
                    Some("update") => Field::Update,
                    Some("left") => Field::Target,
                    Some("right") => Field::Iter,
                    _ => Field::Item,
                };
                if cursor.node().is_named() {
                    lowering.node(cursor, at);
                }
            }),
            _ if child.is_extra() => lowering.node(cursor, Field::Item),
            _ if child.is_named() => lowering.node(cursor, Field::Test),
            _ => {}
        }
    });
    lowering.builder.close();
}

/// One `case` with its statements as a Block; what a `select` sends or receives is the first of them.
fn case(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Case, field, node);
    let mut body = false;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        if !child.is_named() {
            return;
        }
        match cursor.field_name() {
            Some("value") => lowering.splice(cursor, Field::Test),
            Some("type") => lowering.node(cursor, Field::Test),
            _ => {
                if !body && !child.is_extra() {
                    lowering.builder.open(Kind::Block, Field::Body, Span::new(child.start_byte(), node.end_byte()), 0);
                    body = true;
                }
                lowering.node(cursor, Field::Item);
            }
        }
    });
    if body {
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// `label: statement` → the statement.
fn labelled(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    lowering.each(cursor, |lowering, cursor| {
        if cursor.node().is_named() && cursor.field_name() != Some("label") {
            lowering.node(cursor, field);
        }
    });
}

/// `f(x)`; of a type that is built in, a conversion.
fn call(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let function = node.child_by_field_name("function");
    let arguments = node.child_by_field_name("arguments").map_or(0, |arguments| arguments.named_child_count());
    let converts = function
        .filter(|function| function.kind() == "identifier" && arguments == 1)
        .is_some_and(|name| BUILT_IN_TYPES.contains(&lowering.text.get(span(name).range()).unwrap_or_default()));
    lowering.open(if converts { Kind::Cast } else { Kind::Call }, field, node);
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("function") if converts => named_type(lowering, cursor, Field::Type),
        Some("function") => lowering.node(cursor, Field::Callee),
        Some("arguments") => lowering.node(cursor, if converts { Field::Value } else { Field::Argument }),
        _ if cursor.node().is_extra() || cursor.node().is_error() => lowering.node(cursor, Field::Item),
        _ => {}
    });
    lowering.builder.close();
}

/// `x[a:b]`.
fn slice(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    lowering.open(Kind::Subscript, field, node);
    let mut open = false;
    lowering.each(cursor, |lowering, cursor| {
        let child = cursor.node();
        if child.kind() == "[" {
            // Cut off, it ends in something else than its bracket.
            let end = (inside(lowering, node, 0, 1).end as usize).max(child.end_byte());
            lowering.builder.open(Kind::Slice, Field::Index, Span::new(child.end_byte(), end), 0);
            open = true;
        } else if child.is_named() {
            lowering.node(cursor, if open { Field::Item } else { Field::Object });
        }
    });
    if open {
        lowering.builder.close();
    }
    lowering.builder.close();
}

/// `T{…}`: of a map a Dict, of a slice or array a List, of a named type a New.
fn composite(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let written = node.child_by_field_name("type").map_or("", |kind| kind.kind());
    let kind = match written {
        "map_type" => Kind::Dict,
        "slice_type" | "array_type" | "implicit_length_array_type" => Kind::List,
        _ => Kind::New,
    };
    lowering.open(kind, field, node);
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("type") if kind == Kind::New => lowering.node(cursor, Field::Callee),
        Some("body") => elements(lowering, cursor, kind),
        _ if cursor.node().is_extra() || cursor.node().is_error() => lowering.node(cursor, Field::Item),
        _ => {}
    });
    lowering.builder.close();
}

/// The elements between the braces of a literal.
fn elements(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, kind: Kind) {
    lowering.nested(|lowering| {
        lowering.splice(cursor, if kind == Kind::New { Field::Argument } else { Field::Item });
    });
}

/// `{…}` without its type, inside another literal.
fn literal(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let first = (0..4).filter_map(|at| node.named_child(at)).find(|child| !child.is_extra());
    let kind = match first.filter(|first| first.kind() == "keyed_element") {
        Some(first) if keyed_by_name(first) => Kind::New,
        Some(_) => Kind::Dict,
        None => Kind::List,
    };
    lowering.open(kind, field, node);
    elements(lowering, cursor, kind);
    lowering.builder.close();
}

fn keyed_by_name(element: Node<'_>) -> bool {
    let key = element.child_by_field_name("key").and_then(|key| key.named_child(0));
    key.is_some_and(|key| key.kind() == "identifier")
}

/// `name: value` in a struct → a Keyword, `key: value` elsewhere → a Pair.
fn entry(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    let node = cursor.node();
    let named = field == Field::Argument && keyed_by_name(node);
    let id = lowering.open(if named { Kind::Keyword } else { Kind::Pair }, field, node);
    lowering.each(cursor, |lowering, cursor| match cursor.field_name() {
        Some("key") if named => lowering.builder.set_name(id, span(cursor.node())),
        Some("key") => lowering.node(cursor, Field::Key),
        Some("value") => lowering.node(cursor, Field::Value),
        _ => {}
    });
    lowering.builder.close();
}

/// `"…"`, `` `…` ``, `'c'`.
fn string(lowering: &mut Lowering<'_>, cursor: &mut TreeCursor<'_>, field: Field) {
    quoted(lowering, cursor.node(), field, 1);
}

#[cfg(test)]
mod tests;
