//! CWE-22: a path that outside text is joined to stays below its base; never where no base is known.

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::literal::{self, Part};
use crate::rewrite::pieces::{Conversion, Piece, pieces};
use crate::syntax::{Field, Kind, NodeId};

const HELPER: &str = r#"def join_inside(base, *parts):
    """Joins a path to its base directory and refuses one that leads out of it."""
    path = os.path.join(base, *parts)
    root = os.path.realpath(base)
    if os.path.commonpath([root, os.path.realpath(path)]) != root:
        raise REFUSED
    return path
"#;

const PATHLIB_HELPER: &str = r#"def path_inside(base, *parts):
    """Joins a path to its base directory and refuses one that leads out of it."""
    path = base.joinpath(*parts)
    root = base.resolve()
    if root not in (path.resolve(), *path.resolve().parents):
        raise REFUSED
    return path
"#;

/// How web frameworks say that there is no such thing: what raises it, and the import that this needs.
const REFUSALS: &[(&str, &str, &str)] = &[
    ("flask", "NotFound()", "from werkzeug.exceptions import NotFound"),
    ("django", "Http404()", "from django.http import Http404"),
    ("fastapi", "HTTPException(status_code=404)", "from fastapi import HTTPException"),
];

/// `os.path.join(base, name)` and `f"{base}/{name}"` → `join_inside(base, name)`.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let statement = tree.statement(node);
    let mut seen: Vec<NodeId> = Vec::new();
    let within: Vec<NodeId> = if tree.kind(node) == Kind::Call || tree.is_statement(node) {
        tree.subtree(node).collect()
    } else {
        vec![node]
    };
    for below in within {
        propose_at(context, below, &mut seen, out);
    }
    if !seen.is_empty() {
        return;
    }
    // The path was put together in a variable before.
    let names: Vec<NodeId> =
        tree.subtree(node).chain(tree.subtree(statement)).filter(|&below| tree.kind(below) == Kind::Name).collect();
    for name in names {
        let uses = context.uses(tree.scope(name), context.text(name));
        if let Some(value) = context.reaching(name, &uses).and_then(|assignment| tree.child(assignment, Field::Value)) {
            propose_at(context, value, &mut seen, out);
        }
    }
}

fn propose_at(context: Context<'_>, node: NodeId, seen: &mut Vec<NodeId>, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if seen.iter().any(|&known| tree.contains(known, node)) {
        return;
    }
    let edit = match tree.kind(node) {
        Kind::Call if context.callee_path(node) == "os.path.join" => join_call(context, node),
        Kind::Binary if context.name(node) == "/" => path_division(context, node),
        Kind::Template | Kind::Binary | Kind::Call => text_path(context, node),
        _ => None,
    };
    if let Some(edit) = edit {
        seen.push(node);
        out.push(edit);
    }
}

fn draft(context: Context<'_>, node: NodeId) -> Option<Draft> {
    let (os, import) = context.module("os");
    (os == "os").then(|| confining(context, node, "join_inside", HELPER).import(import))
}

/// An edit with a helper that refuses in the way of the unit's framework.
fn confining(context: Context<'_>, node: NodeId, name: &'static str, helper: &str) -> Draft {
    let refusal =
        REFUSALS.iter().filter(|(framework, ..)| context.imports(framework)).find_map(|&(_, raised, line)| {
            let (module, name) = line.strip_prefix("from ")?.split_once(" import ")?;
            Some((raised, context.import_of(module, name).ok()?))
        });
    let (raised, line) = refusal.unwrap_or(("ValueError(\"the path leads out of its base directory\")", None));
    Draft::new(EditKind::ConfinePath, node, &[22], "keep the path below its base directory")
        .import(line)
        .helper(name, helper.replace("REFUSED", raised))
}

/// `base / name` of `pathlib` → `path_inside(base, name)`.
fn path_division(context: Context<'_>, node: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let mut parts = Vec::new();
    let mut base = node;
    while tree.kind(base) == Kind::Binary && context.name(base) == "/" {
        parts.push(tree.child(base, Field::Right)?);
        base = tree.child(base, Field::Left)?;
    }
    let is_text =
        |part: NodeId| matches!(tree.kind(part), Kind::String | Kind::Template) || context.type_of(part) == Some("str");
    let is_path = context.type_of(base).is_some_and(|kind| kind.ends_with("Path"))
        || tree.kind(base) == Kind::Call && context.callee_path(base).starts_with("pathlib.");
    let dynamic = parts.iter().any(|&part| tree.kind(part) != Kind::String);
    if parts.is_empty()
        || !dynamic
        || !context.imports("pathlib")
        || !(is_path || parts.iter().any(|&part| is_text(part)))
        || matches!(tree.kind(base), Kind::String | Kind::Template | Kind::Number | Kind::Binary)
        || context.text(base).contains("request")
    {
        return None;
    }
    let parts: Vec<&str> = parts.iter().rev().map(|&part| context.text(part)).collect();
    let text = format!("path_inside({}, {})", context.text(base), parts.join(", "));
    Some(confining(context, node, "path_inside", PATHLIB_HELPER).replace(tree.span(node), text).finish())
}

