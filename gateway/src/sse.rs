//! Bytes ⇄ server-sent events, a pure state machine: events keep their original bytes, comments and blank lines
//! included, and are the same however the bytes are cut.

use bytes::{Bytes, BytesMut};

/// One event with everything up to and including the blank line that ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The original bytes.
    pub raw: Bytes,
    /// The `data` field: its lines joined by line feeds; `None` where there is none (comments, `event:` alone).
    pub data: Option<Bytes>,
    /// Where the data stands in `raw`, if it has any.
    pub place: Option<Place>,
    /// Whether it has an `id` field: no comment may follow it, since a client then counts comments as events.
    pub has_id: bool,
}

/// Where the data of an event stands in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// All of it from here on, on one line.
    Value(usize),
    /// In this line (its start) and others, or in this line without a colon.
    Lines(usize),
}

/// Cuts a byte stream into events.
#[derive(Debug, Default)]
pub struct Splitter {
    /// What has come and is not delivered yet.
    current: Bytes,
    /// Start of the line that is read next.
    line: usize,
    /// Up to here no line end was found after `line`.
    searched: usize,
    /// Whether a first event was begun: only it may carry a byte order mark.
    begun: bool,
}

impl Splitter {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: Bytes) {
        if self.current.is_empty() {
            self.current = bytes;
        } else {
            let current = std::mem::take(&mut self.current);
            let mut joined = current.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
            joined.extend_from_slice(&bytes);
            self.current = joined.freeze();
        }
    }

    /// Bytes that wait for the end of their event.
    pub fn pending(&self) -> usize {
        self.current.len()
    }

    /// What is left when no more bytes come, as the event that it would have been; `None` for nothing.
    pub fn last_event(&mut self) -> Option<Event> {
        (self.line, self.searched) = (0, 0);
        let rest = std::mem::take(&mut self.current);
        (!rest.is_empty()).then(|| self.event(rest))
    }

    /// The next whole event, `None` until more bytes come.
    pub fn next_event(&mut self) -> Option<Event> {
        loop {
            let unread = self.current.get(self.searched..).unwrap_or_default();
            let Some(end) = memchr::memchr2(b'\n', b'\r', unread) else {
                self.searched = self.current.len();
                return None;
            };
            let end = self.searched + end;
            let next = match (self.current.get(end), self.current.get(end + 1)) {
                (Some(b'\r'), Some(b'\n')) => end + 2,
                // A line feed may follow; whether it does must not depend on where the bytes are cut.
                (Some(b'\r'), None) => {
                    self.searched = end;
                    return None;
                }
                _ => end + 1,
            };
            let blank = end == self.line;
            (self.line, self.searched) = (next, next);
            if blank {
                let raw = self.current.split_to(next);
                (self.line, self.searched) = (0, 0);
                return Some(self.event(raw));
            }
        }
    }

    fn event(&mut self, raw: Bytes) -> Event {
        let mut event = Event { raw, data: None, place: None, has_id: false };
        let mark = if std::mem::replace(&mut self.begun, true) { 0 } else { byte_order_mark(&event.raw) };
        let (mut at, mut first) = (mark, mark);
        while at < event.raw.len() {
            let line = event.raw.get(at..).unwrap_or_default();
            let length = memchr::memchr2(b'\n', b'\r', line).unwrap_or(line.len());
            let line = line.get(..length).unwrap_or_default();
            let (field, value) = match memchr::memchr(b':', line) {
                Some(colon) => (line.get(..colon).unwrap_or_default(), colon + 1),
                None => (line, length),
            };
            match field {
                b"data" => {
                    let value = value + usize::from(line.get(value) == Some(&b' '));
                    let slice = event.raw.slice(at + value.min(length)..at + length);
                    event.data = Some(match event.data.take() {
                        None => {
                            let colon = length > field.len();
                            event.place =
                                Some(if colon { Place::Value(at + value.min(length)) } else { Place::Lines(at) });
                            first = at;
                            slice
                        }
                        Some(before) => {
                            event.place = Some(Place::Lines(first));
                            let mut joined = BytesMut::from(&before[..]);
                            joined.extend_from_slice(b"\n");
                            joined.extend_from_slice(&slice);
                            joined.freeze()
                        }
                    });
                }
                b"id" => event.has_id = true,
                _ => {}
            }
            at += length + 1;
        }
        event
    }
}

fn byte_order_mark(raw: &[u8]) -> usize {
    if raw.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 }
}

