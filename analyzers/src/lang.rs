//! Languages: a grammar and the roles of its nodes as data; the one place that names tree-sitter.

pub(crate) mod bash;
mod braces;
pub(crate) mod c;
pub(crate) mod cpp;
pub(crate) mod csharp;
mod data;
pub mod detect;
pub(crate) mod go;
pub(crate) mod java;
pub(crate) mod javascript;
pub(crate) mod known;
pub(crate) mod lower;
pub(crate) mod memory;
mod mend;
mod parse;
pub(crate) mod php;
pub(crate) mod python;
pub(crate) mod ruby;
pub(crate) mod rust;
#[cfg(test)]
mod testing;
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
    /// PHP, with or without its tags.
    Php,
    /// C#.
    CSharp,
    /// Ruby.
    Ruby,
    /// Rust.
    Rust,
    /// Shell scripts.
    Bash,
    /// YAML: configuration of Kubernetes, Compose, workflows and all else.
    Yaml,
    /// JSON, with comments too.
    Json,
    /// TOML.
    Toml,
    /// `key = value` lines: INI, properties, files of environment variables.
    Ini,
    /// Dockerfiles.
    Dockerfile,
    /// Terraform and other HCL.
    Terraform,
    /// nginx's configuration.
    Nginx,
    /// SQL in any dialect.
    Sql,
    /// HTML and the templates that make it.
    Html,
}

/// How a language is called.
struct Named {
    language: Language,
    /// Lower-case name, as fences, flags and JSON spell it.
    name: &'static str,
    /// Other labels.
    labels: &'static [&'static str],
    /// Extensions of its files, the usual one first.
    extensions: &'static [&'static str],
}

const fn named(
    language: Language,
    name: &'static str,
    labels: &'static [&'static str],
    extensions: &'static [&'static str],
) -> Named {
    Named { language, name, labels, extensions }
}

/// What each language is called.
const NAMES: &[Named] = &[
    named(
        Language::Python,
        "python",
        &["py", "python3", "py3", "pyw", "python2", "ipython", "jupyter"],
        &["py", "pyw", "pyi"],
    ),
    named(Language::Java, "java", &[], &["java"]),
    named(
        Language::JavaScript,
        "javascript",
        &["js", "node", "nodejs", "mjs", "cjs", "jsx", "ecmascript", "es6"],
        &["js", "mjs", "cjs", "jsx"],
    ),
    named(Language::TypeScript, "typescript", &["ts", "tsx", "mts", "cts", "deno"], &["ts", "mts", "cts", "tsx"]),
    named(Language::Go, "go", &["golang"], &["go"]),
    named(Language::C, "c", &["h", "c89", "c90", "c99", "c11", "c17", "c23", "ansi-c", "gnu-c"], &["c", "h"]),
    named(
        Language::Cpp,
        "cpp",
        &[
            "c++", "cc", "cxx", "hpp", "hxx", "hh", "c++11", "c++14", "c++17", "c++20", "c++23", "arduino", "ino",
            "cuda", "cu",
        ],
        &["cpp", "cc", "cxx", "c++", "hpp", "hh", "hxx", "h++", "ipp", "tpp", "ino", "cu", "cuh"],
    ),
    named(Language::Php, "php", &["php5", "php7", "php8", "laravel"], &["php", "phtml", "php5", "inc"]),
    named(Language::CSharp, "csharp", &["c#", "cs", "dotnet", "aspnet"], &["cs", "csx"]),
    named(Language::Ruby, "ruby", &["rb", "rails", "irb"], &["rb", "rake", "gemspec"]),
    named(Language::Rust, "rust", &["rs"], &["rs"]),
    named(
        Language::Bash,
        "bash",
        &["sh", "shell", "zsh", "ksh", "shellscript", "shell-script"],
        &["sh", "bash", "zsh"],
    ),
    named(
        Language::Yaml,
        "yaml",
        &["yml", "docker-compose", "compose", "kubernetes", "k8s", "github-actions", "ansible", "helm", "openapi"],
        &["yml", "yaml"],
    ),
    named(Language::Json, "json", &["jsonc", "json5", "jsonl", "ndjson", "geojson"], &["json", "jsonc", "json5"]),
    named(Language::Toml, "toml", &[], &["toml"]),
    named(
        Language::Ini,
        "ini",
        &["env", "dotenv", "properties", "cfg", "conf", "config", "editorconfig", "systemd"],
        &["ini", "cfg", "conf", "env", "properties"],
    ),
    named(Language::Dockerfile, "dockerfile", &["docker", "containerfile"], &["dockerfile", "containerfile"]),
    named(Language::Terraform, "terraform", &["tf", "hcl", "hcl2", "opentofu"], &["tf", "tfvars", "hcl"]),
    named(Language::Nginx, "nginx", &["nginxconf"], &["nginx", "nginxconf"]),
    named(
        Language::Sql,
        "sql",
        &[
            "mysql",
            "postgresql",
            "postgres",
            "pgsql",
            "plpgsql",
            "plsql",
            "tsql",
            "t-sql",
            "sqlite",
            "sqlite3",
            "mssql",
            "mariadb",
            "ddl",
        ],
        &["sql", "ddl", "pgsql", "plsql"],
    ),
    named(
        Language::Html,
        "html",
        &[
            "htm",
            "xhtml",
            "html5",
            "vue",
            "vue-html",
            "svelte",
            "jinja",
            "jinja2",
            "j2",
            "django",
            "htmldjango",
            "html+jinja",
            "html+django",
            "html+erb",
            "erb",
            "ejs",
            "hbs",
            "handlebars",
            "mustache",
            "twig",
            "liquid",
            "blade",
            "nunjucks",
            "njk",
        ],
        &[
            "html", "htm", "xhtml", "vue", "svelte", "jinja", "jinja2", "j2", "erb", "ejs", "hbs", "mustache", "twig",
            "njk",
        ],
    ),
];

