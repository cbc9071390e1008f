//! Commands in Go: `os/exec`, `syscall` and sessions of `ssh`.

use super::{shell, vector_parts};
use crate::concept;
use crate::finding::Severity;
use crate::graph::dfg::Value;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Functions that start a program, and where it stands.
const STARTERS: &[(&str, usize)] = &[
    ("os/exec.Command", 0),
    ("os/exec.CommandContext", 1),
    ("os.StartProcess", 0),
    ("syscall.Exec", 0),
    ("syscall.ForkExec", 0),
    ("syscall.StartProcess", 0),
    ("golang.org/x/sys/unix.Exec", 0),
    ("golang.org/x/sys/execabs.Command", 0),
    ("golang.org/x/sys/execabs.CommandContext", 1),
    ("github.com/codeskyblue/go-sh.Command", 0),
    ("github.com/codeskyblue/go-sh.Call", 0),
];
/// Methods of a session on another machine that give text to its shell.
const SESSION: &[&str] = &["Run", "Start", "Output", "CombinedOutput"];

/// Checks a call, or a literal of `exec.Cmd`.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if context.kind(call) == Kind::New {
        if path == "os/exec.Cmd" {
            let mut parts: Vec<NodeId> = context.keyword(call, "Path").into_iter().collect();
            if let Some(list) = context.keyword(call, "Args").map(|list| context.value(list)) {
                parts.extend(context.tree().children(list).skip(1).take(30));
            }
            vector_parts(context, call, &parts, found);
        }
        return;
    }
    if let Some(&(_, at)) = STARTERS.iter().find(|(known, _)| *known == path) {
        let parts = words(context, call, at);
        if options(context, call, &parts, found) {
            return;
        }
        return vector_parts(context, call, &parts, found);
    }
    let session = path.strip_prefix("golang.org/x/crypto/ssh.").and_then(|rest| rest.rsplit_once('.'));
    if session.is_some_and(|(kind, method)| kind.contains("Session") && SESSION.contains(&method))
        && let Some(command) = context.positional(call, 0)
    {
        shell(context, call, command, found);
    }
}

/// The program and its arguments from the argument at `from` on, lists taken apart.
fn words(context: &Context<'_>, call: NodeId, from: usize) -> Vec<NodeId> {
    let tree = context.tree();
    let mut words = Vec::new();
    for part in tree.children_in(call, Field::Argument).skip(from).take(40) {
        let inner = if context.kind(part) == Kind::Spread { tree.children(part).last().unwrap_or(part) } else { part };
        let list = context.value(inner);
        if context.kind(list) == Kind::List {
            // `syscall.Exec(path, argv, env)`: the list begins with the program's own name.
            let own = usize::from(context.kind(part) != Kind::Spread);
            words.extend(tree.children(list).skip(own).take(40));
        } else {
            words.push(inner);
        }
    }
    words
}

/// Programs that run what their arguments say, or read files that they name, and whether `--` keeps them from it.
const OBEDIENT: &[(&str, bool)] = &[
    ("git", true),
    ("hg", true),
    ("rsync", true),
    ("ssh", true),
    ("scp", true),
    ("tar", true),
    ("find", true),
    ("curl", true),
    ("wget", true),
    ("svn", true),
    ("sudo", false),
    ("doas", false),
    ("env", false),
    ("xargs", false),
    ("nice", false),
    ("nohup", false),
    ("time", false),
    ("timeout", false),
    ("su", false),
];

/// Whether request data stands where one of those programs takes it for an option or a command of its own.
fn options(context: &Context<'_>, call: NodeId, parts: &[NodeId], found: &mut Findings) -> bool {
    let Some((&program, rest)) = parts.split_first() else { return false };
    let name = context.string(program).unwrap_or_default().rsplit('/').next().unwrap_or_default();
    // Only those commands of git take an option that names a program.
    let second = rest.first().and_then(|&part| context.string(part));
    if matches!(name, "git" | "hg")
        && second.is_some_and(|word| {
            !word.starts_with('-')
                && !matches!(
                    word,
                    "clone" | "fetch" | "pull" | "push" | "ls-remote" | "fetch-pack" | "archive" | "grep" | "submodule"
                )
        })
    {
        return false;
    }
    let Some(&(_, separates)) = OBEDIENT.iter().find(|(known, _)| *known == name) else { return false };
    for &part in rest {
        if separates && ends_options(context, part) {
            return false;
        }
        let Some(taint) = context.tainted(part, Purposes::SHELL).filter(|taint| taint.origin.source == Source::Request)
        else {
            continue;
        };
        // `--file=` before it, or `user@`, keeps it from being an option.
        if separates && begins_constant(context, part) {
            continue;
        }
        let message = "Request data may become an option or a command of the program that is run.";
        let report = Report::issue(call, concept::ARGV_PROGRAM, message).cwe(&[88, 78]);
        found.push(context, report.severity(Severity::Medium).confidence(taint.confidence).trace(taint.trace));
        return true;
    }
    false
}

/// Whether an argument, or the list that stands for several, holds a constant `--`.
fn ends_options(context: &Context<'_>, part: NodeId) -> bool {
    if context.string(part) == Some("--") {
        return true;
    }
    let tree = context.tree();
    let data = context.flow().data();
    let inner =
        if context.kind(part) == Kind::Subscript { tree.child(part, Field::Object).unwrap_or(part) } else { part };
    data.definitions_of(inner).iter().take(8).any(|&at| match data.definitions[at as usize].value {
        Value::Expression(value) => tree.subtree(value).take(60).any(|node| context.string(node) == Some("--")),
        _ => false,
    })
}

/// Whether an argument begins with constant text.
fn begins_constant(context: &Context<'_>, part: NodeId) -> bool {
    let mut at = context.value(part);
    for _ in 0..8 {
        at = match context.kind(at) {
            Kind::Binary => match context.tree().child(at, Field::Left) {
                Some(left) => left,
                None => return false,
            },
            Kind::Call if context.callee(at) == "fmt.Sprintf" => match context.positional(at, 0) {
                Some(format) => return context.string(format).is_some_and(|format| !format.starts_with('%')),
                None => return false,
            },
            _ => break,
        };
    }
    context.string(at).is_some_and(|text| !text.is_empty())
}
