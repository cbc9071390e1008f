//! Commands in Java and JavaScript: process builders, `exec` and shells by name.

use super::{reflection, shell, vector_parts};
use crate::concept;
use crate::finding::Confidence;
use crate::graph::dfg::Value;
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Java methods and classes that start a program from text or an argument vector.
const JAVA: &[&str] = &[
    "java.lang.Runtime.exec",
    "java.lang.ProcessBuilder",
    "java.lang.ProcessBuilder.command",
    "org.apache.commons.exec.CommandLine.parse",
    "org.apache.commons.exec.CommandLine",
];

/// JavaScript functions that give their first argument to a shell.
const SHELLS: &[&str] = &[
    "child_process.exec",
    "child_process.execSync",
    "exec",
    "execSync",
    "execa.command",
    "execa.commandSync",
    "execa.execaCommand",
    "shelljs.exec",
    "shell.exec",
    "ssh2-exec",
    "ssh2.exec",
    "ssh2.Client.exec",
    "execa.shell",
    "execa.shellSync",
    "execa.stdout",
    "execa.stderr",
    "execa.node",
    "execa.execaCommandSync",
    "exec-async",
    "async-execute",
    "exec-sh",
    "exec-sh.promise",
    "cross-spawn-async",
    "foreground-child",
    "child-process-promise.exec",
    "promisify-child-process.exec",
    "@actions/exec.exec",
    "sudo-prompt.exec",
    "Bun.$",
    "process.binding.spawn",
    "child_process.fork",
    "shelljs.execFile",
    "node-cmd.run",
    "node-cmd.get",
    "node-cmd.runSync",
    "remote-exec",
    "promisify-child-process.execSync",
    "zx.exec",
];

/// JavaScript functions that take a program and an argument vector, or a shell when told so.
const RUNNERS: &[&str] = &[
    "child_process.spawn",
    "child_process.spawnSync",
    "child_process.execFile",
    "child_process.execFileSync",
    "spawn",
    "spawnSync",
    "execFile",
    "execFileSync",
    "cross-spawn",
    "cross-spawn.sync",
    "execa",
    "execa.execa",
    "execa.sync",
];

/// Checks a Java call or construction.
pub(super) fn java(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    reflection::call(context, call, found);
    // Snippets often leave the type out: `runtime.exec(…)`.
    let by_name =
        context.method(call) == "exec" && context.object(call).is_some_and(|object| is_runtime(context, object));
    if !JAVA.contains(&path) && !by_name {
        return;
    }
    let Some(first) = context.positional(call, 0) else { return };
    let text = path.ends_with("CommandLine.parse") || context.method(call) == "exec";
    match elements(context, first) {
        Some(parts) => vector_parts(context, call, &parts, found),
        None if text => unless_constant(context, call, first, found),
        None => vector_parts(context, call, &context.tree().positional(call).collect::<Vec<_>>(), found),
    }
}

/// Whether an object is the runtime by its own words, or an element of what holds it.
fn is_runtime(context: &Context<'_>, object: NodeId) -> bool {
    if context.source(object).to_ascii_lowercase().contains("runtime") {
        return true;
    }
    let tree = context.tree();
    tree.subtree(object).take(40).filter(|&part| context.kind(part) == Kind::Name).any(|part| {
        context.program().names.binding(part).is_some_and(|binding| {
            context.program().names.definitions(binding).iter().take(8).any(|definition| {
                definition.declared.is_some_and(|kind| {
                    let kind = context.source(kind);
                    kind.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "Runtime")
                })
            })
        })
    })
}

