//! The store that forgets: for tests and for gateways that run without a data directory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Batch, Space, Store, StoreError, Visit};

/// How many entries a scan copies under the lock before it visits them.
const PAGE: usize = 64;

type Entries = BTreeMap<(Space, Vec<u8>), Vec<u8>>;

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    entries: Mutex<Entries>,
}

impl MemoryStore {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        // A panic elsewhere cannot leave the map half changed: each batch is checked before it is applied.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self, space: Space, from: Bound<Vec<u8>>) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.entries()
            .range((from.map(|key| (space, key)), Bound::Unbounded))
            .take_while(|((found, _), _)| *found == space)
            .take(PAGE)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect()
    }
}

impl Store for MemoryStore {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.entries().get(&(space, key.to_vec())).cloned())
    }

    fn scan(&self, space: Space, from: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let mut start = Bound::Included(from.to_vec());
        loop {
            let page = self.page(space, start);
            let Some((last, _)) = page.last() else { return Ok(()) };
            start = Bound::Excluded(last.clone());
            if !page.iter().all(|(key, value)| visit(key, value)) {
                return Ok(());
            }
        }
    }

    fn apply(&self, batch: &Batch) -> Result<bool, StoreError> {
        let mut entries = self.entries();
        let holds = batch
            .expected
            .iter()
            .all(|(space, key, value)| entries.get(&(*space, key.clone())).map(Vec::as_slice) == value.as_deref());
        if !holds {
            return Ok(false);
        }
        for (space, key, value) in &batch.changes {
            match value {
                Some(value) => entries.insert((*space, key.clone()), value.clone()),
                None => entries.remove(&(*space, key.clone())),
            };
        }
        Ok(true)
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
