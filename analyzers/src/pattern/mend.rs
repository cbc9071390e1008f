//! Python's regular expressions as text: changes that are known to keep what is meant; never runs one.

/// Longest pattern that is looked at.
const LONGEST: usize = 2_000;

/// Last parts of host names that tell them from other dotted text.
const ENDINGS: &[&str] = &["com", "org", "net", "edu", "gov", "io", "dev", "app", "info", "local", "internal"];

/// The end of the character, escape or class that starts at `at`.
fn atom(bytes: &[u8], at: usize) -> Option<usize> {
    match *bytes.get(at)? {
        b'\\' => (at + 1 < bytes.len()).then_some(at + 2),
        b'[' => {
            let mut end = at + 1;
            if bytes.get(end) == Some(&b'^') {
                end += 1;
            }
            if bytes.get(end) == Some(&b']') {
                end += 1;
            }
            while *bytes.get(end)? != b']' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            Some(end + 1)
        }
        b'(' | b')' | b'|' | b'*' | b'+' | b'?' | b'{' | b'^' | b'$' => None,
        _ => Some(at + 1),
    }
}

/// The pattern with the dots of its host names escaped; `None` where none stands open.
pub(crate) fn escape_host_dots(pattern: &str) -> Option<String> {
    let bytes = pattern.as_bytes();
    if bytes.len() > LONGEST || !pattern.is_ascii() {
        return None;
    }
    // Atoms with whether each is an open dot.
    let mut open = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = atom(bytes, at).unwrap_or(at + 1);
        let repeated = matches!(bytes.get(end), Some(b'*' | b'+' | b'?' | b'{'));
        if bytes[at] == b'.' && !repeated {
            open.push(at);
        }
        at = end;
    }
    let of_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.\\()|[]".contains(&byte);
    let mut escaped = String::with_capacity(pattern.len() + 8);
    let mut from = 0;
    for at in open {
        let start = bytes[..at].iter().rposition(|&byte| !of_host(byte)).map_or(0, |before| before + 1);
        let end = bytes[at..].iter().position(|&byte| !of_host(byte)).map_or(bytes.len(), |length| at + length);
        let run = &pattern[start..end];
        let is_host = ENDINGS.iter().any(|ending| {
            run.match_indices(ending).any(|(found, _)| {
                let after = run.as_bytes().get(found + ending.len());
                found > 0
                    && run.as_bytes()[found - 1] == b'.'
                    && after.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-')
            })
        });
        let between = at > 0
            && (bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b')' | b']' | b'-'))
            && bytes.get(at + 1).is_some_and(|next| next.is_ascii_alphanumeric() || matches!(next, b'(' | b'['));
        if is_host && between {
            escaped.push_str(&pattern[from..at]);
            escaped.push_str("\\.");
            from = at + 1;
        }
    }
    escaped.push_str(&pattern[from..]);
    (escaped != pattern).then_some(escaped)
}

/// The pattern without repeated repetitions: `(a+)+` → `(a+)`, `(a+)*` → `(a+)?`, which match the same texts with the
/// same groups, in linear time; `(a*)*` → `(a*)` matches the same texts, and is taken where `groups` do not matter.
/// `None` where there is no such part.
pub(crate) fn without_nested_repetition(pattern: &str, groups_matter: bool) -> Option<String> {
    let bytes = pattern.as_bytes();
    if bytes.len() > LONGEST || pattern.contains("(?x") || pattern.contains("(?#") {
        return None;
    }
    let mut changed = String::with_capacity(pattern.len());
    let (mut at, mut from) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'('
            && let Some(nested) = nested(bytes, at)
            && (nested.inner == b'+' || nested.silent || !groups_matter)
        {
            changed.push_str(&pattern[from..=nested.close]);
            if nested.inner == b'+' && nested.outer == b'*' {
                changed.push('?');
            }
            from = nested.close + 2;
            at = from;
            continue;
        }
        at = if bytes[at] == b'(' { at + 1 } else { atom(bytes, at).unwrap_or(at + 1) };
    }
    changed.push_str(&pattern[from..]);
    (changed != pattern).then_some(changed)
}

/// A group of one repeated atom that is repeated itself.
struct Nested {
    /// Whether the group has no number.
    silent: bool,
    /// `+` or `*` of the atom.
    inner: u8,
    /// Offset of the closing parenthesis.
    close: usize,
    /// `+` or `*` of the group.
    outer: u8,
}

fn nested(bytes: &[u8], open: usize) -> Option<Nested> {
    let silent = bytes.get(open + 1..open + 3) == Some(b"?:");
    let start = if silent { open + 3 } else { open + 1 };
    let end = atom(bytes, start)?;
    let (inner, outer) = (*bytes.get(end)?, *bytes.get(end + 2)?);
    let repeats = |byte: u8| matches!(byte, b'+' | b'*');
    // A lazy or possessive form repeats in another way; a back-reference is no character.
    let plain = bytes[end + 1] == b')'
        && !matches!(bytes.get(end + 3), Some(b'?' | b'+' | b'*' | b'{'))
        && !(bytes[start] == b'\\' && bytes[start + 1].is_ascii_digit());
    let consumes = !(bytes[start] == b'\\' && matches!(bytes[start + 1], b'b' | b'B' | b'A' | b'Z'));
    (plain && consumes && repeats(inner) && repeats(outer)).then_some(Nested { silent, inner, close: end + 1, outer })
}

#[cfg(test)]
mod tests {
    use super::{escape_host_dots, without_nested_repetition};

    #[test]
    fn dots_of_host_names_are_escaped() {
        let check = |pattern: &str, wanted: Option<&str>| assert_eq!(escape_host_dots(pattern).as_deref(), wanted);
        check("(www|beta).example.com/", Some(r"(www|beta)\.example\.com/"));
        check(r"^https://www.example\.com", Some(r"^https://www\.example\.com"));
        check(r"^https?://([a-z]+).example.org$", Some(r"^https?://([a-z]+)\.example\.org$"));
        check(r"^[a-z.]+@.*\.com$", None);
        check(r"a.b", None);
        check(r"example\.com", None);
        check(r"^.+.com$", None);
    }

    #[test]
    fn repeated_repetitions_are_taken_apart() {
        let check = |pattern: &str, wanted: Option<&str>| {
            assert_eq!(without_nested_repetition(pattern, true).as_deref(), wanted, "{pattern}");
        };
        check("^(a+)+$", Some("^(a+)$"));
        check("([a-zA-Z]+)*$", Some("([a-zA-Z]+)?$"));
        check(r"^(?:\d+)+x", Some(r"^(?:\d+)x"));
        check("(?:x*)*y", Some("(?:x*)y"));
        check("(.*)*b", None);
        check("(a+b)+", None);
        check("(a+?)+", None);
        check("(a+)+?", None);
        check(r"(\1+)+", None);
        check(r"(\d+-)*", None);
        assert_eq!(without_nested_repetition("([\\w ]*)*/?$", false).as_deref(), Some("([\\w ]*)/?$"));
    }
}
