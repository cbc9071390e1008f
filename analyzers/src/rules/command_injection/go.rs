//! Commands in Go: `os/exec`, `syscall` and sessions of `ssh`.

use super::{shell, vector_parts};
use crate::rule::{Context, Findings};
use crate::syntax::{Field, Kind, NodeId};

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
