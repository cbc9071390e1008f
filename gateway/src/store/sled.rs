//! The embedded store on disk; never shared between processes: the directory names its holder.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ::sled::transaction::{ConflictableTransactionError, TransactionError};

use super::{Batch, Space, Store, StoreError, Visit};

/// Bytes of pages the engine keeps in memory.
const CACHE_BYTES: u64 = 32 << 20;
/// How long the engine itself leaves writes in memory at most.
const FLUSH_MILLIS: u64 = 50;

/// A store in one directory.
#[derive(Debug)]
pub struct SledStore {
    tree: ::sled::Db,
    holder: PathBuf,
}

impl SledStore {
    /// Opens (or makes) the store below `directory` and notes `holder` (one line, such as `sallyport serve, process 7,
    /// 127.0.0.1:8080`) there. [`StoreError::Held`] if another process has it.
    pub fn open(directory: &Path, holder: &str) -> Result<Self, StoreError> {
        // The inner directory is closed even where somebody made the outer one open: reports hold code.
        let inner = directory.join("store");
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&inner).map_err(StoreError::Directory)?;
        let note = directory.join("holder");
        let tree = ::sled::Config::new()
            .path(inner)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(Some(FLUSH_MILLIS))
            .open()
            .map_err(|error| match &error {
                ::sled::Error::Io(cause) if is_lock(cause) => StoreError::Held { holder: read_holder(&note) },
                _ => engine(error),
            })?;
        write_holder(&note, holder).map_err(StoreError::Directory)?;
        Ok(Self { tree, holder: note })
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        // The lock ends with the process; the note is only a courtesy, so a failure changes nothing.
        let _ = std::fs::remove_file(&self.holder);
    }
}

impl Store for SledStore {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tree.get(full(space, key)).map_err(engine)?.map(|value| value.to_vec()))
    }

    fn scan(&self, space: Space, from: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        for entry in self.tree.range(full(space, from)..vec![space as u8 + 1]) {
            let (key, value) = entry.map_err(engine)?;
            if !visit(key.get(1..).unwrap_or_default(), &value) {
                break;
            }
        }
        Ok(())
    }

    fn apply(&self, batch: &Batch) -> Result<bool, StoreError> {
        if batch.expected.is_empty() {
            let mut changes = ::sled::Batch::default();
            for (space, key, value) in &batch.changes {
                match value {
                    Some(value) => changes.insert(full(*space, key), value.as_slice()),
                    None => changes.remove(full(*space, key)),
                }
            }
            self.tree.apply_batch(changes).map_err(engine)?;
            return Ok(true);
        }
        let outcome = self.tree.transaction(|tree| {
            for (space, key, value) in &batch.expected {
                if tree.get(full(*space, key))?.as_deref() != value.as_deref() {
                    return Err(ConflictableTransactionError::Abort(()));
                }
            }
            for (space, key, value) in &batch.changes {
                match value {
                    Some(value) => tree.insert(full(*space, key), value.as_slice())?,
                    None => tree.remove(full(*space, key))?,
                };
            }
            Ok(())
        });
        match outcome {
            Ok(()) => Ok(true),
            Err(TransactionError::Abort(())) => Ok(false),
            Err(TransactionError::Storage(error)) => Err(engine(error)),
        }
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.tree.flush().map(drop).map_err(engine)
    }
}

fn full(space: Space, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(key.len() + 1);
    full.push(space as u8);
    full.extend_from_slice(key);
    full
}

fn engine(error: ::sled::Error) -> StoreError {
    StoreError::Engine(Box::new(error))
}

fn is_lock(cause: &std::io::Error) -> bool {
    cause.kind() == std::io::ErrorKind::WouldBlock || cause.to_string().contains("acquire lock")
}

fn read_holder(note: &Path) -> String {
    let text = std::fs::read_to_string(note).unwrap_or_default();
    let line: String = text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
    if line.is_empty() { "another process".to_owned() } else { line }
}

fn write_holder(note: &Path, holder: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(note)?;
    writeln!(file, "{holder}")
}