impl Event {
    /// The event with other data; everything else stays as it came.
    pub fn with_data(&self, data: &str) -> Bytes {
        let mut out = BytesMut::with_capacity(self.raw.len() + data.len());
        match self.place {
            Some(Place::Value(place)) => {
                let old = self.data.as_ref().map_or(0, Bytes::len);
                out.extend_from_slice(self.raw.get(..place).unwrap_or_default());
                out.extend_from_slice(data.as_bytes());
                out.extend_from_slice(self.raw.get(place + old..).unwrap_or_default());
            }
            // JSON over several lines is the same JSON on one.
            Some(Place::Lines(first)) => {
                let (before, mut rest) = self.raw.split_at(first.min(self.raw.len()));
                out.extend_from_slice(before);
                out.extend_from_slice(format!("data: {}\n", data.replace(['\n', '\r'], " ")).as_bytes());
                while !rest.is_empty() {
                    let (line, after) = rest.split_at(line_length(rest));
                    if !is_data(line) {
                        out.extend_from_slice(line);
                    }
                    rest = after;
                }
            }
            None => out.extend_from_slice(&self.raw),
        }
        out.freeze()
    }
}

/// The length of the first line, with its end.
fn line_length(text: &[u8]) -> usize {
    match memchr::memchr2(b'\n', b'\r', text) {
        Some(end) if text.get(end..).is_some_and(|end| end.starts_with(b"\r\n")) => end + 2,
        Some(end) => end + 1,
        None => text.len(),
    }
}

fn is_data(line: &[u8]) -> bool {
    line.strip_prefix(b"data").is_some_and(|rest| matches!(rest.first(), None | Some(b':' | b'\n' | b'\r')))
}

/// A comment, as one event. `text` must have no line break.
pub fn comment(text: &str) -> Bytes {
    Bytes::from(format!(": {text}\n\n"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::{Event, Splitter};

    fn split(pieces: &[&[u8]]) -> (Vec<Event>, Bytes) {
        let mut splitter = Splitter::default();
        let mut events = Vec::new();
        for piece in pieces {
            splitter.push(Bytes::copy_from_slice(piece));
            events.extend(std::iter::from_fn(|| splitter.next_event()));
        }
        let rest = splitter.last_event().map(|event| event.raw).unwrap_or_default();
        (events, rest)
    }

    fn check(stream: &str, expected: &[Option<&str>], rest: &str) {
        let (events, left) = split(&[stream.as_bytes()]);
        let data: Vec<_> = events
            .iter()
            .map(|event| event.data.as_ref().map(|data| std::str::from_utf8(data).expect("text")))
            .collect();
        assert_eq!(data, expected, "{stream:?}");
        assert_eq!(left, rest.as_bytes(), "{stream:?}");
    }

    #[test]
    fn events() {
        check("data: a\n\ndata: b\n\n", &[Some("a"), Some("b")], "");
        check("data:a\r\n\r\ndata:  b\r\n\r\n", &[Some("a"), Some(" b")], "");
        check("data: a\r\rdata: b\r\rx", &[Some("a"), Some("b")], "x");
        check("data: a\ndata: b\n\n", &[Some("a\nb")], "");
        check(": ping\n\ndata: x\n\n", &[None, Some("x")], "");
        check("event: e\nid: 3\ndata: x\n\n", &[Some("x")], "");
        check("data\n\n", &[Some("")], "");
        check("\u{feff}data: x\n\n", &[Some("x")], "");
        check("\n\ndata: x\n\n", &[None, None, Some("x")], "");
        check("data: cut", &[], "data: cut");
    }

    #[test]
    fn data_is_replaced_in_place() {
        let check = |stream: &str, expected: &str| {
            let (events, _) = split(&[stream.as_bytes()]);
            assert_eq!(events[0].with_data("{\"b\":2}"), expected.as_bytes());
        };
        check("id: 1\r\ndata:{\"a\":1}\r\nretry: 3\r\n\r\n", "id: 1\r\ndata:{\"b\":2}\r\nretry: 3\r\n\r\n");
        check("data: {\"a\":\ndata: 1}\n\n", "data: {\"b\":2}\n\n");
        check("event: e\r\ndata: [\r\nid: 1\r\ndata: ]\r\n\r\n", "event: e\r\ndata: {\"b\":2}\nid: 1\r\n\r\n");
        check("event: e\ndata\n\n", "event: e\ndata: {\"b\":2}\n\n");
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_events(
            lines in proptest::collection::vec("(data: ?|id: |: |event: |)[a-c ]{0,3}(\n|\r\n|\r|\n\n|\r\n\r\n)", 0..12),
            cuts in proptest::collection::vec(0usize..200, 0..8),
        ) {
            let stream = lines.concat();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|pair| &stream.as_bytes()[pair[0]..pair[1]]).collect();
            let (whole, cut) = (split(&[stream.as_bytes()]), split(&pieces));
            prop_assert_eq!(&whole, &cut);
            let mut all: Vec<u8> = cut.0.iter().flat_map(|event| event.raw.to_vec()).collect();
            all.extend_from_slice(&cut.1);
            prop_assert_eq!(all, stream.into_bytes());
        }
    }
}