/// Files that are known by their whole name, or by its beginning where it ends in `*`.
const FILES: &[(&str, Language)] = &[
    ("dockerfile", Language::Dockerfile),
    ("dockerfile.*", Language::Dockerfile),
    ("containerfile", Language::Dockerfile),
    ("nginx.conf", Language::Nginx),
    (".env", Language::Ini),
    (".env.*", Language::Ini),
    (".npmrc", Language::Ini),
    (".pypirc", Language::Ini),
    (".gitconfig", Language::Ini),
    ("pipfile", Language::Toml),
    ("gemfile", Language::Ruby),
    ("rakefile", Language::Ruby),
    ("vagrantfile", Language::Ruby),
    (".bashrc", Language::Bash),
    (".bash_profile", Language::Bash),
    (".profile", Language::Bash),
    (".zshrc", Language::Bash),
];

impl Language {
    /// Every language.
    pub const ALL: [Self; NAMES.len()] = {
        let mut all = [Self::Python; NAMES.len()];
        let mut at = 0;
        while at < NAMES.len() {
            all[at] = NAMES[at].language;
            at += 1;
        }
        all
    };

    /// JavaScript and TypeScript, which share rules, tables and rewrites.
    pub const SCRIPTS: [Self; 2] = [Self::JavaScript, Self::TypeScript];

    /// What is read as data or markup rather than as a program: its graph is empty and nothing in it flows.
    pub const DATA: [Self; 9] = [
        Self::Yaml,
        Self::Json,
        Self::Toml,
        Self::Ini,
        Self::Dockerfile,
        Self::Terraform,
        Self::Nginx,
        Self::Sql,
        Self::Html,
    ];

    /// Whether this is data or markup rather than a program.
    pub const fn is_data(self) -> bool {
        self as usize >= Self::Yaml as usize
    }

    /// Whether this is JavaScript or TypeScript.
    pub const fn is_script(self) -> bool {
        matches!(self, Self::JavaScript | Self::TypeScript)
    }

