//! CWE-377: a temporary file is created with its name; never leaves a descriptor open.

use crate::edit::{Edit, EditKind, after_statement};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const HELPER: &str = r#"def create_temporary_file(*args, **kwargs):
    """Creates a temporary file that only this user can read, and returns its path."""
    descriptor, path = tempfile.mkstemp(*args, **kwargs)
    os.close(descriptor)
    return path
"#;

/// `tempfile.mktemp` → `tempfile.mkstemp`.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let Some(call) =
        context.around(node, |above| tree.kind(above) == Kind::Call && context.callee_path(above) == "tempfile.mktemp")
    else {
        return;
    };
    let Some(callee) = tree.child(call, Field::Callee) else { return };
    let (tempfile, import) = context.module("tempfile");
    let (os, import_os) = context.module("os");
    let statement = tree.statement(call);
    let draft =
        Draft::new(EditKind::SecureTemporaryFile, call, &[377], "create the temporary file together with its name")
            .import(import)
            .import(import_os);
    let assigned = context
        .assigned_name(statement)
        .filter(|_| tree.kind(statement) == Kind::Assign && tree.child(statement, Field::Value) == Some(call));
    if let Some(target) = assigned {
        if makes_directory(context, tree.scope(call), context.text(target)) {
            return;
        }
        if tree.child(statement, Field::Type).is_none() && context.alone_on_line(statement) {
            let descriptor = context.free_name("descriptor");
            let close =
                after_statement(&context.program.text, tree.span(statement), &[format!("{os}.close({descriptor})")]);
            let draft = draft
                .insert(tree.span(target).start as usize, format!("{descriptor}, "))
                .replace(tree.span(callee), format!("{tempfile}.mkstemp"))
                .text(close);
            out.push(draft.finish());
            return;
        }
    }
    if tempfile == "tempfile"
        && os == "os"
        && !matches!(context.callee_name(tree.parent(call).unwrap_or(call)), "mkdir" | "makedirs")
    {
        out.push(
            draft
                .replace(tree.span(callee), "create_temporary_file")
                .helper("create_temporary_file", HELPER.to_owned())
                .finish(),
        );
    }
}

/// Whether the name becomes a directory, a link or a file that must not exist yet.
fn makes_directory(context: Context<'_>, scope: NodeId, name: &str) -> bool {
    let tree = context.tree();
    context.uses(scope, name).read.iter().any(|&read| {
        context.call_around(read).is_some_and(|call| {
            matches!(
                context.callee_name(call),
                "mkdir" | "makedirs" | "symlink" | "link" | "mkfifo" | "mknod" | "bind" | "copytree"
            ) || tree
                .children_in(call, Field::Argument)
                .any(|argument| context.string(argument).is_some_and(|mode| mode.starts_with('x')))
        })
    })
}