fn join_call(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let arguments: Vec<NodeId> = tree.children_in(call, Field::Argument).collect();
    let base = *arguments.first()?;
    // The first part must be what the rest is confined to.
    let plain = arguments.iter().all(|&argument| !matches!(tree.kind(argument), Kind::Keyword | Kind::Spread));
    let dynamic = arguments[1..].iter().any(|&argument| tree.kind(argument) != Kind::String);
    if arguments.len() < 2 || !plain || !dynamic || context.text(base).contains("request") {
        return None;
    }
    let callee = tree.child(call, Field::Callee)?;
    Some(draft(context, call)?.replace(tree.span(callee), "join_inside").finish())
}

/// A path written as text: constant directory, then one value.
fn text_path(context: Context<'_>, node: NodeId) -> Option<Edit> {
    let tree = context.tree();
    // Paths, not URLs, queries or messages: only as an argument or a value that is opened.
    let taken = pieces(context.program, node)?;
    let whole: String = taken
        .pieces
        .iter()
        .filter_map(|piece| if let Piece::Text(text) = piece { Some(text.as_str()) } else { None })
        .collect();
    if whole.contains("://") || whole.contains(char::is_whitespace) || whole.contains('<') {
        return None;
    }
    let (base, rest) = match taken.pieces.as_slice() {
        [Piece::Text(base), rest @ ..] if base.ends_with('/') && base.len() > 1 => {
            (literal::write(base, &literal::Style::default()), rest)
        }
        [Piece::Value(base, Conversion::Plain | Conversion::Text), Piece::Text(slash), rest @ ..] if slash == "/" => {
            (context.text(*base).to_owned(), rest)
        }
        _ => return None,
    };
    if !matches!(rest.first(), Some(Piece::Value(..))) {
        return None;
    }
    let part = if let [Piece::Value(value, conversion)] = rest {
        match conversion {
            Conversion::Plain => context.text(*value).to_owned(),
            Conversion::Text => format!("str({})", context.text(*value)),
            _ => return None,
        }
    } else {
        let parts: Vec<Part<'_>> = rest
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(Part::Text(text)),
                Piece::Value(value, Conversion::Plain | Conversion::Text) => {
                    Some(Part::Expression(context.text(*value)))
                }
                Piece::Value(..) => None,
            })
            .collect::<Option<_>>()?;
        literal::write_formatted(&parts, &literal::Style::default())?
    };
    Some(draft(context, node)?.replace(tree.span(node), format!("join_inside({base}, {part})")).finish())
}

/// `file.save(os.path.join(folder, file.filename))` → `secure_filename(file.filename)`.
pub(super) fn upload(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let statement = tree.statement(node);
    let found = tree.subtree(statement).find(|&below| {
        tree.kind(below) == Kind::Attribute
            && context.name(below) == "filename"
            && tree.parent(below).is_none_or(|parent| {
                tree.kind(parent) != Kind::Call || context.callee_name(parent) != "secure_filename"
            })
            && tree.field(below) != Field::Target
    });
    let known = context.imports("flask") || context.imports("werkzeug");
    if let Some(found) = found.filter(|_| known) {
        let draft = Draft::new(EditKind::ConfinePath, found, &[434, 22], "store the upload under a safe name");
        out.push(
            draft
                .replace(tree.span(found), format!("secure_filename({})", context.text(found)))
                .import(Some("from werkzeug.utils import secure_filename".to_owned()))
                .finish(),
        );
    } else {
        propose(context, node, out);
    }
}

const REDIRECT_HELPER: &str = r#"def local_target(target):
    """Returns a redirect target on this site, or its start page for any other."""
    target = "".join((target or "/").split()).replace("\\", "/")
    if target.startswith("/") and not target.startswith("//"):
        return target
    return "/"
"#;

/// `redirect(request.args["next"])` → `redirect(local_target(…))`.
pub(super) fn redirect(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let leads = |above: NodeId| {
        tree.kind(above) == Kind::Call
            && (matches!(context.callee_name(above), "redirect" | "HttpResponseRedirect" | "RedirectResponse")
                || context.callee_path(above).ends_with(".redirect"))
    };
    let found = match context.around(node, leads) {
        Some(call) => {
            tree.positional(call).next().map(|argument| (call, argument, context.whole_argument(call, argument)))
        }
        None => located(context, tree.statement(node)).map(|value| (value, value, tree.span(value))),
    };
    let Some((call, argument, span)) = found else { return };
    let dynamic =
        matches!(tree.kind(argument), Kind::Name | Kind::Call | Kind::Subscript | Kind::Attribute | Kind::Boolean);
    let words = context.text(argument).to_ascii_lowercase();
    // Only where the target is a place to come back to; a service that leads elsewhere has no local target.
    let comes_back = ["next", "return", "redirect", "back", "target", "continue", "dest", "referrer"]
        .iter()
        .any(|word| words.contains(word));
    if !dynamic || !comes_back || words.contains("url_for") || words.contains("local_target") {
        return;
    }
    let draft = Draft::new(EditKind::ValidateInput, call, &[601], "redirect within this site only");
    out.push(
        draft
            .replace(span, format!("local_target({})", context.text(argument)))
            .helper("local_target", REDIRECT_HELPER.to_owned())
            .finish(),
    );
}

/// The value of `response.headers["Location"] = value`.
fn located(context: Context<'_>, statement: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let target = tree.child(statement, Field::Target).filter(|_| tree.kind(statement) == Kind::Assign)?;
    let index = (tree.kind(target) == Kind::Subscript).then(|| tree.child(target, Field::Index))??;
    let is_location = context.string(index)?.eq_ignore_ascii_case("location");
    tree.child(statement, Field::Value).filter(|_| is_location)
}
