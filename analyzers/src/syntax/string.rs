//! What a string literal says: prefixes, quotes and escapes taken away.

use std::borrow::Cow;

use super::{Kind, NodeId, Span, Tree};

/// How a language spells characters in a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Escapes {
    /// Prefixes (`r`, `b`, `f`, `u`), `\x`, `\u`, `\U`, `\N{…}`, octal, line joins; unknown ones stand for themselves.
    #[default]
    Python,
    /// `\u`, octal, text blocks; no prefixes.
    Java,
    /// `\x`, `\u`, `\u{…}`, line joins; an unknown one is the letter itself.
    JavaScript,
    /// `\x`, `\u`, `\U`, octal; none at all between backquotes.
    Go,
    /// `\x`, `\u`, `\U`, octal, line joins; raw strings by their prefix; an unknown one is the letter itself.
    C,
    /// As Java's in double quotes; between single ones a backslash is a letter.
    Php,
    /// `\x`, `\u`, `\U`; none at all after `@`.
    CSharp,
    /// As Java's in double quotes; between single ones a backslash is a letter.
    Ruby,
    /// `\x`, `\u{…}`, line joins; none at all after `r`.
    Rust,
    /// A backslash takes the meaning of the next letter; between single quotes it is a letter.
    Bash,
    /// As JavaScript's between double quotes, none at all elsewhere: data and configuration.
    Data,
}

impl Tree {
    /// The bytes between the quotes of a `String`, or of a `Text`.
    pub fn content_span(&self, id: NodeId) -> Span {
        self.name_span(id)
    }

    /// What a `String` or `Text` says, escapes resolved; `None` for any other node.
    pub fn string<'t>(&self, id: NodeId, text: &'t str) -> Option<Cow<'t, str>> {
        let literal = match self.kind(id) {
            Kind::String => id,
            Kind::Text => self.parent(id)?,
            _ => return None,
        };
        let content = text.get(self.content_span(id).range())?;
        let prefix = text.get(self.span(literal).start as usize..self.content_span(literal).start as usize)?;
        Some(decode(content, prefix, self.escapes, self.kind(id) == Kind::Text))
    }

    /// The constant and dynamic pieces of a `String` or `Template` in order, nested concatenations flattened: `String`,
    /// `Text` and `Interpolation` nodes.
    pub fn pieces(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let mut at = id;
        let end = self.end(id);
        std::iter::from_fn(move || {
            while at < end {
                let node = at;
                if self.kind(node) == Kind::Template {
                    at = NodeId(at.0 + 1);
                } else {
                    at = self.end(node);
                    return Some(node);
                }
            }
            None
        })
    }
}

fn decode<'t>(content: &'t str, prefix: &str, escapes: Escapes, in_template: bool) -> Cow<'t, str> {
    let raw = match escapes {
        Escapes::Python => prefix.bytes().any(|byte| matches!(byte, b'r' | b'R')),
        Escapes::Go => prefix.starts_with('`'),
        Escapes::C => prefix.split('"').next().is_some_and(|prefix| prefix.ends_with('R')),
        Escapes::Php | Escapes::Ruby | Escapes::Bash => prefix.ends_with('\''),
        Escapes::CSharp => prefix.contains('@'),
        Escapes::Rust => prefix.starts_with('r') || prefix.starts_with("br"),
        Escapes::Data => !prefix.ends_with('"'),
        Escapes::Java | Escapes::JavaScript => false,
    };
    let braces = escapes == Escapes::Python
        && (in_template || prefix.bytes().any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T')));
    let doubled = braces && content.contains(['{', '}']);
    if (raw || !content.contains('\\')) && !doubled {
        return Cow::Borrowed(content);
    }
    let mut out = String::with_capacity(content.len());
    let mut rest = content.chars();
    while let Some(letter) = rest.next() {
        if doubled && matches!(letter, '{' | '}') && rest.as_str().starts_with(letter) {
            rest.next();
            out.push(letter);
        } else if letter != '\\' || raw {
            out.push(letter);
        } else {
            escape(&mut rest, escapes, &mut out);
        }
    }
    Cow::Owned(out)
}

