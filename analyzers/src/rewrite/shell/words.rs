//! A shell string split into words as the shell would, where no other shell syntax is in its constant part.

use crate::rewrite::context::Context;
use crate::rewrite::literal::{self, Part};
use crate::rewrite::pieces::{Conversion, Piece, Pieces};
use crate::syntax::{Field, Kind, NodeId};

/// An argument vector, as source text of its elements.
pub(super) struct Vector {
    elements: Vec<String>,
    /// Redirections that the string ended with.
    pub(super) redirect: Redirect,
}

impl Vector {
    /// As a list display.
    pub(super) fn list(&self) -> String {
        format!("[{}]", self.elements())
    }

    /// As arguments.
    pub(super) fn elements(&self) -> String {
        self.elements.join(", ")
    }
}

/// Redirections to nowhere or of errors into the output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Redirect {
    output_to_null: bool,
    errors_to_null: bool,
    errors_to_output: bool,
}

impl Redirect {
    /// Keyword arguments for `subprocess`, each with a comma before it.
    pub(super) fn keywords(self, subprocess: &str) -> String {
        let mut text = String::new();
        if self.output_to_null {
            text.extend([", stdout=", subprocess, ".DEVNULL"]);
        }
        if self.errors_to_output {
            text.extend([", stderr=", subprocess, ".STDOUT"]);
        } else if self.errors_to_null {
            text.extend([", stderr=", subprocess, ".DEVNULL"]);
        }
        text
    }

    /// Whether it decides where the output goes.
    pub(super) fn takes_stdout(self) -> bool {
        self.output_to_null
    }
}

/// Programs that run what their arguments say, and shell built-ins, which are no programs.
const REFUSED: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "csh",
    "fish",
    "cmd",
    "cmd.exe",
    "powershell",
    "powershell.exe",
    "pwsh",
    "eval",
    "exec",
    "xargs",
    "ssh",
    "su",
    "env",
    "awk",
    "gawk",
    "sed",
    "perl",
    "ruby",
    "node",
    "php",
    "python",
    "python2",
    "python3",
    "watch",
    "time",
    "nohup",
    "find",
    "cd",
    "export",
    "source",
    ".",
    "alias",
    "ulimit",
    "umask",
    "set",
    "unset",
    "type",
    "read",
    "wait",
    "exit",
    "return",
    "trap",
    "command",
    "builtin",
    "if",
    "for",
    "while",
    "case",
    "then",
    "do",
    "dir",
    "cls",
    "copy",
    "del",
    "start",
    "move",
    "ren",
    "md",
    "rd",
    "vol",
    "ver",
    "setx",
    "mysql",
    "psql",
    "sqlite3",
];

/// Programs that honour `--`, with their options that take the next word as a value.
const END_OF_OPTIONS: &[(&str, &str)] = &[
    ("ping", "cIiWwstlMmpQSTB"),
    ("ping6", "cIiWwst"),
    ("ls", "Iw"),
    ("cat", ""),
    ("rm", ""),
    ("rmdir", ""),
    ("mkdir", "m"),
    ("cp", "tS"),
    ("mv", "tS"),
    ("touch", "dtr"),
    ("chmod", ""),
    ("chown", ""),
    ("chgrp", ""),
    ("ln", "tS"),
    ("grep", "efmABCdD"),
    ("egrep", "efmABC"),
    ("fgrep", "efmABC"),
    ("head", "nc"),
    ("tail", "ncs"),
    ("wc", ""),
    ("sort", "koStT"),
    ("uniq", "fsw"),
    ("cut", "bcdf"),
    ("stat", "cf"),
    ("file", "Ffm"),
    ("du", "dBt"),
    ("df", "Bt"),
    ("md5sum", ""),
    ("sha1sum", ""),
    ("sha256sum", ""),
    ("diff", "UCIx"),
    ("gzip", "S"),
    ("gunzip", "S"),
    ("less", "bhjkoOpPtTxyz"),
    ("wget", "OoaetTwQPUBi"),
    ("curl", "oXHduAbceFKmxTDrwyYzE"),
    ("whois", "hp"),
    ("host", "cNRtTWm"),
    ("nmap", "pgDSeiToABLXM"),
    ("useradd", "bcdDefgGKkmpRsu"),
    ("userdel", "R"),
    ("groupadd", "gKpR"),
    ("kill", "s"),
    ("pip", "rcetb"),
    ("pip3", "rcetb"),
    ("git", ""),
    ("realpath", ""),
    ("basename", "s"),
    ("dirname", ""),
    ("tee", ""),
    ("id", ""),
    ("groups", ""),
];

