//! What brings outside values in, what makes them harmless and for which use: data per language, no behaviour.

use crate::lang::Language;

mod bash;
mod c;
mod csharp;
mod go;
mod java;
mod javascript;
mod php;
mod python;
mod ruby;
mod rust;

/// Uses of a value, as a set: a sanitizer names those it makes safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Purposes(u16);

impl Purposes {
    /// No use.
    pub const NONE: Self = Self(0);
    /// A shell command.
    pub const SHELL: Self = Self(1);
    /// A query text.
    pub const SQL: Self = Self(1 << 1);
    /// Markup.
    pub const HTML: Self = Self(1 << 2);
    /// A file path.
    pub const PATH: Self = Self(1 << 3);
    /// Program text, a template, a module name.
    pub const CODE: Self = Self(1 << 4);
    /// A URL or host to connect or redirect to.
    pub const URL: Self = Self(1 << 5);
    /// A regular expression.
    pub const REGEX: Self = Self(1 << 6);
    /// A log line or header.
    pub const LINE: Self = Self(1 << 7);
    /// Bytes given to a deserialiser.
    pub const DATA: Self = Self(1 << 8);
    /// A directory or XPath filter.
    pub const FILTER: Self = Self(1 << 9);
    /// A size or count.
    pub const SIZE: Self = Self(1 << 10);
    /// Every use but as a size or count: what is a number.
    pub const NUMBER: Self = Self(u16::MAX ^ Self::SIZE.0);
    /// Every use.
    pub const ALL: Self = Self(u16::MAX);
    /// What a value is safe for once only letters and digits are left of it.
    pub(super) const WORD: Self =
        Self::SHELL.with(Self::SQL).with(Self::HTML).with(Self::PATH).with(Self::LINE).with(Self::FILTER);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both sets.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether every use in `other` is in this set.
    pub const fn holds(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Where an outside value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A name that the unit neither defines nor imports (fragments).
    Unknown,
    /// A file's content.
    File,
    /// The environment.
    Environment,
    /// A parameter of a function of the unit.
    Parameter,
    /// The command line.
    Arguments,
    /// Answers of other machines.
    Network,
    /// Standard input.
    Input,
    /// A request that the unit serves.
    Request,
}

impl Source {
    /// How messages call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "a value from outside this code",
            Self::File => "a file's content",
            Self::Environment => "an environment variable",
            Self::Parameter => "a parameter",
            Self::Arguments => "a command-line argument",
            Self::Network => "data from the network",
            Self::Input => "user input",
            Self::Request => "request data",
        }
    }
}

/// What a function gets that is handed to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// The object of the call or its elements.
    Object,
    /// Something from outside.
    From(Source),
    /// Nothing that somebody else chooses.
    Nothing,
}

/// The tables of one language.
#[derive(Debug)]
pub(super) struct Tables {
    /// Dotted names (and everything below them) that are outside values, or calls that return them.
    pub(super) sources: &'static [(&'static str, Source)],
    /// Sources in classes whose base's name holds this text.
    pub(super) handler_sources: (&'static str, &'static [&'static str]),
    /// Parts of sources that an attacker does not choose.
    pub(super) harmless: &'static [&'static str],
    /// Last parts of a callee that return outside values whatever their object is.
    pub(super) source_methods: &'static [(&'static str, Source)],
    /// Callees and what their result is safe for.
    pub(super) sanitizers: &'static [(&'static str, Purposes)],
    /// Last parts of a callee and what the result is safe for.
    pub(super) sanitizing_methods: &'static [(&'static str, Purposes)],
    /// Types whose formatting methods escape their arguments for markup.
    pub(super) escaping_types: &'static [&'static str],
    /// Types whose values are harmless whoever sends them.
    pub(super) inert_types: &'static [&'static str],
    /// Decorators or annotations (last part) that make a function's parameters request data.
    pub(super) route_decorators: &'static [&'static str],
    /// Names of parameters that hold the request itself.
    pub(super) request_parameters: &'static [&'static str],
    /// Types of parameters (last part) that hold a request, or a part of one.
    pub(super) request_types: &'static [&'static str],
    /// Annotations of a parameter (last part) that make it an outside value.
    pub(super) parameter_annotations: &'static [(&'static str, Source)],
    /// Methods that a framework calls with outside values.
    pub(super) handlers: &'static [&'static str],
    /// Calls that end the request or program.
    pub(super) aborts: &'static [&'static str],
    /// Calls (dotted name or last part) and what they pass to the parameter at an index of a function handed to them.
    pub(super) callbacks: &'static [(&'static str, usize, Passed)],
    /// Names that are known without a definition.
    pub(super) builtins: &'static [&'static str],
}

impl Tables {
    /// Nothing comes from outside: what is wrong in data and markup stands there.
    pub(super) const NONE: Self = Self {
        sources: &[],
        handler_sources: ("", &[]),
        harmless: &[],
        source_methods: &[],
        sanitizers: &[],
        sanitizing_methods: &[],
        escaping_types: &[],
        inert_types: &[],
        route_decorators: &[],
        request_parameters: &[],
        request_types: &[],
        parameter_annotations: &[],
        handlers: &[],
        aborts: &[],
        callbacks: &[],
        builtins: &[],
    };
}

/// The tables of a language.
pub(super) const fn of(language: Language) -> &'static Tables {
    match language {
        Language::Python => &python::TABLES,
        Language::JavaScript | Language::TypeScript => &javascript::TABLES,
        Language::Java => &java::TABLES,
        Language::Go => &go::TABLES,
        Language::C | Language::Cpp => &c::TABLES,
        Language::Php => &php::TABLES,
        Language::CSharp => &csharp::TABLES,
        Language::Ruby => &ruby::TABLES,
        Language::Rust => &rust::TABLES,
        Language::Bash => &bash::TABLES,
        _ => &Tables::NONE,
    }
}
