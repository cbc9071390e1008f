//! Scripts in configuration and pages.

use super::Found;
use crate::lang::Language;
use crate::rule::Context;
use crate::rule::setting::{above, key, sibling, text, value};
use crate::syntax::{Field, Kind, NodeId, Span};

/// Keys whose text a shell runs.
const SHELL_KEYS: &[&str] = &[
    "run",
    "script",
    "before_script",
    "after_script",
    "command",
    "cmd",
    "shell",
    "ansible.builtin.shell",
    "entrypoint",
    "postcreatecommand",
    "args",
    "test",
    "inline",
    "commands",
];

/// Looks at every pair, and at the tags of pages.
pub(super) fn collect(context: &Context<'_>, found: &mut Found) {
    let tree = context.tree();
    let language = context.program().language;
    for node in tree.ids() {
        if found.is_full() {
            return;
        }
        match (tree.kind(node), language) {
            (Kind::Pair, Language::Dockerfile) => docker(context, node, found),
            (Kind::Pair, Language::Yaml) => shell(context, node, found),
            (Kind::Pair, Language::Json) if above(context, node, "scripts").is_some() => scripts(context, node, found),
            (Kind::Pair, Language::Terraform) => terraform(context, node, found),
            (Kind::Pair, Language::Html) => handler(context, node, found),
            (Kind::Dict, Language::Html) => script(context, node, found),
            _ => {}
        }
    }
}

/// An instruction that a shell runs.
fn docker(context: &Context<'_>, pair: NodeId, found: &mut Found) {
    let name = key(context, pair).to_ascii_uppercase();
    if !matches!(name.as_str(), "RUN" | "CMD" | "ENTRYPOINT" | "HEALTHCHECK") {
        return;
    }
    let Some(value) = value(context, pair) else { return };
    let tree = context.tree();
    if context.kind(value) == Kind::List {
        let parts: Vec<NodeId> = tree.children(value).take(8).collect();
        if let [program, option, command, ..] = parts[..]
            && is_shell(text(context, program), text(context, option))
        {
            found.constant(context, Language::Bash, pair, command);
        }
        return;
    }
    let span = tree.span(value);
    let said = context.source(value);
    if said.starts_with("<<") {
        // A here document is the script itself.
        let first = said.find('\n').map_or(said.len(), |line| line + 1);
        let last = said.rfind('\n').unwrap_or(said.len()).max(first);
        let body = Span::new(span.start as usize + first, span.start as usize + last);
        return found.part(context, Language::Bash, pair, body, str::to_owned);
    }
    found.part(context, Language::Bash, pair, span, |said| {
        let mut out = String::with_capacity(said.len());
        let mut options = true;
        for line in said.split_inclusive('\n') {
            if line.trim_start().starts_with('#') || (line.trim().is_empty() && !out.is_empty()) {
                // A comment between the parts of a command is no part of it.
                out.extend(std::iter::repeat_n(' ', line.len()));
                continue;
            }
            let mut rest = line;
            while options && (rest.trim_start().starts_with("--") || rest.trim_start().starts_with("CMD ")) {
                let lead = rest.len() - rest.trim_start().len();
                let word = rest.trim_start().find(char::is_whitespace).unwrap_or(rest.trim_start().len());
                out.extend(std::iter::repeat_n(' ', lead + word));
                rest = rest.get(lead + word..).unwrap_or_default();
            }
            options = options && rest.trim().is_empty();
            out.push_str(rest);
        }
        out
    });
}

/// Whether `program option text` runs the text in a shell.
pub(super) fn is_shell(program: &str, option: &str) -> bool {
    let program = program.rsplit('/').next().unwrap_or(program);
    matches!(program, "sh" | "bash" | "zsh" | "dash" | "ash" | "ksh")
        && option.starts_with('-')
        && option.ends_with('c')
        && option.len() <= 5
}

