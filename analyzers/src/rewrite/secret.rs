//! CWE-259, 798: a credential is read from the environment where it is used; never at import, never with a default.

mod module;
pub(super) mod name;

pub(super) use module::merge;

use crate::edit::{Edit, EditKind, TextEdit};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::literal;
use crate::syntax::{Field, Kind, NodeId, Span};

pub(super) const CWE: &[u16] = &[798, 259];
pub(super) const SUMMARY: &str = "read the credential from the environment where it is used";
pub(super) const READER: &str = "require_environment";

const HELPER: &str = r#"def require_environment(name):
    """Returns the value of an environment variable that must be set."""
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"the environment variable {name} is not set")
    return value
"#;

/// Edits for a credential that stands in the source.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    for literal in literals(context, node) {
        out.extend(edit(context, literal));
    }
}

/// The string literals that a finding is about.
fn literals(context: Context<'_>, node: NodeId) -> Vec<NodeId> {
    let tree = context.tree();
    let is_text = |node: NodeId| is_literal(context, node);
    if is_text(node) {
        return vec![node];
    }
    let value = match tree.kind(node) {
        Kind::Assign | Kind::Keyword | Kind::Pair => tree.child(node, Field::Value),
        Kind::Parameter => tree.child(node, Field::Default),
        Kind::Compare => return tree.children(node).filter(|&side| is_text(side)).collect(),
        Kind::Name | Kind::Attribute | Kind::Subscript => tree
            .parent(node)
            .filter(|&parent| tree.kind(parent) == Kind::Assign)
            .and_then(|parent| tree.child(parent, Field::Value)),
        Kind::Call => {
            return tree
                .children_in(node, Field::Argument)
                .filter_map(|argument| {
                    if tree.kind(argument) == Kind::Keyword {
                        tree.child(argument, Field::Value).filter(|_| name::is_credential(context.name(argument)))
                    } else {
                        None
                    }
                })
                .filter(|&value| is_text(value))
                .collect();
        }
        _ => None,
    };
    value.filter(|&value| is_text(value)).into_iter().collect()
}

fn is_literal(context: Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    tree.kind(node) == Kind::String
        && literal::read(context.text(node)).is_some_and(|(_, value)| !value.is_empty() && !is_placeholder(&value))
}

/// Text that stands for a value to be filled in.
pub(super) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let marks = [
        "your",
        "<",
        "xxx",
        "...",
        "changeme",
        "change_me",
        "change-me",
        "placeholder",
        "example",
        "insert",
        "replace",
        "todo",
        "{{",
        "${",
        "dummy",
        "enter_",
    ];
    marks.iter().any(|mark| lower.contains(mark))
        || value.chars().all(|char| matches!(char, '*' | 'x' | 'X' | '.' | '-' | '_' | ' '))
}

/// What reads the variable: a call of the helper, as bytes where the literal was.
pub(super) fn reading(context: Context<'_>, literal: NodeId, variable: &str) -> String {
    let bytes = literal::read(context.text(literal)).is_some_and(|(style, _)| style.bytes);
    format!("{READER}(\"{variable}\"){}", if bytes { ".encode()" } else { "" })
}

/// A draft with the helper that reads variables.
pub(super) fn draft(context: Context<'_>, node: NodeId, variable: &str) -> Option<Draft> {
    let (os, import) = context.module("os");
    (os == "os").then(|| {
        Draft::new(EditKind::SecretFromEnvironment, node, CWE, SUMMARY)
            .import(import)
            .helper(READER, HELPER.to_owned())
            .variable(variable.to_owned())
    })
}

fn edit(context: Context<'_>, literal: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let parent = tree.parent(literal)?;
    if tree.kind(parent) == Kind::Template || tree.field(literal) == Field::Key {
        return None;
    }
    let variable = name::variable(context, literal)?;
    let runs_later = tree.ancestors(literal).any(|above| matches!(tree.kind(above), Kind::Function | Kind::Lambda))
        && tree.field(literal) != Field::Default;
    if tree.kind(parent) == Kind::Parameter && tree.field(literal) == Field::Default {
        return default(context, literal, parent, &variable);
    }
    if runs_later && !in_decorator(context, literal) {
        return Some(
            draft(context, literal, &variable)?
                .replace(tree.span(literal), reading(context, literal, &variable))
                .finish(),
        );
    }
    let statement = tree.statement(literal);
    if tree.kind(statement) == Kind::Assign
        && tree.parent(statement) == Some(NodeId::ROOT)
        && tree.child(statement, Field::Value) == Some(literal)
        && context.assigned_name(statement).is_some()
    {
        return module::constant(context, literal, statement, &variable);
    }
    module::configured(context, literal, statement, &variable)
}

fn in_decorator(context: Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    // A decorator of a function at module level runs at import.
    tree.ancestors(node)
        .find(|&above| matches!(tree.kind(above), Kind::Decorator | Kind::Function | Kind::Lambda))
        .is_some_and(|above| tree.kind(above) == Kind::Decorator)
}

/// `def f(password="…")` → `None`, and a look-up when the function runs.
fn default(context: Context<'_>, literal: NodeId, parameter: NodeId, variable: &str) -> Option<Edit> {
    let tree = context.tree();
    let function = tree.parent(parameter).filter(|&function| tree.kind(function) == Kind::Function)?;
    let body = tree.child(function, Field::Body)?;
    let mut statements = tree.children(body);
    let mut first = statements.next()?;
    let is_docstring = tree.kind(first) == Kind::ExprStatement
        && tree.children(first).next().is_some_and(|value| matches!(tree.kind(value), Kind::String | Kind::Template));
    if is_docstring {
        first = statements.next()?;
    }
    let text = context.program.text.as_str();
    let at = tree.span(first).start as usize;
    let start = crate::edit::start_of_line(text, at);
    let indent = text.get(start..at).filter(|indent| indent.trim().is_empty())?;
    let step = if indent.contains('\t') { "\t" } else { "    " };
    let newline = crate::edit::line_ending(text);
    let name = context.name(parameter);
    let lookup = format!(
        "if {name} is None:{newline}{indent}{step}{name} = {}{newline}{indent}",
        reading(context, literal, variable)
    );
    let edit = TextEdit { span: Span::new(at, at), text: lookup };
    Some(draft(context, literal, variable)?.replace(tree.span(literal), "None").text(edit).finish())
}
