//! CWE-78: a command text becomes a program and its arguments; never where the program or shell syntax is dynamic.

use super::parts::{Part, can_move, literal, parts, reads, source};
use super::simple::module_import;
use crate::edit::{Edit, EditKind};
use crate::lang::Language;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::shell::words;
use crate::syntax::{Field, Kind, NodeId, Span};

const CWE: &[u16] = &[78];
const SUMMARY: &str = "run the program with an argument list, without a shell";

/// Source texts of a program and its arguments.
pub(super) fn vector(context: Context<'_>, parts: &[Part]) -> Option<Vec<String>> {
    vector_with(&split(context, parts)?, |word| render(context, word))
}

/// Source texts of a program and its arguments, each word as `render` writes it.
pub(super) fn vector_with(words: &[Vec<Part>], render: impl Fn(&[Part]) -> String) -> Option<Vec<String>> {
    let [Part::Text(program)] = words.first()?.as_slice() else { return None };
    let base = program.rsplit('/').next().unwrap_or_default();
    if base.is_empty() || base.contains('=') || words::is_refused(base) {
        return None;
    }
    let options = words::value_options(base);
    let mut elements = vec![literal(program)];
    let mut ended = false;
    let mut takes_value = false;
    for (at, word) in words.iter().enumerate().skip(1) {
        let text = if let [Part::Text(text)] = word.as_slice() { Some(text.as_str()) } else { None };
        let dynamic = matches!(word.first(), Some(Part::Value(_)));
        let later_option =
            words[at..].iter().any(|later| matches!(later.first(), Some(Part::Text(text)) if text.starts_with('-')));
        ended |= text == Some("--");
        // An option after `--` could no longer be one.
        if options.is_some() && dynamic && !ended && !takes_value && !later_option {
            elements.push(literal("--"));
            ended = true;
        }
        takes_value = options.zip(text).is_some_and(|(options, text)| {
            text.len() > 1
                && text.starts_with('-')
                && !text.starts_with("--")
                && text.chars().last().is_some_and(|last| options.contains(last))
        });
        elements.push(render(word));
    }
    Some(elements)
}

/// Splits at blanks as a shell would; `None` where the text has any other syntax of a shell.
pub(super) fn split(context: Context<'_>, parts: &[Part]) -> Option<Vec<Vec<Part>>> {
    let mut words: Vec<Vec<Part>> = Vec::new();
    let mut open = false;
    let mut quote = None;
    for part in parts {
        match part {
            Part::Value(node) => {
                if quote.is_none() && words::holds_several(context, *node) {
                    return None;
                }
                if !open {
                    words.push(Vec::new());
                    open = true;
                }
                words.last_mut()?.push(Part::Value(*node));
            }
            Part::Text(text) => {
                for letter in text.chars() {
                    match (quote, letter) {
                        (Some(end), _) if letter == end => quote = None,
                        (Some('"'), '$' | '`' | '\\') => return None,
                        (None, '\'' | '"') => {
                            quote = Some(letter);
                            if !open {
                                words.push(Vec::new());
                                open = true;
                            }
                        }
                        (None, ' ' | '\t') => open = false,
                        (
                            None,
                            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '$' | '`' | '\\' | '*' | '?' | '[' | ']' | '{'
                            | '}' | '!' | '\n' | '\r' | '~' | '#',
                        ) => {
                            return None;
                        }
                        _ => {
                            if !open {
                                words.push(Vec::new());
                                open = true;
                            }
                            let word = words.last_mut()?;
                            match word.last_mut() {
                                Some(Part::Text(text)) => text.push(letter),
                                _ => word.push(Part::Text(letter.to_string())),
                            }
                        }
                    }
                }
            }
        }
    }
    quote.is_none().then_some(words)
}

fn render(context: Context<'_>, word: &[Part]) -> String {
    let java = context.program.language == Language::Java;
    let texts: Vec<String> = word
        .iter()
        .map(|part| match part {
            Part::Text(text) => literal(text),
            Part::Value(node) => {
                let text = context.text(*node);
                let simple =
                    matches!(context.tree().kind(*node), Kind::Name | Kind::Attribute | Kind::Subscript | Kind::Call);
                if simple { text.to_owned() } else { format!("({text})") }
            }
        })
        .collect();
    if let [Part::Value(node)] = word {
        let getter =
            context.callee_name(*node).starts_with("get") || matches!(context.callee_name(*node), "trim" | "toString");
        let is_text = match context.type_of(*node) {
            Some("java.lang.String") => true,
            Some(_) => !java || getter,
            None => !java || is_argument(context, *node),
        };
        // Java takes nothing but text here; Node makes text of numbers itself.
        return if is_text { texts[0].clone() } else { format!("String.valueOf({})", texts[0]) };
    }
    // A sum is text as soon as its first part is.
    let starts_with_text = matches!(word.first(), Some(Part::Text(_)));
    if starts_with_text { texts.join(" + ") } else { format!("\"\" + {}", texts.join(" + ")) }
}

