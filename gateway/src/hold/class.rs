//! Whether text that stands without a fence is code or prose, from as few of its bytes as will do; never a parser.

use analyzers::lang::Language;

/// What the beginning of a paragraph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// More bytes are needed.
    Open,
    /// Prose.
    Prose,
    /// Code, with the language that its first line suggests.
    Code(Option<Language>),
}

/// Classes the beginning of a paragraph by the shortest prefix that tells; `ended` says that nothing follows.
///
/// A longer text never gets another class than the shorter one got, unless that was [`Class::Open`].
pub(crate) fn paragraph(text: &str, ended: bool, limit: usize) -> Class {
    let bytes = text.as_bytes();
    let first = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(bytes.len());
    for (at, byte) in bytes.iter().enumerate().take(limit).skip(first) {
        if at == first && !byte.is_ascii() {
            return Class::Prose;
        }
        if at == first || matches!(byte, b' ' | b'\n') {
            let class = prefix(&text[..=at]);
            if class != Class::Open {
                return class;
            }
        }
    }
    if !ended && text.len() < limit {
        return Class::Open;
    }
    let end = (0..=limit.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    text[..end].lines().map(line).find(|&class| class != Class::Open).unwrap_or(Class::Prose)
}

/// Classes a prefix: its whole lines in order, then the words of the last one.
fn prefix(text: &str) -> Class {
    for piece in text.split_inclusive('\n') {
        let class = if piece.ends_with('\n') { line(piece) } else { words(piece) };
        if class != Class::Open {
            return class;
        }
    }
    Class::Open
}

/// Classes a line of which only the beginning is known.
fn words(text: &str) -> Class {
    let text = text.trim_start();
    match text.bytes().next() {
        None => return Class::Open,
        Some(byte) if b">|*-+!<[{$`&~=:;,.?%^\\)]}0123456789".contains(&byte) => return Class::Prose,
        _ => {}
    }
    if text.starts_with("##") {
        return Class::Prose;
    }
    if ["#", "//", "/*", "@", "\"", "'", "(", "/"].iter().any(|start| text.starts_with(start)) {
        return Class::Open;
    }
    if sentence_words(text) { Class::Prose } else { Class::Open }
}

/// Whether the whole words of `text` read as natural language: three plain ones in a row, or one that ends as only
/// sentences end.
fn sentence_words(text: &str) -> bool {
    let (mut row, mut commas) = (0, 0);
    for word in text
        .split_inclusive(' ')
        .filter(|word| word.ends_with([' ', '\n']))
        .map(str::trim)
        .filter(|word| !word.is_empty())
    {
        let bare = word.trim_end_matches(['.', ',', '!', '?', ';', '\u{2026}']);
        let apostrophe = bare.split_once(['\'', '\u{2019}']).is_some_and(|(head, tail)| plain(head) && plain(tail));
        if apostrophe || (plain(bare) && bare.len() > 1 && word.ends_with(['!', '?'])) {
            return true;
        }
        // What follows a sign of code may be a string or a comment: it tells nothing.
        if word.contains(['=', '[', '{', '"']) || word.find('(').is_some_and(|at| at > 0) || ["#", "//"].contains(&word)
        {
            return false;
        }
        // `x: int = 1` annotates; `Note: the …` does not.
        let bare = bare.strip_suffix(':').unwrap_or(bare);
        if !plain(bare) || KEYWORDS.contains(&bare) {
            (row, commas) = (0, 0);
            continue;
        }
        row += 1;
        commas += usize::from(word.ends_with(','));
        if row >= 3 && commas + 1 < row {
            return true;
        }
    }
    false
}

/// Whether a word is a plain one: letters of one case, hyphens allowed.
fn plain(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(char::is_alphabetic)
        && characters.clone().all(|character| character.is_alphabetic() || character == '-')
        && (characters.all(|character| !character.is_uppercase()) || word.chars().all(char::is_uppercase))
}

/// Words that programs consist of: they end a row of plain words.
const KEYWORDS: &[&str] = &[
    "import",
    "from",
    "as",
    "def",
    "class",
    "public",
    "private",
    "protected",
    "static",
    "final",
    "const",
    "let",
    "var",
    "function",
    "async",
    "await",
    "return",
    "if",
    "else",
    "elif",
    "while",
    "for",
    "in",
    "with",
    "try",
    "except",
    "raise",
    "new",
    "package",
    "abstract",
    "interface",
    "struct",
    "using",
    "namespace",
    "enum",
    "export",
    "default",
    "void",
    "int",
    "long",
    "double",
    "boolean",
    "byte",
    "char",
    "yield",
    "lambda",
    "throw",
    "throws",
    "catch",
    "switch",
    "case",
    "extends",
    "implements",
    "synchronized",
    "global",
    "nonlocal",
    "del",
    "assert",
    "pass",
    "not",
    "None",
    "True",
    "False",
    "null",
    "typeof",
    "instanceof",
];

/// Classes one whole line; `Open` for lines that both prose and code have (headings and comments, decorators).
pub(crate) fn line(text: &str) -> Class {
    let text = text.trim();
    if text.is_empty() {
        return Class::Open;
    }
    if let Some(class) = by_start(text) {
        return class;
    }
    if sentence_words(&format!("{text} ")) {
        return Class::Prose;
    }
    code(text)
}

/// What the first characters of a line tell by themselves.
fn by_start(text: &str) -> Option<Class> {
    use Language::{C, Cpp, JavaScript, Python};
    let script = |name: &str| text.starts_with("#!") && text.contains(name);
    if script("python") {
        return Some(Class::Code(Some(Python)));
    }
    if script("node") {
        return Some(Class::Code(Some(JavaScript)));
    }
    if let Some(included) = text.strip_prefix("#include") {
        // The headers of the C++ library have no ending.
        let cpp = included.contains('<') && !included.contains(".h") || included.contains(".hpp");
        return Some(Class::Code(Some(if cpp { Cpp } else { C })));
    }
    if text.starts_with("using namespace ") && text.ends_with(';') {
        return Some(Class::Code(Some(Cpp)));
    }
    if text.starts_with("#!/")
        || ["#define", "#ifndef", "#ifdef", "#endif", "#undef", "#pragma"].iter().any(|start| text.starts_with(start))
    {
        return Some(Class::Code(None));
    }
    if text.starts_with("# -*-") || ["\"\"\"", "'''", "r\"\"\"", "u\"\"\""].iter().any(|start| text.starts_with(start))
    {
        return Some(Class::Code(Some(Python)));
    }
    if text.starts_with("// ") || text == "//" || text.starts_with("/*") {
        return Some(Class::Code(None));
    }
    if ["'use strict'", "\"use strict\""].iter().any(|start| text.starts_with(start)) {
        return Some(Class::Code(Some(JavaScript)));
    }
    if ["(function", "(async ", "(() =>"].iter().any(|start| text.starts_with(start)) {
        return Some(Class::Code(Some(JavaScript)));
    }
    if let Some(heading) = text.strip_prefix('#') {
        return Some(if heading.starts_with('#') { Class::Prose } else { Class::Open });
    }
    if let Some(decorator) = text.strip_prefix('@') {
        let name =
            decorator.trim_end_matches(|character: char| character.is_alphanumeric() || "_.".contains(character));
        let called = decorator.find('(').is_some_and(|at| dotted(&decorator[..at]));
        return Some(if name.is_empty() || called { Class::Open } else { Class::Prose });
    }
    if text.starts_with("type ") && go(uncommented(text)) {
        return Some(Class::Code(Some(Language::Go)));
    }
    match words(text) {
        Class::Prose => Some(Class::Prose),
        _ => None,
    }
}

/// Whether a whole line, not starting with a sign, is code; and in which language, if that shows.
fn code(text: &str) -> Class {
    use Language::{C, Cpp, Go, Java, JavaScript, Python, TypeScript};
    let text = uncommented(text);
    if go(text) {
        return Class::Code(Some(Go));
    }
    let (first, rest) = text.split_once(' ').map_or((text, ""), |(first, rest)| (first, rest.trim_start()));
    let block = text.ends_with(':');
    let signs = text.contains(['(', '[', '=', '.', '<', '>', '"', '\'', '{']);
    let semicolon = text.ends_with(';');
    match first {
        "import" if rest.starts_with("type ") && rest.contains(['\'', '"']) => {
            return Class::Code(Some(TypeScript));
        }
        "import" if semicolon && rest.contains(['\'', '"']) => return Class::Code(Some(JavaScript)),
        "import" if semicolon => return Class::Code(Some(Java)),
        "import" if rest.contains(['\'', '"', '{', '*']) => return Class::Code(Some(JavaScript)),
        "import" if rest.split(',').all(|item| item.split(" as ").all(|name| dotted(name.trim()))) => {
            return Class::Code(Some(Python));
        }
        "from"
            if rest
                .split_once(" import ")
                .is_some_and(|(module, _)| dotted(module.trim_start_matches('.')) || module.starts_with('.')) =>
        {
            return Class::Code(Some(Python));
        }
        "def" if rest.contains('(') => return Class::Code(Some(Python)),
        "async"
            if rest.starts_with("def ")
                || (rest.starts_with("with ") && block)
                || (rest.starts_with("for ") && block) =>
        {
            return Class::Code(Some(Python));
        }
        "async" if rest.starts_with("function") => return Class::Code(Some(JavaScript)),
        "class" if block => return Class::Code(Some(Python)),
        "class" if text.ends_with('{') => return Class::Code(None),
        "elif" | "except" if block => return Class::Code(Some(Python)),
        "if" | "while" | "with"
            if block && (signs || words_of_conditions(rest) || dotted(rest.trim_end_matches(':'))) =>
        {
            return Class::Code(Some(Python));
        }
        "for" if block && rest.contains(" in ") => return Class::Code(Some(Python)),
        "try:" | "else:" | "finally:" | "except:" | "pass" | "raise" if rest.is_empty() => {
            return Class::Code(Some(Python));
        }
        "return" | "break" | "continue" | "return;" | "break;" | "continue;" if rest.is_empty() => {
            return Class::Code(None);
        }
        "return" | "raise" | "assert" | "yield" | "await" | "del" | "throw"
            if signs || dotted(rest.trim_end_matches(';')) =>
        {
            return Class::Code(if semicolon { None } else { (first == "raise" || first == "del").then_some(Python) });
        }
        "const" | "let" | "var" if is_annotated(rest) => return Class::Code(Some(TypeScript)),
        "function" | "async" | "export" if text.ends_with('{') && annotates_parameters(text) => {
            return Class::Code(Some(TypeScript));
        }
        "interface" | "enum" | "namespace" | "declare" if text.ends_with('{') => {
            // Java has interfaces and enums too.
            return Class::Code(
                (matches!(first, "namespace" | "declare") || rest.starts_with("const ")).then_some(TypeScript),
            );
        }
        "type" if rest.split_once('=').is_some_and(|(name, _)| is_type_name(name.trim())) => {
            return Class::Code(Some(TypeScript));
        }
        "export"
            if ["interface ", "type ", "enum ", "abstract ", "namespace ", "declare "]
                .iter()
                .any(|next| rest.starts_with(next)) =>
        {
            return Class::Code(Some(TypeScript));
        }
        "const" | "let" | "var" if text.contains('=') || semicolon => return Class::Code(Some(JavaScript)),
        "function" | "function*" if rest.contains('(') => return Class::Code(Some(JavaScript)),
        "export"
            if ["default ", "const ", "function ", "class ", "async ", "{", "* "]
                .iter()
                .any(|next| rest.starts_with(next)) =>
        {
            return Class::Code(Some(JavaScript));
        }
        "template" | "template<typename" | "template<class" if text.contains('<') => return Class::Code(Some(Cpp)),
        "typedef" if semicolon || text.ends_with('{') => return Class::Code(Some(C)),
        "struct" | "union" if text.ends_with(['{', ';']) => return Class::Code(Some(C)),
        "int" | "void" | "char" | "static" | "unsigned" | "size_t" | "const"
            if is_c_head(if first == "static" { rest } else { text }) && text.ends_with(['{', ';', ')', ',']) =>
        {
            return Class::Code(Some(C));
        }
        "package" if semicolon && dotted(rest.trim_end_matches(';')) => return Class::Code(Some(Java)),
        "public" | "private" | "protected" | "static" | "final" | "abstract"
            if semicolon || text.ends_with(['{', '(', ')', ',']) =>
        {
            return Class::Code(Some(Java));
        }
        _ => {}
    }
    if text.starts_with("module.exports")
        || text.starts_with("exports.")
        || (text.contains("=> {") && text.ends_with('{'))
    {
        return Class::Code(Some(JavaScript));
    }
    if text.ends_with('{') && text.contains(['(', ')']) {
        return Class::Code(None);
    }
    if assigns(text) || calls(text) || (semicolon && signs) {
        return Class::Code(None);
    }
    Class::Prose
}

/// A declaration that only C and its relatives have: a pointer, `(void)`, an array after its name.
fn is_c_head(text: &str) -> bool {
    let word = text.split([' ', '(']).next().unwrap_or_default();
    let known = ["int", "void", "char", "unsigned", "size_t", "const", "struct", "inline", "long", "short", "bool"];
    let declared = text.split('=').next().unwrap_or(text);
    let sized = declared.contains('[') && !declared.contains("[]") && declared.contains(']');
    let pointer = [" *", "* ", "**"].iter().any(|star| declared.contains(star));
    known.contains(&word)
        && (pointer || sized || declared.contains("(void)") || declared.starts_with("int main(") || word == "inline")
}

/// `name: Type = …`, as TypeScript declares variables.
fn is_annotated(rest: &str) -> bool {
    let Some((name, annotation)) = rest.split_once(':') else { return false };
    let identifier = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_$".contains(&byte));
    identifier
        && annotation.trim_start().starts_with(|letter: char| letter.is_ascii_alphabetic() || "{[(".contains(letter))
}

/// `(name: type, …`, as TypeScript declares parameters.
fn annotates_parameters(text: &str) -> bool {
    let Some((_, parameters)) = text.split_once('(') else { return false };
    let first = parameters.split([',', ')']).next().unwrap_or_default();
    is_annotated(first.trim().trim_start_matches("...").replacen("?:", ":", 1).as_str())
}

/// `Name`, `Name<T>`.
fn is_type_name(text: &str) -> bool {
    let name = text.split('<').next().unwrap_or_default();
    name.starts_with(|letter: char| letter.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a line is written as only Go writes it.
fn go(text: &str) -> bool {
    let (first, rest) = text.split_once(' ').map_or((text, ""), |(first, rest)| (first, rest.trim_start()));
    let opens = text.ends_with('{');
    let quoted = |path: &str| path.len() > 2 && path.starts_with('"') && path.ends_with('"') && !path.contains(' ');
    match first {
        "package" => !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
        "import" => {
            let path = rest.rsplit(' ').next().unwrap_or(rest);
            rest == "("
                || (quoted(path) && !path.starts_with("\"./") && !rest.contains(" from ") && !rest.contains('{'))
        }
        "func" => rest.contains('(') && (opens || text.ends_with('}') || rest.starts_with('(')),
        "type" => {
            let kind = rest.split_once(' ').map_or("", |(_, kind)| kind.trim_start());
            ["struct", "interface", "func(", "map[", "[]"].iter().any(|start| kind.starts_with(start))
        }
        "var" | "const" if rest == "(" => true,
        "var" => {
            let declared = rest.split('=').next().unwrap_or(rest).trim();
            let kind = declared.split_once(' ').map_or("", |(_, kind)| kind);
            !kind.is_empty()
                && !declared.contains([':', ';', '{'])
                && kind.split(' ').count() == 1
                && dotted(kind.trim_start_matches(['*', '[', ']']))
        }
        "defer" | "go" => text.ends_with(')') || text.ends_with("() {"),
        "for" if opens => rest.contains(" range ") || rest.starts_with("range ") || rest.contains(" := "),
        "if" | "switch" | "}" | "case" if text.contains(" := ") => opens || text.ends_with(':'),
        "if" if opens => !rest.starts_with('(') && (rest.contains(" != nil") || rest.contains(" == nil")),
        _ => text.split_once(" := ").is_some_and(|(left, right)| {
            !right.is_empty() && left.split(',').all(|name| dotted(name.trim())) && !text.ends_with('.')
        }),
    }
}

/// Whether a condition has words that only conditions have.
fn words_of_conditions(text: &str) -> bool {
    text.starts_with("not ") || [" is ", " not ", " in ", " and ", " or "].iter().any(|word| text.contains(word))
}

/// Whether `text` assigns to a target that programs have.
fn assigns(text: &str) -> bool {
    let Some(at) = text.find('=') else { return false };
    let (left, right) = (&text[..at], &text[at + 1..]);
    if right.starts_with(['=', '>']) || left.ends_with(['!', '<', '>', '=']) || right.trim().is_empty() {
        return false;
    }
    let left = left.trim_end_matches(['+', '-', '*', '/', '%', '|', '&', '^', ':']).trim_end();
    let target = left.split_once(':').map_or(left, |(target, _)| target);
    let target_like = |part: &str| {
        let part = part.trim().trim_start_matches('*');
        let name = part.split(['[', '(']).next().unwrap_or(part);
        dotted(name)
            || (part.split(' ').count() == 2
                && part.split(' ').all(|word| dotted(word.trim_end_matches(['>', ']', '[']))))
    };
    !target.is_empty() && target.split(',').all(target_like)
}

/// Whether `text` is one call, or the beginning of one.
fn calls(text: &str) -> bool {
    let text = text.trim_end_matches(';');
    let text = text.strip_prefix("await ").unwrap_or(text);
    let Some(at) = text.find('(') else { return false };
    at > 0 && dotted(&text[..at]) && text.ends_with([')', '(', ',', '{', '[', ':'])
}

/// Whether `text` is a name, or names joined by dots.
fn dotted(text: &str) -> bool {
    !text.is_empty()
        && text.split('.').all(|name| {
            let mut characters = name.chars();
            characters.next().is_some_and(|first| first.is_alphabetic() || first == '_' || first == '$')
                && characters.all(|character| character.is_alphanumeric() || character == '_' || character == '$')
        })
}

/// A line without the comment at its end.
fn uncommented(text: &str) -> &str {
    ["  # ", " # ", " // "].iter().filter_map(|mark| text.find(mark)).min().map_or(text, |at| text[..at].trim_end())
}

/// Whether a line that follows code without a break is a sentence that ends it.
pub(crate) fn sentence(text: &str) -> bool {
    text.starts_with(|first: char| first.is_uppercase() || !first.is_ascii())
        && !text.contains(['=', '{', '}', ';', '[', ']'])
        && sentence_words(text)
}

/// Whether a line after a blank one ends the code before it.
pub(crate) fn ends_code(text: &str) -> bool {
    if text.starts_with([' ', '\t']) {
        return false;
    }
    let first = text.chars().next().unwrap_or(' ');
    if !first.is_ascii() {
        return true;
    }
    if "})].,:;({['\"@&|?".contains(first) {
        return false;
    }
    line(text) == Class::Prose
}

/// The family of a line of code whose language does not show: what its strings and comments look like.
pub(crate) fn family(text: &str) -> Language {
    let text = text.trim();
    if text.ends_with([';', '{', '}']) || text.starts_with("//") || text.starts_with("/*") {
        Language::Java
    } else {
        Language::Python
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Class) {
        assert_eq!(paragraph(text, true, 256), expected, "{text:?}");
        let decided = (0..=text.len())
            .filter(|&end| text.is_char_boundary(end))
            .map(|end| paragraph(&text[..end], false, 256))
            .find(|&class| class != Class::Open);
        assert!(decided.is_none_or(|class| class == expected), "{text:?} was first {decided:?}");
    }

    const PROSE: &[&str] = &[
        "Here is the code you asked for:\n",
        "Sure! Here you go",
        "I'll do that",
        "The function below decodes a JSON Web Token",
        "import statements are needed at the top\n",
        "from the start, imports matter\n",
        "for each item in the list, do it\n",
        "if you want to run this:\n",
        "if it is raining:\n",
        "- item",
        "1. First",
        "> quote",
        "| a | b |",
        "**Bold** text",
        "`foo` is a function",
        "## Heading\n",
        "{\"a\": 1}\n",
        "[link](x)\n",
        "<p>hello</p>\n",
        "你好，这是代码",
        "Да, конечно",
        "\u{1f600} done",
        "42 is the answer",
        "$ pip install flask\n",
        "pip install flask\n",
        "SELECT name FROM users\n",
        "Hello",
        "ok\n",
        "Yes\n",
        "Note: the following is unsafe\n",
        "JWTs are typically used to authenticate users",
        "Certainly\n",
        "@john please look at this\n",
        "class names are capitalised\n",
        "with great power comes responsibility\n",
        "try this\n",
        "e.g. foo\n",
        "The answer is:\n",
        "a, b, and then c are equal\n",
        "Done.\n",
        "public schools are free\n",
        "package it well;\n",
        "while you wait:\n",
        "/usr/bin is a directory\n",
        "# Title\n\nSome text follows here\n",
        "# Title\n",
        "However, `os.system(x)` is unsafe.\n",
        "const is a keyword of JavaScript\n",
        "\"Quoted\" she said\n",
        "'tis the season\n",
    ];

    #[test]
    fn prose() {
        for text in PROSE {
            check(text, Class::Prose);
        }
    }

    #[test]
    fn code_lines() {
        use Language::{C, Cpp, Go, Java, JavaScript, Python, TypeScript};
        let cases: &[(&str, Option<Language>)] = &[
            ("import os\n", Some(Python)),
            ("import os, sys as s\n", Some(Python)),
            ("import numpy as np  # maths\n", Some(Python)),
            ("from flask import Flask, request\n", Some(Python)),
            ("from . import x\n", Some(Python)),
            ("def f(x):\n", Some(Python)),
            ("async def f(x):\n", Some(Python)),
            ("class Foo(Bar):\n", Some(Python)),
            ("# Check the input\nimport os\n", Some(Python)),
            ("@app.route('/x')\ndef f():\n", Some(Python)),
            ("#!/usr/bin/env python3\n", Some(Python)),
            ("\"\"\"Module.\"\"\"\n", Some(Python)),
            ("if __name__ == '__main__':\n", Some(Python)),
            ("if request.method == 'POST':\n", Some(Python)),
            ("if not path:\n", Some(Python)),
            ("if team_name is None:\n", Some(Python)),
            ("for item in items:\n", Some(Python)),
            ("with open(path) as handle:\n", Some(Python)),
            ("    try:\n", Some(Python)),
            ("raise ValueError('bad')\n", Some(Python)),
            ("command = request.args.get('command')\n", None),
            ("    name = request.args.get('name', 'World')  # Get the name from it\n", None),
            ("host, port = address\n", None),
            ("x: int = 1\n", None),
            ("os.system(command)\n", None),
            ("data = json.loads(\n", None),
            ("    return target_url.endswith('example.com/')\n", None),
            ("self._stream.read(n)\n", None),
            ("const x = require('x');\n", Some(JavaScript)),
            ("let y = 1\n", Some(JavaScript)),
            ("function f(a, b) {\n", Some(JavaScript)),
            ("import express from 'express';\n", Some(JavaScript)),
            ("import { a } from \"b\"\n", Some(JavaScript)),
            ("export default class X {\n", Some(JavaScript)),
            ("'use strict';\n", Some(JavaScript)),
            ("module.exports = { f };\n", Some(JavaScript)),
            ("app.get('/x', (req, res) => {\n", Some(JavaScript)),
            ("(async () => {\n", Some(JavaScript)),
            ("const x: string = 'a';\n", Some(TypeScript)),
            ("let o = { a: 1 };\n", Some(JavaScript)),
            ("import type { A } from './a';\n", Some(TypeScript)),
            ("export interface A {\n", Some(TypeScript)),
            ("type Id = string | number;\n", Some(TypeScript)),
            ("package main\n", Some(Go)),
            ("import (\n", Some(Go)),
            ("import \"fmt\"\n", Some(Go)),
            ("func main() {\n", Some(Go)),
            ("func (s *Server) Get(w http.ResponseWriter, r *http.Request) {\n", Some(Go)),
            ("type Server struct {\n", Some(Go)),
            ("name := r.FormValue(\"name\")\n", Some(Go)),
            ("if err := f(); err != nil {\n", Some(Go)),
            ("if err != nil {\n", Some(Go)),
            ("for _, x := range list {\n", Some(Go)),
            ("defer f.Close()\n", Some(Go)),
            ("var db *sql.DB\n", Some(Go)),
            ("export async function f(a: string, b?: number): Promise<void> {\n", Some(TypeScript)),
            ("export function f({ a: b }) {\n", Some(JavaScript)),
            ("interface A {\n", None),
            ("package com.example;\n", Some(Java)),
            ("import java.util.List;\n", Some(Java)),
            ("public class Foo extends Bar implements Baz {\n", Some(Java)),
            ("private static final int X = 1;\n", Some(Java)),
            ("@Override\npublic void f() {\n", Some(Java)),
            ("Connection connection = source.getConnection();\n", None),
            ("String name = request.getParameter(\"name\");\n", None),
            ("// a comment\n", None),
            ("/* a comment */\n", None),
            ("#include <stdio.h>\n", Some(C)),
            ("#include \"list.h\"\n", Some(C)),
            ("#include <iostream>\n", Some(Cpp)),
            ("#define SIZE 10\n", None),
            ("using namespace std;\n", Some(Cpp)),
            ("int main(int argc, char **argv)\n", Some(C)),
            ("static char *copy(const char *from) {\n", Some(C)),
            ("char line[80];\n", Some(C)),
            ("typedef struct node {\n", Some(C)),
            ("int count = 0;\n", None),
        ];
        for (text, language) in cases {
            check(text, Class::Code(*language));
        }
    }

    #[test]
    fn prose_is_known_early() {
        for (text, upto) in [
            ("Here is the code:", "Here is the "),
            ("Sure! Here", "Sure! "),
            ("- a", "-"),
            ("\u{4f60}\u{597d}", "\u{4f60}"),
        ] {
            assert_eq!(paragraph(upto, false, 256), Class::Prose, "{text:?}");
        }
    }

    #[test]
    fn what_ends_code() {
        for text in
            ["This sets x.\n", "- a list\n", "1. one\n", "**Note**\n", "## More\n", "The code above reads a file\n"]
        {
            assert!(ends_code(text), "{text:?}");
        }
        for text in [
            "}\n",
            "    indented text is code here\n",
            ".then(x)\n",
            "x = 1\n",
            "# note\n",
            "def g():\n",
            "@decorated\n",
        ] {
            assert!(!ends_code(text), "{text:?}");
        }
    }
}
