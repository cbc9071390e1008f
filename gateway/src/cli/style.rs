//! Terminal colours; plain text where the output is no terminal.

use analyzers::finding::{Class, Finding, Severity};

/// A colour or weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    /// Bold.
    Bold,
    /// Dim grey.
    Grey,
    /// Red.
    Red,
    /// Yellow.
    Yellow,
    /// Green.
    Green,
    /// Blue.
    Blue,
}

impl Colour {
    /// The colour of a finding's level.
    pub(super) fn of(finding: &Finding) -> Self {
        match (finding.class, finding.severity) {
            (Class::Audit, _) => Self::Grey,
            (Class::Issue, Severity::High) => Self::Red,
            (Class::Issue, Severity::Medium) => Self::Yellow,
            (Class::Issue, Severity::Low) => Self::Blue,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Bold => "1",
            Self::Grey => "2",
            Self::Red => "31",
            Self::Yellow => "33",
            Self::Green => "32",
            Self::Blue => "34",
        }
    }
}

/// Whether to colour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    coloured: bool,
}

impl Style {
    /// Colours only when `terminal`, and only if the environment does not forbid it.
    pub(super) fn new(terminal: bool) -> Self {
        Self { coloured: terminal && !crate::settings::colour_unwanted() }
    }

    /// `text` in a colour.
    pub(super) fn paint(self, colour: Colour, text: &str) -> String {
        if self.coloured { format!("\u{1b}[{}m{text}\u{1b}[0m", colour.code()) } else { text.to_owned() }
    }
}