/// Elements of arrays of text, and what is called like text, in Java code whose types are not at hand.
fn is_argument(context: Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    tree.kind(node) == Kind::Subscript
        && tree.child(node, Field::Object).is_some_and(|object| context.text(object) == "args")
}

/// The command of a call: its parts, the expression to replace and the statement that would be left behind.
pub(super) fn command(context: Context<'_>, argument: NodeId) -> Option<(Vec<Part>, Option<NodeId>)> {
    let (value, statement) = source(context, argument)?;
    let parts = parts(context.program, value)?;
    if let Some(statement) = statement {
        let movable = parts.iter().all(|part| match part {
            Part::Value(node) => can_move(context, *node, statement),
            Part::Text(_) => true,
        });
        (movable && reads(context, argument).len() == 1).then_some(())?;
    }
    Some((parts, statement))
}

pub(super) fn drop_statement(context: Context<'_>, statement: Option<NodeId>, draft: Draft) -> Option<Draft> {
    let Some(statement) = statement else { return Some(draft) };
    let lines = crate::edit::whole_lines(&context.program.text, context.tree().span(statement));
    let rest = context.program.text[lines.range()].trim().trim_end_matches(';');
    (rest == context.text(statement).trim_end_matches(';')).then(|| draft.replace(lines, ""))
}

/// `Runtime.exec(text)` → with an array; `ProcessBuilder("sh", "-c", text)` → without the shell.
pub(super) fn java(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    out.extend(java_edit(context, call));
}

fn java_edit(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let draft = Draft::new(EditKind::ArgumentVector, call, CWE, SUMMARY);
    let first = tree.positional(call).next()?;
    if context.callee_name(call) == "exec"
        && tree.kind(first) != Kind::List
        && let Some((parts, statement)) = command(context, first)
    {
        let elements = vector(context, &parts)?.join(", ");
        let draft = draft.replace(context.whole_argument(call, first), format!("new String[] {{{elements}}}"));
        return drop_statement(context, statement, draft).map(Draft::finish);
    }
    // A shell, its option and the text, as arguments or as an array.
    let list = source(context, first).map(|(value, _)| value).filter(|&value| {
        tree.kind(value) == Kind::List
            || tree.kind(value) == Kind::Call
                && matches!(context.callee_path(value), "java.util.Arrays.asList" | "java.util.List.of")
    });
    let elements: Vec<NodeId> = match list {
        Some(list) if tree.kind(list) == Kind::List => tree.children(list).collect(),
        Some(list) => tree.positional(list).collect(),
        None => tree.positional(call).collect(),
    };
    let [shell, option, text] = elements[..] else { return None };
    let shell = context.program.names.text(shell)?.rsplit('/').next()?.to_owned();
    if !matches!(shell.as_str(), "sh" | "bash" | "dash" | "zsh") || context.program.names.text(option) != Some("-c") {
        return None;
    }
    let (parts, statement) = command(context, text)?;
    let span = Span { start: tree.span(elements[0]).start, end: tree.span(text).end };
    let draft = draft.replace(span, vector(context, &parts)?.join(", "));
    drop_statement(context, statement, draft).map(Draft::finish)
}

/// `exec(text)` → `execFile(program, arguments)`.
pub(super) fn javascript(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    out.extend(script_edit(context, call));
}

fn script_edit(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let function = match context.callee_path(call) {
        "child_process.exec" => "execFile",
        "child_process.execSync" => "execFileSync",
        _ => return None,
    };
    let callee = tree.child(call, Field::Callee)?;
    let first = tree.positional(call).next()?;
    // Options may ask for a shell again.
    let options = tree.positional(call).nth(1);
    if options.is_some_and(|options| context.text(options).contains("shell")) {
        return None;
    }
    let (parts, statement) = command(context, first)?;
    let elements = vector(context, &parts)?;
    let (program, arguments) = elements.split_first()?;
    let draft = Draft::new(EditKind::ArgumentVector, call, CWE, SUMMARY)
        .replace(context.whole_argument(call, first), format!("{program}, [{}]", arguments.join(", ")));
    let draft = match tree.kind(callee) {
        Kind::Attribute => draft.replace(tree.name_span(callee), function),
        Kind::Name => {
            // An alias made by `promisify` or an assignment is not the function itself.
            let definition = context.program.names.definition(callee)?;
            let imported = tree.kind(definition.node) == Kind::ImportItem || definition.member.is_some();
            let known = tree.ids().any(|node| {
                matches!(tree.kind(node), Kind::ImportItem | Kind::Name)
                    && context.name(node) == function
                    && context.program.names.definition(node).is_some_and(|known| known.node == node)
            });
            let import = (!known).then(|| module_import(context, &format!("{{ {function} }}"), "child_process"));
            imported.then(|| draft.replace(tree.span(callee), function).import(import))?
        }
        _ => return None,
    };
    drop_statement(context, statement, draft).map(Draft::finish)
}
