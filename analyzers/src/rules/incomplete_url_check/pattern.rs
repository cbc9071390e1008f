//! What patterns for hosts and whole texts leave open, whatever the language.

use super::ENDINGS;

/// The message for a host that matches others.
pub(super) const LOOSE_HOST: &str = "The pattern for a host name also matches other hosts: a dot is not escaped.";

/// What a pattern says less than it seems to, `None` where it says what it should.
pub(super) fn says_less(pattern: &str) -> Option<&'static str> {
    if loose_host(pattern) {
        Some(LOOSE_HOST)
    } else if half_anchored(pattern) {
        Some("The anchor belongs to one alternative of the pattern only.")
    } else if unanchored_host(pattern) {
        Some("The pattern for a host name also matches inside other text: it has no anchor.")
    } else {
        None
    }
}

/// Whether a pattern names a host with an unescaped dot before its ending: `www.example.com`.
pub(super) fn loose_host(pattern: &str) -> bool {
    ENDINGS.iter().take(6).any(|ending| {
        pattern.match_indices(ending).any(|(at, _)| {
            let after = pattern[at + ending.len()..].chars().next();
            let before = &pattern[..at];
            let ends = after.is_none_or(|letter| !letter.is_ascii_alphanumeric() && letter != '-');
            let dotted = before.ends_with('.') || before.ends_with("\\.");
            let label = before.trim_end_matches('.').trim_end_matches('\\');
            let word: String =
                label.chars().rev().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
            let prefix = &label[..label.len() - word.len()];
            let loose_before = prefix.ends_with('.') && !prefix.ends_with("\\.");
            let loose = before.ends_with('.') && !before.ends_with("\\.");
            let host_like = prefix.ends_with(['.', ')', '/', '^', '@']) || prefix.is_empty();
            ends && dotted && word.len() > 2 && host_like && (loose || loose_before)
        })
    })
}

/// `^a|b`, `a|b$`: an anchor at one end of the first or last alternative alone.
fn half_anchored(pattern: &str) -> bool {
    let mut depth = 0_i32;
    let mut in_class = false;
    let mut escaped = false;
    let mut cuts = Vec::new();
    for (at, letter) in pattern.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => depth -= 1,
            '|' if !in_class && depth == 0 => cuts.push(at),
            _ => {}
        }
    }
    let (Some(&first), Some(&last)) = (cuts.first(), cuts.last()) else { return false };
    // `(^b)` and `(a$)` are anchored as well.
    let starts = |part: &str| part.trim_start_matches("(?:").trim_start_matches('(').starts_with('^');
    let ends = |part: &str| {
        let part = part.trim_end_matches(')');
        part.ends_with('$') && !part.ends_with("\\$")
    };
    let (head, tail) = (&pattern[..first], &pattern[last + 1..]);
    let middle: Vec<&str> = pattern[first + 1..].split('|').collect();
    let words = |part: &str| part.chars().any(char::is_alphanumeric);
    let lone_start =
        starts(head) && words(head) && !ends(head) && middle.iter().all(|part| !starts(part) && words(part));
    let lone_end =
        ends(tail) && words(tail) && !starts(tail) && pattern[..last].split('|').all(|part| !ends(part) && words(part));
    // `^\s+|\s+$` trims both ends.
    let trims = starts(head) && ends(tail);
    (lone_start || lone_end) && !trims
}

/// A host name with escaped dots, and nothing that ties it to the start of the text.
fn unanchored_host(pattern: &str) -> bool {
    if pattern.starts_with('^') || pattern.starts_with("(^") || pattern.starts_with("\\A") || pattern.ends_with('$') {
        return false;
    }
    let rest = pattern.split_once("://").map_or(pattern, |(_, rest)| rest);
    ENDINGS.iter().take(6).any(|ending| {
        rest.match_indices(ending).any(|(at, _)| {
            let after = rest[at + ending.len()..].chars().next();
            let ends = after.is_none_or(|letter| matches!(letter, '/' | ')' | ':' | '?' | '"'));
            let dotted = rest[..at].ends_with("\\.") || (rest.len() < pattern.len() && rest[..at].ends_with('.'));
            ends && dotted
        })
    })
}
