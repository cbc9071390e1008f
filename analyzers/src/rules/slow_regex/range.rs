//! Ranges in character classes that hold more, or less, than they seem to; of the text of a pattern alone.

/// Why a range in a pattern is suspicious.
pub(super) fn suspicious(pattern: &str) -> Option<&'static str> {
    let letters: Vec<char> = pattern.chars().take(2_000).collect();
    let mut at = 0;
    while at < letters.len() {
        match letters.get(at) {
            Some('\\') => at += 2,
            Some('[') => {
                let end = end_of_class(&letters, at + 1);
                if let Some(inside) = letters.get(at + 1..end)
                    && let Some(why) = class(inside)
                {
                    return Some(why);
                }
                at = end + 1;
            }
            _ => at += 1,
        }
    }
    None
}

fn end_of_class(letters: &[char], from: usize) -> usize {
    let mut at = from;
    while let Some(&letter) = letters.get(at) {
        match letter {
            '\\' => at += 2,
            ']' if at > from => return at,
            _ => at += 1,
        }
    }
    letters.len()
}

/// One member of a class: a letter, or an escape that stands for many.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    One(char, bool),
    Many(char),
    Dash,
}

fn class(inside: &[char]) -> Option<&'static str> {
    let inside = inside.strip_prefix(&['^']).unwrap_or(inside);
    if inside.contains(&'[') || inside.windows(2).any(|pair| pair == ['&', '&']) {
        return None;
    }
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(&letter) = inside.get(at) {
        if letter == '\\' {
            let escaped = *inside.get(at + 1)?;
            match escaped {
                'd' | 'w' | 's' | 'D' | 'W' | 'S' => parts.push(Part::Many(escaped)),
                'u' | 'x' | 'p' | 'P' | 'n' | 'r' | 't' | 'f' | '0' | 'e' | 'c' | 'b' => return None,
                other => parts.push(Part::One(other, true)),
            }
            at += 2;
            continue;
        }
        parts.push(if letter == '-' { Part::Dash } else { Part::One(letter, false) });
        at += 1;
    }
    let mut ranges: Vec<(char, char)> = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        if let (Some(&Part::One(low, plain)), Some(Part::Dash), Some(&Part::One(high, _))) =
            (parts.get(at), parts.get(at + 1), parts.get(at + 2))
        {
            if low > high {
                return Some("A range in the regular expression is empty.");
            }
            let _ = plain;
            let kind = |letter: char| {
                if letter.is_ascii_lowercase() {
                    1
                } else if letter.is_ascii_uppercase() {
                    2
                } else if letter.is_ascii_digit() {
                    3
                } else {
                    0
                }
            };
            if low.is_ascii() && high.is_ascii() && kind(low) != kind(high) && low > ' ' && high < '~' {
                return Some("A range in the regular expression also holds the signs between its ends.");
            }
            if low.is_ascii()
                && high.is_ascii()
                && kind(low) == 0
                && kind(high) == 0
                && low > ' '
                && low != '!'
                && high < '~'
            {
                return Some("A range in the regular expression also holds the signs and letters between its ends.");
            }
            ranges.push((low, high));
            at += 3;
        } else {
            at += 1;
        }
    }
    for (place, &(low, high)) in ranges.iter().enumerate() {
        if ranges.iter().skip(place + 1).any(|&(from, to)| from <= high && low <= to) {
            return Some("Ranges in the regular expression overlap.");
        }
        let within = |letter: &char| {
            low.is_ascii_digit() && matches!(letter, 'd' | 'w') || low.is_ascii_alphabetic() && *letter == 'w'
        };
        if parts.iter().any(|part| matches!(part, Part::Many(letter) if within(letter))) {
            return Some("A range in the regular expression overlaps with a class.");
        }
    }
    None
}