/// Names of values that hold more than one word.
const SEVERAL_WORDS: &[&str] = &[
    "args",
    "argv",
    "arguments",
    "options",
    "opts",
    "flags",
    "params",
    "parameters",
    "command",
    "cmd",
    "cmdline",
    "extra",
    "extra_args",
    "files",
    "paths",
];

/// Whether a program runs what its arguments say, or is none.
pub(in crate::rewrite) fn is_refused(program: &str) -> bool {
    REFUSED.contains(&program)
}

/// The options of a program that take the next word as a value, where it honours `--`.
pub(in crate::rewrite) fn value_options(program: &str) -> Option<&'static str> {
    END_OF_OPTIONS.iter().find(|(known, _)| *known == program).map(|(_, options)| *options)
}

struct Word {
    parts: Vec<Piece>,
    quoted: bool,
}

/// The argument vector of a shell string; `None` where the string needs a shell.
pub(super) fn vector(context: Context<'_>, pieces: &Pieces) -> Option<Vector> {
    let mut pieces = pieces.clone();
    let redirect = take_redirect(&mut pieces)?;
    let words = split(context, &pieces)?;
    let program = constant(words.first()?)?;
    let mut at = 0;
    let mut name = program;
    if name == "sudo" {
        at = 1;
        name = constant(words.get(1)?)?;
        if name.starts_with('-') {
            return None;
        }
    }
    let base = name.rsplit('/').next().unwrap_or_default();
    if base.is_empty() || base.contains('=') || REFUSED.contains(&base) {
        return None;
    }
    let is_dynamic = words.iter().any(|word| constant(word).is_none());
    let honours = END_OF_OPTIONS.iter().find(|(known, _)| *known == base).map(|(_, options)| *options);
    let mut elements = Vec::with_capacity(words.len() + 1);
    let mut ended = !is_dynamic || base == "git" || honours.is_none();
    let mut takes_value = false;
    for (index, word) in words.iter().enumerate() {
        let text = constant(word);
        let is_operand = index > at && !takes_value;
        if text == Some("--") {
            ended = true;
        }
        // An option after a value could no longer be one.
        if !ended
            && is_operand
            && starts_dynamic(word)
            && !words[index..].iter().any(|later| constant(later).is_some_and(|text| text.starts_with('-')))
        {
            elements.push("\"--\"".to_owned());
            ended = true;
        }
        takes_value = !ended
            && honours.zip(text).is_some_and(|(options, text)| {
                text.starts_with('-')
                    && !text.starts_with("--")
                    && text.chars().last().is_some_and(|last| text.len() > 1 && options.contains(last))
            });
        elements.push(render(context, word)?);
    }
    Some(Vector { elements, redirect })
}

fn constant(word: &Word) -> Option<&str> {
    match word.parts.as_slice() {
        [] => Some(""),
        [Piece::Text(text)] => Some(text),
        _ => None,
    }
}

fn starts_dynamic(word: &Word) -> bool {
    matches!(word.parts.first(), Some(Piece::Value(..)))
}

