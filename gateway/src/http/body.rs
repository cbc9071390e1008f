//! Bodies in both directions; what passes through is handed on frame by frame, never copied.

use std::fmt::Debug;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use crate::release::Feed;
use crate::upstream;

/// Why a body ended early; the connection is cut so that the receiver can tell.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The sender broke off.
    #[error("the body broke off")]
    Broken(#[source] hyper::Error),
    /// The caller sent too much.
    #[error("the body is longer than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The upstream went silent.
    #[error("the body went silent")]
    Silent,
    /// The upstream broke off inside an inspected stream.
    #[error("the upstream broke off")]
    Cut,
    /// A page could not be made.
    #[error("the page broke off")]
    Page(#[source] axum::Error),
}

/// What lives as long as a body: permits, reservations.
pub trait Keep: Send + Sync + Debug {
    /// Told of every piece that goes out.
    fn passed(&mut self, bytes: &Bytes);
}

/// A body to the client.
#[derive(Debug)]
pub enum Body {
    /// In one piece.
    Whole(Option<Bytes>),
    /// The upstream's, as it comes.
    Through(Box<Through>),
    /// An inspected stream.
    Feed(Feed),
    /// A page.
    Page(axum::body::Body),
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Whole((!bytes.is_empty()).then_some(bytes))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Through(through) => through.poll(context),
            Self::Feed(feed) => feed.poll(context).map(|next| next.map(|next| next.map(Frame::data))),
            Self::Page(page) => Pin::new(page).poll_frame(context).map_err(BodyError::Page),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Through(through) => through.first.is_none() && through.incoming.is_end_stream(),
            Self::Feed(_) => false,
            Self::Page(page) => page.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Through(through) if through.first.is_some() => SizeHint::default(),
            Self::Through(through) => through.incoming.size_hint(),
            Self::Feed(_) => SizeHint::default(),
            Self::Page(page) => page.size_hint(),
        }
    }
}

/// The upstream's body on its way to the client. Dropping it cancels the upstream.
#[derive(Debug)]
pub struct Through {
    /// Bytes that were read before and go out first.
    first: Option<Bytes>,
    incoming: upstream::Incoming,
    idle: Idle,
    keep: Option<Box<dyn Keep>>,
}

impl Through {
    /// A body that may be silent for `idle` at most and keeps `keep` until it ends.
    pub fn new(incoming: upstream::Incoming, idle: Duration, keep: Option<Box<dyn Keep>>) -> Self {
        Self { first: None, incoming, idle: Idle::new(idle), keep }
    }

    /// The same with bytes that were read before.
    #[must_use]
    pub fn after(mut self, first: Bytes) -> Self {
        self.first = (!first.is_empty()).then_some(first);
        self
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        match Pin::new(&mut self.incoming).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                self.idle.touch();
                if let (Some(keep), Some(bytes)) = (&mut self.keep, frame.data_ref()) {
                    keep.passed(bytes);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(BodyError::Broken(error)))),
            Poll::Ready(None) => {
                self.keep = None;
                Poll::Ready(None)
            }
            Poll::Pending => {
                ready!(self.idle.poll(context));
                Poll::Ready(Some(Err(BodyError::Silent)))
            }
        }
    }
}

/// A timer for silence that costs nothing while data flows.
#[derive(Debug)]
pub struct Idle {
    limit: Duration,
    last: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Idle {
    /// Rings after `limit` without a [`Idle::touch`].
    pub fn new(limit: Duration) -> Self {
        Self { limit, last: None, sleep: None }
    }

    /// Something happened.
    pub fn touch(&mut self) {
        if self.sleep.is_some() {
            self.last = Some(Instant::now());
        }
    }

    /// Ready once nothing happened for the limit.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let limit = self.limit;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        loop {
            ready!(sleep.as_mut().poll(context));
            match self.last.take() {
                Some(last) if last + limit > Instant::now() => sleep.as_mut().reset(last + limit),
                _ => return Poll::Ready(()),
            }
        }
    }
}

/// A body to the upstream.
#[derive(Debug)]
pub enum Outgoing {
    /// In one piece; empty for none.
    Whole(Option<Bytes>),
    /// The client's, as it comes, up to a limit.
    Through {
        /// The client's body.
        incoming: Incoming,
        /// Bytes that may still come.
        left: u64,
        /// The whole limit, for the message.
        limit: u64,
    },
}

impl From<Bytes> for Outgoing {
    fn from(bytes: Bytes) -> Self {
        Self::Whole((!bytes.is_empty()).then_some(bytes))
    }
}

impl Outgoing {
    /// The same body once more, unless it passes through.
    pub fn again(&self) -> Option<Self> {
        match self {
            Self::Whole(bytes) => Some(Self::Whole(bytes.clone())),
            Self::Through { incoming, .. } => incoming.is_end_stream().then_some(Self::Whole(None)),
        }
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Through { incoming, left, limit } => {
                let frame = match ready!(Pin::new(incoming).poll_frame(context)) {
                    Some(Ok(frame)) => frame,
                    Some(Err(error)) => return Poll::Ready(Some(Err(BodyError::Broken(error)))),
                    None => return Poll::Ready(None),
                };
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                match left.checked_sub(length) {
                    Some(rest) => *left = rest,
                    None => return Poll::Ready(Some(Err(BodyError::TooLarge { limit: *limit }))),
                }
                Poll::Ready(Some(Ok(frame)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Through { incoming, .. } => incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Through { incoming, .. } => incoming.size_hint(),
        }
    }
}

/// A body as it comes, from the client or from the upstream.
pub trait Arriving: http_body::Body<Data = Bytes, Error = hyper::Error> + Unpin {}

impl<B: http_body::Body<Data = Bytes, Error = hyper::Error> + Unpin> Arriving for B {}

/// What came of reading a body.
#[derive(Debug)]
pub enum Read<B> {
    /// All of it.
    Whole(Bytes),
    /// It is longer than the limit; what was read, and the rest.
    Longer(Bytes, B),
}

/// Reads a body into one piece, up to about `limit` bytes; silence longer than `idle` is an error.
pub async fn read<B: Arriving>(mut incoming: B, limit: usize, idle: Duration) -> Result<Read<B>, BodyError> {
    let mut idle = Idle::new(idle);
    let mut first = Bytes::new();
    let mut rest = bytes::BytesMut::new();
    let expected = incoming.size_hint().lower();
    if expected > limit as u64 {
        return Ok(Read::Longer(first, incoming));
    }
    while let Some(data) = next_data(&mut incoming, &mut idle).await? {
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.reserve((expected as usize).max(first.len() + data.len()));
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&data);
        }
        if first.len() + rest.len() > limit {
            return Ok(Read::Longer(if rest.is_empty() { first } else { rest.freeze() }, incoming));
        }
    }
    Ok(Read::Whole(if rest.is_empty() { first } else { rest.freeze() }))
}

/// The next data of a body, `None` at its end; silence longer than `idle` allows is an error.
pub async fn next_data(incoming: &mut impl Arriving, idle: &mut Idle) -> Result<Option<Bytes>, BodyError> {
    loop {
        let frame = std::future::poll_fn(|context| match Pin::new(&mut *incoming).poll_frame(context) {
            Poll::Ready(frame) => Poll::Ready(Ok(frame)),
            Poll::Pending => idle.poll(context).map(|()| Err(BodyError::Silent)),
        });
        let Some(frame) = frame.await? else { return Ok(None) };
        idle.touch();
        if let Ok(data) = frame.map_err(BodyError::Broken)?.into_data() {
            return Ok(Some(data));
        }
    }
}
