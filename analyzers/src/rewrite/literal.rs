//! Python string literals: their value, and a value written back in the style of a literal; never loses a character.

/// How a literal is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Style {
    /// Quote: one or three characters.
    pub(crate) quote: String,
    /// `r` prefix.
    pub(crate) raw: bool,
    /// `b` prefix.
    pub(crate) bytes: bool,
    /// `f` prefix.
    pub(crate) formatted: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { quote: "\"".to_owned(), raw: false, bytes: false, formatted: false }
    }
}

/// Reads prefix and quote; the length of both together.
pub(crate) fn style(text: &str) -> Option<(Style, usize)> {
    let prefix = text.find(['"', '\''])?;
    if prefix > 3 || !text[..prefix].bytes().all(|byte| b"rRbBuUfF".contains(&byte)) {
        return None;
    }
    let rest = &text[prefix..];
    let quote = if rest.starts_with("\"\"\"") || rest.starts_with("'''") { &rest[..3] } else { &rest[..1] };
    let has = |letter: u8| text.as_bytes()[..prefix].iter().any(|byte| byte.eq_ignore_ascii_case(&letter));
    let style = Style { quote: quote.to_owned(), raw: has(b'r'), bytes: has(b'b'), formatted: has(b'f') };
    Some((style, prefix + quote.len()))
}

/// The style and value of a plain (not formatted) literal.
pub(crate) fn read(text: &str) -> Option<(Style, String)> {
    let (style, start) = style(text)?;
    let body = text.get(start..)?.strip_suffix(style.quote.as_str())?;
    let value = decode(body, style.raw)?;
    Some((style, value))
}

/// The value of the inside of a literal. `None` for escapes that name characters (`\N{…}`) or that are malformed.
pub(crate) fn decode(body: &str, raw: bool) -> Option<String> {
    if raw {
        return Some(body.to_owned());
    }
    let mut value = String::with_capacity(body.len());
    let mut chars = body.chars().peekable();
    while let Some(char) = chars.next() {
        if char == '\r' && chars.peek() == Some(&'\n') {
            continue;
        }
        if char != '\\' {
            value.push(char);
            continue;
        }
        let digits = |count: usize, chars: &mut std::iter::Peekable<std::str::Chars<'_>>| -> Option<char> {
            let hex: String = chars.by_ref().take(count).collect();
            (hex.len() == count).then(|| u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32))?
        };
        match chars.next()? {
            '\n' => {}
            '\r' => {
                chars.next_if_eq(&'\n');
            }
            'n' => value.push('\n'),
            't' => value.push('\t'),
            'r' => value.push('\r'),
            'a' => value.push('\u{7}'),
            'b' => value.push('\u{8}'),
            'f' => value.push('\u{c}'),
            'v' => value.push('\u{b}'),
            'x' => value.push(digits(2, &mut chars)?),
            'u' => value.push(digits(4, &mut chars)?),
            'U' => value.push(digits(8, &mut chars)?),
            'N' => return None,
            octal @ '0'..='7' => {
                let mut code = octal as u32 - '0' as u32;
                for _ in 0..2 {
                    match chars.next_if(|next| ('0'..='7').contains(next)) {
                        Some(next) => code = code * 8 + (next as u32 - '0' as u32),
                        None => break,
                    }
                }
                value.push(char::from_u32(code)?);
            }
            same @ ('\\' | '\'' | '"') => value.push(same),
            other => {
                value.push('\\');
                value.push(other);
            }
        }
    }
    Some(value)
}

/// The inside of a literal of that style with that value; `formatted` doubles braces.
fn encode(value: &str, style: &Style, last: bool) -> String {
    let triple = style.quote.len() == 3;
    let quote = style.quote.chars().next().unwrap_or('"');
    let mut out = String::with_capacity(value.len() + 8);
    let mut chars = value.chars().peekable();
    let mut run = 0;
    while let Some(char) = chars.next() {
        run = if char == quote { run + 1 } else { 0 };
        match char {
            '\\' => out.push_str("\\\\"),
            '\n' if !triple => out.push_str("\\n"),
            '\n' => out.push('\n'),
            '\t' => out.push_str(if triple { "\t" } else { "\\t" }),
            '\r' => out.push_str("\\r"),
            _ if char == quote && (!triple || run == 3 || (last && chars.peek().is_none())) => {
                out.push('\\');
                out.push(char);
                run = 0;
            }
            '{' if style.formatted => out.push_str("{{"),
            '}' if style.formatted => out.push_str("}}"),
            _ if char.is_control() => out.extend([format!("\\x{:02x}", char as u32)]),
            _ => out.push(char),
        }
    }
    out
}

