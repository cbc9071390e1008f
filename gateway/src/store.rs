//! Where state lives: one small, blocking, object-safe trait; never called on an async worker thread.
//!
//! **Every value begins with the version byte of its format**, so that what an older release wrote still opens.

pub mod commit;
pub mod memory;
pub mod sled;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A namespace of the store. The discriminant is the first byte of every stored key: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Space {
    /// Virtual keys by key id.
    Keys = 1,
    /// Accounts (spent, open leases) by key id.
    Ledger = 2,
    /// Reports by report id.
    Reports = 3,
    /// Report ids in order of time.
    ReportTimes = 4,
    /// Prompt cache entries.
    Prompts = 5,
}

impl Space {
    /// Every namespace.
    pub const ALL: [Self; 5] = [Self::Keys, Self::Ledger, Self::Reports, Self::ReportTimes, Self::Prompts];
}

/// What went wrong in a store; the operator must act.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the data directory open.
    #[error("the data directory is in use by {holder}")]
    Held {
        /// Who, as that process described itself.
        holder: String,
    },
    /// The directory cannot be made or opened.
    #[error("the data directory cannot be used")]
    Directory(#[source] std::io::Error),
    /// The engine failed.
    #[error("the store failed")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A stored value is of a format this release does not know, or damaged.
    #[error("a stored {kind} cannot be read (format version {version})")]
    Format {
        /// What it should have been.
        kind: &'static str,
        /// Its version byte, 0 where there was none.
        version: u8,
    },
}

/// Changes that become visible together or not at all.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    expected: Vec<(Space, Vec<u8>, Option<Vec<u8>>)>,
    changes: Vec<(Space, Vec<u8>, Option<Vec<u8>>)>,
}

impl Batch {
    /// Writes a value.
    pub fn put(&mut self, space: Space, key: &[u8], value: Vec<u8>) -> &mut Self {
        self.changes.push((space, key.to_vec(), Some(value)));
        self
    }

    /// Removes a value; no error where there is none.
    pub fn delete(&mut self, space: Space, key: &[u8]) -> &mut Self {
        self.changes.push((space, key.to_vec(), None));
        self
    }

    /// Makes the batch conditional: it applies only if the key holds exactly `value` (or nothing).
    pub fn expect(&mut self, space: Space, key: &[u8], value: Option<&[u8]>) -> &mut Self {
        self.expected.push((space, key.to_vec(), value.map(<[u8]>::to_vec)));
        self
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Bytes of its keys and values.
    pub fn size(&self) -> usize {
        self.changes.iter().map(|(_, key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum()
    }
}

/// Visits one key and value of a scan; `false` ends the scan.
pub type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> bool + 'a;

/// A store. Calls block: use a blocking thread. What [`Store::apply`] changed survives a crash once
/// [`Store::flush`] has returned.
pub trait Store: Send + Sync {
    /// The value of a key.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits the keys of a namespace in order, from `from` on.
    fn scan(&self, space: Space, from: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// Applies a batch atomically; `false` (and nothing changed) if one of its expectations does not hold.
    fn apply(&self, batch: &Batch) -> Result<bool, StoreError>;

    /// Returns once everything applied so far is on disk.
    fn flush(&self) -> Result<(), StoreError>;
}

/// A type with a stored format: a version byte, then JSON.
pub trait Stored: Serialize + DeserializeOwned {
    /// What it is, for errors.
    const KIND: &'static str;
    /// The version that [`seal`] writes.
    const VERSION: u8;

    /// Reads an older version; `None` if there never was such a version.
    fn from_old(_version: u8, _payload: &[u8]) -> Option<Self> {
        None
    }
}

/// The stored bytes of a value.
pub fn seal<T: Stored>(value: &T) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![T::VERSION];
    serde_json::to_writer(&mut bytes, value).map_err(|error| StoreError::Engine(Box::new(error)))?;
    Ok(bytes)
}

/// The value of stored bytes, of this version or an older one.
pub fn open<T: Stored>(bytes: &[u8]) -> Result<T, StoreError> {
    let Some((&version, payload)) = bytes.split_first() else {
        return Err(StoreError::Format { kind: T::KIND, version: 0 });
    };
    let value =
        if version == T::VERSION { serde_json::from_slice(payload).ok() } else { T::from_old(version, payload) };
    value.ok_or(StoreError::Format { kind: T::KIND, version })
}

#[cfg(test)]
mod tests;
