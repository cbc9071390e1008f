//! Texts that are written in another form: what they decode to, in bounded space.

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Base64, both alphabets.
    Base64,
    /// Pairs of hexadecimal digits.
    Hexadecimal,
    /// Letters moved by thirteen.
    Rotated,
}

/// Longest text that is decoded.
const LONGEST: usize = 1 << 14;

/// The text behind `text`, where it is one.
pub(super) fn decode(text: &str, encoding: Encoding) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let bytes = match encoding {
        Encoding::Base64 => base64(text)?,
        Encoding::Hexadecimal => hexadecimal(text)?,
        Encoding::Rotated => text.bytes().map(rotated).collect(),
    };
    String::from_utf8(bytes).ok()
}

fn rotated(letter: u8) -> u8 {
    match letter {
        b'a'..=b'z' => (letter - b'a' + 13) % 26 + b'a',
        b'A'..=b'Z' => (letter - b'A' + 13) % 26 + b'A',
        _ => letter,
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|l| l.to_digit(16))
        .map(|digit| digit.and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs
        .remainder()
        .is_empty()
        .then(|| pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut buffer, mut bits) = (0_u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b'\n' | b'\r' => continue,
            _ => return None,
        };
        buffer = buffer << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

/// A slice as Python writes it, `start:end:step`, of `letters`.
pub(super) fn slice(letters: &[char], written: &str) -> Option<String> {
    let length = i64::try_from(letters.len()).ok()?;
    let mut parts =
        written.split(':').map(|part| if part.is_empty() { Ok(None) } else { part.parse::<i64>().map(Some) });
    let mut next = || parts.next().unwrap_or(Ok(None)).ok();
    let (start, end, step) = (next()?, next()?, next()?.unwrap_or(1));
    if step == 0 || parts.next().is_some() {
        return None;
    }
    let place = |at: i64, low: i64, high: i64| (if at < 0 { at.saturating_add(length) } else { at }).clamp(low, high);
    let mut out = String::new();
    let mut at = match start {
        Some(start) => place(start, if step > 0 { 0 } else { -1 }, if step > 0 { length } else { length - 1 }),
        None if step > 0 => 0,
        None => length - 1,
    };
    let end = match end {
        Some(end) => place(end, if step > 0 { 0 } else { -1 }, length),
        None if step > 0 => length,
        None => -1,
    };
    while (step > 0 && at < end) || (step < 0 && at > end) {
        out.push(*letters.get(usize::try_from(at).ok()?)?);
        at = at.checked_add(step)?;
    }
    Some(out)
}

/// The letter that Python takes an identifier's letter for (NFKC), for alphabets that look like ASCII.
fn plain_letter(letter: char) -> char {
    let code = u32::from(letter);
    let ascii = |base: u8, offset: u32| char::from(base.saturating_add((offset % 26) as u8));
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(code - 0xfee0).unwrap_or(letter),
        // Mathematical alphabets: capital and small letters in turn.
        '\u{1d400}'..='\u{1d6a3}' => {
            let at = (code - 0x1d400) % 52;
            if at < 26 { ascii(b'A', at) } else { ascii(b'a', at - 26) }
        }
        '\u{1d7ce}'..='\u{1d7ff}' => char::from(b'0'.saturating_add(((code - 0x1d7ce) % 10) as u8)),
        '\u{24b6}'..='\u{24cf}' => ascii(b'A', code - 0x24b6),
        '\u{24d0}'..='\u{24e9}' => ascii(b'a', code - 0x24d0),
        'ſ' => 's',
        'ª' | 'ᵃ' => 'a',
        'º' | 'ᵒ' | 'ℴ' => 'o',
        'ᵇ' => 'b',
        'ᵈ' => 'd',
        'ᵉ' | 'ℯ' | 'ₑ' => 'e',
        'ᵍ' | 'ℊ' => 'g',
        'ʰ' | 'ℎ' | 'ₕ' => 'h',
        'ⁱ' | 'ᵢ' | 'ℹ' => 'i',
        'ʲ' => 'j',
        'ᵏ' | 'ₖ' => 'k',
        'ˡ' | 'ℓ' | 'ₗ' => 'l',
        'ᵐ' | 'ₘ' => 'm',
        'ⁿ' | 'ₙ' => 'n',
        'ᵖ' | 'ₚ' => 'p',
        'ʳ' | 'ᵣ' => 'r',
        'ˢ' | 'ₛ' => 's',
        'ᵗ' | 'ₜ' => 't',
        'ᵘ' | 'ᵤ' => 'u',
        'ᵛ' | 'ᵥ' => 'v',
        'ʷ' => 'w',
        'ˣ' | 'ₓ' => 'x',
        'ʸ' => 'y',
        'ᶻ' => 'z',
        _ => letter,
    }
}

/// An identifier as Python reads it.
pub(super) fn plain_identifier(name: &str) -> std::borrow::Cow<'_, str> {
    if name.is_ascii() { name.into() } else { name.chars().map(plain_letter).collect::<String>().into() }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, decode, plain_identifier, slice};

    #[test]
    fn texts_are_decoded() {
        assert_eq!(decode("c3lzdGVt", Encoding::Base64).as_deref(), Some("system"));
        assert_eq!(decode("7379", Encoding::Hexadecimal).as_deref(), Some("sy"));
        assert_eq!(decode("737", Encoding::Hexadecimal), None);
        assert_eq!(decode("flfgrz", Encoding::Rotated).as_deref(), Some("system"));
        assert_eq!(plain_identifier("ｅｖａｌ"), "eval");
        assert_eq!(plain_identifier("𝓼𝔂𝓼𝓽𝓮𝓶"), "system");
        assert_eq!(plain_identifier("größe"), "größe");
    }

    #[test]
    fn slices_are_those_of_python() {
        let check = |written: &str, expected: Option<&str>| {
            let letters: Vec<char> = "abcdef".chars().collect();
            assert_eq!(slice(&letters, written).as_deref(), expected, "{written}");
        };
        check("::-1", Some("fedcba"));
        check("1:3", Some("bc"));
        check("-2:", Some("ef"));
        check(":-2", Some("abcd"));
        check("::2", Some("ace"));
        check("4:1:-1", Some("edc"));
        check("9:", Some(""));
        check("::0", None);
        check("x:", None);
    }
}
