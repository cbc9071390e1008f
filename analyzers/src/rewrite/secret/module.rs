//! Credentials at module level: a constant's name goes on working, and importing the module never fails for want of it.

use crate::edit::{Edit, EditKind, TextEdit};
use crate::program::Program;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::literal;
use crate::rewrite::secret::{CWE, SUMMARY, draft, reading};
use crate::syntax::{Field, Kind, NodeId, Span};

/// The first line of what answers for names from outside; a module has one of it.
const ANSWER: &str = "def __getattr__(name):";

/// Puts the edits that each answer for one name together into one that answers for all of them.
pub(in crate::rewrite) fn merge(program: &Program, edits: &mut Vec<Edit>) {
    let answer_of = |edit: &Edit| edit.texts.iter().position(|text| text.text.starts_with(ANSWER));
    let mut joined: Option<(usize, Edit)> = None;
    let mut at = 0;
    while at < edits.len() {
        let Some(place) = answer_of(&edits[at]) else {
            at += 1;
            continue;
        };
        let Some((_, whole)) = &mut joined else {
            joined = Some((at, edits[at].clone()));
            at += 1;
            continue;
        };
        let mut more = edits.remove(at);
        if more.variables.iter().any(|name| whole.variables.contains(name)) {
            continue;
        }
        let newline = crate::edit::line_ending(&program.text);
        let answer = more.texts.remove(place);
        let lines: Vec<&str> = answer.text.split(newline).collect();
        if let (Some(own), Some(branch)) = (answer_of(whole), lines.get(1..3)) {
            let text = &mut whole.texts[own].text;
            let end = text.rfind(newline).unwrap_or(text.len());
            text.insert_str(end, &format!("{newline}{}", branch.join(newline)));
        }
        whole.texts.push(TextEdit { span: crate::edit::whole_lines(&program.text, answer.span), text: String::new() });
        whole.texts.append(&mut more.texts);
        whole.variables.append(&mut more.variables);
        whole.imports.append(&mut more.imports);
    }
    if let Some((at, mut whole)) = joined {
        whole.texts.sort_by_key(|text| (text.span.start, text.span.end));
        whole.texts.dedup();
        edits[at] = whole;
    }
}

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
    let listed = tree.ids().any(|node| {
        tree.kind(node) == Kind::String
            && !matches!(tree.field(node), Field::Index | Field::Key)
            && context.string(node).as_deref() == Some(name)
    });
    let readings: Option<Vec<(NodeId, String)>> = uses
        .iter()
        .filter(|&&(_, bound)| !bound)
        .map(|&(node, _)| Some((node, read_at(context, literal, node, variable)?)))
        .collect();
    let replaceable = bound_once && !has_getattr && !shadowed && !listed && !is_listed_by_name(context);
    let Some(readings) = readings.filter(|_| replaceable && context.alone_on_line(statement)) else {
        return configured(context, literal, statement, variable);
    };
    let text = context.program.text.as_str();
    let newline = crate::edit::line_ending(text);
    let read = reading(context, literal, variable);
    let answer = [
        ANSWER.to_owned(),
        format!("    if name == \"{name}\":"),
        format!("        return {read}"),
        "    raise AttributeError(f\"module {__name__!r} has no attribute {name!r}\")".to_owned(),
    ];
    let mut edit = draft(context, literal, variable)?.replace(tree.span(statement), answer.join(newline));
    for (node, text) in readings {
        edit = edit.text(TextEdit { span: tree.span(node), text });
    }
    Some(edit.finish())
}

/// What stands for the constant where it is used. In a function, and in a call that runs at import and so needs it there:
/// a reading. A setting that import stores as it is, without needing it: the platform's look-up, which never fails.
fn read_at(context: Context<'_>, literal: NodeId, node: NodeId, variable: &str) -> Option<String> {
    let tree = context.tree();
    let later = tree.ancestors(node).any(|above| matches!(tree.kind(above), Kind::Function | Kind::Lambda));
    if tree
        .ancestors(node)
        .take_while(|&above| !tree.is_statement(above))
        .any(|above| tree.kind(above) == Kind::Parameter)
        || tree.ancestors(node).any(|above| tree.kind(above) == Kind::Decorator)
    {
        return None;
    }
    let statement = tree.statement(node);
    if later || needs_it(context, node, statement) {
        return Some(reading(context, literal, variable));
    }
    let stored = tree
        .ancestors(node)
        .take_while(|&above| above != statement)
        .all(|above| matches!(tree.kind(above), Kind::Dict | Kind::Pair | Kind::Keyword | Kind::Call));
    let is_bytes = literal::read(context.text(literal)).is_some_and(|(style, _)| style.bytes);
    let (os, _) = context.module("os");
    let sets = matches!(tree.kind(statement), Kind::Assign | Kind::ExprStatement);
    (sets && stored && !is_bytes && os == "os").then(|| format!("os.environ.get(\"{variable}\")"))
}

/// Whether the module's names are looked up by name: a settings module of a framework, which a module-level
/// `__getattr__` does not show its names to.
fn is_listed_by_name(context: Context<'_>) -> bool {
    const SETTINGS: &[&str] = &["INSTALLED_APPS", "MIDDLEWARE", "ROOT_URLCONF", "DATABASES", "TEMPLATES"];
    let tree = context.tree();
    tree.ids().any(|node| match tree.kind(node) {
        Kind::Name => {
            tree.scope(node) == NodeId::ROOT
                && tree.field(node) == Field::Target
                && SETTINGS.contains(&context.text(node))
        }
        Kind::Call => {
            matches!(context.callee_path(node), "globals" | "vars" | "locals" | "dir")
                || context.callee_name(node) == "from_object" && context.text(node).contains("__name__")
        }
        _ => false,
    })
}

/// Whether a value stands in a call of its statement that does more than keep it.
fn needs_it(context: Context<'_>, node: NodeId, statement: NodeId) -> bool {
    let tree = context.tree();
    tree.ancestors(node).take_while(|&above| tree.contains(statement, above)).any(|above| {
        tree.kind(above) == Kind::Call
            && !matches!(context.callee_name(above), "dict" | "update" | "from_mapping" | "setdefault")
    })
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
    if needs_it(context, literal, statement)
        || tree.kind(statement) != Kind::Assign && tree.kind(statement) != Kind::ExprStatement
    {
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
