//! Group commit: one thread writes what has changed, at most one interval after it changed; never on a request's path.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Batch, Store};

/// Most bytes kept for another try while the store fails.
const MOST_RETRY_BYTES: usize = 16 << 20;

/// How long the committer sleeps at most: what expires is removed by then even when nothing happens.
const IDLE: Duration = Duration::from_mins(1);

/// How long it waits after the store failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

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
    /// When the oldest change was made that no group has taken yet.
    work: Option<Instant>,
    stop: bool,
}

impl Bell {
    /// Something has changed.
    pub fn ring(&self) {
        self.set(|rung| {
            let first = rung.work.is_none();
            rung.work.get_or_insert_with(Instant::now);
            first
        });
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
        let wait = self.0.changed.wait_timeout_while(rung, IDLE, |rung| rung.work.is_none() && !rung.stop);
        wait.unwrap_or_else(PoisonError::into_inner).0.stop
    }

    /// Lets a group gather until its oldest change is one interval old, less if the end comes; the work that was rung
    /// for is taken. What waited while the disk wrote the group before does not wait once more.
    fn gather(&self, interval: Duration) {
        let rung = self.0.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let left = interval.saturating_sub(rung.work.map_or(Duration::ZERO, |since| since.elapsed()));
        let wait = self.0.changed.wait_timeout_while(rung, left, |rung| !rung.stop);
        wait.unwrap_or_else(PoisonError::into_inner).0.work = None;
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
                        bell.gather(AFTER_FAILURE.max(interval));
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::store::memory::MemoryStore;
    use crate::store::{Space, StoreError, Visit};

    /// Fails at first.
    #[derive(Default)]
    struct Faulty {
        store: MemoryStore,
        failures: AtomicU32,
    }

    impl Store for Faulty {
        fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
            self.store.get(space, key)
        }

        fn scan(&self, space: Space, from: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
            self.store.scan(space, from, visit)
        }

        fn apply(&self, batch: &Batch) -> Result<bool, StoreError> {
            if self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                return Err(StoreError::Engine("the disk is full".into()));
            }
            self.store.apply(batch)
        }

        fn flush(&self) -> Result<(), StoreError> {
            Ok(())
        }
    }

    #[derive(Default)]
    struct Numbers(Mutex<Vec<u8>>);

    impl Source for Numbers {
        fn collect(&self, batch: &mut Batch) {
            for number in self.0.lock().expect("no test panics with it").drain(..) {
                batch.put(Space::Ledger, &[number], vec![number]);
            }
        }
    }

    fn count(store: &dyn Store) -> usize {
        let mut count = 0;
        let visit = &mut |_: &[u8], _: &[u8]| {
            count += 1;
            true
        };
        store.scan(Space::Ledger, b"", visit).expect("a scan");
        count
    }

    fn started(failures: u32) -> (Arc<Faulty>, Arc<Numbers>, Bell, Committer) {
        let store = Arc::new(Faulty { failures: failures.into(), ..Faulty::default() });
        let (numbers, bell) = (Arc::new(Numbers::default()), Bell::default());
        let sources: Vec<Arc<dyn Source>> = vec![Arc::clone(&numbers) as Arc<dyn Source>];
        let committer =
            Committer::start(Arc::clone(&store) as Arc<dyn Store>, bell.clone(), Duration::from_millis(20), sources);
        (store, numbers, bell, committer.expect("started"))
    }

    fn add(numbers: &Numbers, bell: &Bell, number: u8) {
        numbers.0.lock().expect("no test panics with it").push(number);
        bell.ring();
    }

    #[test]
    fn writes_within_the_interval_and_at_the_end() {
        let (store, numbers, bell, committer) = started(0);
        for number in 0..10 {
            add(&numbers, &bell, number);
        }
        let deadline = Instant::now() + Duration::from_secs(5);
        while count(store.as_ref()) < 10 {
            assert!(Instant::now() < deadline, "nothing is written");
            std::thread::yield_now();
        }
        add(&numbers, &bell, 10);
        drop(committer);
        assert_eq!(count(store.as_ref()), 11);
    }

    #[test]
    fn what_the_store_refused_is_tried_again() {
        let (store, numbers, bell, committer) = started(1);
        add(&numbers, &bell, 1);
        let deadline = Instant::now() + Duration::from_secs(10);
        while count(store.as_ref()) < 1 {
            assert!(Instant::now() < deadline, "it is not tried again");
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(committer);
    }
}
