//! Connections to the upstream. No task of their own moves their bytes: whoever waits for an answer does, so that an
//! exchange is one task from its first byte to its last. Never knows what it carries.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio_util::task::AbortOnDropHandle;

use super::connect::Wire;
use crate::http::body::Outgoing;

type Driver = Connection<TokioIo<Wire>, Outgoing>;

/// How often free connections are looked at that nobody takes.
const SWEEP: Duration = Duration::from_secs(10);

/// A connection. Dropping it closes it, whatever it was doing.
#[derive(Debug)]
pub(super) struct Link {
    sender: SendRequest<Outgoing>,
    /// `None` once it is closed.
    driver: Option<Box<Driver>>,
    /// Bytes that came.
    read: Arc<AtomicU64>,
    /// How many had come when the last request was sent.
    mark: u64,
}

impl Link {
    /// A connection over bytes that nobody has used yet.
    pub(super) async fn open(wire: Wire) -> hyper::Result<Self> {
        let read = wire.count();
        let (sender, driver) = http1::handshake(TokioIo::new(wire)).await?;
        Ok(Self { sender, driver: Some(Box::new(driver)), read, mark: 0 })
    }

    /// Sends a request and moves bytes until the head of its answer is there. A request that could not begin comes back
    /// with the error.
    pub(super) async fn send(
        &mut self,
        request: Request<Outgoing>,
    ) -> Result<Response<hyper::body::Incoming>, TrySendError<Request<Outgoing>>> {
        self.mark = self.read.load(Ordering::Relaxed);
        let mut answer = pin!(self.sender.try_send_request(request));
        std::future::poll_fn(|context| {
            drive(&mut self.driver, context);
            answer.as_mut().poll(context)
        })
        .await
    }

    /// Whether it had answered before the last request was sent, and not a byte came since.
    pub(super) fn is_unanswered_again(&self) -> bool {
        self.mark > 0 && self.mark == self.read.load(Ordering::Relaxed)
    }

    /// Whether the last answer has ended and another request may begin, after a look at what has arrived.
    fn is_free(&mut self, context: &mut Context<'_>) -> bool {
        drive(&mut self.driver, context);
        self.driver.is_some() && self.sender.is_ready()
    }
}

/// Moves bytes as far as they go.
fn drive(driver: &mut Option<Box<Driver>>, context: &mut Context<'_>) {
    let Some(connection) = driver else { return };
    if let Poll::Ready(end) = Pin::new(&mut **connection).poll(context) {
        if let Err(error) = end {
            tracing::debug!(%error, "a connection to the upstream ended early");
        }
        // Who still waits for it learns of its end by the drop.
        *driver = None;
    }
}

/// Free connections, the last one used first.
#[derive(Debug)]
pub(super) struct Pool {
    free: Mutex<VecDeque<(Link, Instant)>>,
    /// Most that are kept.
    most: usize,
    /// How long each is kept.
    keep: Duration,
    sweeper: OnceLock<AbortOnDropHandle<()>>,
}

impl Pool {
    pub(super) fn new(most: usize, keep: Duration) -> Self {
        Self { free: Mutex::default(), most, keep, sweeper: OnceLock::new() }
    }

    /// A connection that is still open, as far as is known.
    pub(super) fn take(&self, context: &mut Context<'_>) -> Option<Link> {
        loop {
            let (mut link, _) = self.free().pop_back()?;
            if link.is_free(context) {
                return Some(link);
            }
        }
    }

    fn put(self: &Arc<Self>, link: Link) {
        self.sweeper.get_or_init(|| AbortOnDropHandle::new(tokio::spawn(sweep(Arc::downgrade(self)))));
        let mut free = self.free();
        if free.len() < self.most {
            free.push_back((link, Instant::now()));
        }
    }

    /// Closes what is too old or was closed by the other side.
    fn prune(&self, context: &mut Context<'_>) {
        let keep = self.keep;
        self.free().retain_mut(|(link, since)| since.elapsed() < keep && link.is_free(context));
    }

    fn free(&self) -> MutexGuard<'_, VecDeque<(Link, Instant)>> {
        // A list of connections is whole after any panic.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Prunes a pool as long as there is one.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(pool) = pool.upgrade() else { return };
        std::future::poll_fn(|context| {
            let _: () = pool.prune(context);
            Poll::Ready(())
        })
        .await;
    }
}

/// The body of an answer. Whoever reads it moves its connection, which is free for the next request after its last byte
/// and closed if it is dropped before.
#[derive(Debug)]
pub struct Incoming {
    body: hyper::body::Incoming,
    link: Option<Link>,
    pool: Arc<Pool>,
}

impl Incoming {
    /// The answer that comes over `link`, which goes back to `pool`.
    pub(super) async fn answer(answer: Response<hyper::body::Incoming>, link: Link, pool: Arc<Pool>) -> Response<Self> {
        let mut answer = answer.map(|body| Self { body, link: Some(link), pool });
        if answer.body().body.is_end_stream() {
            std::future::poll_fn(|context| {
                answer.body_mut().leave(context);
                Poll::Ready(())
            })
            .await;
        }
        answer
    }

    /// Gives the connection back.
    fn leave(&mut self, context: &mut Context<'_>) {
        if let Some(mut link) = self.link.take()
            && link.is_free(context)
        {
            self.pool.put(link);
        }
    }
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let mut frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending()
            && let Some(link) = &mut self.link
        {
            drive(&mut link.driver, context);
            frame = Pin::new(&mut self.body).poll_frame(context);
        }
        // Who has been told that the body ends reads no further.
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.leave(context);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
