//! A piece of code in an answer and where it stands; never decides what becomes of it.

pub mod ahead;
mod call;
mod json;

use std::borrow::Cow;
use std::ops::Range;

use analyzers::lang::Language;

use crate::exchange::Verdict;

pub use call::units as of_call;

/// What a unit arrived in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// A Markdown fence.
    Fence,
    /// Code that stands in the answer without a fence.
    Bare,
    /// A string in the JSON arguments of a tool call.
    ToolArgument,
    /// A field of a request that asks for this code to be repaired.
    Request,
}

impl Carrier {
    /// Kebab-case name, as reports spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fence => "fence",
            Self::Bare => "bare",
            Self::ToolArgument => "tool-argument",
            Self::Request => "request",
        }
    }
}

/// One unit of code.
///
/// Offsets count bytes of the text it was found in: the choice's content, or the arguments of one tool call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// What it arrived in.
    pub carrier: Carrier,
    /// The language it is analysed as; `None` where no analyzer reads it.
    pub language: Option<Language>,
    /// The fence's label as written, or the field of the tool call; empty where there is none.
    pub label: String,
    /// Everything that belongs to it, the fence's opening line included (its closing line is not).
    pub block: Range<usize>,
    /// The code alone, as written: with the indentation or quote marks of the list or quote it stands in, or the
    /// JSON string literal with its quotes.
    pub span: Range<usize>,
    /// The code, decoded: what analyzers read.
    pub text: String,
    /// What each of its lines starts with in the content (`"   "` in a list, `"> "` in a quote).
    pub prefix: String,
    /// Whether its end was seen; `false` for a fence that the answer never closes.
    pub closed: bool,
    /// Whether it was longer than the limit: `text` holds its head, the rest passed unread.
    pub truncated: bool,
}

impl Unit {
    /// Code that a request holds, all of it.
    pub fn given(language: Language, code: String) -> Self {
        Self {
            carrier: Carrier::Request,
            language: Some(language),
            label: language.name().to_owned(),
            block: 0..code.len(),
            span: 0..code.len(),
            text: code,
            prefix: String::new(),
            closed: true,
            truncated: false,
        }
    }

    /// The verdict of a unit that no analyzer reads: data and plain text are no code, all else is unscanned.
    pub fn unread(&self) -> Verdict {
        let data = NOT_CODE.iter().any(|name| self.label.eq_ignore_ascii_case(name));
        let words = self.label.is_empty() && !crate::hold::reads_as_code(&self.text);
        if !self.truncated && (data || words) { Verdict::NotCode } else { Verdict::Unscanned }
    }

    /// `code` in the form in which it takes the place of [`Unit::span`].
    pub fn encode(&self, code: &str) -> String {
        match self.carrier {
            Carrier::ToolArgument => serde_json::Value::from(code).to_string(),
            Carrier::Fence | Carrier::Bare | Carrier::Request => {
                let code = match (self.text.ends_with('\n'), code.ends_with('\n')) {
                    (true, false) => Cow::Owned(format!("{code}\n")),
                    (false, true) => Cow::Borrowed(code.trim_end_matches(['\r', '\n'])),
                    _ => Cow::Borrowed(code),
                };
                if self.prefix.is_empty() { code.into_owned() } else { prefixed(&code, &self.prefix) }
            }
        }
    }
}

/// Labels of blocks that hold no program.
const NOT_CODE: &[&str] = &[
    "json",
    "jsonc",
    "json5",
    "jsonl",
    "yaml",
    "yml",
    "toml",
    "ini",
    "env",
    "csv",
    "tsv",
    "text",
    "txt",
    "plain",
    "plaintext",
    "none",
    "output",
    "console",
    "log",
    "logs",
    "markdown",
    "md",
    "rst",
    "http",
    "mermaid",
    "latex",
    "tex",
    "math",
    "xml",
    "svg",
    "css",
    "tree",
    "ascii",
    "properties",
    "gitignore",
    "requirements",
    "email",
    "stdout",
    "stderr",
    "traceback",
];

/// `code` with `prefix` before each line; blank lines get it without trailing spaces.
fn prefixed(code: &str, prefix: &str) -> String {
    let mut out = String::with_capacity(code.len() + code.len() / 16);
    for line in code.split_inclusive('\n') {
        let blank = line.trim_end_matches(['\r', '\n']).is_empty();
        out.push_str(if blank { prefix.trim_end() } else { prefix });
        out.push_str(line);
    }
    out
}
