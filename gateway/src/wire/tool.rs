//! Code in the arguments of tool calls: which strings are code, and in which language. Never looks outside the call.

use std::ops::Range;

use analyzers::lang::Language;

use super::json;
use crate::hold::{Holder, Limits, Step};
use crate::unit::{Carrier, Unit};

/// Most strings of one call that are looked at.
const MOST_STRINGS: usize = 256;
/// Deepest nesting that is looked at.
const DEEPEST: usize = 8;
/// Shorter strings under keys that do not say "code" are not looked at.
const SHORTEST: usize = 24;

/// Keys whose strings are code to be written or run.
const CODE_KEYS: [&str; 17] = [
    "code",
    "content",
    "contents",
    "file_text",
    "new_str",
    "new_string",
    "new_text",
    "new_source",
    "insert_text",
    "replacement",
    "replace",
    "source",
    "source_code",
    "script",
    "snippet",
    "program",
    "text",
];
/// Keys whose strings are shell commands or patches.
const OPAQUE_KEYS: [&str; 6] = ["command", "cmd", "commands", "patch", "diff", "input"];
/// Keys whose strings are code or names that exist already, or plain words.
const SILENT_KEYS: [&str; 12] = [
    "old_str",
    "old_string",
    "old_text",
    "search",
    "find",
    "pattern",
    "description",
    "explanation",
    "title",
    "query",
    "url",
    "name",
];
/// Keys that name a file.
const PATH_KEYS: [&str; 8] =
    ["path", "file_path", "filepath", "filename", "file", "target_file", "notebook_path", "uri"];
/// Keys that name a language.
const LANGUAGE_KEYS: [&str; 3] = ["language", "lang", "syntax"];

/// What a call holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Code that waits for a verdict, in the order of the arguments.
    pub units: Vec<Unit>,
    /// Code that no analyzer reads.
    pub listed: Vec<Unit>,
}

/// What is known of the place where a string stands.
#[derive(Debug, Clone, Copy, Default)]
enum Context {
    #[default]
    Unknown,
    Known(Language),
    /// A file or language that no analyzer reads.
    Other,
}

/// Finds the code in the arguments of a call to `tool`.
pub fn find(tool: &str, arguments: &str, limits: Limits) -> Found {
    let mut found = Found::default();
    let mut strings = 0;
    let mut open = vec![(0..arguments.len(), of_tool(tool), String::new(), 0)];
    while let Some((place, context, key, depth)) = open.pop() {
        let value = arguments.get(place.clone()).unwrap_or_default();
        if value.starts_with('"') {
            strings += 1;
            if strings > MOST_STRINGS {
                found.listed.push(unit(place, key, None, String::new(), limits));
                break;
            }
            if let Some(text) = json::decode(value) {
                string(&mut found, place, key, text.into_owned(), context, limits);
            }
        } else if depth > DEEPEST {
            found.listed.push(unit(place, key, None, String::new(), limits));
        } else if value.starts_with('[') {
            let elements: Vec<_> = json::elements(arguments, place.start).collect();
            open.extend(elements.into_iter().rev().map(|element| (element, context, key.clone(), depth + 1)));
        } else if value.trim_start().starts_with('{') {
            let members: Vec<_> = json::members(arguments, place.start).collect();
            let inner = members.iter().fold(context, |context, member| {
                let value = arguments.get(member.value.clone()).unwrap_or_default();
                named(&member.key, value).unwrap_or(context)
            });
            open.extend(
                members
                    .into_iter()
                    .rev()
                    .map(|member| (member.value, inner, member.key.to_ascii_lowercase(), depth + 1)),
            );
        }
    }
    found.units.sort_by_key(|unit| unit.span.start);
    found
}

/// What a tool's name says about the code it takes.
fn of_tool(tool: &str) -> Context {
    let mut words = tool.split(|char: char| !char.is_ascii_alphanumeric());
    words
        // `go_to_line` is no tool for a language, and `update_config` none for code.
        .find_map(|word| {
            let known = Language::from_label(word).filter(|language| !language.is_data());
            if matches!(word, "js" | "go") { None } else { known }
        })
        .map_or(Context::Unknown, Context::Known)
}

/// What a member that names a file or a language says.
fn named(key: &str, literal: &str) -> Option<Context> {
    let key = key.to_ascii_lowercase();
    let text = json::decode(literal)?;
    let language = if PATH_KEYS.contains(&key.as_str()) {
        // A path without an extension says nothing.
        let name = text.rsplit(['/', '\\']).next()?;
        name.rsplit_once('.')?;
        Language::from_path(name)
    } else if LANGUAGE_KEYS.contains(&key.as_str()) {
        Language::from_label(&text)
    } else {
        return None;
    };
    Some(language.map_or(Context::Other, Context::Known))
}

