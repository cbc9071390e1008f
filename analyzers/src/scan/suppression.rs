//! Comments that ask an analyzer to look away: found and reported, never obeyed.

use crate::finding::Suppression;
use crate::program::Program;
use crate::syntax::Span;

/// Markers of known tools, lower case, the longest spelling of a family first.
const MARKERS: &[&str] = &[
    "nosec",
    "noqa",
    "nosemgrep",
    "nosonar",
    "nolint",
    "noinspection",
    "codeql",
    "lgtm",
    "eslint-disable",
    "tslint:disable",
    "pylint: disable",
    "pylint:disable",
    "flake8: noqa",
    "type: ignore",
    "suppresswarnings",
    "suppressfbwarnings",
    "gosec:disable",
    "deepcode ignore",
    "snyk:ignore",
    "kics-scan ignore",
    "checkov:skip",
    "pragma: allowlist secret",
    "gitleaks:allow",
    "njsscan-ignore",
    "ts-ignore",
    "@phpstan-ignore",
    "rubocop:disable",
];

/// The marker in a comment or annotation, if it holds one as a word of its own.
pub(super) fn find(program: &Program, span: Span) -> Option<Suppression> {
    let text = program.text.get(span.range()).unwrap_or_default().as_bytes();
    // A marker further than this from the start of a comment is prose.
    let text = &text[..text.len().min(4_096)];
    for marker in MARKERS {
        if let Some(at) = position(text, marker.as_bytes()) {
            let start = span.start as usize + at;
            return Some(Suppression { span: Span::new(start, start + marker.len()), marker });
        }
    }
    None
}

fn position(text: &[u8], marker: &[u8]) -> Option<usize> {
    let bounded = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        let after = text.get(at + marker.len());
        !before.is_some_and(u8::is_ascii_alphanumeric) && !after.is_some_and(u8::is_ascii_alphanumeric)
    };
    text.windows(marker.len())
        .enumerate()
        .find_map(|(at, window)| (window.eq_ignore_ascii_case(marker) && bounded(at)).then_some(at))
}
