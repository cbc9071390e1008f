//! Formats of `printf` and `scanf`: their directives, and how long what they print can be.

use crate::rule::Context;
use crate::rule::c::{declared, evaluate, integer, longest};
use crate::syntax::NodeId;

/// One directive of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directive {
    /// The letter that says what is converted, such as `d`; `[` for a set.
    pub(crate) letter: char,
    /// `hh`, `h`, `l`, `ll`, `z`, `j`, `t`, `L`, `I64` …
    pub(crate) length: String,
    /// The width as written.
    pub(crate) width: Option<i64>,
    /// The precision as written.
    pub(crate) precision: Option<i64>,
    /// Whether the width is an argument (`printf`) or nothing is stored (`scanf`).
    pub(crate) star: bool,
    /// Whether the precision is an argument.
    pub(crate) star_precision: bool,
    /// `#`, `+`, `-`, space and `0`.
    pub(crate) flags: String,
    /// The places of the value, the width and the precision among the arguments, from 1, where they are written.
    pub(crate) places: [Option<usize>; 3],
}

/// A part of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// So many bytes as they stand.
    Text(i64),
    /// A directive.
    Directive(Directive),
}

/// Takes a format apart.
pub(crate) fn parts(format: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        if at > 0 {
            parts.push(Part::Text(at as i64));
        }
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            parts.push(Part::Text(1));
            rest = after;
            continue;
        }
        let (directive, after) = directive(rest);
        rest = after;
        if let Some(directive) = directive {
            parts.push(Part::Directive(directive));
        }
        if parts.len() > 200 {
            break;
        }
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.len() as i64));
    }
    parts
}

fn directive(text: &str) -> (Option<Directive>, &str) {
    let take =
        |text: &str, allowed: &dyn Fn(char) -> bool| text.find(|letter: char| !allowed(letter)).unwrap_or(text.len());
    let mut rest = text;
    // `2$`
    let place = |rest: &mut &str| {
        let digits = take(rest, &|letter| letter.is_ascii_digit());
        let number = rest.get(..digits).filter(|digits| !digits.is_empty())?.parse().ok()?;
        *rest = rest.get(digits..)?.strip_prefix('$')?;
        Some(number)
    };
    let mut places = [place(&mut rest), None, None];
    let at = take(rest, &|letter| "-+ #0'".contains(letter));
    let (flags, after) = rest.split_at(at);
    rest = after;
    let mut star = false;
    let mut width = None;
    if let Some(after) = rest.strip_prefix('*') {
        star = true;
        rest = after;
        places[1] = place(&mut rest);
    }
    let at = take(rest, &|letter| letter.is_ascii_digit());
    if at > 0 {
        width = rest[..at].parse().ok();
        rest = &rest[at..];
    }
    let (mut precision, mut star_precision) = (None, false);
    if let Some(after) = rest.strip_prefix('.') {
        rest = after;
        if let Some(after) = rest.strip_prefix('*') {
            star_precision = true;
            rest = after;
            places[2] = place(&mut rest);
        } else {
            let at = take(rest, &|letter| letter.is_ascii_digit());
            precision = Some(rest[..at].parse().unwrap_or(0));
            rest = &rest[at..];
        }
    }
    let length = ["hh", "h", "ll", "l", "q", "j", "z", "Z", "t", "L", "I64", "I32", "w"];
    let length = length.iter().find(|length| rest.starts_with(**length)).copied().unwrap_or_default();
    rest = &rest[length.len()..];
    let Some(letter) = rest.chars().next() else { return (None, "") };
    rest = &rest[letter.len_utf8()..];
    if letter == '[' {
        // `[]…]` and `[^]…]` hold a bracket of their own.
        let skip = if rest.starts_with("^]") { 2 } else { usize::from(rest.starts_with(']')) };
        let end = rest[skip..].find(']').map_or(rest.len(), |end| skip + end + 1);
        rest = &rest[end..];
    }
    let directive = Directive {
        letter,
        length: length.to_owned(),
        width,
        precision,
        star,
        star_precision,
        flags: flags.to_owned(),
        places,
    };
    (Some(directive), rest)
}

