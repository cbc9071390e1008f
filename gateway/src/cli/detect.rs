//! The language of a file by its content: the interpreter that its first line names, or lines that speak for one.

use std::path::Path;

use analyzers::lang::{Language, detect};
use analyzers::program::{Limits, Program};

/// How much of a text is parsed to be sure, in bytes.
const TRIED: usize = 64 << 10;

/// The language of a file that was met on the way: only what plainly is code of one.
pub(super) fn met(text: &str) -> Option<Language> {
    match interpreter(text) {
        Interpreter::Unnamed => sure(strong(text)?, text),
        Interpreter::Known(language) => Some(language),
        Interpreter::Other => None,
    }
}

/// The language of a text that was asked for, and may have a telling name: the most likely one.
pub(super) fn asked(name: Option<&Path>, text: &str) -> Option<Language> {
    match interpreter(text) {
        Interpreter::Unnamed => {}
        Interpreter::Known(language) => return Some(language),
        Interpreter::Other => return None,
    }
    let by_name = name.and_then(Path::file_name).and_then(|name| Language::from_path(&name.to_string_lossy()));
    by_name.or_else(|| sure(detect::language(text)?, text))
}

/// The program that a first line such as `#!/usr/bin/env python3` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interpreter {
    /// There is no such line.
    Unnamed,
    /// One of a language that is known.
    Known(Language),
    /// Another one.
    Other,
}

/// Who runs a text.
pub(super) fn interpreter(text: &str) -> Interpreter {
    let Some(line) = text.trim_start_matches('\u{feff}').strip_prefix("#!") else { return Interpreter::Unnamed };
    let mut words = line.lines().next().unwrap_or_default().split_whitespace();
    let program = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let mut name = words.next().map(program).unwrap_or_default();
    if name == "env" {
        // `env -S program`, `env NAME=value program`
        name = words.find(|word| !word.starts_with('-') && !word.contains('=')).map(program).unwrap_or_default();
    }
    let bare = name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
    let language = Language::from_label(&name).or_else(|| Language::from_label(bare));
    language.map_or(Interpreter::Other, Interpreter::Known)
}

/// `language`, if a text parses as such.
fn sure(language: Language, text: &str) -> Option<Language> {
    let mut end = text.len().min(TRIED);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    // What is cut off inside a line cannot parse.
    let tried = if end < text.len() { text.get(..end)?.rsplit_once('\n')?.0 } else { text };
    let program = Program::parse(language, tried, &Limits::default());
    (!program.tree.has_errors() || end < text.len()).then_some(language)
}

/// The language that the lines of a text plainly speak for.
pub(super) fn strong(text: &str) -> Option<Language> {
    detect::plain(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters() {
        let check = |line: &str, expected: Interpreter| assert_eq!(interpreter(line), expected, "{line}");
        check("#!/usr/bin/python3.11\n", Interpreter::Known(Language::Python));
        check("#!/usr/bin/env -S python3 -u\n", Interpreter::Known(Language::Python));
        check("#!/usr/bin/env DEBUG=1 node\n", Interpreter::Known(Language::JavaScript));
        check("#! /usr/bin/node", Interpreter::Known(Language::JavaScript));
        check("#!/bin/bash\n", Interpreter::Known(Language::Bash));
        check("#!/usr/bin/perl\n", Interpreter::Other);
        check("#!", Interpreter::Other);
        check("import os\n", Interpreter::Unnamed);
    }

    #[test]
    fn lines_that_speak_for_a_language() {
        let check = |text: &str, expected: Option<Language>| assert_eq!(met(text), expected, "{text}");
        check("import os\nimport sys\n\n\ndef main():\n    return os.getcwd()\n", Some(Language::Python));
        check(
            "package a;\n\nimport java.util.List;\n\npublic class A {\n    private int x;\n}\n",
            Some(Language::Java),
        );
        check(
            "const fs = require(\"fs\");\nconst path = require(\"path\");\nmodule.exports = () => {\n  console.log(fs, path);\n};\n",
            Some(Language::JavaScript),
        );
        check("hello\n", None);
        check("", None);
        check("all:\n\tcc -o x x.c\n\nclean:\n\trm x\n", None);
        check("MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy.\n", None);
        check("[section]\nkey = value\nother = 1\nthird = x\n", Some(Language::Ini));
        check("key: value\nlist:\n  - a\n  - b\n", Some(Language::Yaml));
    }

    #[test]
    fn what_is_asked_for_needs_fewer_signs() {
        let check = |text: &str, expected: Option<Language>| assert_eq!(asked(None, text), expected, "{text}");
        check("import os\nos.system(input())\n", Some(Language::Python));
        check("hello\n", None);
        check("#!/usr/bin/perl\nimport os\n", None);
        check("#!/bin/sh\nimport os\n", Some(Language::Bash));
        assert_eq!(asked(Some(Path::new("x.py")), "hello"), Some(Language::Python));
    }
}
