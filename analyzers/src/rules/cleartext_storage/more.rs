//! Passwords and keys that C#, PHP, Ruby and Rust write to logs, files and cookies.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::listed::{At, Table, sink};
use crate::rule::{Context, Findings, Report, logs};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::{names_password, names_secret, words};

/// Logs and screens.
static LOGS: Table = Table::new(&[
    sink(CSharp, logs::CSHARP, At::Any),
    sink(CSharp, &["Debug.WriteLine", "Console.WriteLine", "Console.Write"], At::Any),
    sink(
        Php,
        &[
            "error_log",
            "syslog",
            "trigger_error",
            "Log.info",
            "Log.debug",
            "Log.error",
            "Log.warning",
            "Log.notice",
            "logger",
            "log_message",
            ".info",
            ".debug",
            ".notice",
            ".warning",
            ".error",
            "var_dump",
            "print_r",
        ],
        At::Any,
    ),
    sink(
        Ruby,
        &[".info", ".debug", ".warn", ".error", ".fatal", ".unknown", ".add", "puts", "p", "pp", "Rails.logger.info"],
        At::Any,
    ),
    sink(Rust, &["info", "warn", "error", "debug", "trace", "println", "eprintln", "log", "dbg", "print"], At::Any),
]);

/// Files and cookies.
static FILES: Table = Table::new(&[
    sink(
        CSharp,
        &["File.WriteAllText", "File.AppendAllText", "File.WriteAllTextAsync", "File.AppendAllTextAsync"],
        At::Nth(1),
    ),
    sink(
        CSharp,
        &[
            "StreamWriter.Write",
            "StreamWriter.WriteLine",
            "StreamWriter.WriteAsync",
            "TextWriter.Write",
            "TextWriter.WriteLine",
        ],
        At::Nth(0),
    ),
    sink(CSharp, &["Cookies.Append", "HttpCookie"], At::Nth(1)),
    sink(Php, &["file_put_contents", "fwrite", "fputs", "setcookie", "setrawcookie"], At::Nth(1)),
    sink(Ruby, &["File.write", "IO.write", "File.binwrite"], At::Nth(1)),
    sink(Rust, &["fs.write", "std.fs.write"], At::Nth(1)),
]);

/// Checks a call or a creation.
pub(super) fn call(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let log = LOGS.row(context, node).is_some();
    let file = FILES.row(context, node);
    // A text that stands for what is logged: `logger.info { "…" }` of Ruby.
    if let Some(row) = file {
        let written = match row.at {
            At::Nth(at) => context.positional(node, at),
            _ => None,
        };
        if written.is_some_and(|value| holds_secret(context, value, 0)) {
            report(
                context,
                node,
                &[312, 315, 522],
                "A password or key is written to a file or cookie as it is.",
                found,
            );
        }
        return;
    }
    let object = context.object(node).map(|object| context.source(object).to_ascii_lowercase());
    let logger = object
        .is_none_or(|object| ["log", "trace", "debug", "console", "event"].iter().any(|word| object.contains(word)));
    if !log || !logger {
        return;
    }
    if tree.positional(node).take(8).any(|value| holds_secret(context, value, 0)) {
        report(context, node, &[532, 312, 359], "A password or key is written to the log or screen as it is.", found);
    }
}

/// `Response.Cookies["a"].Value = password`, `cookies[:password] = password`.
pub(super) fn assign(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(node, Field::Target), tree.child(node, Field::Value)) else { return };
    let text = context.source(target);
    let kept = match context.program().language {
        CSharp => text.contains("Cookies[") || text.contains("cookie.Value"),
        Ruby => text.starts_with("cookies[") || text.starts_with("cookies.permanent["),
        _ => false,
    };
    if kept && holds_secret(context, value, 0) {
        report(context, node, &[312, 315, 359], "A password or key is kept in a cookie as it is.", found);
    }
}

fn report(context: &Context<'_>, node: NodeId, cwe: &'static [u16], message: &str, found: &mut Findings) {
    let report = Report::issue(node, concept::INFORMATION_LEAK, message).cwe(cwe).severity(Severity::Medium);
    found.push(context, report.confidence(Confidence::Medium));
}

/// Whether a name is that of a secret, and not of something about one.
fn is_secret(name: &str) -> bool {
    let name = name.trim_start_matches(['$', '@']);
    // Lexers and parsers have tokens, which are no secrets.
    let loose = words(name)
        .iter()
        .all(|word| matches!(word.as_str(), "token" | "tokens" | "key" | "pass" | "secret" | "secrets"));
    (names_password(name) || names_secret(name)) && !loose
}

