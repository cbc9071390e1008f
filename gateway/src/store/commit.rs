//! Group commit: one thread writes what has changed, at most one interval after it changed; never on a request's path.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Batch, Store};

/// Most bytes kept for another try while the store fails.
const MOST_RETRY_BYTES: usize = 16 << 20;

/// How long the committer sleeps at most: what expires is removed by then even when nothing happens.
const IDLE: Duration = Duration::from_mins(1);

/// Something whose changes are written in groups.
pub trait Source: Send + Sync {
    /// Adds everything that changed since the last call to the batch.
    fn collect(&self, batch: &mut Batch);
}

/// Tells the committer that something has changed. Cheap to clone, cheap to ring.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<BellState>);

#[derive(Debug, Default)]
struct BellState {
    rung: Mutex<Rung>,
    changed: Condvar,
}

#[derive(Debug, Clone, Copy, Default)]
struct Rung {
    work: bool,
    stop: bool,
}

impl Bell {
    /// Something has changed.
    pub fn ring(&self) {
        self.set(|rung| !std::mem::replace(&mut rung.work, true));
    }

    fn stop(&self) {
        self.set(|rung| !std::mem::replace(&mut rung.stop, true));
    }

    fn set(&self, change: impl FnOnce(&mut Rung) -> bool) {
        if change(&mut self.0.rung.lock().unwrap_or_else(PoisonError::into_inner)) {
            self.0.changed.notify_all();
        }
    }

    /// Waits for work, the end, or until it is time to look for what has expired; `true` at the end.
    fn wait(&self) -> bool {
        let rung = self.0.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = self.0.changed.wait_timeout_while(rung, IDLE, |rung| !rung.work && !rung.stop);
        wait.unwrap_or_else(PoisonError::into_inner).0.stop
    }

    /// Lets a group gather for one interval, less if the end comes; the work that was rung for is taken.
    fn gather(&self, interval: Duration) {
        let rung = self.0.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = self.0.changed.wait_timeout_while(rung, interval, |rung| !rung.stop);
        wait.unwrap_or_else(PoisonError::into_inner).0.work = false;
    }
}

/// The thread that commits. Dropping it writes what is left, flushes and ends the thread.
#[derive(Debug)]
pub struct Committer {
    bell: Bell,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts it. `interval` is how long a change may stay unwritten; at most 100 ms by the design.
    pub fn start(
        store: Arc<dyn Store>,
        bell: Bell,
        interval: Duration,
        sources: Vec<Arc<dyn Source>>,
    ) -> std::io::Result<Self> {
        let heard = bell.clone();
        let work = move || run(store.as_ref(), &heard, interval, &sources);
        let thread = std::thread::Builder::new().name("committer".to_owned()).spawn(work)?;
        Ok(Self { bell, thread: Some(thread) })
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.bell.stop();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the committer ended early: the last changes may be lost");
        }
    }
}

fn run(store: &dyn Store, bell: &Bell, interval: Duration, sources: &[Arc<dyn Source>]) {
    let mut batch = Batch::default();
    loop {
        let stop = bell.wait();
        if !stop {
            bell.gather(interval);
        }
        for source in sources {
            source.collect(&mut batch);
        }
        if !batch.is_empty() {
            match store.apply(&batch).and_then(|_| store.flush()) {
                Ok(()) => batch = Batch::default(),
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "changes could not be stored, trying again"
                    );
                    if batch.size() > MOST_RETRY_BYTES {
                        tracing::error!("too many changes wait for the store: they are given up");
                        batch = Batch::default();
                    } else if !stop {
                        bell.ring();
                    }
                }
            }
        }
        if stop {
            return;
        }
    }
}
