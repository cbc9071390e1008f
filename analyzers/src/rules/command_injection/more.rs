//! Commands in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::lang::Language::{Bash, CSharp, Php, Ruby, Rust};
use crate::rule::common::prefix;
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

static SINKS: Sinks = Sinks::new(
    Purposes::SHELL,
    concept::SHELL_STRING,
    "A command is put together with",
    &[
        sink(
            Php,
            &["system", "exec", "shell_exec", "passthru", "popen", "proc_open", "pcntl_exec", "`", "ssh2_exec"],
            At::Nth(0),
        ),
        sink(Php, &["ssh2_exec"], At::Nth(1)),
        sink(Php, &[".exec_command"], At::Nth(0)),
        sink(CSharp, &["Process.Start", "ProcessStartInfo"], At::Any),
        sink(
            CSharp,
            &[
                "ProcessStartInfo.Arguments",
                "StartInfo.Arguments",
                ".Arguments",
                "StartInfo.FileName",
                "ProcessStartInfo.FileName",
                ".WorkingDirectory",
            ],
            At::Set,
        ),
        sink(CSharp, &["ProcessStartInfo"], At::Named("Arguments")),
        sink(CSharp, &["ProcessStartInfo"], At::Named("FileName")),
        sink(CSharp, &["PowerShell.AddScript", ".AddScript"], At::Nth(0)),
        sink(
            Ruby,
            &[
                "system",
                "exec",
                "spawn",
                "`",
                "%x",
                "Kernel.system",
                "Kernel.exec",
                "Kernel.spawn",
                "IO.popen",
                "Process.spawn",
                "PTY.spawn",
                "Open3.capture2",
                "Open3.capture3",
                "Open3.capture2e",
                "Open3.popen3",
                "Open3.popen2",
                "Open3.pipeline",
                "Open3.pipeline_r",
                "Open3.pipeline_start",
                "Open4.popen4",
                "Terrapin.CommandLine.new",
                "Cocaine.CommandLine.new",
                "TTY.Command.new.run",
            ],
            At::Any,
        ),
        sink(
            Ruby,
            &["open", "Kernel.open", "IO.read", "IO.readlines", "IO.write", "IO.foreach", "IO.binread", "URI.open"],
            At::Nth(0),
        ),
        sink(Rust, &[".arg", ".args", ".raw_arg"], At::Nth(0)),
        sink(Rust, &["Command.new"], At::Nth(0)),
        sink(Bash, &["eval"], At::Any),
    ],
)
.noting_open();

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    // With arguments of its own a program is run without a shell; its name still counts.
    if context.program().language == Ruby && !runs_shell(context, node) {
        return;
    }
    if context.program().language == Rust && context.method(node) != "new" && !is_for_shell(context, node) {
        return;
    }
    SINKS.check(context, node, found);
}

fn runs_shell(context: &Context<'_>, call: NodeId) -> bool {
    if OPENERS.contains(&context.callee(call)) {
        // Only a name that begins with a bar is a command.
        let lead = context.positional(call, 0).map(|name| prefix(context, name)).unwrap_or_default();
        return lead.is_empty() || lead.trim_start().starts_with('|');
    }
    let parts: Vec<NodeId> = context.tree().positional(call).take(3).collect();
    let Some(&first) = parts.first() else { return true };
    if context.kind(first) == Kind::List {
        return context.tree().children(first).next().is_some_and(|program| !context.is_constant(program));
    }
    let known = context.string(first).is_some_and(|program| {
        !program.contains(char::is_whitespace) && !matches!(program, "sh" | "bash" | "/bin/sh" | "/bin/bash" | "cmd")
    });
    parts.len() < 2 || !known
}

/// Calls of Ruby that run what stands behind a bar at the start of a name.
const OPENERS: &[&str] =
    &["open", "Kernel.open", "IO.read", "IO.readlines", "IO.write", "IO.foreach", "IO.binread", "URI.open"];

/// Whether the argument of a method of Rust's `Command` is read by a shell: `Command::new("sh").arg("-c").arg(text)`.
fn is_for_shell(context: &Context<'_>, call: NodeId) -> bool {
    const LONGEST: usize = 12;
    let mut at = call;
    let mut takes_text = false;
    for _ in 0..LONGEST {
        let Some(object) = context.object(at).map(|object| context.value(object)) else { break };
        at = object;
        takes_text |= context.positional(at, 0).is_some_and(|word| {
            let texts = context.tree().subtree(word).take(12).filter_map(|part| context.string(part));
            texts.into_iter().any(|text| matches!(text, "-c" | "/C" | "/c" | "-Command" | "-lc" | "-ec"))
        });
        if context.callee(at).ends_with("Command.new") {
            break;
        }
    }
    let shell = context.positional(at, 0).and_then(|program| context.string(program)).is_some_and(|program| {
        let name = program.rsplit(['/', '\\']).next().unwrap_or(program).trim_end_matches(".exe");
        matches!(name, "sh" | "bash" | "zsh" | "dash" | "cmd" | "powershell" | "pwsh" | "ssh")
    });
    // `args(["-c", &text])` says both at once.
    takes_text |= context
        .tree()
        .subtree(call)
        .take(40)
        .any(|part| matches!(context.string(part), Some("-c" | "/C" | "/c" | "-Command")));
    shell && takes_text && context.callee(at).ends_with("Command.new")
}
