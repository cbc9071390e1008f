//! CWE-78: a shell string becomes an argument vector, or its values are quoted; never where the program itself is dynamic.

mod quote;
pub(in crate::rewrite) mod words;

use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::pieces::pieces;
use crate::syntax::{Field, Kind, NodeId, Span};

pub(super) const CWE: &[u16] = &[78];
const SUMMARY: &str = "run the program with an argument list, without a shell";

/// What runs a shell string, and how the same is said with an argument list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runner {
    /// `os.system`: returns a status.
    System,
    /// `os.popen`: returns a file.
    Popen,
    /// `subprocess.getoutput`: returns text.
    Output,
    /// `subprocess.run` and its relatives with `shell=True`.
    Subprocess,
    /// `asyncio.create_subprocess_shell`.
    Asyncio,
}

fn runner(context: Context<'_>, call: NodeId) -> Option<Runner> {
    if context.tree().kind(call) != Kind::Call {
        return None;
    }
    match context.callee_path(call) {
        "os.system" => Some(Runner::System),
        "os.popen" => Some(Runner::Popen),
        "subprocess.getoutput" => Some(Runner::Output),
        "subprocess.run"
        | "subprocess.call"
        | "subprocess.check_call"
        | "subprocess.check_output"
        | "subprocess.Popen" => {
            let shell = context.keyword(call, "shell")?;
            matches!(context.text(shell), "True" | "1").then_some(Runner::Subprocess)
        }
        "asyncio.create_subprocess_shell" | "asyncio.subprocess.create_subprocess_shell" => Some(Runner::Asyncio),
        _ => None,
    }
}

/// Edits for a command that a shell runs.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let call = context.around(node, |above| runner(context, above).is_some()).or_else(|| {
        let statement = tree.statement(node);
        let target = context.assigned_name(statement)?;
        let uses = context.uses(tree.scope(statement), context.text(target));
        uses.read.iter().find_map(|&read| context.around(read, |above| runner(context, above).is_some()))
    });
    let Some((call, runner)) = call.and_then(|call| runner(context, call).map(|runner| (call, runner))) else { return };
    let Some(command) = command(context, call) else { return };
    out.extend(argument_vector(context, call, command, runner));
    out.extend(quote::propose(context, call, command));
}

fn command(context: Context<'_>, call: NodeId) -> Option<NodeId> {
    context
        .tree()
        .positional(call)
        .next()
        .or_else(|| ["args", "command", "cmd"].iter().find_map(|name| context.keyword(call, name)))
}

fn argument_vector(context: Context<'_>, call: NodeId, command: NodeId, runner: Runner) -> Option<Edit> {
    let tree = context.tree();
    let draft = Draft::new(EditKind::ArgumentVector, call, CWE, SUMMARY);
    if matches!(tree.kind(command), Kind::List | Kind::Tuple) {
        // A list beside `shell=True`: the shell would only see its first element.
        return (runner == Runner::Subprocess).then(|| without_shell(context, call, draft))?.map(Draft::finish);
    }
    if tree.kind(command) != Kind::Name {
        let vector = words::vector(context, &pieces(context.program, command)?)?;
        return realise(context, call, command, runner, &vector.list(), &vector, draft).map(Draft::finish);
    }
    // A command that was put together in a variable before.
    let uses = context.uses(tree.scope(call), context.text(command));
    if uses.leaks {
        return None;
    }
    let statement = context.reaching(command, &uses)?;
    let value = tree.child(statement, Field::Value)?;
    let taken = pieces(context.program, value)?;
    let vector = words::vector(context, &taken)?;
    let only =
        uses.read.iter().filter(|&&read| read == command || context.reaching(read, &uses) == Some(statement)).count()
            == 1;
    if only && runner != Runner::Asyncio {
        let draft = draft.replace(tree.span(value), vector.list());
        return realise(context, call, command, runner, context.text(command), &vector, draft).map(Draft::finish);
    }
    let names: Vec<&str> = taken.values().flat_map(|value| context.names_in(value)).collect();
    let stays = taken.values().all(|value| context.is_stable(value))
        && !context.bound_between(tree.scope(call), &names, statement, call);
    if !stays {
        return None;
    }
    realise(context, call, command, runner, &vector.list(), &vector, draft).map(Draft::finish)
}

