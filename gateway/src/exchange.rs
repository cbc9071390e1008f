//! All that is known of one request; plain data that the report reads.

/// What became of a unit or an answer, from best to worst: the answer's verdict is the worst of its units'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Verdict {
    /// No code.
    #[default]
    NotCode,
    /// Code without findings.
    Clean,
    /// Findings, reported and left as they are.
    Observed,
    /// What was found is mended.
    Secured,
    /// Code that was not read, or not to its end.
    Unscanned,
    /// Findings remain.
    Residual,
    /// Withheld.
    Blocked,
}

impl Verdict {
    /// Kebab-case name, as headers and reports spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotCode => "not-code",
            Self::Clean => "clean",
            Self::Observed => "observed",
            Self::Secured => "secured",
            Self::Unscanned => "unscanned",
            Self::Residual => "residual",
            Self::Blocked => "blocked",
        }
    }
}
