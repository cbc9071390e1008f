//! How what was decided reaches the client, and how an exchange outlives a client that left. Never looks into bytes.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::http::body::BodyError;

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A future that is polled by the client's connection as long as the client stays. When the client leaves, the token
/// it was made with is cancelled and the rest of it runs on the tracker, which is joined at shutdown.
#[must_use = "futures do nothing unless polled"]
pub struct Outliving<T: Send + 'static> {
    work: Option<Work<T>>,
    gone: CancellationToken,
    tracker: TaskTracker,
}

impl<T: Send + 'static> Outliving<T> {
    /// Wraps `work`, which should end soon once `gone` is cancelled.
    pub fn new(work: impl Future<Output = T> + Send + 'static, gone: CancellationToken, tracker: TaskTracker) -> Self {
        Self { work: Some(Box::pin(work)), gone, tracker }
    }
}

impl<T: Send + 'static> Future for Outliving<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let done = work.as_mut().poll(context);
        if done.is_ready() {
            self.work = None;
        }
        done
    }
}

impl<T: Send + 'static> Drop for Outliving<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.gone.cancel();
            self.tracker.spawn(async move { drop(work.await) });
        }
    }
}

impl<T: Send + 'static> std::fmt::Debug for Outliving<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Outliving").field("running", &self.work.is_some()).finish_non_exhaustive()
    }
}

/// Bytes that may wait for the client before the work has to: what arrives together leaves together, in one write.
const ROOM: usize = 16 * 1024;

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Bytes>,
    bytes: usize,
    closed: bool,
    broken: bool,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
}

impl Queue {
    fn push(&mut self, bytes: Bytes) {
        self.bytes += bytes.len();
        self.frames.push_back(bytes);
    }

    /// All that waits, as one piece.
    fn take(&mut self) -> Option<Bytes> {
        let whole = std::mem::take(&mut self.bytes);
        let first = self.frames.pop_front()?;
        if self.frames.is_empty() {
            return Some(first);
        }
        let mut joined = BytesMut::with_capacity(whole);
        joined.extend_from_slice(&first);
        for frame in self.frames.drain(..) {
            joined.extend_from_slice(&frame);
        }
        Some(joined.freeze())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A queue of bytes is whole after any panic.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The producer's end of an inspected stream.
#[derive(Debug, Clone)]
pub struct Outlet {
    shared: Arc<Shared>,
    gone: CancellationToken,
}

/// The client's end of an inspected stream: it also drives the work that fills it, so that a slow client slows it.
#[derive(Debug)]
pub struct Feed {
    shared: Arc<Shared>,
    work: Outliving<()>,
    done: bool,
}

/// An outlet and the feed that `work` fills through it.
pub fn feed<W>(gone: CancellationToken, tracker: TaskTracker, work: impl FnOnce(Outlet) -> W) -> Feed
where
    W: Future<Output = ()> + Send + 'static,
{
    let shared = Arc::new(Shared::default());
    let outlet = Outlet { shared: Arc::clone(&shared), gone: gone.clone() };
    Feed { shared, work: Outliving::new(work(outlet), gone, tracker), done: false }
}

impl Outlet {
    /// Hands bytes to the client; after it left they are dropped.
    pub fn send(&self, bytes: Bytes) {
        if !bytes.is_empty() && !self.gone.is_cancelled() {
            self.shared.lock().push(bytes);
        }
    }

    /// Resolves when there is room for more, or the client left.
    pub async fn has_room(&self) {
        std::future::poll_fn(|_| {
            // No waker is kept: the feed polls the work again when its queue is empty, and leaving is seen on the
            // first poll elsewhere.
            if self.gone.is_cancelled() || self.shared.lock().bytes < ROOM { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Ends the stream; the work may go on.
    pub fn close(&self) {
        self.shared.lock().closed = true;
    }

    /// Cuts the connection after what was sent, as the upstream did.
    pub fn cut(&self) {
        self.shared.lock().broken = true;
    }
}

impl Feed {
    /// The next bytes for the client.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if !self.done {
            self.done = Pin::new(&mut self.work).poll(context).is_ready();
        }
        let mut queue = self.shared.lock();
        if let Some(bytes) = queue.take() {
            return Poll::Ready(Some(Ok(bytes)));
        }
        if queue.broken {
            queue.broken = false;
            queue.closed = true;
            return Poll::Ready(Some(Err(BodyError::Cut)));
        }
        if queue.closed || self.done { Poll::Ready(None) } else { Poll::Pending }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use tokio_util::sync::CancellationToken;
    use tokio_util::task::TaskTracker;

    use super::feed;

    #[tokio::test]
    async fn bytes_come_in_order_and_end() {
        let mut feed = feed(CancellationToken::new(), TaskTracker::new(), |outlet| async move {
            for piece in ["a", "b"] {
                outlet.send(Bytes::from_static(piece.as_bytes()));
                tokio::task::yield_now().await;
            }
        });
        let mut seen = Vec::new();
        while let Some(Ok(bytes)) = poll_fn(|context| feed.poll(context)).await {
            seen.extend_from_slice(&bytes);
        }
        assert_eq!(seen, b"ab");
    }

    #[tokio::test]
    async fn a_slow_client_slows_the_work() {
        let sent = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&sent);
        let mut feed = feed(CancellationToken::new(), TaskTracker::new(), |outlet| async move {
            for _ in 0..10 {
                outlet.send(Bytes::from_static(&[b'x'; super::ROOM]));
                count.fetch_add(1, Ordering::SeqCst);
                outlet.has_room().await;
            }
        });
        for taken in 1..=10 {
            assert!(poll_fn(|context| feed.poll(context)).await.is_some());
            assert_eq!(sent.load(Ordering::SeqCst), taken);
        }
        assert!(poll_fn(|context| feed.poll(context)).await.is_none());
    }

    #[tokio::test]
    async fn work_outlives_a_client_that_left_and_is_told() {
        let (gone, tracker) = (CancellationToken::new(), TaskTracker::new());
        let done = Arc::new(AtomicUsize::new(0));
        let (token, flag) = (gone.clone(), Arc::clone(&done));
        let mut feed = feed(gone, tracker.clone(), |outlet| async move {
            outlet.send(Bytes::from_static(b"x"));
            token.cancelled().await;
            outlet.has_room().await;
            flag.store(1, Ordering::SeqCst);
        });
        assert!(poll_fn(|context| feed.poll(context)).await.is_some());
        drop(feed);
        tracker.close();
        tracker.wait().await;
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }
}