/// Replaces the call so that it runs `list`.
fn realise(
    context: Context<'_>,
    call: NodeId,
    command: NodeId,
    runner: Runner,
    list: &str,
    vector: &words::Vector,
    draft: Draft,
) -> Option<Draft> {
    let tree = context.tree();
    let (subprocess, import) = context.module("subprocess");
    let redirect = vector.redirect.keywords(&subprocess);
    let span = tree.span(call);
    match runner {
        Runner::System => {
            let used = tree.parent(call).is_some_and(|parent| tree.kind(parent) != Kind::ExprStatement);
            if used && reads_wait_status(context, call) {
                return None;
            }
            let result = if used { ".returncode" } else { "" };
            Some(draft.replace(span, format!("{subprocess}.run({list}{redirect}){result}")).import(import))
        }
        Runner::Popen => {
            if tree.children_in(call, Field::Argument).count() != 1 || vector.redirect.takes_stdout() {
                return None;
            }
            let (whole, method) = method_call(context, call);
            let (start, end) = match method {
                Some("read") => ("run", ".stdout"),
                Some("readlines") => ("run", ".stdout.splitlines(keepends=True)"),
                _ => ("Popen", ".stdout"),
            };
            let span = if matches!(method, Some("read" | "readlines")) { whole } else { span };
            Some(
                draft
                    .replace(
                        span,
                        format!("{subprocess}.{start}({list}, stdout={subprocess}.PIPE{redirect}, text=True){end}"),
                    )
                    .import(import),
            )
        }
        Runner::Output => {
            if tree.children_in(call, Field::Argument).count() != 1 || !redirect.is_empty() {
                return None;
            }
            let text = format!(
                "{subprocess}.run({list}, stdout={subprocess}.PIPE, stderr={subprocess}.STDOUT, text=True).stdout.removesuffix(\"\\n\")"
            );
            Some(draft.replace(span, text).import(import))
        }
        Runner::Subprocess => {
            if context.keyword(call, "executable").is_some() {
                return None;
            }
            if !redirect.is_empty()
                && ["stdout", "stderr", "capture_output"].iter().any(|name| context.keyword(call, name).is_some())
            {
                return None;
            }
            if !redirect.is_empty()
                && vector.redirect.takes_stdout()
                && matches!(context.callee_name(call), "check_output")
            {
                return None;
            }
            let draft = if context.text(command) == list {
                draft
            } else {
                draft.replace(context.whole_argument(call, command), list)
            };
            let draft = without_shell(context, call, draft)?;
            if redirect.is_empty() {
                return Some(draft);
            }
            let end = context.whole_argument(call, command).end as usize;
            Some(draft.insert(end, redirect))
        }
        Runner::Asyncio => {
            if !redirect.is_empty() {
                return None;
            }
            let callee = tree.child(call, Field::Callee)?;
            let name = tree.name_span(callee);
            let name = if name.end > name.start { name } else { tree.span(callee) };
            if tree.kind(callee) != Kind::Attribute {
                return None;
            }
            Some(
                draft
                    .replace(name, "create_subprocess_exec")
                    .replace(context.whole_argument(call, command), vector.elements()),
            )
        }
    }
}

fn without_shell(context: Context<'_>, call: NodeId, draft: Draft) -> Option<Draft> {
    let shell = context.keyword_node(call, "shell")?;
    Some(draft.replace(context.argument_with_comma(call, shell), ""))
}

/// The call of a method on the result, and its name.
fn method_call(context: Context<'_>, call: NodeId) -> (Span, Option<&str>) {
    let tree = context.tree();
    let attribute = tree
        .parent(call)
        .filter(|&parent| tree.kind(parent) == Kind::Attribute && tree.child(parent, Field::Object) == Some(call));
    let outer = attribute.and_then(|attribute| {
        tree.parent(attribute)
            .filter(|&outer| tree.kind(outer) == Kind::Call && tree.child(outer, Field::Callee) == Some(attribute))
    });
    match (attribute, outer) {
        (Some(attribute), Some(outer)) if tree.children_in(outer, Field::Argument).next().is_none() => {
            (tree.span(outer), Some(context.name(attribute)))
        }
        _ => (tree.span(call), None),
    }
}

/// Whether the status is taken apart as `wait` encodes it, which a return code is not.
fn reads_wait_status(context: Context<'_>, call: NodeId) -> bool {
    let text = context.program.text.as_str();
    let tree = context.tree();
    let compared = tree.parent(call).is_some_and(|parent| {
        tree.kind(parent) == Kind::Binary
            || (tree.kind(parent) == Kind::Compare
                && tree.children(parent).any(|side| tree.kind(side) == Kind::Number && context.text(side) != "0"))
    });
    compared
        || text.contains("WEXITSTATUS")
        || text.contains("waitstatus_to_exitcode")
        || text.contains(">> 8")
        || text.contains(">>8")
        || text.contains("256")
}
