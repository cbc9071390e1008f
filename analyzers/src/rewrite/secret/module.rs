//! Credentials at module level: a constant's name goes on working, and importing the module never fails for want of it.

use crate::edit::{Edit, EditKind, TextEdit};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::literal;
use crate::rewrite::secret::{CWE, SUMMARY, draft, reading};
use crate::syntax::{Field, Kind, NodeId, Span};

/// `API_KEY = "…"`: every use reads the variable, and a module-level `__getattr__` answers for the name from outside.
pub(super) fn constant(context: Context<'_>, literal: NodeId, statement: NodeId, variable: &str) -> Option<Edit> {
    let tree = context.tree();
    let target = context.assigned_name(statement)?;
    let name = context.text(target);
    let uses = uses_everywhere(context, name);
    let bound_once = uses.iter().filter(|&&(_, bound)| bound).count() == 1;
    let has_getattr = tree.ids().any(|node| {
        tree.kind(node) == Kind::Function && context.name(node) == "__getattr__" && tree.scope(node) == NodeId::ROOT
    });
    let shadowed = tree.ids().any(|node| {
        matches!(tree.kind(node), Kind::Parameter | Kind::Function | Kind::Class | Kind::ImportItem)
            && context.name(node) == name
    });
    let listed =
        tree.ids().any(|node| tree.kind(node) == Kind::String && context.string(node).as_deref() == Some(name));
    let runs_at_import = uses
        .iter()
        .any(|&(node, bound)| !bound && (tree.scope(node) == NodeId::ROOT || tree.field(node) == Field::Default));
    if !bound_once || has_getattr || shadowed || listed || runs_at_import || !context.alone_on_line(statement) {
        return configured(context, literal, statement, variable);
    }
    let text = context.program.text.as_str();
    let newline = crate::edit::line_ending(text);
    let read = reading(context, literal, variable);
    let answer = [
        "def __getattr__(name):".to_owned(),
        format!("    if name == \"{name}\":"),
        format!("        return {read}"),
        "    raise AttributeError(f\"module {__name__!r} has no attribute {name!r}\")".to_owned(),
    ];
    let mut edit = draft(context, literal, variable)?.replace(tree.span(statement), answer.join(newline));
    for (node, bound) in uses {
        if !bound {
            edit = edit.text(TextEdit { span: tree.span(node), text: read.clone() });
        }
    }
    Some(edit.finish())
}

/// Every name node of that spelling, and whether it binds.
fn uses_everywhere(context: Context<'_>, name: &str) -> Vec<(NodeId, bool)> {
    let tree = context.tree();
    tree.ids()
        .filter(|&node| tree.kind(node) == Kind::Name && context.text(node) == name)
        .map(|node| {
            let bound = tree
                .ancestors(node)
                .take_while(|&above| !tree.is_statement(above))
                .all(|above| matches!(tree.kind(above), Kind::Tuple | Kind::List))
                && tree.field(node) == Field::Target;
            (node, bound)
        })
        .collect()
}

/// A value in a configuration, a class or a call that runs at import. Assigning one must not fail: it is read as the
/// platform does, and what uses it says that it is missing. A call that itself needs it runs here, so this is its use.
pub(super) fn configured(context: Context<'_>, literal: NodeId, statement: NodeId, variable: &str) -> Option<Edit> {
    let tree = context.tree();
    let in_call = tree.ancestors(literal).take_while(|&above| tree.contains(statement, above)).any(|above| {
        tree.kind(above) == Kind::Call
            && !matches!(context.callee_name(above), "dict" | "update" | "from_mapping" | "setdefault")
    });
    if in_call || tree.kind(statement) != Kind::Assign && tree.kind(statement) != Kind::ExprStatement {
        return Some(
            draft(context, literal, variable)?
                .replace(tree.span(literal), reading(context, literal, variable))
                .finish(),
        );
    }
    let (os, import) = context.module("os");
    if literal::read(context.text(literal)).is_some_and(|(style, _)| style.bytes) {
        return None;
    }
    let text = format!("{os}.environ.get(\"{variable}\")");
    let span: Span = tree.span(literal);
    Some(
        Draft::new(EditKind::SecretFromEnvironment, literal, CWE, SUMMARY)
            .replace(span, text)
            .import(import)
            .variable(variable.to_owned())
            .finish(),
    )
}
