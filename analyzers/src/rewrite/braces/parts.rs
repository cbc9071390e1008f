//! A string expression as constant text and dynamic values; literals written back in double quotes.

use crate::program::Program;
use crate::rewrite::context::Context;
use crate::syntax::{Field, Kind, NodeId};

/// A piece of a string.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// Constant text.
    Text(String),
    /// An expression that becomes text.
    Value(NodeId),
}

/// Deepest chain of `+` that is read.
const DEEPEST: usize = 100;

/// The parts of a string built by `+`, a template or `String.format` with plain `%s`; `None` where no literal shows
/// that it is a string, or where nothing is dynamic.
pub(super) fn parts(program: &Program, node: NodeId) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    read(program, node, &mut parts, 0)?;
    let text = parts.iter().any(|part| matches!(part, Part::Text(_)));
    let value = parts.iter().any(|part| matches!(part, Part::Value(_)));
    (text && value).then_some(parts)
}

fn push(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ if text.is_empty() => {}
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

fn read(program: &Program, node: NodeId, parts: &mut Vec<Part>, depth: usize) -> Option<()> {
    if depth > DEEPEST {
        return None;
    }
    let (tree, text) = (&program.tree, program.text.as_str());
    match tree.kind(node) {
        Kind::String | Kind::Text => push(parts, &tree.string(node, text)?),
        Kind::Template => {
            for piece in tree.children(node) {
                match tree.kind(piece) {
                    Kind::Interpolation => parts.push(Part::Value(tree.child(piece, Field::Value)?)),
                    _ => push(parts, &tree.string(piece, text)?),
                }
            }
        }
        Kind::Binary if tree.name(node, text) == "+" && has_text(program, node) => {
            read(program, tree.child(node, Field::Left)?, parts, depth + 1)?;
            read(program, tree.child(node, Field::Right)?, parts, depth + 1)?;
        }
        Kind::Call if program.names.path(tree.child(node, Field::Callee)?) == Some("java.lang.String.format") => {
            let mut arguments = tree.positional(node);
            let format = program.names.text(arguments.next()?)?;
            let mut rest = format;
            while let Some((before, after)) = rest.split_once('%') {
                push(parts, before);
                let value = arguments.next()?;
                // Whole numbers are written with `%d` as they are elsewhere.
                let whole = || matches!(program.names.type_of(value), Some("int" | "long" | "short" | "byte"));
                match after.as_bytes().first()? {
                    b's' => {}
                    b'd' if whole() => {}
                    _ => return None,
                }
                parts.push(Part::Value(value));
                rest = after.get(1..)?;
            }
            push(parts, rest);
            if arguments.next().is_some() {
                return None;
            }
        }
        Kind::Call if program.names.path(tree.child(node, Field::Callee)?) == Some("fmt.Sprintf") => {
            let mut arguments = tree.children_in(node, Field::Argument);
            let format = program.names.text(arguments.next()?)?;
            let mut rest = format;
            while let Some((before, after)) = rest.split_once('%') {
                push(parts, before);
                rest = match after.as_bytes().first()? {
                    b'%' => {
                        push(parts, "%");
                        after.get(1..)?
                    }
                    b's' | b'd' | b'v' => {
                        parts.push(Part::Value(arguments.next()?));
                        after.get(1..)?
                    }
                    _ => return None,
                };
            }
            push(parts, rest);
            if arguments.next().is_some() {
                return None;
            }
        }
        _ => parts.push(Part::Value(node)),
    }
    Some(())
}

/// `1 + 2 + "a"` adds numbers first: only sums that hold a literal text count as text.
fn has_text(program: &Program, node: NodeId) -> bool {
    program.tree.subtree(node).take(400).any(|part| matches!(program.tree.kind(part), Kind::String | Kind::Template))
}

/// The expression that makes the text of `argument`: itself, or the only value of the variable it names, with the
/// variable's defining statement.
pub(super) fn source(context: Context<'_>, argument: NodeId) -> Option<(NodeId, Option<NodeId>)> {
    let tree = context.tree();
    if tree.kind(argument) != Kind::Name {
        return Some((argument, None));
    }
    let definition = context.program.names.definition(argument)?;
    let statement = tree.statement(definition.node);
    let plain = tree.kind(statement) == Kind::Assign && tree.scope(statement) == tree.scope(argument);
    let value = definition.value.filter(|_| plain && definition.member.is_none())?;
    Some((value, Some(statement)))
}

/// The nodes that read a variable of the unit.
pub(super) fn reads(context: Context<'_>, name: NodeId) -> Vec<NodeId> {
    let names = &context.program.names;
    let binding = names.binding(name);
    context
        .tree()
        .ids()
        .filter(|&node| context.tree().kind(node) == Kind::Name && binding.is_some() && names.binding(node) == binding)
        .filter(|&node| binding.is_none_or(|it| names.definitions(it).iter().all(|definition| definition.node != node)))
        .collect()
}

/// Whether an expression gives the same when it is evaluated at another place of its function after `place`: names
/// bound once before it, members of them, and getters of requests.
pub(super) fn can_move(context: Context<'_>, value: NodeId, place: NodeId) -> bool {
    const GETTERS: &[&str] = &[
        "FormValue",
        "PostFormValue",
        "PathValue",
        "Query",
        "Get",
        "getParameter",
        "getHeader",
        "getQueryString",
        "trim",
        "toString",
        "get",
        "getName",
        "getId",
    ];
    let tree = context.tree();
    let names = &context.program.names;
    tree.subtree(value).all(|node| match tree.kind(node) {
        Kind::Name => match names.binding(node) {
            None => true,
            Some(_) => names.definition(node).is_some_and(|definition| definition.node < place),
        },
        Kind::Call => GETTERS.contains(&context.callee_name(node)),
        Kind::Attribute | Kind::Subscript | Kind::String | Kind::Number => true,
        _ => false,
    })
}

/// A literal in double quotes, as both languages write it.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter.is_control() => out.extend(format!("\\u{:04x}", letter as u32).chars()),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// A literal in the quotes that the unit's other literals have.
pub(super) fn quoted(context: Context<'_>, text: &str) -> String {
    let plain = !text.contains(['\'', '"', '\\']) && !text.chars().any(char::is_control);
    let single = context.program.language.is_script()
        && context.program.text.matches('\'').count() > context.program.text.matches('"').count();
    if plain && single { format!("'{text}'") } else { literal(text) }
}
