//! Regular expressions as text: what simple ones stand for; never a matcher.

pub(crate) mod mend;

/// The text that a pattern stands for where it has no operators: `\.\.\/` is `../`, `["]` is `"`.
pub(crate) fn literal_of(pattern: &str) -> Option<String> {
    let mut out = String::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.push(match letters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'x' => {
                    let digits: String = [letters.next()?, letters.next()?].iter().collect();
                    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
                }
                letter if letter.is_ascii_alphanumeric() => return None,
                letter => letter,
            }),
            '[' => {
                let mut inner = letters.next()?;
                if inner == '^' {
                    return None;
                }
                if inner == '\\' {
                    inner = letters.next().filter(|letter| !letter.is_ascii_alphanumeric())?;
                }
                if letters.next()? != ']' {
                    return None;
                }
                out.push(inner);
            }
            '.' | '*' | '+' | '?' | '(' | ')' | '{' | '}' | '|' | '^' | '$' | ']' => return None,
            letter => out.push(letter),
        }
    }
    Some(out)
}

/// The single characters that a pattern matches one of: `'`, `[<>"]`, `<|>`; `None` for anything else.
pub(crate) fn characters(pattern: &str) -> Option<Vec<char>> {
    let inner = pattern.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(pattern);
    if let Some(class) =
        inner.strip_prefix('[').and_then(|rest| rest.strip_suffix(['+']).unwrap_or(rest).strip_suffix(']'))
        && !class.starts_with('^')
    {
        let mut out = Vec::new();
        let mut letters = class.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => match letters.next()? {
                    'n' => out.push('\n'),
                    'r' => out.push('\r'),
                    letter if letter.is_ascii_alphanumeric() => return None,
                    letter => out.push(letter),
                },
                '[' | ']' => return None,
                letter => out.push(letter),
            }
        }
        return Some(out);
    }
    let mut out = Vec::new();
    for part in inner.split('|') {
        let mut letters = literal_of(part)?.chars().collect::<Vec<_>>();
        if letters.len() != 1 {
            return None;
        }
        out.append(&mut letters);
    }
    Some(out)
}

/// What a pattern of one negated class leaves: the text between `[^` and `]`, also of `\W` and `\D`.
pub(crate) fn kept(pattern: &str) -> Option<&str> {
    let bare = pattern.strip_suffix('+').unwrap_or(pattern);
    match bare {
        "\\W" => return Some("\\w"),
        "\\D" => return Some("\\d"),
        _ => {}
    }
    let inner = bare.strip_prefix("[^")?.strip_suffix(']')?;
    (!inner.contains(['[', ']'])).then_some(inner)
}

/// The alternatives of a pattern that stand in no group.
pub(crate) fn alternatives(pattern: &str) -> Vec<&str> {
    let bytes = pattern.as_bytes();
    let (mut depth, mut class, mut from, mut at) = (0_u32, false, 0, 0);
    let mut parts = Vec::new();
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' if !class => class = true,
            b']' if class => class = false,
            b'(' if !class => depth += 1,
            b')' if !class => depth = depth.saturating_sub(1),
            b'|' if !class && depth == 0 => {
                parts.push(&pattern[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(pattern.get(from..).unwrap_or_default());
    parts
}

/// `^a|b` with the anchors of its ends around all its alternatives: `^(?:a|b)`.
pub(crate) fn whole_alternatives(pattern: &str) -> Option<String> {
    if alternatives(pattern).len() < 2 {
        return None;
    }
    let start = pattern.strip_prefix('^');
    let inner = start.unwrap_or(pattern);
    let end = inner.strip_suffix('$').filter(|rest| !rest.ends_with('\\'));
    let inner = end.unwrap_or(inner);
    let (before, after) = (if start.is_some() { "^" } else { "" }, if end.is_some() { "$" } else { "" });
    (start.is_some() || end.is_some()).then(|| format!("{before}(?:{inner}){after}"))
}

#[cfg(test)]
mod tests {
    use super::{characters, kept, literal_of};

    #[test]
    fn patterns_without_operators_are_text() {
        assert_eq!(literal_of(r"\.\.\/").as_deref(), Some("../"));
        assert_eq!(literal_of(r"\x2E\x2E").as_deref(), Some(".."));
        assert_eq!(literal_of("[\"]").as_deref(), Some("\""));
        assert_eq!(literal_of("a+"), None);
        assert_eq!(literal_of(r"\w"), None);
    }

    #[test]
    fn classes_and_alternatives_are_characters() {
        assert_eq!(characters("[<>]"), Some(vec!['<', '>']));
        assert_eq!(characters("<|>"), Some(vec!['<', '>']));
        assert_eq!(characters("('|\")"), Some(vec!['\'', '"']));
        assert_eq!(characters("[^a]"), None);
        assert_eq!(characters("ab"), None);
    }

    #[test]
    fn negated_classes_keep_what_they_name() {
        assert_eq!(kept("[^a-z0-9]+"), Some("a-z0-9"));
        assert_eq!(kept("[^a]b"), None);
        assert_eq!(kept("[a]"), None);
    }
}
