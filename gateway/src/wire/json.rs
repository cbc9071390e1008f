//! JSON text by spans: members and elements where they stand, strings decoded and encoded, changes spliced in. Never
//! re-serialises, never recurses; text that is no JSON yields nothing.

use std::borrow::Cow;
use std::ops::Range;

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its key, decoded.
    pub key: Cow<'a, str>,
    /// From the key's quote to the end of the value.
    pub whole: Range<usize>,
    /// The value.
    pub value: Range<usize>,
}

/// Walks over the members of the object that begins at `at` (spaces before it are skipped). Ends at the first thing
/// that is no JSON; [`Members::is_whole`] says whether the end of the object was reached.
pub fn members(text: &str, at: usize) -> Members<'_> {
    let bytes = text.as_bytes();
    let open = space(bytes, at);
    let begun = bytes.get(open) == Some(&b'{');
    Members { text, at: open + 1, state: if begun { State::First } else { State::Broken } }
}

/// Walks over the elements of the array that begins at `at`.
pub fn elements(text: &str, at: usize) -> Elements<'_> {
    let bytes = text.as_bytes();
    let open = space(bytes, at);
    let begun = bytes.get(open) == Some(&b'[');
    Elements { text, at: open + 1, state: if begun { State::First } else { State::Broken } }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    First,
    Next,
    Whole,
    Broken,
}

/// See [`members`].
#[derive(Debug, Clone)]
pub struct Members<'a> {
    text: &'a str,
    at: usize,
    state: State,
}

impl Members<'_> {
    /// Whether the closing brace was reached.
    pub fn is_whole(&self) -> bool {
        self.state == State::Whole
    }

    /// One past the last byte that was read.
    pub fn end(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        let bytes = self.text.as_bytes();
        let at = separator(bytes, &mut self.at, &mut self.state, b'}')?;
        let read = || {
            let key_end = string_end(bytes, at)?;
            let colon = space(bytes, key_end);
            let start = (bytes.get(colon) == Some(&b':')).then(|| space(bytes, colon + 1))?;
            let end = value_end(bytes, start)?;
            Some(Member { key: decode(self.text.get(at..key_end)?)?, whole: at..end, value: start..end })
        };
        let member = read();
        match &member {
            Some(member) => self.at = member.value.end,
            None => self.state = State::Broken,
        }
        member
    }
}

/// See [`elements`].
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    text: &'a str,
    at: usize,
    state: State,
}

impl Iterator for Elements<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let bytes = self.text.as_bytes();
        let start = separator(bytes, &mut self.at, &mut self.state, b']')?;
        let Some(end) = value_end(bytes, start) else {
            self.state = State::Broken;
            return None;
        };
        self.at = end;
        Some(start..end)
    }
}

/// Steps over a comma to the start of the next item, or over the closing bracket.
fn separator(bytes: &[u8], at: &mut usize, state: &mut State, close: u8) -> Option<usize> {
    if matches!(state, State::Whole | State::Broken) {
        return None;
    }
    let mut next = space(bytes, *at);
    match (bytes.get(next), *state) {
        (Some(byte), _) if *byte == close => {
            *at = next + 1;
            *state = State::Whole;
            return None;
        }
        (Some(b','), State::Next) => next = space(bytes, next + 1),
        (Some(_), State::First) => {}
        _ => {
            *state = State::Broken;
            return None;
        }
    }
    *state = State::Next;
    Some(next)
}

