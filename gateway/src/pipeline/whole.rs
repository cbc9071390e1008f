//! An answer in one piece: read, inspected, secured, sent with its verdict in the headers.

use std::io::Read as _;
use std::time::Instant;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::{Response, response};

use super::course::{Course, Encoding};
use crate::error::Error;
use crate::exchange::{Verdict, micros};
use crate::http::body::{self, Body, BodyError, Read};
use crate::http::headers;
use crate::inspect::Inspector;
use crate::upstream::Incoming;

impl Course {
    /// hold, analyse, secure, release: for a whole answer.
    pub(super) async fn whole(
        mut self,
        mut parts: response::Parts,
        incoming: Incoming,
        encoding: Encoding,
    ) -> Result<Response<Body>, Error> {
        let limit = self.pipeline.settings.server.answer_limit;
        let reading = Instant::now();
        let read = tokio::select! {
            biased;
            read = body::read(incoming, limit, self.pipeline.idle()) => read,
            () = self.gone.cancelled() => return Err(Error::UpstreamBroken),
        };
        self.waited += reading.elapsed();
        let original = match read {
            Ok(Read::Whole(bytes)) => bytes,
            Ok(Read::Longer(first, rest)) => {
                restore(&mut parts, encoding);
                return self.unscanned(parts, rest, first);
            }
            Err(BodyError::Silent) => return Err(Error::UpstreamTimeout),
            Err(_) => return Err(Error::UpstreamBroken),
        };
        let plain = decode(&original, encoding, limit);
        let mut inspector = self.inspector(false);
        let read = plain.as_ref().is_some_and(|plain| inspector.push_whole(plain));
        let Some(plain) = plain.filter(|_| read) else {
            if self.policy.fail_closed {
                return Err(Error::Withheld);
            }
            restore(&mut parts, encoding);
            parts.headers.insert(headers::VERDICT, HeaderValue::from_static(Verdict::Unscanned.name()));
            self.count(Verdict::Unscanned);
            return Ok(Response::from_parts(parts, Body::from(original)));
        };
        if inspector.has_unread() && self.policy.fail_closed {
            return Err(Error::Withheld);
        }
        let held = Instant::now();
        self.secure_all(&mut inspector).await?;
        let mut body = inspector.release().unwrap_or(plain);
        if !self.record.units.is_empty() {
            self.stages().hold_us += micros(held.elapsed());
        }
        let verdict = self.settle(&inspector, false);
        self.describe(&mut parts.headers, verdict);
        if self.wants_report() {
            body = Inspector::with_report(&body, &self.own_report());
        }
        if body.len() != original.len() || encoding != Encoding::Identity {
            parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        self.remember();
        Ok(Response::from_parts(parts, Body::from(body)))
    }

    /// Secures every unit of a whole answer in order.
    async fn secure_all(&mut self, inspector: &mut Inspector) -> Result<(), Error> {
        while let Some(pending) = inspector.next_unit() {
            let task = self.secure(&pending, None, false);
            let outcome = tokio::select! {
                biased;
                () = self.gone.cancelled() => {
                    self.settle(inspector, true);
                    self.remember();
                    return Err(Error::UpstreamBroken);
                }
                outcome = task => outcome,
            };
            let replaced = self.note(&pending, outcome);
            inspector.settle(&pending, replaced.replacement.as_ref(), replaced.code.as_deref());
        }
        self.note_listed(inspector.take_listed());
        Ok(())
    }
}

/// The answer without its encoding; `None` if it is broken or longer than the limit.
fn decode(bytes: &Bytes, encoding: Encoding, limit: usize) -> Option<Bytes> {
    let reader: Box<dyn std::io::Read> = match encoding {
        Encoding::Identity => return Some(bytes.clone()),
        Encoding::Gzip => Box::new(flate2::read::MultiGzDecoder::new(&bytes[..])),
        Encoding::Deflate => Box::new(flate2::read::ZlibDecoder::new(&bytes[..])),
    };
    let mut plain = Vec::new();
    let read = reader.take(limit as u64 + 1).read_to_end(&mut plain).ok()?;
    (read <= limit).then(|| Bytes::from(plain))
}

/// Says again how an answer is encoded that goes out as it came.
fn restore(parts: &mut response::Parts, encoding: Encoding) {
    let name = match encoding {
        Encoding::Identity => return,
        Encoding::Gzip => "gzip",
        Encoding::Deflate => "deflate",
    };
    parts.headers.insert(http::header::CONTENT_ENCODING, HeaderValue::from_static(name));
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use bytes::Bytes;

    use super::{Encoding, decode};

    #[test]
    fn encoded_answers_are_read() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"hello").expect("written");
        let bytes = Bytes::from(gzip.finish().expect("encoded"));
        assert_eq!(decode(&bytes, Encoding::Gzip, 5).as_deref(), Some(&b"hello"[..]));
        assert_eq!(decode(&bytes, Encoding::Gzip, 4), None);
        assert_eq!(decode(&bytes.slice(..8), Encoding::Gzip, 99), None);
        assert_eq!(decode(&bytes, Encoding::Deflate, 99), None);
        assert_eq!(decode(&bytes, Encoding::Identity, 99), Some(bytes));
    }
}
