//! CWE-78: programs that Node starts through a shell are started without one, where the shell has no work to do.

use crate::edit::{Edit, EditKind};
use crate::rewrite::braces::command::{command, drop_statement, vector};
use crate::rewrite::braces::parts::reads;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId, Span};

const SUMMARY: &str = "run the program with an argument list, without a shell";

/// `spawn("sh", ["-c", text])`, `spawn(text, { shell: true })` and a promise of `exec`.
pub(in crate::rewrite::braces) fn propose(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let edit = match context.callee_path(call) {
        "child_process.spawn" | "child_process.spawnSync" | "child_process.execFile" | "child_process.execFileSync" => {
            spawned(context, call)
        }
        _ => promised(context, call),
    };
    out.extend(edit);
}

fn spawned(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let arguments: Vec<NodeId> = tree.positional(call).collect();
    let draft = Draft::new(EditKind::ArgumentVector, call, &[78], SUMMARY);
    match arguments[..] {
        // A shell, its option and the text.
        [shell, list, ..] if tree.kind(list) == Kind::List && is_shell(context, shell) => {
            let [option, text] = tree.children(list).collect::<Vec<_>>()[..] else { return None };
            if context.program.names.text(option) != Some("-c") || arguments.iter().any(|&part| asks(context, part)) {
                return None;
            }
            let (parts, statement) = command(context, text)?;
            let elements = vector(context, &parts)?;
            let (program, rest) = elements.split_first()?;
            let span = Span { start: tree.span(shell).start, end: tree.span(list).end };
            let draft = draft.replace(span, format!("{program}, [{}]", rest.join(", ")));
            drop_statement(context, statement, draft).map(Draft::finish)
        }
        // One text, and options that ask for a shell.
        [text, options] if tree.kind(options) == Kind::Dict && asks(context, options) => {
            let (parts, statement) = command(context, text)?;
            let elements = vector(context, &parts)?;
            let (program, rest) = elements.split_first()?;
            let draft = draft.replace(context.whole_argument(call, text), format!("{program}, [{}]", rest.join(", ")));
            let draft = without_shell(context, call, options, draft)?;
            drop_statement(context, statement, draft).map(Draft::finish)
        }
        // A list already: the shell only takes it apart again.
        [program, list, options]
            if tree.kind(list) == Kind::List && tree.kind(options) == Kind::Dict && asks(context, options) =>
        {
            const SYNTAX: &[char] = &['|', '&', ';', '<', '>', '$', '`', '*', '?', '~', '"', '\'', '\\', '(', ')', ' '];
            let plain = |part: NodeId| context.program.names.text(part).is_none_or(|text| !text.contains(SYNTAX));
            let known = context.program.names.text(program).is_some_and(|_| plain(program));
            if !known || is_shell(context, program) || !tree.children(list).all(plain) {
                return None;
            }
            without_shell(context, call, options, draft).map(Draft::finish)
        }
        _ => None,
    }
}

fn is_shell(context: Context<'_>, node: NodeId) -> bool {
    let name = context.program.names.text(node).and_then(|text| text.rsplit('/').next());
    matches!(name, Some("sh" | "bash" | "dash" | "zsh"))
}

/// The pair that asks for a shell.
fn shell(context: Context<'_>, options: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    tree.children(options).find(|&pair| {
        tree.child(pair, Field::Key).is_some_and(|key| context.name(key) == "shell")
            && tree.child(pair, Field::Value).is_some_and(|value| context.text(value) != "false")
    })
}

fn asks(context: Context<'_>, options: NodeId) -> bool {
    context.tree().kind(options) == Kind::Dict && shell(context, options).is_some()
}

/// The options without the one for a shell; none at all where that was the only one.
fn without_shell(context: Context<'_>, call: NodeId, options: NodeId, draft: Draft) -> Option<Draft> {
    let pair = shell(context, options)?;
    let only = context.tree().children(options).count() == 1;
    Some(draft.replace(context.argument_with_comma(call, if only { options } else { pair }), ""))
}

/// `const run = promisify(exec)`, called once → `promisify(execFile)` with the program and its arguments.
fn promised(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let callee = tree.child(call, Field::Callee).filter(|&callee| tree.kind(callee) == Kind::Name)?;
    let definition = context.program.names.definition(callee)?;
    let promise = definition
        .value
        .filter(|&value| tree.kind(value) == Kind::Call && context.callee_name(value) == "promisify")?;
    let function = tree.positional(promise).next()?;
    if reads(context, callee).len() != 1 || context.path(function) != "child_process.exec" {
        return None;
    }
    // A function that was taken out under its own name would have to be taken out anew.
    if tree.kind(function) != Kind::Attribute || context.name(function) != "exec" {
        return None;
    }
    let text = tree.positional(call).next()?;
    if tree.positional(call).skip(1).any(|options| asks(context, options)) {
        return None;
    }
    let (parts, statement) = command(context, text)?;
    let elements = vector(context, &parts)?;
    let (program, rest) = elements.split_first()?;
    let draft = Draft::new(EditKind::ArgumentVector, call, &[78], SUMMARY)
        .replace(tree.name_span(function), "execFile")
        .replace(context.whole_argument(call, text), format!("{program}, [{}]", rest.join(", ")));
    drop_statement(context, statement, draft).map(Draft::finish)
}
