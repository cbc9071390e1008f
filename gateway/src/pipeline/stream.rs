//! A streamed answer: prose flows, code waits for its verdict, comments keep the connection alive meanwhile.

use std::future::poll_fn;
use std::io::Write as _;
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::{Response, response};

use super::course::{Course, Encoding};
use super::finish::Securing;
use crate::exchange::{Verdict, micros};
use crate::http::body::{self, Body, BodyError, Idle};
use crate::http::headers;
use crate::inspect::{Inspector, Pending};
use crate::release::{self, Outlet};
use crate::sse::{self, Splitter};
use crate::upstream::Incoming;

/// Most bytes that are read before the work looks at them, about.
const GATHERED: usize = 16 * 1024;

/// Sent in place of what may not pass uninspected.
const WITHHELD: &[u8] = b"data: {\"error\":{\"message\":\"Sallyport: the answer could not be inspected and is withheld.\",\"type\":\"server_error\",\"param\":null,\"code\":\"not_inspected\"}}\n\n";

impl Course {
    /// hold, analyse, secure, release: for a stream. The client's connection drives it.
    pub(super) fn stream(self, mut parts: response::Parts, incoming: Incoming, encoding: Encoding) -> Response<Body> {
        parts.headers.remove(CONTENT_LENGTH);
        parts.headers.insert(headers::ACCEL_BUFFERING, HeaderValue::from_static("no"));
        let (gone, tracker) = (self.gone.clone(), self.pipeline.tracker.clone());
        let feed = release::feed(gone, tracker, |outlet| {
            let source = Source {
                incoming: Some(incoming),
                ended: None,
                idle: Idle::new(self.pipeline.idle()),
                decoder: Decoder::new(encoding),
            };
            let inspector = self.inspector(true);
            let last_sent = Instant::now();
            Run {
                course: self,
                source,
                inspector,
                outlet,
                splitter: Splitter::default(),
                securing: None,
                last_sent,
                held_since: None,
                torn: false,
                told: false,
            }
            .run()
        });
        Response::from_parts(parts, Body::Feed(feed))
    }
}

/// The upstream's side of a stream.
struct Source {
    /// `None` after its end.
    incoming: Option<Incoming>,
    /// How it ended, until that is told.
    ended: Option<Result<(), BodyError>>,
    idle: Idle,
    decoder: Decoder,
}

impl Source {
    /// The next bytes, decoded, with what has arrived behind them; `None` at the end. Loses nothing when it is dropped.
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        let Some(incoming) = &mut self.incoming else { return Ok(None) };
        let next = match self.ended.take() {
            Some(ended) => ended.map(|()| None),
            None => body::next_data(incoming, &mut self.idle).await,
        };
        let Ok(Some(first)) = next else {
            self.incoming = None;
            return next;
        };
        let mut gathered = BytesMut::new();
        while first.len() + gathered.len() < GATHERED {
            let mut more = pin!(body::next_data(incoming, &mut self.idle));
            match poll_fn(|context| Poll::Ready(more.as_mut().poll(context))).await {
                Poll::Pending => break,
                Poll::Ready(Ok(Some(more))) => {
                    if gathered.is_empty() {
                        gathered.reserve(GATHERED.max(first.len() + more.len()));
                        gathered.extend_from_slice(&first);
                    }
                    gathered.extend_from_slice(&more);
                }
                Poll::Ready(end) => {
                    self.ended = Some(end.map(drop));
                    break;
                }
            }
        }
        let bytes = if gathered.is_empty() { first } else { gathered.freeze() };
        Ok(Some(self.decoder.decode(bytes)))
    }
}

/// What happens next to a stream.
enum Event {
    Gone,
    Secured(Box<(Option<crate::strategy::Outcome>, std::time::Duration)>),
    Data(Result<Option<Bytes>, BodyError>),
    Heartbeat,
}

struct Run {
    course: Course,
    source: Source,
    inspector: Inspector,
    outlet: Outlet,
    splitter: Splitter,
    securing: Option<(Pending, Securing)>,
    last_sent: Instant,
    held_since: Option<Instant>,
    /// Whether the stream ended inside an event: nothing may follow it.
    torn: bool,
    /// Whether the verdict was told.
    told: bool,
}

