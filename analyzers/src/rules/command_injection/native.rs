//! Commands in C and C++: system, popen, exec of a shell, and the starters of Windows.

use super::shell;
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Functions that give an argument to a shell or command interpreter, and its place.
const SHELLS: &[(&str, usize)] = &[
    ("system", 0),
    ("_system", 0),
    ("_wsystem", 0),
    ("popen", 0),
    ("_popen", 0),
    ("_wpopen", 0),
    ("wordexp", 0),
    ("boost.process.system", 0),
    ("boost.process.child", 0),
    ("QProcess.execute", 0),
    ("QProcess.startDetached", 0),
    ("g_spawn_command_line_sync", 0),
    ("g_spawn_command_line_async", 0),
    ("WinExec", 0),
    ("CreateProcess", 1),
    ("CreateProcessA", 1),
    ("CreateProcessW", 1),
];

/// Functions that run a program by argument vector.
const STARTERS: &[&str] = &[
    "execl",
    "execle",
    "execlp",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "_execl",
    "_execlp",
    "_execv",
    "_execvp",
    "_spawnl",
    "_spawnlp",
    "_spawnv",
    "_spawnvp",
    "spawnl",
    "spawnlp",
    "posix_spawn",
    "posix_spawnp",
];

/// Functions that load code by name.
const LOADERS: &[&str] = &["dlopen", "LoadLibrary", "LoadLibraryA", "LoadLibraryW", "LoadLibraryEx", "LoadLibraryExA"];

/// Starters of Windows whose second (or later) argument is a command line, with its place and that of the program.
const LINES: &[(&str, usize, usize)] = &[
    ("CreateProcess", 0, 1),
    ("CreateProcessA", 0, 1),
    ("CreateProcessW", 0, 1),
    ("CreateProcessAsUser", 1, 2),
    ("CreateProcessAsUserA", 1, 2),
    ("CreateProcessAsUserW", 1, 2),
    ("CreateProcessWithTokenW", 2, 3),
    ("CreateProcessWithLogonW", 4, 5),
];

/// Checks a call.
pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    if name.is_empty() {
        return;
    }
    let given = arguments(context, call);
    if let Some(&(_, program, line)) = LINES.iter().find(|(known, ..)| *known == name) {
        unquoted(context, call, (given.get(program).copied(), given.get(line).copied()), found);
    }
    if let Some(&(_, at)) = SHELLS.iter().find(|(known, _)| *known == name) {
        let Some(&command) = given.get(at) else { return };
        let quiet = given.get(2).is_some_and(|&flags| context.source(flags).contains("WRDE_NOCMD"));
        if name == "wordexp" && quiet {
            return;
        }
        return text(context, call, command, found);
    }
    if LOADERS.contains(&name) {
        let Some(&library) = given.first() else { return };
        if let Some(taint) = context.tainted(library, Purposes::PATH)
            && !matches!(taint.origin.source, Source::Parameter | Source::Unknown)
        {
            let message = format!("The library that is loaded is chosen by {}.", taint.source());
            let report = Report::issue(call, concept::ARGV_PROGRAM, message).cwe(&[114, 73, 78]);
            found.push(context, report.confidence(taint.confidence).trace(taint.trace));
        }
        return;
    }
    if !STARTERS.contains(&name) {
        return;
    }
    let Some(&program) = given.first() else { return };
    let path = context.string(program).unwrap_or_default();
    let base = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_shell = matches!(base, "sh" | "bash" | "dash" | "zsh" | "ksh" | "csh" | "cmd" | "cmd.exe" | "powershell");
    if is_shell {
        let list = given.iter().skip(1).map(|&part| context.value(part));
        let parts: Vec<NodeId> = list
            .flat_map(|part| match context.kind(part) {
                Kind::List => context.tree().children(part).take(32).collect(),
                _ => vec![part],
            })
            .collect();
        let flag = parts.iter().position(|&part| matches!(context.string(part), Some("-c" | "/c" | "/C")));
        let Some(flag) = flag else { return };
        for &part in parts.iter().skip(flag + 1) {
            if context.is_constant(part) || matches!(context.kind(part), Kind::Null | Kind::Cast) {
                continue;
            }
            return text(context, call, part, found);
        }
        return;
    }
    match context.exposure(program, Purposes::SHELL) {
        Exposure::Tainted(taint) if !matches!(taint.origin.source, Source::Parameter | Source::Unknown) => {
            let message = format!("The program that is run is chosen by {}.", taint.source());
            let report = Report::issue(call, concept::ARGV_PROGRAM, message).cwe(&[78, 73, 114]);
            found.push(context, report.confidence(taint.confidence).trace(taint.trace));
        }
        Exposure::Constant if name.contains('p') && !path.contains(['/', '\\']) && name.ends_with('p') => {
            let message = "The program is searched for along PATH, which the caller can set.";
            found.push(context, Report::audit(call, concept::ARGV_PROGRAM, message).cwe(&[426, 427, 78]));
        }
        _ => {}
    }
}

/// A command that a shell reads.
fn text(context: &Context<'_>, call: NodeId, command: NodeId, found: &mut Findings) {
    match context.exposure(command, Purposes::SHELL) {
        Exposure::Constant => {
            let message =
                "A shell runs a constant command; PATH and other variables of the caller decide what it runs.";
            found.push(context, Report::audit(call, concept::SHELL_CONSTANT, message).cwe(&[78, 426, 676]));
        }
        Exposure::Harmless => {
            let message = "A shell runs a command that is put together.";
            found.push(context, Report::audit(call, concept::SHELL_STRING, message));
        }
        Exposure::Tainted(taint) if taint.origin.source == Source::Unknown => {
            let message = "A shell runs a command that is not constant.";
            found.push(context, Report::audit(call, concept::SHELL_STRING, message));
        }
        Exposure::Tainted(_) => shell(context, call, command, found),
        Exposure::Unclear => {
            let message = "A shell runs a command that is not constant.";
            found.push(context, Report::audit(call, concept::SHELL_STRING, message));
        }
    }
}

/// A command line with spaces and no quotes runs the first file whose name its beginning spells.
fn unquoted(
    context: &Context<'_>,
    call: NodeId,
    (program, line): (Option<NodeId>, Option<NodeId>),
    found: &mut Findings,
) {
    let (Some(program), Some(line)) = (program, line) else { return };
    let none = |node: NodeId| {
        context.kind(node) == Kind::Null || context.integer(node) == Some(0) || context.source(node) == "NULL"
    };
    let inner =
        if context.kind(line) == Kind::Cast { context.tree().children(line).last().unwrap_or(line) } else { line };
    let Some(text) = context.string(inner) else { return };
    // A program path with a blank before its own end.
    let blank = text.find(' ');
    let path = text.contains('\\') && !text.starts_with('"');
    if none(program) && path && blank.is_some_and(|at| !text[..at].to_ascii_lowercase().ends_with(".exe")) {
        let message = "The program's path holds a blank and is not quoted: another program may be run.";
        let report = Report::issue(call, concept::ARGV_PROGRAM, message).cwe(&[428, 427]);
        found.push(context, report.severity(Severity::Medium).confidence(Confidence::High));
    }
}