/// Whether a secret is part of a text as it is: not hashed, encrypted, measured or compared.
fn holds_secret(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    const MOST_DEPTH: u32 = 8;
    let tree = context.tree();
    if depth > MOST_DEPTH || context.is_constant(node) {
        return false;
    }
    match context.kind(node) {
        Kind::Call => {
            let path = context.callee(node);
            let last = if context.method(node).is_empty() {
                path.rsplit('.').next().unwrap_or(path)
            } else {
                context.method(node)
            };
            let first = words(last).first().cloned().unwrap_or_default();
            let keeps = matches!(
                last,
                "format"
                    | "Format"
                    | "sprintf"
                    | "ToString"
                    | "to_s"
                    | "to_string"
                    | "clone"
                    | "trim"
                    | "Trim"
                    | "strip"
                    | "Concat"
                    | "implode"
                    | "join"
                    | "as_str"
                    | "unwrap"
                    | "expect"
                    | "str_replace"
                    | "json_encode"
                    | "String.from"
            );
            is_secret(last) && matches!(first.as_str(), "get" | "fetch" | "read" | "password" | "passwd" | "pwd")
                || keeps
                    && tree
                        .children_in(node, Field::Argument)
                        .chain(context.object(node))
                        .any(|part| holds_secret(context, part, depth + 1))
                || matches!(last, "get" | "fetch" | "input" | "post" | "get_str")
                    && context.positional(node, 0).and_then(|key| context.string(key)).is_some_and(is_secret)
        }
        Kind::Subscript => tree.child(node, Field::Index).and_then(|key| context.string(key)).is_some_and(is_secret),
        Kind::Attribute if matches!(context.name(node), "Text" | "Value") => {
            tree.child(node, Field::Object).is_some_and(|object| {
                let name = context.source(object);
                let last = name.rsplit(['.', '>']).next().unwrap_or(name);
                is_secret(last) || masks(context, object)
            })
        }
        Kind::Name if context.value(node) != node && !is_secret(context.source(node)) => {
            let value = context.value(node);
            !matches!(context.kind(value), Kind::Name | Kind::Attribute) && holds_secret(context, value, depth + 1)
        }
        Kind::Name | Kind::Attribute => {
            let name = if context.kind(node) == Kind::Name { context.source(node) } else { context.name(node) };
            is_secret(name) && tree.field(node) != Field::Callee && !is_made_safe(context, node)
        }
        Kind::Template | Kind::Interpolation | Kind::List | Kind::Dict | Kind::Tuple => {
            tree.children(node).take(40).any(|part| holds_secret(context, part, depth + 1))
        }
        Kind::Keyword | Kind::Pair | Kind::Cast | Kind::Await => {
            tree.child(node, Field::Value).is_some_and(|part| holds_secret(context, part, depth + 1))
        }
        Kind::Binary => {
            matches!(context.name(node), "+" | "." | "%" | "<<")
                && tree.children(node).any(|part| holds_secret(context, part, depth + 1))
        }
        Kind::Boolean => {
            matches!(context.name(node), "??" | "||")
                && tree.children(node).any(|part| holds_secret(context, part, depth + 1))
        }
        _ => false,
    }
}

/// Whether what a field shows is hidden from who looks on: `box.UseSystemPasswordChar = true`.
fn masks(context: &Context<'_>, object: NodeId) -> bool {
    let name = context.source(object);
    let hides = ["UseSystemPasswordChar", "PasswordChar", "InputType", "TextMode"];
    context.program().language == CSharp
        && context.mentions("Password")
        && context.tree().ids().take(20_000).any(|part| {
            context.kind(part) == Kind::Assign
                && context.tree().child(part, Field::Target).is_some_and(|target| {
                    hides.contains(&context.name(target))
                        && context
                            .tree()
                            .child(target, Field::Object)
                            .is_some_and(|known| context.source(known) == name)
                })
        })
}

/// Whether the name stands for the result of a call that hashes, encrypts or hides.
fn is_made_safe(context: &Context<'_>, node: NodeId) -> bool {
    let value = context.value(node);
    if context.kind(value) != Kind::Call {
        return false;
    }
    let path = context.callee(value);
    let name = if path.is_empty() { context.method(value) } else { path }.to_ascii_lowercase();
    [
        "hash", "crypt", "digest", "mask", "redact", "hide", "len", "protect", "encode", "md5", "sha", "any", "count",
        "empty", "nil",
    ]
    .iter()
    .any(|word| name.contains(word))
}