impl Run {
    async fn run(mut self) {
        let mut broken = false;
        loop {
            self.advance();
            if self.source.incoming.is_none() && self.securing.is_none() && !self.inspector.is_holding() {
                break;
            }
            // After all that may go out has gone.
            self.inspector.read_ahead(&self.course.pipeline.settings.analysis);
            // Nothing is being secured: the time until the next event is the upstream's or the client's.
            let (idle, since) = (self.securing.is_none(), Instant::now());
            let event = self.wait().await;
            if idle {
                self.course.waited += since.elapsed();
            }
            match event {
                Event::Gone => return self.end(true),
                Event::Secured(outcome) => {
                    if let Some((pending, _)) = self.securing.take() {
                        let replaced = self.course.note(&pending, *outcome);
                        self.inspector.settle(&pending, replaced.replacement.as_ref(), replaced.code.as_deref());
                    }
                }
                Event::Data(Ok(Some(bytes))) => {
                    self.splitter.push(bytes);
                    while let Some(event) = self.splitter.next_event() {
                        self.inspector.push(event);
                    }
                    if self.is_too_much() {
                        return self.give_up().await;
                    }
                }
                Event::Data(end) => {
                    broken = end.is_err();
                    if let Some(event) = self.splitter.last_event() {
                        self.torn = true;
                        self.inspector.push(event);
                    }
                    self.inspector.end();
                }
                Event::Heartbeat => {
                    self.last_sent = Instant::now();
                    self.outlet.send(sse::comment("sallyport holding"));
                }
            }
            if self.inspector.has_unread() && self.course.policy.fail_closed {
                self.outlet.send(Bytes::from_static(WITHHELD));
                return self.end(false);
            }
            if self.needs_no_more() {
                self.source.incoming = None;
                self.close_early();
                break;
            }
        }
        self.tell();
        if broken {
            self.outlet.cut();
        }
        self.end(false);
    }

    /// Does what can be done at once: the next unit to its strategy, what is decided to the client.
    fn advance(&mut self) {
        if self.securing.is_none()
            && let Some(pending) = self.inspector.next_unit()
        {
            let ahead = self.inspector.take_ahead(&pending);
            let securing = self.course.secure(&pending, ahead, true);
            self.securing = Some((pending, securing));
        }
        let mut sent = false;
        loop {
            if self.inspector.is_at_end() {
                self.tell();
            }
            let Some(bytes) = self.inspector.release() else { break };
            self.outlet.send(bytes);
            sent = true;
        }
        if sent {
            self.last_sent = Instant::now();
        }
        match (self.inspector.is_holding(), self.held_since) {
            (true, None) => self.held_since = Some(Instant::now()),
            (false, Some(since)) => {
                self.held_since = None;
                self.course.stages().hold_us += micros(since.elapsed());
            }
            _ => {}
        }
    }

    async fn wait(&mut self) -> Event {
        let server = &self.course.pipeline.settings.server;
        let heartbeat = self.last_sent + server.heartbeat;
        let beats = self.held_since.is_some() && self.inspector.may_comment();
        let reads = self.source.incoming.is_some() && self.inspector.held_bytes() < server.read_ahead;
        let (outlet, source, securing) = (&self.outlet, &mut self.source, &mut self.securing);
        tokio::select! {
            biased;
            () = self.course.gone.cancelled() => Event::Gone,
            outcome = async { match securing { Some((_, securing)) => securing.await, None => std::future::pending().await } } => {
                Event::Secured(Box::new(outcome))
            }
            data = async { outlet.has_room().await; source.next().await }, if reads => Event::Data(data),
            () = tokio::time::sleep_until(heartbeat.into()), if beats => Event::Heartbeat,
        }
    }

    fn is_too_much(&self) -> bool {
        let limit = self.course.pipeline.settings.server.answer_limit;
        self.inspector.text_bytes() > limit || self.splitter.pending() > limit
    }

