//! The code in the arguments of a tool call: which strings hold it and in which language; never runs or judges it.

use analyzers::lang::Language;

use super::json::{self, Text};
use super::{Carrier, Unit};

/// Fields that hold what a tool writes or runs.
const CODE_KEYS: &[&str] = &[
    "content",
    "contents",
    "file_text",
    "text",
    "new_str",
    "new_string",
    "new_source",
    "new_text",
    "newtext",
    "newstring",
    "new_code",
    "newcode",
    "replacement",
    "replace",
    "code",
    "source",
    "source_code",
    "sourcecode",
    "script",
    "code_edit",
    "codeedit",
    "insert_text",
    "snippet",
    "program",
    "body",
    "file_content",
    "filecontent",
    "cell_source",
    "python",
    "javascript",
];
/// Fields that hold what is there already.
const OLD_KEYS: &[&str] = &[
    "old_str",
    "old_string",
    "oldstring",
    "old_text",
    "oldtext",
    "old_source",
    "old_code",
    "search",
    "find",
    "query",
    "pattern",
];
/// Fields that hold a command line.
const COMMAND_KEYS: &[&str] = &["command", "cmd", "commands", "shell_command"];
/// Fields that name the file.
const PATH_KEYS: &[&str] = &[
    "path",
    "file_path",
    "filepath",
    "file",
    "filename",
    "file_name",
    "target_file",
    "targetfile",
    "relative_path",
    "uri",
    "notebook_path",
    "absolute_path",
    "destination",
];
/// Fields that name the language.
const LANGUAGE_KEYS: &[&str] = &["language", "lang", "runtime", "kernel", "cell_language"];
/// Parts of the names of tools that write files or run code.
const TOOL_WORDS: &[&str] = &[
    "write",
    "create",
    "edit",
    "replace",
    "insert",
    "patch",
    "save",
    "update",
    "append",
    "file",
    "notebook",
    "cell",
    "execute",
    "exec",
    "run",
    "eval",
    "code",
    "python",
    "node",
    "javascript",
    "java",
    "interpreter",
    "repl",
    "bash",
    "shell",
    "terminal",
    "script",
    "sandbox",
    "jupyter",
];
/// Extensions of files that hold data or text.
const DATA_EXTENSIONS: &[&str] =
    &["json", "md", "txt", "yaml", "yml", "toml", "csv", "xml", "html", "css", "lock", "ini", "cfg"];

/// The units in the arguments of one call, in order; a unit without a language is one that no analyzer reads.
///
/// Offsets count bytes of `arguments`. Replacements are put in from the last to the first, so that spans stay true.
pub fn units(tool: &str, arguments: &str, unit_bytes: usize) -> Vec<Unit> {
    let strings = json::strings(arguments);
    let known = tool_is_known(tool);
    strings.iter().filter_map(|text| unit(tool, known, text, &strings, unit_bytes)).collect()
}

/// Whether the tool's name says that it writes files or runs code.
fn tool_is_known(tool: &str) -> bool {
    let name = tool.to_ascii_lowercase();
    TOOL_WORDS.iter().any(|word| name.contains(word))
}

fn unit(tool: &str, known: bool, text: &Text<'_>, strings: &[Text<'_>], unit_bytes: usize) -> Option<Unit> {
    let key = text.key.to_ascii_lowercase();
    let is = |keys: &[&str]| keys.contains(&key.as_str());
    // A command of one word is a subcommand (`str_replace`), or a program without arguments.
    if !text.value.trim().contains(char::is_whitespace) && is(COMMAND_KEYS) {
        return None;
    }
    if text.value.trim().is_empty() || is(OLD_KEYS) || is(PATH_KEYS) || is(LANGUAGE_KEYS) {
        return None;
    }
    let (language, read) = if is_patch(&text.value) {
        (None, "patch")
    } else if known && is(COMMAND_KEYS) {
        (None, "shell")
    } else if known && is(CODE_KEYS) {
        match stated(tool, text, strings) {
            Stated::Language(language) => (Some(language), ""),
            Stated::Other => (None, "other"),
            Stated::Data => return None,
            Stated::Nothing => (Some(crate::hold::read_language(&text.value)?), ""),
        }
    } else {
        (Some(code_like(&text.value)?), "")
    };
    let cut = (0..=unit_bytes.min(text.value.len())).rev().find(|&at| text.value.is_char_boundary(at)).unwrap_or(0);
    let label = [tool, ".", text.key, if read.is_empty() { "" } else { " " }, read].concat();
    Some(Unit {
        carrier: Carrier::ToolArgument,
        language,
        label,
        block: text.span.clone(),
        span: text.span.clone(),
        text: text.value[..cut].to_owned(),
        prefix: String::new(),
        closed: text.closed,
        truncated: cut < text.value.len(),
    })
}

/// What the call says about the language of a text.
enum Stated {
    Language(Language),
    /// A language that no analyzer reads.
    Other,
    /// No program.
    Data,
    Nothing,
}