    /// Lower-case name, as fences, flags and JSON spell it.
    pub fn name(self) -> &'static str {
        self.named().map_or("", |named| named.name)
    }

    /// The extension that files of it usually have, without the dot.
    pub fn extension(self) -> &'static str {
        self.named().and_then(|named| named.extensions.first()).copied().unwrap_or_default()
    }

    /// What a comment to the end of the line begins with.
    pub const fn comment(self) -> &'static str {
        match self {
            Self::Python
            | Self::Ruby
            | Self::Bash
            | Self::Yaml
            | Self::Toml
            | Self::Ini
            | Self::Dockerfile
            | Self::Terraform
            | Self::Nginx => "#",
            Self::Sql => "--",
            _ => "//",
        }
    }

    fn named(self) -> Option<&'static Named> {
        NAMES.iter().find(|named| named.language == self)
    }

    /// The language of a fence label or flag, in any case (`py`, `python3`, `js`, `node`, …).
    pub fn from_label(label: &str) -> Option<Self> {
        let label = label.trim();
        let called = |name: &str| name.eq_ignore_ascii_case(label);
        let found = NAMES.iter().find(|named| called(named.name) || named.labels.iter().any(|&name| called(name)));
        found.map(|named| named.language)
    }

    /// Whether it is C or a language that grew out of it.
    pub const fn is_c_family(self) -> bool {
        matches!(self, Self::C | Self::Cpp)
    }

    /// Whether what a case compares with is a value or a type, and never a name that it binds.
    pub(crate) const fn compares_cases(self) -> bool {
        matches!(self, Self::Go)
    }

    /// Whether a case that is not left runs on into the next.
    pub(crate) const fn falls_through(self) -> bool {
        !matches!(self, Self::Python | Self::Go)
    }

    /// Whether a function returns several values, the last of which says how it went.
    pub(crate) const fn returns_several_values(self) -> bool {
        matches!(self, Self::Go)
    }

    /// Whether a variable that is declared without a value holds the zero of its type.
    pub(crate) const fn has_zero_values(self) -> bool {
        matches!(self, Self::Go)
    }

    /// Whether methods stand outside of their types, with the receiver as the first parameter.
    pub(crate) const fn has_receivers(self) -> bool {
        matches!(self, Self::Go)
    }

    /// Whether calls fill what they are given (`&x`, the buffer of a reader), by the names of the library's functions.
    pub(crate) const fn fills_arguments(self) -> bool {
        matches!(self, Self::Go)
    }

    /// Whether `_` takes a value without being a name.
    pub(crate) const fn has_blank_name(self) -> bool {
        matches!(self, Self::Go)
    }

    /// Whether the members of a class are seen by their bare names in its methods.
    pub(crate) const fn sees_members(self) -> bool {
        matches!(self, Self::Java | Self::Cpp | Self::CSharp)
    }

    /// Whether a field that one method sets by its bare name is what another reads.
    pub(crate) const fn has_bare_fields(self) -> bool {
        matches!(self, Self::Java | Self::CSharp)
    }

    /// Whether a check of an entry (`params[:sort]`) speaks of that entry wherever it is read in its range.
    pub(crate) const fn names_keys_in_guards(self) -> bool {
        matches!(self, Self::Php | Self::Ruby | Self::CSharp | Self::Rust)
    }

    /// Whether the last expression of a function is what it returns.
    pub(crate) const fn returns_last(self) -> bool {
        matches!(self, Self::Ruby | Self::Rust)
    }

    /// Whether the types of arithmetic, casts and parameters tell that a value is a number: it stays an outside value,
    /// safe where only text does harm.
    pub(crate) const fn types_tell_numbers(self) -> bool {
        matches!(self, Self::Java | Self::CSharp | Self::Rust)
    }

    /// Parses and lowers a unit.
    pub(crate) fn read(self, text: &str, limits: &Limits) -> Tree {
        let masked = match self {
            Self::Python => python::mask(text),
            Self::Bash => bash::mask(text),
            Self::Ruby => ruby::mask(text),
            _ => Cow::Borrowed(text),
        };
        let grammar = match self {
            Self::Python => python::grammar(),
            Self::Java => java::grammar(),
            Self::JavaScript => javascript::grammar(),
            Self::TypeScript => return typescript::read(text, limits),
            Self::Go => go::grammar(),
            Self::C => c::grammar(),
            Self::Cpp => cpp::grammar(),
            Self::Php => php::grammar(text),
            Self::CSharp => csharp::grammar(),
            Self::Ruby => ruby::grammar(),
            Self::Rust => rust::grammar(),
            Self::Bash => bash::grammar(),
            _ => return data::read(self, text, limits),
        };
        let tree = grammar.read(text, &masked, limits);
        match self {
            Self::Go | Self::Java | Self::C | Self::Cpp => mend::read(grammar, self, text, limits, tree),
            _ => tree,
        }
    }

    /// The language of a file by its name.
    pub fn from_path(path: &str) -> Option<Self> {
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
        let called = |name: &str| match name.strip_suffix('*') {
            Some(start) => file.starts_with(start),
            None => file == name,
        };
        if let Some((_, language)) = FILES.iter().find(|(name, _)| called(name)) {
            return Some(*language);
        }
        let extension = path.rsplit_once('.')?.1;
        let has = |named: &&Named| named.extensions.iter().any(|known| known.eq_ignore_ascii_case(extension));
        NAMES.iter().find(has).map(|named| named.language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_listed_in_their_order_and_called_by_their_names() {
        for (at, language) in Language::ALL.into_iter().enumerate() {
            assert_eq!(language as usize, at, "{}", language.name());
            assert_eq!(Language::from_label(language.name()), Some(language));
            assert_eq!(Language::from_path(&format!("a/b.{}", language.extension())), Some(language));
        }
        let check = |label: &str, expected| assert_eq!(Language::from_label(label), expected, "{label}");
        check(" C# ", Some(Language::CSharp));
        check("SH", Some(Language::Bash));
        check("json", Some(Language::Json));
        check("console", None);
        check("", None);
    }
}