    /// The rest of the original is of no use: nobody asked for its usage figures either.
    fn needs_no_more(&self) -> bool {
        let counted = self.course.chat.usage_asked || self.course.ticket.counts_tokens();
        self.source.incoming.is_some()
            && self.securing.is_none()
            && !counted
            && self.inspector.needs_no_more(self.course.chat.choices as usize)
    }

    fn close_early(&mut self) {
        let mut chunks = self.inspector.close_early();
        let last = chunks.pop();
        for chunk in chunks {
            self.outlet.send(chunk);
        }
        self.tell();
        self.outlet.send(last.unwrap_or_default());
    }

    /// The answer is longer than what is inspected: its rest passes, or nothing more does.
    async fn give_up(mut self) {
        if self.course.policy.fail_closed {
            self.outlet.send(Bytes::from_static(WITHHELD));
            return self.end(false);
        }
        self.course.record.verdict = self.course.record.verdict.max(Verdict::Unscanned);
        self.course.record.unscanned.push("the answer is longer than what is inspected".to_owned());
        self.inspector.end();
        let rest = self.splitter.last_event();
        loop {
            self.advance();
            let Some((pending, securing)) = &mut self.securing else { break };
            let outcome = securing.await;
            let replaced = self.course.note(pending, outcome);
            self.inspector.settle(pending, replaced.replacement.as_ref(), replaced.code.as_deref());
            self.securing = None;
        }
        self.outlet.send(rest.map(|event| event.raw).unwrap_or_default());
        loop {
            self.outlet.has_room().await;
            if self.course.gone.is_cancelled() {
                return self.end(true);
            }
            match self.source.next().await {
                Ok(Some(bytes)) => self.outlet.send(bytes),
                Ok(None) => return self.end(false),
                Err(_) => {
                    self.outlet.cut();
                    return self.end(false);
                }
            }
        }
    }

    /// Tells the verdict, once, where code was seen: in comments, or a chunk that was asked for.
    fn tell(&mut self) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        self.course.note_listed(self.inspector.take_listed());
        let verdict = self.course.settle(&self.inspector, false);
        if self.torn {
            return;
        }
        if self.course.wants_report()
            && let Some(chunk) = self.inspector.report_chunk(&self.course.own_report())
        {
            self.outlet.send(chunk);
        }
        if verdict != Verdict::NotCode && self.inspector.may_comment() {
            let notes = self.course.notes(verdict);
            let comments: Vec<Bytes> =
                notes.iter().map(|(name, value)| sse::comment(&format!("{name}: {value}"))).collect();
            self.outlet.send(Bytes::from(comments.concat()));
        }
    }

    /// The stream is over; what outlives it follows.
    fn end(mut self, cancelled: bool) {
        if !self.told {
            self.course.note_listed(self.inspector.take_listed());
            self.course.settle(&self.inspector, cancelled);
        }
        self.outlet.close();
        self.course.remember();
    }
}

/// Undoes the encoding of a stream piece by piece.
enum Decoder {
    Identity,
    Gzip(Box<flate2::write::MultiGzDecoder<Vec<u8>>>),
    Deflate(Box<flate2::write::ZlibDecoder<Vec<u8>>>),
}

impl Decoder {
    fn new(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Identity => Self::Identity,
            Encoding::Gzip => Self::Gzip(Box::new(flate2::write::MultiGzDecoder::new(Vec::new()))),
            Encoding::Deflate => Self::Deflate(Box::new(flate2::write::ZlibDecoder::new(Vec::new()))),
        }
    }

    /// What the bytes say; nothing where they are broken.
    fn decode(&mut self, bytes: Bytes) -> Bytes {
        let plain = match self {
            Self::Identity => return bytes,
            Self::Gzip(decoder) => {
                let written = decoder.write_all(&bytes).and_then(|()| decoder.flush());
                written.map(|()| std::mem::take(decoder.get_mut()))
            }
            Self::Deflate(decoder) => {
                let written = decoder.write_all(&bytes).and_then(|()| decoder.flush());
                written.map(|()| std::mem::take(decoder.get_mut()))
            }
        };
        plain.map(Bytes::from).unwrap_or_default()
    }
}