/// A part of an f-string to write: text, or an expression with its conversion and format.
pub(crate) enum Part<'a> {
    /// Constant text.
    Text(&'a str),
    /// What stands between the braces.
    Expression(&'a str),
}

/// A plain literal with that value. The style's `r` is kept only where the value needs no escape.
pub(crate) fn write(value: &str, style: &Style) -> String {
    let mut style = Style { formatted: false, ..style.clone() };
    let triple = style.quote.len() == 3;
    let quote = style.quote.chars().next().unwrap_or('"');
    if style.raw {
        let plain = !value.contains(quote)
            && !value.ends_with('\\')
            && (triple || !value.contains('\n'))
            && value.chars().all(|char| !char.is_control() || char == '\n' || char == '\t');
        if plain {
            let bytes = if style.bytes { "b" } else { "" };
            return format!("r{bytes}{0}{value}{0}", style.quote);
        }
        style.raw = false;
    } else if !triple && value.contains(quote) {
        // The other quote where that saves escapes.
        let other = if quote == '"' { '\'' } else { '"' };
        if !value.contains(other) {
            style.quote = other.to_string();
        }
    }
    let bytes = if style.bytes { "b" } else { "" };
    format!("{bytes}{0}{1}{0}", style.quote, encode(value, &style, true))
}

/// An f-string of those parts; `None` where an expression cannot stand inside one (quotes, backslashes, newlines, `#`).
pub(crate) fn write_formatted(parts: &[Part<'_>], style: &Style) -> Option<String> {
    let uses = |quote: char| parts.iter().any(|part| matches!(part, Part::Expression(text) if text.contains(quote)));
    let mut style = Style { raw: false, bytes: false, formatted: true, ..style.clone() };
    style.quote = style.quote.chars().take(1).collect();
    if uses(style.quote.chars().next().unwrap_or('"')) {
        if style.quote == "\"" { "'" } else { "\"" }.clone_into(&mut style.quote);
        if uses(style.quote.chars().next().unwrap_or('"')) {
            return None;
        }
    }
    let mut out = format!("f{}", style.quote);
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => out.push_str(&encode(text, &style, index + 1 == parts.len())),
            Part::Expression(text) => {
                if text.contains(['\\', '\n', '#']) {
                    return None;
                }
                out.push('{');
                if text.starts_with('{') {
                    out.push(' ');
                }
                out.push_str(text);
                out.push('}');
            }
        }
    }
    out.push_str(&style.quote);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{Style, read, write};

    fn check(source: &str, value: &str, written: &str) {
        let (style, read_value) = read(source).expect("the sample is a literal");
        assert_eq!(read_value, value, "{source}");
        assert_eq!(write(value, &style), written, "{source}");
    }

    #[test]
    fn literals_keep_value_and_style() {
        check(r#""a""#, "a", r#""a""#);
        check(r"'it\'s'", "it's", r#""it's""#);
        check(r"r'\d+'", r"\d+", r"r'\d+'");
        check("\"\"\"a\nb\"\"\"", "a\nb", "\"\"\"a\nb\"\"\"");
        check(r#""\x41\u00e9\101""#, "AéA", r#""AéA""#);
        check("'a\\\nb'", "ab", "'ab'");
        check(r"'%s\n'", "%s\n", r"'%s\n'");
        check("'''it's \"\"\"'''", "it's \"\"\"", "'''it's \"\"\"'''");
    }

    #[test]
    fn a_quote_at_the_end_of_a_triple_literal_is_escaped() {
        let style = Style { quote: "\"\"\"".to_owned(), ..Style::default() };
        assert_eq!(write("say \"x\"", &style), "\"\"\"say \"x\\\"\"\"\"");
    }

    #[test]
    fn what_cannot_be_read_is_not_guessed() {
        for source in ["x", r#""\N{DASH}""#, r#""\xZZ""#, "'a"] {
            assert!(read(source).is_none(), "{source}");
        }
    }
}
