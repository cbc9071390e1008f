//! Languages: a grammar and the roles of its nodes as data; the one place that names tree-sitter.

mod braces;
pub(crate) mod c;
pub(crate) mod cpp;
pub(crate) mod go;
pub(crate) mod java;
pub(crate) mod javascript;
pub(crate) mod known;
pub(crate) mod lower;
pub(crate) mod memory;
pub(crate) mod python;
pub(crate) mod typescript;

use std::borrow::Cow;

use crate::program::Limits;
use crate::syntax::Tree;

/// A language with rules, graphs and rewrites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Python 3.
    Python,
    /// Java.
    Java,
    /// JavaScript.
    JavaScript,
    /// TypeScript; what is true of JavaScript is true of it.
    TypeScript,
    /// Go.
    Go,
    /// C.
    C,
    /// C++.
    Cpp,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 7] =
        [Self::Python, Self::Java, Self::JavaScript, Self::TypeScript, Self::Go, Self::C, Self::Cpp];

    /// JavaScript and TypeScript, which share rules, tables and rewrites.
    pub const SCRIPTS: [Self; 2] = [Self::JavaScript, Self::TypeScript];

    /// Whether this is JavaScript or TypeScript.
    pub const fn is_script(self) -> bool {
        matches!(self, Self::JavaScript | Self::TypeScript)
    }

    /// Lower-case name, as fences, flags and JSON spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Java => "java",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Go => "go",
            Self::C => "c",
            Self::Cpp => "cpp",
        }
    }

    /// The language of a fence label or flag, in any case (`py`, `python3`, `js`, `node`, …).
    pub fn from_label(label: &str) -> Option<Self> {
        match label.trim().to_ascii_lowercase().as_str() {
            "python" | "py" | "python3" | "py3" | "pyw" | "python2" | "ipython" | "jupyter" => Some(Self::Python),
            "java" => Some(Self::Java),
            "javascript" | "js" | "node" | "nodejs" | "mjs" | "cjs" | "jsx" | "ecmascript" | "es6" => {
                Some(Self::JavaScript)
            }
            "typescript" | "ts" | "tsx" | "mts" | "cts" | "deno" => Some(Self::TypeScript),
            "go" | "golang" => Some(Self::Go),
            "c" | "h" | "c89" | "c90" | "c99" | "c11" | "c17" | "c23" | "ansi-c" | "gnu-c" => Some(Self::C),
            "cpp" | "c++" | "cc" | "cxx" | "hpp" | "hxx" | "hh" | "c++11" | "c++14" | "c++17" | "c++20" | "c++23"
            | "arduino" | "ino" | "cuda" | "cu" => Some(Self::Cpp),
            _ => None,
        }
    }

    /// The extension that files of it usually have, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Python => "py",
            Self::Java => "java",
            Self::JavaScript => "js",
            Self::TypeScript => "ts",
            Self::Go => "go",
            Self::C => "c",
            Self::Cpp => "cpp",
        }
    }

    /// Whether it is C or a language that grew out of it.
    pub const fn is_c_family(self) -> bool {
        matches!(self, Self::C | Self::Cpp)
    }

    /// Parses and lowers a unit.
    pub(crate) fn read(self, text: &str, limits: &Limits) -> Tree {
        let masked = match self {
            Self::Python => python::mask(text),
            Self::Java | Self::JavaScript | Self::Go | Self::C | Self::Cpp => Cow::Borrowed(text),
            Self::TypeScript => return typescript::read(text, limits),
        };
        let grammar = match self {
            Self::Python => python::grammar(),
            Self::Java => java::grammar(),
            Self::JavaScript | Self::TypeScript => javascript::grammar(),
            Self::Go => go::grammar(),
            Self::C => c::grammar(),
            Self::Cpp => cpp::grammar(),
        };
        grammar.read(text, &masked, limits)
    }

    /// The language of a file by its extension.
    pub fn from_path(path: &str) -> Option<Self> {
        match path.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "py" | "pyw" | "pyi" => Some(Self::Python),
            "java" => Some(Self::Java),
            "js" | "mjs" | "cjs" | "jsx" => Some(Self::JavaScript),
            "ts" | "mts" | "cts" | "tsx" => Some(Self::TypeScript),
            "go" => Some(Self::Go),
            "c" | "h" => Some(Self::C),
            "cpp" | "cc" | "cxx" | "c++" | "hpp" | "hh" | "hxx" | "h++" | "ipp" | "tpp" | "ino" | "cu" | "cuh" => {
                Some(Self::Cpp)
            }
            _ => None,
        }
    }
}