/// Most bytes that a format prints with these arguments, without the end mark: `Err` with what is known to be printed at
/// least where a text has no bound.
pub(crate) fn printed(context: &Context<'_>, format: &str, arguments: &[NodeId]) -> Result<i64, i64> {
    let mut given = arguments.iter().copied();
    let (mut most, mut bounded) = (0_i64, true);
    for part in parts(format) {
        let directive = match part {
            Part::Text(length) => {
                most += length;
                continue;
            }
            Part::Directive(directive) => directive,
        };
        if directive.star {
            bounded &= given.next().is_none();
        }
        let precision = if directive.star_precision {
            given.next().and_then(|part| evaluate(context, part))
        } else {
            directive.precision
        };
        let argument = if directive.letter == 'm' { None } else { given.next() };
        let length = match directive.letter {
            's' | 'S' => {
                let text = argument.and_then(|argument| longest(context, argument));
                match (precision, text) {
                    (Some(precision), Some(text)) => Some(precision.min(text)),
                    (Some(precision), None) => Some(precision),
                    (None, text) => text,
                }
            }
            'c' | 'C' => Some(1),
            'd' | 'i' => Some(number(context, &directive, argument, true).max(precision.unwrap_or(0) + 1)),
            'u' => Some(number(context, &directive, argument, false).max(precision.unwrap_or(0))),
            'x' | 'X' => {
                let size = value_size(context, &directive, argument);
                Some(2 * size + if directive.flags.contains('#') { 2 } else { 0 })
            }
            'o' => Some((8 * value_size(context, &directive, argument) + 2) / 3),
            'p' => Some(18),
            'e' | 'E' | 'g' | 'G' | 'a' | 'A' => Some(precision.unwrap_or(6) + 9),
            'f' | 'F' => Some(311 + precision.unwrap_or(6)),
            'n' => Some(0),
            _ => None,
        };
        bounded &= length.is_some();
        most += length.unwrap_or(0).max(directive.width.unwrap_or(0));
    }
    if bounded { Ok(most) } else { Err(most) }
}

/// Bytes of the number that a directive prints.
fn value_size(context: &Context<'_>, directive: &Directive, argument: Option<NodeId>) -> i64 {
    let said = match directive.length.as_str() {
        "hh" => 1,
        "h" => 2,
        "l" | "ll" | "q" | "j" | "z" | "Z" | "t" | "L" | "I64" => 8,
        _ => 4,
    };
    let own = argument.and_then(|argument| declared(context, argument)).filter(|own| own.stars == 0 && !own.array);
    own.and_then(|own| integer(own.kind)).map_or(said, |(size, signed)| {
        // A negative number is widened before it is printed.
        if signed && !matches!(directive.letter, 'd' | 'i') { said } else { said.min(size) }
    })
}

fn number(context: &Context<'_>, directive: &Directive, argument: Option<NodeId>, signed: bool) -> i64 {
    if let Some(value) = argument.and_then(|argument| evaluate(context, argument)) {
        return value.to_string().len() as i64;
    }
    let own = argument.and_then(|argument| declared(context, argument)).filter(|own| own.stars == 0 && !own.array);
    let unsigned = own.and_then(|own| integer(own.kind)).is_some_and(|(size, signed)| !signed && size < 4);
    let digits = match value_size(context, directive, argument) {
        1 => 3,
        2 => 5,
        4 => 10,
        _ => 20,
    };
    digits + i64::from(signed && !unsigned && digits < 20)
}

#[cfg(test)]
mod tests {
    use super::{Part, parts};

    #[track_caller]
    fn check(format: &str, letters: &str) {
        let found: String = parts(format)
            .iter()
            .filter_map(|part| if let Part::Directive(directive) = part { Some(directive.letter) } else { None })
            .collect();
        assert_eq!(found, letters, "{format}");
    }

    #[test]
    fn directives_are_found() {
        check("%d %s%%\n", "ds");
        check("%-5.*lf%10[^]a]x%hhd", "f[d");
        check("100%", "");
        check("%1$s %2$d", "sd");
        check("%*s%.3s", "ss");
    }
}