/// A step, script or command of YAML.
fn shell(context: &Context<'_>, pair: NodeId, found: &mut Found) {
    let name = key(context, pair).to_ascii_lowercase();
    if !SHELL_KEYS.contains(&name.as_str()) {
        return;
    }
    let Some(value) = value(context, pair) else { return };
    let tree = context.tree();
    // Scripts of other languages say so.
    if sibling(context, pair, "shell").is_some_and(|shell| !matches!(shell, "bash" | "sh" | "")) {
        return;
    }
    let one = |node: NodeId, at: NodeId, found: &mut Found| {
        if context.kind(at) == Kind::String && context.name(at).contains(' ') {
            let content = tree.content_span(at);
            found.part(context, Language::Bash, node, content, without_expressions);
        }
    };
    match context.kind(value) {
        Kind::List => tree.children(value).take(40).for_each(|item| one(item, item, found)),
        _ => one(pair, value, found),
    }
}

/// `text` with `x` in the place of `${{ … }}` and of `{{ … }}`, and blanks in the place of `{% … %}`; the length stays.
fn without_expressions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let statement = rest[at..].starts_with("{%");
        let close = if statement { "%}" } else { "}}" };
        let Some(length) = rest[at..].find(close) else { break };
        let from = if !statement && rest[..at].ends_with('$') { at - 1 } else { at };
        out.push_str(&rest[..from]);
        let end = at + length + 2;
        out.extend(std::iter::repeat_n(if statement { ' ' } else { 'x' }, end - from));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// A script of `package.json`.
fn scripts(context: &Context<'_>, pair: NodeId, found: &mut Found) {
    if let Some(value) = value(context, pair).filter(|&value| context.kind(value) == Kind::String) {
        found.constant(context, Language::Bash, pair, value);
    }
}

/// What an instance runs when it starts, what a provisioner runs, and policies as text.
fn terraform(context: &Context<'_>, pair: NodeId, found: &mut Found) {
    let Some(value) = value(context, pair) else { return };
    let said = text(context, value);
    let name = key(context, pair);
    let tree = context.tree();
    match name {
        "user_data" | "startup_script" | "custom_data" | "metadata_startup_script"
            if said.trim_start().starts_with("#!") =>
        {
            let content = tree.content_span(value);
            found.part(context, Language::Bash, pair, content, str::to_owned);
        }
        "command" if above(context, pair, "provisioner").is_some() => {
            found.part(context, Language::Bash, pair, tree.content_span(value), str::to_owned);
        }
        "inline" if above(context, pair, "provisioner").is_some() => {
            for item in tree.children(value).take(40).filter(|&item| context.kind(item) == Kind::String) {
                found.part(context, Language::Bash, item, tree.content_span(item), str::to_owned);
            }
        }
        _ if said.trim_start().starts_with('{') && said.contains("\"Statement\"") => {
            found.part(context, Language::Json, pair, tree.content_span(value), str::to_owned);
        }
        _ => {}
    }
}

/// The text of a `<script>`.
fn script(context: &Context<'_>, tag: NodeId, found: &mut Found) {
    let tree = context.tree();
    let Some(body) = tree.child(tag, Field::Body) else { return };
    let said = |name: &str| {
        crate::rule::setting::member(context, tag, name)
            .and_then(|pair| value(context, pair))
            .map_or(String::new(), |value| text(context, value).to_ascii_lowercase())
    };
    let kind = said("type");
    if !(kind.is_empty() || kind == "module" || kind.contains("javascript") || kind == "text/babel") {
        return;
    }
    let language = if matches!(said("lang").as_str(), "ts" | "typescript" | "tsx") {
        Language::TypeScript
    } else {
        Language::JavaScript
    };
    found.part(context, language, body, tree.span(body), without_expressions);
}

/// `onclick="…"`, `href="javascript:…"`
fn handler(context: &Context<'_>, pair: NodeId, found: &mut Found) {
    let name = key(context, pair).to_ascii_lowercase();
    let tree = context.tree();
    let Some(value) = value(context, pair).filter(|&value| context.kind(value) == Kind::String) else { return };
    let span = tree.content_span(value);
    let is_handler = name.len() > 4 && name.starts_with("on") && name.bytes().all(|byte| byte.is_ascii_lowercase());
    let said = context.name(value);
    if is_handler && !said.contains('&') {
        found.part(context, Language::JavaScript, pair, span, without_expressions);
    } else if matches!(name.as_str(), "href" | "src" | "action")
        && said.get(..11).is_some_and(|head| head.eq_ignore_ascii_case("javascript:"))
    {
        let code = Span::new(span.start as usize + 11, span.end as usize);
        found.part(context, Language::JavaScript, pair, code, without_expressions);
    }
}
