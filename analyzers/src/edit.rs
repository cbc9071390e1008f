//! Edits: one graph edit with its text realisation, and how a set of them is applied.

mod apply;
mod place;

pub(crate) use apply::after_statement;
pub use apply::{Applied, apply};
pub(crate) use place::{end_of_line, indent_at, line_ending, start_of_line, whole_lines};

use crate::syntax::{NodeId, Span};

/// The vocabulary of edits, shared by all languages: what is learned on Python scores Java.
///
/// The order is the index in the gGAN's edit head: append only, and raise the vocabulary version when it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EditKind {
    /// Run a program by argument vector instead of a shell string.
    ArgumentVector,
    /// Quote a dynamic part of a shell string.
    QuoteArgument,
    /// Pass values as query parameters.
    ParameteriseQuery,
    /// Read a credential from the environment at the place of use.
    SecretFromEnvironment,
    /// Replace a callee by its safe form (`yaml.load` → `yaml.safe_load`, `eval` → `ast.literal_eval`).
    SafeCallee,
    /// Replace a broken algorithm by a sound one.
    StrongAlgorithm,
    /// Draw secrets from a cryptographic generator.
    SecureRandom,
    /// Create temporary files atomically.
    SecureTemporaryFile,
    /// Escape a value for the markup it is put into.
    EscapeMarkup,
    /// Let a template engine escape.
    TemplateEscape,
    /// Confine a path to its base directory.
    ConfinePath,
    /// Parse input before use and reject what is malformed.
    ValidateInput,
    /// Add a time limit.
    AddTimeout,
    /// Tighten a file mode.
    TightenMode,
    /// Name the exceptions that are expected, or log what is swallowed.
    NarrowException,
    /// Replace an `assert` that guards behaviour by an explicit raise.
    ExplicitRaise,
    /// Bind to the loopback interface or a configured address.
    BindLoopback,
    /// Deserialise data only (JSON, safe loaders).
    DataOnlyFormat,
    /// Switch off a debugging aid.
    DisableDebug,
    /// Switch a check of certificates or hosts on.
    EnableVerification,
    /// Add an option that makes a call safe (`usedforsecurity=False`, `autoescape=True`, `filter="data"`).
    SafeOption,
    /// Harden a parser against entities.
    HardenParser,
}

impl EditKind {
    /// Every kind, in the order of the gGAN's edit head.
    pub const ALL: [Self; 22] = [
        Self::ArgumentVector,
        Self::QuoteArgument,
        Self::ParameteriseQuery,
        Self::SecretFromEnvironment,
        Self::SafeCallee,
        Self::StrongAlgorithm,
        Self::SecureRandom,
        Self::SecureTemporaryFile,
        Self::EscapeMarkup,
        Self::TemplateEscape,
        Self::ConfinePath,
        Self::ValidateInput,
        Self::AddTimeout,
        Self::TightenMode,
        Self::NarrowException,
        Self::ExplicitRaise,
        Self::BindLoopback,
        Self::DataOnlyFormat,
        Self::DisableDebug,
        Self::EnableVerification,
        Self::SafeOption,
        Self::HardenParser,
    ];

    /// Kebab-case name, as reports and requirement tables spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ArgumentVector => "argument-vector",
            Self::QuoteArgument => "quote-argument",
            Self::ParameteriseQuery => "parameterise-query",
            Self::SecretFromEnvironment => "secret-from-environment",
            Self::SafeCallee => "safe-callee",
            Self::StrongAlgorithm => "strong-algorithm",
            Self::SecureRandom => "secure-random",
            Self::SecureTemporaryFile => "secure-temporary-file",
            Self::EscapeMarkup => "escape-markup",
            Self::TemplateEscape => "template-escape",
            Self::ConfinePath => "confine-path",
            Self::ValidateInput => "validate-input",
            Self::AddTimeout => "add-timeout",
            Self::TightenMode => "tighten-mode",
            Self::NarrowException => "narrow-exception",
            Self::ExplicitRaise => "explicit-raise",
            Self::BindLoopback => "bind-loopback",
            Self::DataOnlyFormat => "data-only-format",
            Self::DisableDebug => "disable-debug",
            Self::EnableVerification => "enable-verification",
            Self::SafeOption => "safe-option",
            Self::HardenParser => "harden-parser",
        }
    }
}

/// A replacement of a byte range; an empty range inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// One candidate edit of the graph, with the text that realises it.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Its name in the shared vocabulary.
    pub kind: EditKind,
    /// The graph node it acts on (the sink's expression or statement).
    pub node: NodeId,
    /// Edits with the same group exclude each other (they share a statement); "keep" is always the other choice.
    pub group: u32,
    /// CWE numbers it is meant for. Never a feature of the model.
    pub cwe: &'static [u16],
    /// What it does, one clause for reports, without user code.
    pub summary: &'static str,
    /// Replacements, sorted, not overlapping.
    pub texts: Vec<TextEdit>,
    /// Import statements it needs (`import subprocess`), added once where missing.
    pub imports: Vec<String>,
    /// Source of a helper function it needs, added once, keyed by name.
    pub helper: Option<(&'static str, String)>,
    /// Environment variables that must now be configured.
    pub variables: Vec<String>,
}
