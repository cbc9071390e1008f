//! What the form of lines tells: blocks, annotations, keys and values; and first lines that settle it.

use super::Slot::{self, Foreign, Known};
use crate::lang::Language;
use crate::lang::Language::{
    C, CSharp, Cpp, Dockerfile, Html, Ini, Java, JavaScript, Json, Php, Python, Ruby, Toml, Yaml,
};
use crate::lang::data::dockerfile::INSTRUCTIONS;

/// A first line that leaves nothing open.
pub(super) fn first_line(text: &str) -> Option<Slot> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let line = text.lines().next().unwrap_or_default();
    let lower = line.to_ascii_lowercase();
    if lower.starts_with("<?php") {
        return Some(Known(Php));
    }
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        // A page that is made by PHP is PHP.
        let php = text.contains("<?php") || text.contains("<?=");
        return Some(Known(if php { Php } else { Html }));
    }
    // A part of a page; a component of React is a program.
    let tag = lower.strip_prefix('<').is_some_and(|rest| {
        const TAGS: &[&str] = &[
            "!--", "div", "form", "template", "script", "style", "head", "body", "table", "section", "a ", "p>", "p ",
            "ul", "h1", "nav", "link", "meta",
        ];
        TAGS.iter().any(|tag| rest.starts_with(tag))
    });
    if tag && !text.contains("className=") && !text.contains("={") && !text.contains("<?php") {
        return Some(Known(Html));
    }
    if lower.starts_with("<?xml") || lower.starts_with("<svg") {
        return Some(Foreign);
    }
    if let Some(interpreter) = line.strip_prefix("#!") {
        let mut words = interpreter.split_whitespace().filter(|word| !word.ends_with("/env") && !word.starts_with('-'));
        let program = words.next().and_then(|program| program.rsplit('/').next()).unwrap_or_default();
        let bare = program.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        return Some(Language::from_label(bare).map_or(Foreign, Known));
    }
    if text.starts_with('{') || text.starts_with('[') {
        return json(text).then_some(Known(Json));
    }
    None
}

/// Whether a text in braces is JSON rather than a program's block.
fn json(text: &str) -> bool {
    let body = text.trim_end();
    if !body.ends_with(['}', ']']) {
        return false;
    }
    let second = text[1..].trim_start();
    let keyed =
        second.starts_with(['"', '{', '[', '}', ']']) || second.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let statements = body.lines().take(100).any(|line| {
        let line = line.trim_end();
        line.ends_with(';') || line.contains("=>") || line.contains("function")
    });
    keyed
        && !statements
        && (text.starts_with('[') && !second.contains("](")
            || second.contains("\":")
            || second.contains("\" :")
            || second.starts_with('}'))
}

/// What is counted over the lines.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// `key: value`, `key:`, `- item`
    yaml: u32,
    /// Of those, such as headers and remarks are; and such as only YAML has.
    remarks: u32,
    nested: u32,
    /// `[section]`
    sections: u32,
    /// `KEY=value`, `key = value`
    settings: u32,
    /// Of those, with a name in capitals; with a value as TOML writes it.
    capitals: u32,
    typed: u32,
    /// Lines that end as statements of C and its kin do.
    ends: u32,
    /// Lines that begin as instructions of a Dockerfile do.
    instructions: u32,
    /// Methods that begin with a capital, and with a small letter.
    big: u32,
    small: u32,
    /// A prompt before a command.
    prompts: u32,
    from: bool,
    /// Assignments and calls.
    statements: u32,
}

impl Shape {
    /// Reads a line, with and without its indentation.
    pub(super) fn line(&mut self, whole: &str, line: &str, add: &mut impl FnMut(Slot, u32)) {
        let first = line.split([' ', '(']).next().unwrap_or_default();
        self.ends += u32::from(line.ends_with([';', '{', '}']));
        self.prompts += u32::from(line.starts_with("$ ") || line.starts_with("PS C:") || line.starts_with(">>> "));
        self.statements += u32::from(is_statement(line));
        Self::blocks(first, line, add);
        self.settings(whole, line);
        methods(line, &mut self.big, &mut self.small);
        if INSTRUCTIONS.contains(&first) {
            self.instructions += 1;
            self.from |= first == "FROM";
        }
    }