fn stated(tool: &str, text: &Text<'_>, strings: &[Text<'_>]) -> Stated {
    let beside = |keys: &[&str]| {
        text.objects.iter().rev().find_map(|object| {
            strings
                .iter()
                .find(|other| {
                    other.objects.last() == Some(object) && keys.contains(&other.key.to_ascii_lowercase().as_str())
                })
                .map(|other| other.value.as_str())
        })
    };
    if let Some(named) = beside(LANGUAGE_KEYS) {
        let word = named.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
        return Language::from_label(named)
            .or_else(|| Language::from_label(word))
            .map_or(Stated::Other, Stated::Language);
    }
    if let Some(path) = beside(PATH_KEYS) {
        if let Some(language) = Language::from_path(path) {
            return Stated::Language(language);
        }
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        return match name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()) {
            Some(extension) if extension == "ipynb" => Stated::Language(Language::Python),
            Some(extension) if DATA_EXTENSIONS.contains(&extension.as_str()) => Stated::Data,
            Some(_) => Stated::Other,
            None => Stated::Nothing,
        };
    }
    let name = tool.to_ascii_lowercase();
    let named = [
        ("python", Language::Python),
        ("jupyter", Language::Python),
        ("ipython", Language::Python),
        ("javascript", Language::JavaScript),
        ("typescript", Language::TypeScript),
        ("golang", Language::Go),
    ];
    named
        .iter()
        .find(|(word, _)| name.contains(word))
        .map_or(Stated::Nothing, |&(_, language)| Stated::Language(language))
}

/// The language of a text that nothing says is code, if it plainly is.
fn code_like(text: &str) -> Option<Language> {
    if !text.contains('\n') && text.len() < 24 {
        return None;
    }
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.trim().starts_with('#'))?;
    crate::hold::reads_as_code(first).then(|| crate::hold::read_language(text)).flatten()
}

/// Whether a text is a patch.
fn is_patch(text: &str) -> bool {
    ["*** Begin Patch", "diff --git ", "--- a/", "@@ -", "<<<<<<< SEARCH"]
        .iter()
        .any(|start| text.trim_start().starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tool: &str, arguments: &str, expected: &[(&str, &str)]) {
        let found = units(tool, arguments, 1 << 20);
        let shown: Vec<_> =
            found.iter().map(|unit| (unit.language.map_or("-", Language::name), unit.text.as_str())).collect();
        assert_eq!(shown, expected, "{tool} {arguments}");
        for unit in &found {
            let mut replaced = arguments.to_owned();
            replaced.replace_range(unit.span.clone(), &unit.encode("x = \"\u{1}\u{e9}\\\"\n"));
            assert!(!unit.closed || serde_json::from_str::<serde_json::Value>(&replaced).is_ok(), "{replaced}");
        }
    }

    #[test]
    fn tools_that_write_or_run() {
        check("write_file", r#"{"path": "a.py", "content": "import os\n"}"#, &[("python", "import os\n")]);
        check("create_file", r#"{"file_path": "src/A.java", "contents": "class A {}"}"#, &[("java", "class A {}")]);
        check(
            "str_replace_editor",
            r#"{"command": "str_replace", "path": "/a.js", "old_str": "a()", "new_str": "b()"}"#,
            &[("javascript", "b()")],
        );
        check(
            "MultiEdit",
            r#"{"file_path": "a.py", "edits": [{"old_string": "x", "new_string": "y = 1"}, {"old_string": "x", "new_string": "z = 1"}]}"#,
            &[("python", "y = 1"), ("python", "z = 1")],
        );
        check("execute_python", r#"{"code": "print(1)"}"#, &[("python", "print(1)")]);
        check("run_code", r#"{"language": "python3.11", "code": "f(1)"}"#, &[("python", "f(1)")]);
        check("run_code", r#"{"language": "perl", "code": "f 1"}"#, &[("-", "f 1")]);
        check("run_code", r#"{"language": "ruby", "code": "f 1"}"#, &[("ruby", "f 1")]);
        check("NotebookEdit", r#"{"notebook_path": "a.ipynb", "new_source": "x = 1"}"#, &[("python", "x = 1")]);
        check("write_file", r#"{"path": "README.md", "content": "import os\n"}"#, &[]);
        check("write_file", r#"{"path": "main.kt", "content": "fun main() {}"}"#, &[("-", "fun main() {}")]);
        check("save", r#"{"content": "import os\nos.system(x)\n"}"#, &[("python", "import os\nos.system(x)\n")]);
        check("bash", r#"{"command": "ls -la"}"#, &[("-", "ls -la")]);
        check(
            "apply_patch",
            r#"{"input": "*** Begin Patch\n*** Update File: a.py\n"}"#,
            &[("-", "*** Begin Patch\n*** Update File: a.py\n")],
        );
        check(
            "write_files",
            r#"{"files": [{"path": "a.py", "content": "x = 1"}, {"path": "b.js", "content": "f()"}]}"#,
            &[("python", "x = 1"), ("javascript", "f()")],
        );
    }

    #[test]
    fn unknown_tools() {
        check("frobnicate", r#"{"thing": "import os\nos.system(x)\n"}"#, &[("python", "import os\nos.system(x)\n")]);
        check("get_weather", r#"{"city": "Paris", "note": "Please tell me about the weather"}"#, &[]);
        check("search", r#"{"query": "import os\nos.system(x)\n"}"#, &[]);
        check("send_mail", r#"{"body": "Hello,\nI write to you about the code.\n"}"#, &[]);
        check("x", "not json at all", &[]);
        check("x", r#"{"thing": "import os\nos.sys"#, &[("python", "import os\nos.sys")]);
    }
}
