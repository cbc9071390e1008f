//! What the parser reads of Ruby: here documents whose words its scanner cannot hold get shorter ones.

use std::borrow::Cow;
use std::collections::HashSet;

/// Bytes that what is open at one place may take: half of what the grammar's scanner has. It aborts the process where
/// its own check of them is off by one, and where a word has more than 255 characters.
const ROOM: usize = 500;
/// Bytes of it per here document beside its word, and per literal.
const PER_DOCUMENT: usize = 4;
const PER_LITERAL: usize = 5;
const LONGEST_WORD: usize = 200;

/// The text with every word of a here document cut to its first character, should all words and literals together be
/// more than the scanner can hold. A word of one character takes as much room as a literal, and no number of those
/// meets the bound that the scanner misjudges. Blanks fill what was cut: same length, same lines.
pub(super) fn mask(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let starts = || text.match_indices("<<").map(|(at, _)| at);
    let (mut room, mut longest) = (text.matches("#{").count() * PER_LITERAL, 0);
    for at in starts() {
        let length = word(bytes, at).map_or(0, |word| word.end - word.start);
        room = room.saturating_add(length + PER_DOCUMENT);
        longest = longest.max(length);
    }
    // `<<<` may begin a word at its second character.
    if longest <= LONGEST_WORD && room <= ROOM && !text.contains("<<<") {
        return Cow::Borrowed(text);
    }
    cut(text)
}

fn cut(text: &str) -> Cow<'_, str> {
    let mut masked = text.as_bytes().to_vec();
    let mut words: HashSet<String> = HashSet::new();
    for at in 0..masked.len() {
        let Some(word) = word(&masked, at) else { continue };
        let first = text.get(word.start..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        let Some(rest) = masked.get_mut(word.start + first..word.end).filter(|rest| !rest.is_empty()) else { continue };
        if let Some(word) = text.get(word.clone()) {
            words.insert(word.to_owned());
        }
        // The closing quote follows the one character that is left.
        let quote = text.as_bytes().get(word.start - 1).copied().filter(|byte| QUOTES.contains(byte));
        rest.iter_mut().for_each(blank);
        if let Some(quote) = quote {
            for (at, byte) in [(word.end, b' '), (word.start + first, quote)] {
                masked.get_mut(at).into_iter().for_each(|old| *old = byte);
            }
        }
    }
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = line.trim();
        if words.contains(end) {
            let from = start + (line.len() - line.trim_start().len());
            let first = end.chars().next().map_or(0, char::len_utf8);
            masked.get_mut(from + first..from + end.len()).into_iter().flatten().for_each(blank);
        }
        start += line.len();
    }
    Cow::Owned(String::from_utf8(masked).unwrap_or_else(|_| " ".repeat(text.len())))
}

const QUOTES: &[u8] = b"'\"`";

/// The word of a here document that begins at `at`, without its quotes; never empty.
fn word(bytes: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let rest = bytes.get(at..)?.strip_prefix(b"<<")?;
    let sign = usize::from(matches!(rest.first(), Some(b'-' | b'~')));
    let first = rest.get(sign)?;
    let quoted = QUOTES.contains(first);
    let start = at + 2 + sign + usize::from(quoted);
    let goes_on = |byte: &u8| {
        if quoted { byte != first } else { byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii() }
    };
    let length = bytes.get(start..)?.iter().take_while(|byte| goes_on(byte)).count();
    (length > 0).then_some(start..start + length)
}

fn blank(byte: &mut u8) {
    if !matches!(byte, b'\n' | b'\r') {
        *byte = b' ';
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Language;
    use crate::program::{Limits, Program};

    #[test]
    fn words_are_cut_where_they_end_too() {
        let text = "f(<<~SQL, <<-'ENDE', <<É)\na\n  SQL\nb SQL\nENDE\nÉ\n1 << 2 <<\"one\ntwo";
        let masked = "f(<<~S  , <<-'E'   , <<É)\na\n  S  \nb SQL\nE   \nÉ\n1 << 2 <<\"o\" \n   ";
        assert_eq!(cut(text), masked);
        assert_eq!(cut(text).len(), text.len());
        assert!(matches!(mask(text), Cow::Borrowed(_)));
        assert_eq!(mask(&format!("{text}\n<<{}", "A".repeat(300))).get(..text.len() - 7), masked.get(..text.len() - 7));
    }

    #[test]
    #[expect(clippy::format_collect, reason = "a short text of a test")]
    fn what_the_scanner_cannot_hold_is_survived() {
        let long = |length: usize| "A".repeat(length);
        let listed =
            |lengths: &[usize]| lengths.iter().map(|&length| format!("<<{}, ", long(length))).collect::<String>();
        for text in [
            format!("x = <<{0}\nb\n{0}\n", long(300)),
            format!("x = <<~\"{}", long(300)),
            format!("x = <<<<'{}é\n'", long(300)),
            format!("f({})\nb\n", listed(&[250, 250, 250, 257])),
            format!("f({})\nb\n", listed(&[190, 190, 190, 190, 190, 49])),
            format!("s = {}<<{}{}\n", "\"#{".repeat(200), long(19), "}\"".repeat(200)),
        ] {
            let _ = Program::parse(Language::Ruby, text, &Limits::default());
        }
    }
}
