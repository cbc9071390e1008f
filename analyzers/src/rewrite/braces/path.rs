//! CWE-22: a path is joined so that it stays inside its base; never where the base is chosen from outside.

use super::parts::{Part, literal, parts, quoted, source};
use super::simple::module;
use super::typed;
use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const CWE: &[u16] = &[22];
const SUMMARY: &str = "keep the path inside its base directory";

const JAVA_HELPER: &str = r#"private static Path pathInside(Path base, String name) {
    Path root = base.toAbsolutePath().normalize();
    Path target = Paths.get(root.toString(), name).normalize();
    if (!target.startsWith(root)) {
        throw new SecurityException("the path leaves its directory");
    }
    return target;
}
"#;

const SCRIPT_HELPER: &str = r#"function joinInside(base, name) {
  const root = path.resolve(base);
  const target = path.join(root, String(name));
  if (target === root) {
    return root;
  }
  if (!target.startsWith(root + path.sep)) {
    throw new Error("the path leaves its directory");
  }
  return target;
}
"#;

/// A base and a name below it, as source texts; the base must end in a separator or be a path of its own.
fn base_and_name(context: Context<'_>, value: NodeId) -> Option<(String, String)> {
    let found = parts(context.program, value)?;
    let (first, rest) = match found.as_slice() {
        [Part::Text(base), rest @ ..] if base.ends_with('/') => (quoted(context, base.trim_end_matches('/')), rest),
        [Part::Value(base), Part::Text(separator), rest @ ..] if separator == "/" && is_base(context, *base) => {
            (context.text(*base).to_owned(), rest)
        }
        _ => return None,
    };
    let mut name = Vec::new();
    for part in rest {
        name.push(match part {
            Part::Text(text) => literal(text),
            Part::Value(node) => context.text(*node).to_owned(),
        });
    }
    // A sum is text as soon as one of its first two parts is.
    (first != "\"\"" && first != "''" && !name.is_empty()).then(|| (first, name.join(" + ")))
}

/// Whether an expression names a directory of the program's own: a constant, `__dirname`, or a name in capitals.
fn is_base(context: Context<'_>, node: NodeId) -> bool {
    let text = context.text(node).rsplit('.').next().unwrap_or_default();
    context.is_constant(node)
        || matches!(
            text,
            "__dirname"
                | "base"
                | "root"
                | "baseDir"
                | "basePath"
                | "rootDir"
                | "uploadDir"
                | "directory"
                | "dir"
                | "folder"
        )
        || text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
        || matches!(context.tree().kind(node), Kind::Call)
            && matches!(context.callee_path(node), "path.join" | "path.resolve" | "process.cwd")
            && context.tree().positional(node).all(|part| is_base(context, part))
}

/// JavaScript: `fs` functions and the file answers of Express.
pub(super) fn javascript(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    out.extend(script(context, call));
}

fn script(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let argument = tree.positional(call).next()?;
    let (value, _) = source(context, argument)?;
    let joined = if tree.kind(value) == Kind::Call && matches!(context.callee_path(value), "path.join" | "path.resolve")
    {
        let arguments: Vec<NodeId> = tree.positional(value).collect();
        let (name, base) = arguments.split_last()?;
        let known = base.iter().all(|&part| is_base(context, part)) && !is_base(context, *name) && !base.is_empty();
        let base_text = match base {
            [only] => context.text(*only).to_owned(),
            several => {
                let callee = context.text(tree.child(value, Field::Callee)?);
                format!("{callee}({})", several.iter().map(|&part| context.text(part)).collect::<Vec<_>>().join(", "))
            }
        };
        known.then(|| (base_text, context.text(*name).to_owned()))?
    } else {
        base_and_name(context, value)?
    };
    let import = module(context, "path").ok()?;
    let draft = Draft::new(EditKind::ConfinePath, call, CWE, SUMMARY)
        .replace(tree.span(value), format!("joinInside({}, {})", joined.0, joined.1))
        .import(import)
        .helper(
            "joinInside",
            typed(context, SCRIPT_HELPER, &[("(base, name)", "(base: string, name: unknown): string")]),
        );
    Some(draft.finish())
}

/// Java: streams, `File` and `Files`.
pub(super) fn java(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    out.extend(java_edit(context, call));
}

fn java_edit(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let on_object = tree.kind(call) == Kind::Call && context.callee_path(call).starts_with("java.io.File.");
    let argument = if on_object {
        tree.child(tree.child(call, Field::Callee)?, Field::Object)?
    } else {
        tree.positional(call).next()?
    };
    let (value, statement) = source(context, argument)?;
    let draft = Draft::new(EditKind::ConfinePath, call, CWE, SUMMARY);
    let arguments: Vec<NodeId> = tree.positional(value).collect();
    let path = if matches!(tree.kind(value), Kind::Call | Kind::New) { context.callee_path(value) } else { "" };
    let draft = match (path, arguments.as_slice()) {
        ("java.nio.file.Paths.get" | "java.nio.file.Path.of", [base, name]) if is_base(context, *base) => {
            let callee = context.text(tree.child(value, Field::Callee)?);
            draft.replace(
                tree.span(value),
                format!("pathInside({callee}({}), {})", context.text(*base), context.text(*name)),
            )
        }
        ("java.nio.file.Path.resolve", [name])
            if !context.is_constant(*name) && context.type_of(*name).is_none_or(|kind| kind == "java.lang.String") =>
        {
            let base = tree.child(tree.child(value, Field::Callee)?, Field::Object)?;
            draft.replace(tree.span(value), format!("pathInside({}, {})", context.text(base), context.text(*name)))
        }
        ("java.io.File", [base, name])
            if is_base(context, *base) && context.type_of(*base).is_none_or(|kind| kind == "java.lang.String") =>
        {
            draft.replace(
                tree.span(value),
                format!("pathInside(Paths.get({}), {}).toFile()", context.text(*base), context.text(*name)),
            )
        }
        ("java.io.File" | "java.nio.file.Paths.get" | "java.nio.file.Path.of", [joined]) => {
            let (base, name) = base_and_name(context, *joined)?;
            let end = if path == "java.io.File" { ".toFile()" } else { "" };
            draft.replace(tree.span(value), format!("pathInside(Paths.get({base}), {name}){end}"))
        }
        ("", _) => {
            let (base, name) = base_and_name(context, value)?;
            // A variable holds the text of the path; in place, a stream takes a file.
            let end = if statement.is_some() { ".toString()" } else { ".toFile()" };
            draft.replace(tree.span(value), format!("pathInside(Paths.get({base}), {name}){end}"))
        }
        _ => return None,
    };
    let imported = |class: &str| {
        tree.ids().filter(|&node| tree.kind(node) == Kind::ImportItem).any(|node| {
            let path = tree.import_path(node).unwrap_or_default();
            path == format!("java.nio.file.{class}") || (path == "java.nio.file" && context.name(node) == "*")
        })
    };
    let needed = |class: &str| (!imported(class)).then(|| format!("import java.nio.file.{class};"));
    Some(draft.import(needed("Path")).import(needed("Paths")).helper("pathInside", JAVA_HELPER.to_owned()).finish())
}