    /// Lines that begin blocks, definitions and declarations.
    fn blocks(first: &str, line: &str, add: &mut impl FnMut(Slot, u32)) {
        let colon = line.ends_with(':');
        match first {
            "def" if colon || line.contains("):") || line.contains(") ->") => add(Known(Python), 5),
            "def" if line.ends_with('(') || line.ends_with(',') => add(Known(Python), 3),
            "def" => add(Known(Ruby), 4),
            "class" if colon => add(Known(Python), 5),
            "class" if line.contains(" < ") || !line.contains(['{', '(', ':', ';']) => add(Known(Ruby), 3),
            "if" | "for" | "while" | "elif" | "else" | "with" | "try" if colon => add(Known(Python), 3),
            "if" | "while" | "elsif" | "unless" | "case"
                if !line.contains(['{', '(', ';', '[']) && !line.ends_with(':') =>
            {
                add(Known(Ruby), 2);
            }
            "import" if !line.ends_with(';') && !line.contains(['\'', '"', '{', '(']) => add(Known(Python), 3),
            "from" if line.contains(" import ") => add(Known(Python), 6),
            "import" if line.ends_with(';') && !line.contains(['\'', '"', '{']) => add(Known(Java), 5),
            "package" if line.ends_with(';') => add(Known(Java), 5),
            "package" if line.split_whitespace().count() == 2 => add(Known(Language::Go), 4),
            "using" if line.ends_with(';') && !line.contains("namespace ") && !line.contains('=') => {
                add(Known(CSharp), 4);
            }
            "public" | "private" | "protected" | "static" | "internal" => {
                // `private name: string`, `public function`
                if !line.contains("function") && line.contains('(') && line.ends_with('{') {
                    add(Known(Java), 2);
                } else if line.contains('(') && line.ends_with(')') {
                    // The brace on a line of its own, as C# has it.
                    add(Known(CSharp), 3);
                }
            }
            "function" if line.contains("($") => add(Known(Php), 5),
            "function" if line.ends_with('{') => add(Known(JavaScript), 2),
            _ => {}
        }
        Self::variables(line, add);
        // `type *name(…)`, `name->field`, at the start of a line.
        let declared = line.split_once(" *").is_some_and(|(kind, rest)| {
            !kind.contains(['(', '=', '.', '"', '/', '*', '$'])
                && rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        });
        if declared {
            add(Known(C), 3);
        }
        if line.starts_with("let ") && line.contains(": ") && line.ends_with(';') {
            add(Known(Language::Rust), 2);
        }
    }

    /// How a language writes its variables, attributes and arguments.
    fn variables(line: &str, add: &mut impl FnMut(Slot, u32)) {
        let variables = php_variables(line);
        if variables > 0 && line.ends_with([';', '{', '(', ',', '[', ')']) {
            add(Known(Php), 2 + variables.min(3));
        }
        if line.starts_with("#include <") && !line.contains('.') {
            add(Known(Cpp), 6);
        }
        // `const Name &name`
        let reference = line.contains("& ") || line.contains(" &");
        if line.contains('(') && line.contains("const ") && reference && !line.contains("&&") && !line.contains("= &") {
            add(Known(Cpp), 4);
        }
        // `[Attribute]`
        let attribute = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if attribute.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains(';')) {
            add(Known(CSharp), 4);
        }
        // `@name = …`, `:name`
        let own = line.strip_prefix('@').is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
                && (rest.contains(" = ") || rest.contains(" ||= "))
        });
        let symbol = !line.contains('?')
            && !line.ends_with([';', '{'])
            && line
                .match_indices(" :")
                .take(4)
                .any(|(at, _)| line.as_bytes().get(at + 2).is_some_and(u8::is_ascii_lowercase));
        if own || symbol {
            add(Known(Ruby), 3);
        }
        // `f(name=value)`
        if !line.ends_with([';', '{', '>']) && keyword_argument(line) {
            add(Known(Python), 2);
        }
        // `property: value;`
        let property = line.split_once(": ").is_some_and(|(name, value)| {
            value.ends_with(';')
                && !value.contains('(')
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        });
        if property {
            add(Foreign, 3);
        }
    }

    fn settings(&mut self, whole: &str, line: &str) {
        if line.starts_with(['#', '/', '*', '<', '@', '$']) {
            return;
        }
        if line.starts_with('[') && line.ends_with(']') && !line.contains(['"', '(', '=', ',', '\'']) {
            self.sections += 1;
        }
        let name = |text: &str| {
            !text.is_empty()
                && text.len() <= 60
                && text.bytes().all(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'"' | b'\'')
                })
        };
        let item = line.strip_prefix("- ").unwrap_or(line);
        let keyed =
            item.split_once(": ").is_some_and(|(key, value)| name(key) && !value.ends_with([',', '{', ';', '(']))
                || item.strip_suffix(':').is_some_and(name);
        if (keyed || line.starts_with("- ")) && !line.ends_with(';') {
            self.yaml += 1;
            let key = item.split(':').next().unwrap_or_default();
            let value = item.split_once(": ").map_or("", |(_, value)| value);
            let remark = key.starts_with(|c: char| c.is_ascii_uppercase()) || value.split(' ').count() > 4;
            self.remarks += u32::from(remark || (!keyed && item.contains(' ')));
            let nested = whole.starts_with(' ') || line.ends_with(':') || (keyed && line.starts_with("- "));
            self.nested += u32::from(nested);
        }
        if whole.starts_with([' ', '\t']) {
            return;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        if let Some((key, value)) = line.split_once('=')
            && name(key.trim_end())
            && !value.starts_with(['=', '>'])
            && !value.ends_with([';', '(', '{', ':'])
        {
            self.settings += 1;
            self.capitals += u32::from(!key.ends_with(' ') && !key.bytes().any(|byte| byte.is_ascii_lowercase()));
            let value = value.trim();
            self.typed += u32::from(value.starts_with(['"', '\'', '[', '{']) || value == "true" || value == "false");
        }
    }

    /// Whether all there is are assignments and calls, and none ends as those of C's kin do.
    pub(super) fn is_plain_statements(&self, lines: u32) -> bool {
        self.statements > 0 && self.statements * 2 >= lines && self.ends == 0 && self.prompts == 0
    }

    /// What all lines together say.
    pub(super) fn finish(&self, text: &str, lines: u32, add: &mut impl FnMut(Slot, u32)) {
        let most = |count: u32| count * 10 >= lines * 7;
        if lines >= 2
            && self.yaml >= 2
            && self.yaml * 10 >= lines * 6
            && self.ends * 5 < lines
            && (self.nested > 0 || self.remarks * 2 < self.yaml)
        {
            add(Known(Yaml), self.yaml * 4);
        }
        let assigned = self.sections + self.settings;
        if self.sections > 0 && self.settings > 0 && most(assigned) {
            let toml = self.typed * 2 > self.settings;
            add(Known(if toml { Toml } else { Ini }), assigned * 5);
        } else if self.settings >= 2 && self.capitals == self.settings && most(self.settings) && self.ends == 0 {
            // Nothing but variables; a script has commands too.
            add(Known(Ini), self.settings * 4);
        }
        if self.instructions >= 2 && (self.from || most(self.instructions)) {
            add(Known(Dockerfile), self.instructions * 4);
        }
        if self.big > 2 && self.big > self.small * 2 {
            add(Known(CSharp), self.big);
        } else if self.small > 2 && self.small > self.big * 4 && self.ends * 2 > lines {
            add(Known(Java), 1);
        }
        if self.prompts > 0 {
            // A session in a terminal.
            add(Foreign, self.prompts * 20);
        }
        if text.contains("<?php") || text.contains("<?=") {
            add(Known(Php), 30);
        }
    }
}

