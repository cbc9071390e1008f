//! Constant commands that programs hand to a shell, and constant statements that they hand to a database.

use super::Found;
use super::files::is_shell;
use crate::lang::Language::{self, C, Cpp, JavaScript, Php, Python, Ruby, TypeScript};
use crate::rule::Context;
use crate::syntax::{Field, Kind, NodeId};

/// Calls whose first argument a shell runs: the path, or its last part where there is no dot in it.
const SHELLS: &[(&[Language], &[&str])] = &[
    (
        &[Python],
        &[
            "os.system",
            "os.popen",
            "subprocess.getoutput",
            "subprocess.getstatusoutput",
            "commands.getoutput",
            "asyncio.create_subprocess_shell",
        ],
    ),
    (
        &[JavaScript, TypeScript],
        &["child_process.exec", "child_process.execSync", "node:child_process.exec", "node:child_process.execSync"],
    ),
    (&[C, Cpp], &["system", "popen", "_popen"]),
    (&[Php], &["system", "exec", "shell_exec", "passthru", "popen", "proc_open", "`"]),
    (&[Ruby], &["system", "exec", "spawn", "`", "Kernel.system", "Open3.capture2", "Open3.capture3", "IO.popen"]),
];

/// Python's calls that run a shell only where they are told to.
const TOLD: &[&str] =
    &["subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen"];

/// How a statement begins that can do harm by itself.
const STATEMENTS: &[&str] = &[
    "create user",
    "create login",
    "create role",
    "alter user",
    "alter login",
    "alter role",
    "grant ",
    "exec ",
    "execute ",
    "copy ",
    "set password",
];

/// Looks at calls, lists and texts.
pub(super) fn collect(context: &Context<'_>, found: &mut Found) {
    let tree = context.tree();
    for node in tree.ids() {
        if found.is_full() {
            return;
        }
        match tree.kind(node) {
            Kind::Call | Kind::New => call(context, node, found),
            Kind::List | Kind::Tuple => {
                let parts: Vec<NodeId> = tree.children(node).take(3).collect();
                shell_of(context, node, &parts, found);
            }
            Kind::String => statement(context, node, found),
            _ => {}
        }
    }
}

fn call(context: &Context<'_>, call: NodeId, found: &mut Found) {
    let tree = context.tree();
    let parts: Vec<NodeId> = tree.positional(call).take(3).collect();
    if context.program().language == Language::Rust {
        return chained(context, call, &parts, found);
    }
    let Some(&first) = parts.first() else { return };
    let path = context.callee(call);
    let language = context.program().language;
    if language == Python && path.ends_with("render_template_string") {
        return found.constant(context, Language::Html, call, context.value(first));
    }
    let runs = SHELLS.iter().any(|(languages, names)| languages.contains(&language) && names.contains(&path))
        || (language == Python && TOLD.contains(&path) && context.is_on(call, "shell"));
    if runs {
        let value = context.value(first);
        found.constant(context, Language::Bash, call, value);
        return;
    }
    shell_of(context, call, &parts, found);
}

/// `"sh", "-c", "…"`, one after another.
fn shell_of(context: &Context<'_>, node: NodeId, parts: &[NodeId], found: &mut Found) {
    let [program, option, command] = parts else { return };
    if context.kind(*program) != Kind::String || context.kind(*option) != Kind::String {
        return;
    }
    let said = |part: NodeId| context.string(part).unwrap_or_default();
    if is_shell(said(*program), said(*option)) {
        let value = context.value(*command);
        found.constant(context, Language::Bash, node, value);
    }
}

/// `Command::new("sh").arg("-c").arg("…")`
fn chained(context: &Context<'_>, call: NodeId, parts: &[NodeId], found: &mut Found) {
    let Some(&command) = parts.first().filter(|_| context.method(call) == "arg") else { return };
    let before = context.object(call).filter(|&before| context.method(before) == "arg");
    let Some(before) = before else { return };
    let option = context.positional(before, 0).and_then(|option| context.string(option));
    if option == Some("-c") {
        found.constant(context, Language::Bash, call, context.value(command));
    }
}

/// A text that is a statement of SQL which can do harm by itself.
fn statement(context: &Context<'_>, node: NodeId, found: &mut Found) {
    let raw = context.name(node).trim_start();
    let begins = |start: &&str| raw.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    let first = raw.bytes().next().map_or(0, |byte| byte.to_ascii_lowercase());
    if matches!(first, b'c' | b'a' | b'g' | b'e' | b's') && STATEMENTS.iter().any(begins) {
        let parent = context.tree().parent(node);
        // What an expression goes on with is no whole statement.
        let whole = parent.is_none_or(|parent| !matches!(context.kind(parent), Kind::Binary | Kind::Template));
        let is_key = context.tree().field(node) == Field::Key;
        if whole && !is_key {
            found.constant(context, Language::Sql, node, node);
        }
    }
}