/// Takes redirections off the end.
fn take_redirect(pieces: &mut Pieces) -> Option<Redirect> {
    const FORMS: &[(&str, Redirect)] = &[
        ("2>&1", Redirect { output_to_null: false, errors_to_null: false, errors_to_output: true }),
        ("2>/dev/null", Redirect { output_to_null: false, errors_to_null: true, errors_to_output: false }),
        ("2> /dev/null", Redirect { output_to_null: false, errors_to_null: true, errors_to_output: false }),
        ("&>/dev/null", Redirect { output_to_null: true, errors_to_null: true, errors_to_output: false }),
        ("&> /dev/null", Redirect { output_to_null: true, errors_to_null: true, errors_to_output: false }),
        (">/dev/null", Redirect { output_to_null: true, errors_to_null: false, errors_to_output: false }),
        ("> /dev/null", Redirect { output_to_null: true, errors_to_null: false, errors_to_output: false }),
    ];
    let mut redirect = Redirect::default();
    while let Some(Piece::Text(text)) = pieces.pieces.last_mut() {
        let trimmed = text.trim_end();
        let Some((rest, form)) =
            FORMS.iter().find_map(|(form, what)| trimmed.strip_suffix(form).map(|rest| (rest, *what)))
        else {
            break;
        };
        // The word before must have ended, unless it is a value.
        if !(rest.is_empty() || rest.ends_with(char::is_whitespace)) {
            return None;
        }
        // `2>&1 >/dev/null` keeps errors apart: only the usual order is read.
        if redirect.output_to_null && form.output_to_null
            || redirect.errors_to_output && form.errors_to_null
            || redirect.output_to_null && form.errors_to_output
        {
            return None;
        }
        redirect = Redirect {
            output_to_null: redirect.output_to_null || form.output_to_null,
            errors_to_null: redirect.errors_to_null || form.errors_to_null,
            errors_to_output: redirect.errors_to_output || form.errors_to_output,
        };
        *text = rest.to_owned();
        if text.is_empty() {
            pieces.pieces.pop();
        }
    }
    Some(redirect)
}

fn split(context: Context<'_>, pieces: &Pieces) -> Option<Vec<Word>> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    let mut quote: Option<char> = None;
    let last = pieces.pieces.len().saturating_sub(1);
    for (index, piece) in pieces.pieces.iter().enumerate() {
        match piece {
            Piece::Value(node, conversion) => {
                word(&mut words, &mut open).parts.push(value(context, *node, conversion, quote.is_some())?);
            }
            Piece::Text(text) => {
                let text = if index == last { text.trim_end() } else { text };
                let mut chars = text.chars().peekable();
                while let Some(char) = chars.next() {
                    match quote {
                        Some(end) if char == end => quote = None,
                        Some('"') if matches!(char, '$' | '`' | '\\') => return None,
                        Some(_) => push(word(&mut words, &mut open), char),
                        None if char == '\'' || char == '"' => {
                            quote = Some(char);
                            word(&mut words, &mut open).quoted = true;
                        }
                        None if char == ' ' || char == '\t' => open = false,
                        None if "|&;<>()$`\\*[]{}!\n\r".contains(char) => return None,
                        None if matches!(char, '#' | '~') && !open => return None,
                        // A query in a URL, not a wildcard.
                        None if char == '?' => {
                            let rest: String = chars
                                .clone()
                                .take_while(|next| next.is_ascii_alphanumeric() || matches!(next, '_' | '='))
                                .collect();
                            if !open || rest.find('=').is_none_or(|at| at == 0) {
                                return None;
                            }
                            push(word(&mut words, &mut open), char);
                        }
                        None => push(word(&mut words, &mut open), char),
                    }
                }
            }
        }
    }
    quote.is_none().then_some(words)
}

fn word<'w>(words: &'w mut Vec<Word>, open: &mut bool) -> &'w mut Word {
    if !*open || words.is_empty() {
        words.push(Word { parts: Vec::new(), quoted: false });
        *open = true;
    }
    let last = words.len() - 1;
    &mut words[last]
}

fn push(word: &mut Word, char: char) {
    match word.parts.last_mut() {
        Some(Piece::Text(text)) => text.push(char),
        _ => word.parts.push(Piece::Text(char.to_string())),
    }
}

/// A dynamic value; quoting by hand is taken off again.
fn value(context: Context<'_>, node: NodeId, conversion: &Conversion, quoted: bool) -> Option<Piece> {
    let tree = context.tree();
    if tree.kind(node) == Kind::Call && matches!(context.callee_path(node), "shlex.quote" | "pipes.quote") && !quoted {
        let inner = tree.positional(node).next()?;
        return Some(Piece::Value(inner, Conversion::Plain));
    }
    if !quoted && holds_several(context, node) {
        return None;
    }
    Some(Piece::Value(node, conversion.clone()))
}