/// Checks a JavaScript call.
pub(super) fn javascript(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let Some(first) = context.positional(call, 0) else { return };
    // `names.map(execSync)`
    if matches!(context.method(call), "map" | "forEach" | "filter" | "some" | "every" | "flatMap" | "then")
        && SHELLS.contains(&context.path(first))
        && let Some(names) = context.object(call)
        && context.tainted(names, Purposes::SHELL).is_some()
    {
        return shell(context, call, names, found);
    }
    if SHELLS.contains(&path) {
        // `exec` of a regular expression or a query is a method; a plain `exec` that the unit defines is something else.
        let own = context.tree().child(call, Field::Callee).is_some_and(|callee| {
            context.kind(callee) == Kind::Name
                && !path.contains('.')
                && context.program().names.binding(callee).is_some()
        });
        if !own {
            unless_constant(context, call, first, found);
        }
        return;
    }
    if !RUNNERS.contains(&path) {
        return;
    }
    let options = context.tree().positional(call).skip(1).map(|option| context.value(option));
    let shelled = options
        .filter(|&option| context.kind(option) == Kind::Dict)
        .any(|option| context.entry(option, "shell").is_some_and(|value| context.truth(value) != Some(false)));
    let arguments = context.positional(call, 1).and_then(|list| elements(context, list)).unwrap_or_default();
    if shelled {
        for part in std::iter::once(first).chain(arguments) {
            if !context.is_constant(part) {
                return unless_constant(context, call, part, found);
            }
        }
        return;
    }
    let parts: Vec<NodeId> = std::iter::once(first).chain(arguments).collect();
    vector_parts(context, call, &parts, found);
}

/// A constant command without a shell of its own making is no finding here.
fn unless_constant(context: &Context<'_>, call: NodeId, command: NodeId, found: &mut Findings) {
    match context.exposure(command, Purposes::SHELL) {
        Exposure::Constant | Exposure::Harmless => {}
        Exposure::Tainted(taint) if taint.confidence == Confidence::Low && context.is_constant(command) => {}
        // A value of the caller's that went through a check of unknown strength.
        Exposure::Tainted(taint)
            if taint.origin.checked
                && taint.origin.source <= Source::Parameter
                && context.program().language.is_script() =>
        {
            let message = "A shell runs a command made from a value that is checked before.";
            found.push(context, Report::audit(call, concept::SHELL_STRING, message).trace(taint.trace));
        }
        _ => shell(context, call, command, found),
    }
}

/// `spawn(isWindows ? "cmd.exe" : "sh", [flag, command])`: one of the programs that may run is a shell, and one of its
/// flags makes it run text.
pub(super) fn may_be_shell(context: &Context<'_>, parts: &[NodeId]) -> bool {
    if !context.program().language.is_script() {
        return false;
    }
    let any = |at: usize, wanted: &dyn Fn(&str) -> bool| {
        parts.get(at).is_some_and(|&part| {
            context.flow().leaves(part).into_iter().any(|leaf| context.string(leaf).is_some_and(wanted))
        })
    };
    any(1, &|flag| matches!(flag, "-c" | "/c" | "/C" | "/s"))
        && any(0, &|program| {
            matches!(program.rsplit(['/', '\\']).next(), Some("sh" | "bash" | "zsh" | "cmd" | "cmd.exe" | "powershell"))
        })
}

/// The elements of a list, array, `Arrays.asList(…)` or `List.of(…)`.
fn elements(context: &Context<'_>, node: NodeId) -> Option<Vec<NodeId>> {
    let value = context.value(node);
    match context.kind(value) {
        Kind::List => Some(context.tree().children(value).collect()),
        Kind::Call if matches!(context.callee(value), "java.util.Arrays.asList" | "java.util.List.of") => {
            Some(context.tree().positional(value).collect())
        }
        // `["/c", "x"].concat(more)`
        Kind::Call if context.method(value) == "concat" => {
            let mut parts = elements(context, context.object(value)?)?;
            for more in context.tree().positional(value).take(4) {
                match elements(context, more) {
                    Some(inner) => parts.extend(inner),
                    None => parts.push(more),
                }
            }
            Some(parts)
        }
        // A list that is filled step by step.
        Kind::Name => {
            let data = context.flow().data();
            let mut parts = Vec::new();
            for &at in data.definitions_of(value).iter() {
                match data.definitions[at as usize].value {
                    Value::Expression(list) if context.kind(list) == Kind::List => {
                        parts.extend(context.tree().children(list));
                    }
                    // `list[1] = text`
                    Value::Expression(part)
                        if context.kind(data.definitions[at as usize].node) == Kind::Subscript
                            || context
                                .tree()
                                .child(context.tree().parent(part).unwrap_or(part), Field::Target)
                                .is_some_and(|target| context.kind(target) == Kind::Subscript) =>
                    {
                        parts.push(part);
                    }
                    Value::Arguments(call) if context.method(call) == "push" => {
                        parts.extend(context.tree().positional(call));
                    }
                    _ => return None,
                }
            }
            (!parts.is_empty()).then_some(parts)
        }
        _ => None,
    }
}