/// Reads what follows a backslash.
fn escape(rest: &mut std::str::Chars<'_>, escapes: Escapes, out: &mut String) {
    let Some(letter) = rest.next() else {
        out.push('\\');
        return;
    };
    let simple = match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' if escapes != Escapes::Java => '\u{b}',
        'a' if matches!(escapes, Escapes::Python | Escapes::Go | Escapes::C) => '\u{7}',
        's' if escapes == Escapes::Java => ' ',
        '\\' | '\'' | '"' | '`' => letter,
        '\n' => return,
        '\r' => {
            if rest.as_str().starts_with('\n') {
                rest.next();
            }
            return;
        }
        '0'..='7' => return out.push(octal(letter, rest)),
        'x' if escapes != Escapes::Java => return hexadecimal(letter, 2, rest, out),
        'e' if escapes == Escapes::C => '\u{1b}',
        'u' if rest.as_str().starts_with('{') => return braced(rest, out),
        'u' => return hexadecimal(letter, 4, rest, out),
        'U' if matches!(escapes, Escapes::Python | Escapes::Go | Escapes::C) => {
            return hexadecimal(letter, 8, rest, out);
        }
        _ => {
            if escapes == Escapes::Python {
                out.push('\\');
            }
            letter
        }
    };
    out.push(simple);
}

fn octal(first: char, rest: &mut std::str::Chars<'_>) -> char {
    let mut value = first.to_digit(8).unwrap_or(0);
    for _ in 0..2 {
        let Some(digit) = rest.as_str().chars().next().and_then(|next| next.to_digit(8)) else { break };
        value = value * 8 + digit;
        rest.next();
    }
    char::from_u32(value).unwrap_or('\u{fffd}')
}

fn hexadecimal(letter: char, count: usize, rest: &mut std::str::Chars<'_>, out: &mut String) {
    let digits = rest.as_str().get(..count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let Some(value) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
        out.push('\\');
        out.push(letter);
        return;
    };
    *rest = rest.as_str()[count..].chars();
    out.push(char::from_u32(value).unwrap_or('\u{fffd}'));
}

fn braced(rest: &mut std::str::Chars<'_>, out: &mut String) {
    let inner = rest.as_str().get(1..).and_then(|after| after.split_once('}'));
    let Some((value, after)) = inner.and_then(|(digits, after)| Some((u32::from_str_radix(digits, 16).ok()?, after)))
    else {
        out.push('u');
        return;
    };
    *rest = after.chars();
    out.push(char::from_u32(value).unwrap_or('\u{fffd}'));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content: &str, prefix: &str, escapes: Escapes, expected: &str) {
        assert_eq!(decode(content, prefix, escapes, false), expected);
    }

    #[test]
    fn literals_are_decoded() {
        check(r"a\tb", "\"", Escapes::Python, "a\tb");
        check(r"a\tb", "r\"", Escapes::Python, r"a\tb");
        check(r"\x41\u0042\U00000043\101", "'", Escapes::Python, "ABCA");
        check(r"\d\", "'", Escapes::Python, r"\d\");
        check(r"\x4", "'", Escapes::Python, r"\x4");
        check("{{a}}", "f'", Escapes::Python, "{a}");
        check("{{a}}", "'", Escapes::Python, "{{a}}");
        check("a\\\r\nb", "'", Escapes::Python, "ab");
        check(r"\u{1F600}\q", "\"", Escapes::JavaScript, "\u{1F600}q");
        check(r"\u{zz", "\"", Escapes::JavaScript, "u{zz");
        check(r"\u0041\s\7", "\"", Escapes::Java, "A \u{7}");
        check(r"\a\x41\U00000042\103", "\"", Escapes::Go, "\u{7}ABC");
        check(r"\a\x41", "`", Escapes::Go, r"\a\x41");
        check(r"\x41\n\q\101", "\"", Escapes::C, "A\nqA");
        check(r"\n", "R\"(", Escapes::C, r"\n");
    }
}