/// Whether a value holds more than one word, by its name or because it is joined.
pub(in crate::rewrite) fn holds_several(context: Context<'_>, node: NodeId) -> bool {
    let name = context.text(node).rsplit('.').next().unwrap_or_default();
    SEVERAL_WORDS.contains(&name) || (context.tree().kind(node) == Kind::Call && context.callee_name(node) == "join")
}

fn render(context: Context<'_>, word: &Word) -> Option<String> {
    if let Some(text) = constant(word) {
        return Some(literal::write(text, &literal::Style::default()));
    }
    if let [Piece::Value(node, conversion)] = word.parts.as_slice() {
        return single(context, *node, conversion);
    }
    let mut sources = Vec::new();
    for part in &word.parts {
        sources.push(match part {
            Piece::Text(text) => (true, text.clone()),
            Piece::Value(node, conversion) => {
                let source = context.text(*node);
                let source = match conversion {
                    Conversion::Plain | Conversion::Text => source.to_owned(),
                    Conversion::Integer => format!("int({source})"),
                    Conversion::Repr => format!("{source}!r"),
                    Conversion::Format(spec) => format!("{source}:{spec}"),
                    Conversion::Percent(_) => return None,
                };
                (false, source)
            }
        });
    }
    let parts: Vec<Part<'_>> = sources
        .iter()
        .map(|(is_text, text)| if *is_text { Part::Text(text) } else { Part::Expression(text) })
        .collect();
    literal::write_formatted(&parts, &literal::Style::default()).or_else(|| {
        let summands: Vec<String> = sources
            .iter()
            .map(
                |(is_text, text)| {
                    if *is_text { literal::write(text, &literal::Style::default()) } else { format!("str({text})") }
                },
            )
            .collect();
        Some(summands.join(" + "))
    })
}

fn single(context: Context<'_>, node: NodeId, conversion: &Conversion) -> Option<String> {
    let source = context.text(node);
    Some(match conversion {
        Conversion::Plain => source.to_owned(),
        Conversion::Text if is_text(context, node) => source.to_owned(),
        Conversion::Text => format!("str({source})"),
        Conversion::Integer => format!("str(int({source}))"),
        Conversion::Repr => return None,
        Conversion::Format(spec) => format!("format({source}, {})", literal::write(spec, &literal::Style::default())),
        Conversion::Percent(spec) => format!("{} % ({source},)", literal::write(spec, &literal::Style::default())),
    })
}

/// Whether a formatted value is a string already, by its type, its source or its name.
pub(super) fn is_text(context: Context<'_>, node: NodeId) -> bool {
    const NUMBERS: &[&str] = &[
        "count", "num", "number", "port", "size", "length", "timeout", "limit", "index", "year", "pid", "uid", "gid",
        "seconds", "minutes", "width", "height", "ttl", "retries", "depth", "level", "times", "packets", "duration",
        "interval", "quality", "n", "i", "j", "k", "id", "threads", "lines", "bytes", "offset", "delay", "rate", "fps",
        "volume", "mode", "value",
    ];
    let tree = context.tree();
    match tree.kind(node) {
        Kind::String | Kind::Template => true,
        Kind::Call => {
            matches!(
                context.callee_name(node),
                "str"
                    | "input"
                    | "strip"
                    | "lower"
                    | "upper"
                    | "join"
                    | "basename"
                    | "quote"
                    | "format"
                    | "secure_filename"
                    | "rstrip"
                    | "lstrip"
                    | "replace"
            ) || (context.callee_name(node) == "get" && context.text(node).contains("request"))
        }
        Kind::Name => {
            if let Some(kind) = context.type_of(node) {
                return kind == "str";
            }
            let name = context.text(node).to_ascii_lowercase();
            !name.split('_').any(|part| NUMBERS.contains(&part))
        }
        Kind::Attribute => {
            let name = context.name(node).to_ascii_lowercase();
            !name.split('_').any(|part| NUMBERS.contains(&part))
        }
        Kind::Subscript => tree
            .child(node, Field::Object)
            .is_some_and(|object| context.text(object).contains("argv") || context.text(object).contains("request")),
        _ => false,
    }
}