/// The first byte from `at` on that is no space.
fn space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// One past the closing quote of the string that begins at `at`.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let mut at = at + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// One past the value that begins at `at`.
fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string_end(bytes, at),
        b'{' | b'[' => {
            let (mut depth, mut at) = (0_usize, at);
            loop {
                match bytes.get(at)? {
                    b'"' => {
                        at = string_end(bytes, at)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
            let word = bytes.get(at..)?;
            let length = word
                .iter()
                .position(|byte| !matches!(byte, b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z'))
                .unwrap_or(word.len());
            Some(at + length)
        }
        _ => None,
    }
}

/// The text of a string literal with its quotes. Half a surrogate pair becomes U+FFFD; a bad escape yields nothing.
pub fn decode(literal: &str) -> Option<Cow<'_, str>> {
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let Some(first) = inner.find('\\') else { return Some(Cow::Borrowed(inner)) };
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    let mut next = Some(first);
    while let Some(at) = next {
        text.push_str(rest.get(..at)?);
        rest = rest.get(at + 1..)?;
        let kind = rest.chars().next()?;
        rest = rest.get(kind.len_utf8()..)?;
        match kind {
            '"' | '\\' | '/' => text.push(kind),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'u' => {
                let unit = code_unit(rest)?;
                rest = rest.get(4..)?;
                let low = rest.strip_prefix("\\u").and_then(code_unit).filter(|low| (0xdc00..0xe000).contains(low));
                match (unit, low) {
                    (0xd800..0xdc00, Some(low)) => {
                        rest = rest.get(6..)?;
                        let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    _ => text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)),
                }
            }
            _ => return None,
        }
        next = rest.find('\\');
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

fn code_unit(text: &str) -> Option<u32> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

/// `text` as a string literal with its quotes.
pub fn encode(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// `text` as it stands inside a string literal, without quotes.
pub fn encode_inner(text: &str) -> String {
    let mut literal = encode(text);
    literal.pop();
    literal.remove(0);
    literal
}

/// Changes to a text, applied together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Splices {
    changes: Vec<(Range<usize>, String)>,
}

impl Splices {
    /// Replaces a range; an empty one inserts.
    pub fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        self.changes.push((range, with.into()));
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Removes the members that `unwanted` names, each with the comma that parts it from its neighbours.
    pub fn remove(&mut self, members: &[Member<'_>], unwanted: impl Fn(&str) -> bool) {
        let last_kept = members.iter().rposition(|member| !unwanted(&member.key));
        for (index, member) in members.iter().enumerate().filter(|(_, member)| unwanted(&member.key)) {
            let range = match (last_kept, members.get(index + 1)) {
                (Some(kept), Some(next)) if kept > index => member.whole.start..next.whole.start,
                (Some(kept), _) => members.get(kept).map_or(0, |kept| kept.whole.end)..member.whole.end,
                (None, _) => members.first().map_or(0, |first| first.whole.start)..member.whole.end,
            };
            self.replace(range, "");
        }
    }

    /// Sets a member of the object that ends at `end` (one past its brace): replaces its value, or adds it.
    pub fn set(&mut self, members: &[Member<'_>], end: usize, key: &str, value: &str) {
        let mut found = false;
        for member in members.iter().filter(|member| member.key == key) {
            self.replace(member.value.clone(), value);
            found = true;
        }
        if !found {
            let comma = if members.is_empty() { "" } else { "," };
            self.replace(end - 1..end - 1, format!("{comma}{}:{value}", encode(key)));
        }
    }

    /// The changed text. Where changes overlap, the first one counts, and all of their ranges are gone.
    pub fn apply(mut self, text: &str) -> String {
        self.changes.sort_by_key(|(range, _)| (range.start, range.end));
        let added: usize = self.changes.iter().map(|(_, with)| with.len()).sum();
        let mut out = String::with_capacity(text.len() + added);
        let mut at = 0;
        for (range, with) in self.changes {
            if range.start >= at {
                out.push_str(text.get(at..range.start).unwrap_or_default());
                out.push_str(&with);
            }
            at = at.max(range.end);
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Splices, decode, elements, encode, encode_inner, members};

    #[test]
    fn objects() {
        let check = |text: &str, expected: &[(&str, &str)], whole: bool| {
            let mut walk = members(text, 0);
            let found: Vec<_> = walk.by_ref().map(|member| (member.key.into_owned(), &text[member.value])).collect();
            let found: Vec<_> = found.iter().map(|(key, value)| (key.as_str(), *value)).collect();
            assert_eq!(found, expected, "{text}");
            assert_eq!(walk.is_whole(), whole, "{text}");
        };
        check("{}", &[], true);
        check(r#" {"a":1e-7, "b" : [1,{"c":"]}"}]}"#, &[("a", "1e-7"), ("b", r#"[1,{"c":"]}"}]"#)], true);
        check(r#"{"d":"\"}"}"#, &[("d", r#""\"}""#)], true);
        check(r#"{"\u0061":null,"a":true}"#, &[("a", "null"), ("a", "true")], true);
        check(r#"{"a":12345678901234567890123}"#, &[("a", "12345678901234567890123")], true);
        check(r#"{"a":1 "b":2}"#, &[("a", "1")], false);
        check(r#"{"a":1,}"#, &[("a", "1")], false);
        check(r#"{"a":"#, &[], false);
        check("[1]", &[], false);
        check("", &[], false);
    }

    #[test]
    fn arrays() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(elements(text, 0).map(|element| &text[element]).collect::<Vec<_>>(), expected);
        };
        check("[1, [2], {\"a\":[3]},\"]\"]", &["1", "[2]", "{\"a\":[3]}", "\"]\""]);
        check("[]", &[]);
        check("[1,", &["1"]);
    }

    #[test]
    fn strings() {
        let check = |literal: &str, text: Option<&str>| assert_eq!(decode(literal).as_deref(), text, "{literal}");
        check(r#""plain ä""#, Some("plain ä"));
        check(r#""a\n\t\"\\\/\u00e4""#, Some("a\n\t\"\\/ä"));
        check(r#""\ud83d\ude00""#, Some("😀"));
        check(r#""\ud83dx""#, Some("\u{fffd}x"));
        check(r#""\ude00""#, Some("\u{fffd}"));
        check(r#""\x""#, None);
        check(r#""\u+123""#, None);
        check("x", None);
        assert_eq!(encode_inner("a\"\n"), "a\\\"\\n");
    }

    #[test]
    fn members_are_removed_with_their_commas() {
        let check = |text: &str, unwanted: &str, expected: &str| {
            let all: Vec<_> = members(text, 0).collect();
            let mut splices = Splices::default();
            splices.remove(&all, |key| unwanted.contains(key));
            assert_eq!(splices.apply(text), expected);
        };
        check(r#"{"a":1, "b":2}"#, "a", r#"{"b":2}"#);
        check(r#"{"a":1, "b":2}"#, "b", r#"{"a":1}"#);
        check(r#"{"a":1,"b":2,"c":3}"#, "bc", r#"{"a":1}"#);
        check(r#"{"a":1,"b":2,"c":3}"#, "ac", r#"{"b":2}"#);
        check(r#"{"a":1,"b":2,"c":3}"#, "ab", r#"{"c":3}"#);
        check(r#"{ "a":1,"b":2 }"#, "ab", "{  }");
        check(r#"{ "a":1 }"#, "x", r#"{ "a":1 }"#);
    }

    #[test]
    fn members_are_set() {
        let check = |text: &str, expected: &str| {
            let mut walk = members(text, 0);
            let all: Vec<_> = walk.by_ref().collect();
            let mut splices = Splices::default();
            splices.set(&all, walk.end(), "n", "1");
            assert_eq!(splices.apply(text), expected);
        };
        check("{}", r#"{"n":1}"#);
        check(r#"{"a":2}"#, r#"{"a":2,"n":1}"#);
        check(r#"{"n":5, "a":2} "#, r#"{"n":1, "a":2} "#);
    }

    proptest! {
        #[test]
        fn strings_survive(text in any::<String>()) {
            let literal = encode(&text);
            prop_assert_eq!(decode(&literal).map(std::borrow::Cow::into_owned), Some(text));
        }

        #[test]
        fn any_text_is_survived(text in "[\\[\\]{}\",:\\\\u0a \u{e4}-]{0,40}") {
            let _ = members(&text, 0).count();
            let _ = elements(&text, 0).count();
            let _ = decode(&text);
        }
    }
}