fn string(found: &mut Found, place: Range<usize>, key: String, text: String, context: Context, limits: Limits) {
    let is = |keys: &[&str]| keys.contains(&key.as_str());
    if is(&PATH_KEYS) || is(&LANGUAGE_KEYS) || is(&SILENT_KEYS) || text.trim().is_empty() {
        return;
    }
    let looks = || looks_like(&text, limits);
    let language = match context {
        _ if is(&OPAQUE_KEYS) => {
            if let Some(language) = looks() {
                Some(language)
            } else {
                found.listed.push(unit(place, key, None, text, limits));
                return;
            }
        }
        Context::Known(language) if is(&CODE_KEYS) => Some(language),
        Context::Other if is(&CODE_KEYS) => {
            found.listed.push(unit(place, key, None, text, limits));
            return;
        }
        _ if is(&CODE_KEYS) || text.len() >= SHORTEST => looks(),
        _ => None,
    };
    if let Some(language) = language {
        found.units.push(unit(place, key, Some(language), text, limits));
    }
}

/// The language of a text that is code from its first line on.
fn looks_like(text: &str, limits: Limits) -> Option<Language> {
    let mut holder = Holder::new(limits);
    holder.push(text);
    holder.finish();
    while let Some(step) = holder.next() {
        if let Step::Unit(unit) = step
            && unit.carrier == Carrier::Bare
        {
            return unit.language;
        }
    }
    None
}

fn unit(place: Range<usize>, key: String, language: Option<Language>, text: String, limits: Limits) -> Unit {
    Unit {
        carrier: Carrier::ToolArgument,
        language,
        label: key,
        block: place.clone(),
        span: place,
        truncated: text.len() > limits.unit_bytes,
        text,
        prefix: String::new(),
        closed: true,
    }
}

#[cfg(test)]
mod tests {
    use analyzers::lang::Language;

    use super::find;
    use crate::hold::Limits;

    fn check(tool: &str, arguments: &str, units: &[(Language, &str)], listed: &[&str]) {
        let found = find(tool, arguments, Limits::default());
        let got: Vec<_> =
            found.units.iter().map(|unit| (unit.language.expect("a language"), unit.text.as_str())).collect();
        assert_eq!(got, units, "{arguments}");
        for unit in &found.units {
            assert_eq!(arguments[unit.span.clone()], serde_json::Value::from(unit.text.as_str()).to_string());
        }
        assert_eq!(found.listed.iter().map(|unit| unit.label.as_str()).collect::<Vec<_>>(), listed, "{arguments}");
    }

    #[test]
    fn code_in_calls() {
        use Language::{Java, JavaScript, Python};
        check("write_file", r#"{"path":"a/b.py","content":"import os\n"}"#, &[(Python, "import os\n")], &[]);
        check("write_file", r#"{"content":"class A {}","path":"A.java"}"#, &[(Java, "class A {}")], &[]);
        check("str_replace", r#"{"path":"a.js","old_str":"eval(x)","new_str":"f(x)"}"#, &[(JavaScript, "f(x)")], &[]);
        check("python", r#"{"code":"print(1)"}"#, &[(Python, "print(1)")], &[]);
        check("execute", r#"{"language":"py","code":"x = 1"}"#, &[(Python, "x = 1")], &[]);
        check(
            "multi",
            r#"{"file_path":"a.py","edits":[{"new_string":"a"},{"new_string":"b"}]}"#,
            &[(Python, "a"), (Python, "b")],
            &[],
        );
        check(
            "unknown",
            r#"{"blob":"import os\n\ndef f(x):\n    return os.system(x)\n"}"#,
            &[(Python, "import os\n\ndef f(x):\n    return os.system(x)\n")],
            &[],
        );
        check("write_file", r#"{"path":"a.kt","content":"fun main() {}"}"#, &[], &["content"]);
        check("bash", r#"{"command":"ls -la"}"#, &[], &["command"]);
    }

    #[test]
    fn plain_words_are_no_code() {
        check("get_weather", r#"{"city":"Paris, and also all of its suburbs please"}"#, &[], &[]);
        check("write_file", r#"{"path":"notes.txt"}"#, &[], &[]);
        check("x", "", &[], &[]);
        check("x", "{\"content\":", &[], &[]);
        check("x", "[[[[[[[[[[[[[[[[", &[], &[]);
    }
}
