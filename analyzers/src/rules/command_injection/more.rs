//! Commands in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::lang::Language::{Bash, CSharp, Php, Ruby, Rust};
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
                "Kernel.open",
            ],
            At::Any,
        ),
        sink(Rust, &["Command.new"], At::Nth(0)),
        sink(Bash, &["eval"], At::Any),
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    // With arguments of its own a program is run without a shell; its name still counts.
    if context.program().language == Ruby && !runs_shell(context, node) {
        return;
    }
    SINKS.check(context, node, found);
}

fn runs_shell(context: &Context<'_>, call: NodeId) -> bool {
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