/// Counts `.Method(` and `.method(`.
fn methods(line: &str, big: &mut u32, small: &mut u32) {
    let bytes = line.as_bytes();
    for at in dots(bytes) {
        let name = bytes.get(at + 1..).unwrap_or_default();
        let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        if name.get(length) != Some(&b'(') || length < 2 {
            continue;
        }
        match name.first() {
            Some(first) if first.is_ascii_uppercase() => *big += 1,
            Some(first) if first.is_ascii_lowercase() => *small += 1,
            _ => {}
        }
    }
}

fn dots(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at)
}

/// Variables of PHP in a line: `$name` where a value may stand, with no dot behind.
fn php_variables(line: &str) -> u32 {
    let bytes = line.as_bytes();
    let mut count = 0;
    for (at, _) in line.match_indices('$').take(8) {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b' ');
        let name = bytes.get(at + 1..).unwrap_or_default();
        let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let starts = name.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_');
        let after = name.get(length).copied().unwrap_or(b' ');
        if starts && b" (,!.[=&\t".contains(&before) && !b".(".contains(&after) {
            count += 1;
        }
    }
    count
}

/// `name=value` inside of parentheses.
fn keyword_argument(line: &str) -> bool {
    let bytes = line.as_bytes();
    let open = line.find('(').unwrap_or(if line.ends_with([',', ')']) { 0 } else { bytes.len() });
    let value = |byte: &u8| byte.is_ascii_alphanumeric() || b"_'\"[".contains(byte);
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    !line.starts_with('<')
        && line.match_indices('=').take(6).any(|(at, _)| {
            at > open
                && at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(name)
                && bytes.get(at + 1).is_some_and(value)
        })
}

/// An assignment to a name, or a call.
fn is_statement(line: &str) -> bool {
    let name = |text: &str| {
        text.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_alphanumeric() || "_.[]'\"".contains(c))
    };
    if let Some((target, value)) = line.split_once(" = ") {
        let mut targets = target.split(',').map(|target| target.trim().split(':').next().unwrap_or_default());
        return targets.all(name) && !value.is_empty();
    }
    let call = line.strip_prefix("return ").unwrap_or(line);
    let calls = call.find('(').is_some_and(|at| name(call.get(..at).unwrap_or_default()));
    (calls && call.ends_with([')', '(', ',', '[', '{', ':'])) || (call.len() < line.len() && !call.contains(' '))
}
