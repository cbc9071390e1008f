//! Reports: what is kept of each exchange with code, for how long, and how it is found again; never code that the policy
//! does not keep.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};

use crate::admit::key::{KeyError, hex, random};
use crate::admit::now;
pub use crate::exchange::Record;
use crate::exchange::Verdict;
use crate::settings::{ReportContent, ReportRules};
use crate::store::commit::{Bell, Source};
use crate::store::{Batch, Space, Store, StoreError, Stored, open, seal};

/// Version of the stored form of a record: zlib over JSON.
const VERSION: u8 = 1;
/// Longest record, uncompressed; a longer one is kept without its code.
const MOST_RECORD_BYTES: usize = 8 << 20;
/// Most bytes of records that wait for the committer; more are dropped, and counted.
const MOST_WAITING_BYTES: usize = 64 << 20;
/// Records that stay in memory after they were handed over, so that a report opens at once.
const RECENT: usize = 256;
/// Most bytes of those.
const MOST_RECENT_BYTES: usize = 32 << 20;
/// How often expired reports are looked for. They are not shown any more in between.
const EXPIRE_EVERY_MILLIS: u64 = 30_000;
/// Who owns the reports of requests without a key: they share one quota.
const NOBODY: &str = "";

/// The reports of a store.
#[derive(Clone)]
pub struct Reports {
    store: Arc<dyn Store>,
    state: Arc<Mutex<State>>,
    bell: Bell,
}

#[derive(Default)]
struct State {
    waiting: Vec<Waiting>,
    waiting_bytes: usize,
    recent: VecDeque<(Arc<Record>, usize)>,
    recent_bytes: usize,
    index: BTreeMap<At, Entry>,
    owners: HashMap<Arc<str>, Owner>,
    dropped: u64,
    next_expiry: u64,
}

struct Waiting {
    record: Arc<Record>,
    owner: Arc<str>,
    rules: ReportRules,
}

/// Where a report stands in time.
type At = (u64, [u8; 16]);

#[derive(Debug)]
struct Entry {
    owner: Arc<str>,
    bytes: u64,
    until: u64,
}

#[derive(Debug, Default)]
struct Owner {
    bytes: u64,
    reports: BTreeSet<At>,
}

/// One line of a list of reports.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// The report's id.
    pub id: String,
    /// When the request came, milliseconds of Unix time.
    pub time_ms: u64,
    /// The model that the client named.
    pub model: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Findings before.
    pub found: usize,
    /// Findings after.
    pub remaining: usize,
    /// Id of the key, empty without one.
    owner: String,
    /// Size of the stored record.
    bytes: u64,
    /// When it is removed.
    until: u64,
}

impl Stored for Summary {
    const KIND: &'static str = "report's summary";
    const VERSION: u8 = 1;
}

/// 128 random bits in lower-case hex: knowing it is the right to read the report.
pub fn new_id() -> Result<String, KeyError> {
    random::<16>().map(|bytes| hex(&bytes))
}

impl std::fmt::Debug for Reports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reports").finish_non_exhaustive()
    }
}

impl Reports {
    /// The reports of a store. Blocks.
    pub fn open(store: Arc<dyn Store>, bell: Bell) -> Result<Self, StoreError> {
        let mut state = State::default();
        let mut damaged = 0_usize;
        store.scan(Space::ReportTimes, b"", &mut |key, value| {
            match (place(key), open::<Summary>(value)) {
                (Some(at), Ok(summary)) => state.insert(at, &summary.owner.into(), summary.bytes, summary.until),
                _ => damaged += 1,
            }
            true
        })?;
        if damaged > 0 {
            tracing::warn!(damaged, "some reports cannot be read and are left out");
        }
        Ok(Self { store, state: Arc::new(Mutex::new(state)), bell })
    }

    /// Keeps a record as its policy says; `key` is the id of the virtual key it came with. Never blocks. `false` if it was
    /// dropped because too many wait for the disk.
    pub fn save(&self, record: Record, key: Option<&str>, rules: &ReportRules) -> bool {
        let Some(record) = trimmed(record, rules.content) else { return true };
        let size = weight(&record);
        let mut state = self.state();
        if state.waiting_bytes + size > MOST_WAITING_BYTES {
            state.dropped += 1;
            return false;
        }
        let record = Arc::new(record);
        state.remember(Arc::clone(&record), size);
        state.waiting_bytes += size;
        state.waiting.push(Waiting { record, owner: key.unwrap_or(NOBODY).into(), rules: *rules });
        drop(state);
        self.bell.ring();
        true
    }

    /// The report of that id, if it is kept. Blocks.
    pub fn load(&self, id: &str) -> Result<Option<Record>, StoreError> {
        let Some(key) = unhex(id) else { return Ok(None) };
        let recent =
            self.state().recent.iter().find(|(record, _)| record.id == id).map(|(record, _)| Arc::clone(record));
        if let Some(record) = recent {
            return Ok(Some(Record::clone(&record)));
        }
        let Some(bytes) = self.store.get(Space::Reports, &key)? else { return Ok(None) };
        let record = unpack(&bytes)?;
        let kept = self.state().index.get(&(record.time_ms, key)).is_some_and(|entry| entry.until > now());
        Ok(kept.then_some(record))
    }

    /// Up to `most` reports, newest first, older than `before` (milliseconds of Unix time). Blocks.
    pub fn list(&self, before: Option<u64>, most: usize) -> Result<Vec<Summary>, StoreError> {
        let end = (before.unwrap_or(u64::MAX), [0; 16]);
        let now = now();
        let places: Vec<At> = {
            let state = self.state();
            let kept = state.index.range(..end).rev().filter(|(_, entry)| entry.until > now);
            kept.take(most).map(|(at, _)| *at).collect()
        };
        let rows = places.iter().map(|at| self.store.get(Space::ReportTimes, &key_of(at)));
        rows.filter_map(Result::transpose).map(|row| row.and_then(|bytes| open(&bytes))).collect()
    }

    /// Records that were dropped because too many waited for the disk.
    pub fn dropped(&self) -> u64 {
        self.state().dropped
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Changes of the state are assignments and insertions: no panic leaves one half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Reports {
    fn collect(&self, batch: &mut Batch) {
        let waiting = {
            let mut state = self.state();
            state.waiting_bytes = 0;
            std::mem::take(&mut state.waiting)
        };
        // Packing is slow: it is done without the lock.
        let packed: Vec<_> = waiting.iter().filter_map(pack_row).collect();
        let mut state = self.state();
        for (at, bytes, summary, rules) in packed {
            let Ok(row) = seal(&summary) else { continue };
            batch.put(Space::Reports, &at.1, bytes).put(Space::ReportTimes, &key_of(&at), row);
            let owner: Arc<str> = summary.owner.into();
            state.insert(at, &owner, summary.bytes, summary.until);
            state.shrink(&owner, rules.max_bytes, batch);
        }
        state.expire(now(), batch);
    }
}

impl State {
    fn remember(&mut self, record: Arc<Record>, size: usize) {
        self.recent_bytes += size;
        self.recent.push_back((record, size));
        while self.recent.len() > RECENT || (self.recent_bytes > MOST_RECENT_BYTES && self.recent.len() > 1) {
            let Some((_, size)) = self.recent.pop_front() else { break };
            self.recent_bytes -= size;
        }
    }

    fn insert(&mut self, at: At, owner: &Arc<str>, bytes: u64, until: u64) {
        let quota = self.owners.entry(Arc::clone(owner)).or_default();
        quota.bytes += bytes;
        quota.reports.insert(at);
        self.index.insert(at, Entry { owner: Arc::clone(owner), bytes, until });
    }

    fn remove(&mut self, at: At, batch: &mut Batch) {
        batch.delete(Space::Reports, &at.1).delete(Space::ReportTimes, &key_of(&at));
        let Some(entry) = self.index.remove(&at) else { return };
        if let Some(owner) = self.owners.get_mut(&entry.owner) {
            owner.bytes = owner.bytes.saturating_sub(entry.bytes);
            owner.reports.remove(&at);
        }
        let id = hex(&at.1);
        if let Some(place) = self.recent.iter().position(|(record, _)| record.id == id)
            && let Some((_, size)) = self.recent.remove(place)
        {
            self.recent_bytes -= size;
        }
    }

    /// Removes an owner's oldest reports until the rest fits.
    fn shrink(&mut self, owner: &str, most: u64, batch: &mut Batch) {
        while let Some(quota) = self.owners.get(owner).filter(|quota| quota.bytes > most) {
            let Some(oldest) = quota.reports.first().copied() else { break };
            self.remove(oldest, batch);
        }
    }

    /// Removes what is over; looks through everything, so at most once in a while.
    fn expire(&mut self, now: u64, batch: &mut Batch) {
        if now < self.next_expiry {
            return;
        }
        self.next_expiry = now + EXPIRE_EVERY_MILLIS;
        let over: Vec<At> = self.index.iter().filter(|(_, entry)| entry.until <= now).map(|(at, _)| *at).collect();
        for at in over {
            self.remove(at, batch);
        }
    }
}

/// The record as the policy keeps it.
fn trimmed(mut record: Record, content: ReportContent) -> Option<Record> {
    match content {
        ReportContent::Full => {}
        ReportContent::Findings => strip_code(&mut record),
        ReportContent::Off => return None,
    }
    Some(record)
}

fn strip_code(record: &mut Record) {
    record.prose_mentions.clear();
    for unit in &mut record.units {
        (unit.before, unit.after) = (None, None);
    }
}

/// About how much memory a record takes.
fn weight(record: &Record) -> usize {
    let code = |code: &Option<String>| code.as_ref().map_or(0, String::len);
    let unit = |unit: &crate::exchange::UnitRecord| {
        code(&unit.before) + code(&unit.after) + 1_024 * (1 + unit.found.len() + unit.remaining.len())
    };
    2_048 + record.units.iter().map(unit).sum::<usize>() + 256 * record.calls.len()
}

fn pack_row(waiting: &Waiting) -> Option<(At, Vec<u8>, Summary, ReportRules)> {
    let Waiting { record, owner, rules } = waiting;
    let at = (record.time_ms, unhex(&record.id)?);
    let bytes = pack(record).inspect_err(|error| {
        tracing::error!(error = error as &dyn std::error::Error, "a report could not be written");
    });
    let bytes = bytes.ok()?;
    let (found, remaining) = record.counts();
    let summary = Summary {
        id: record.id.clone(),
        time_ms: record.time_ms,
        model: record.model.chars().take(64).collect(),
        verdict: record.verdict,
        found,
        remaining,
        owner: owner.to_string(),
        bytes: bytes.len() as u64,
        until: record.time_ms.saturating_add(u64::try_from(rules.retain.as_millis()).unwrap_or(u64::MAX)),
    };
    Some((at, bytes, summary, *rules))
}

fn pack(record: &Record) -> Result<Vec<u8>, StoreError> {
    let engine = |error| StoreError::Engine(Box::new(error));
    let json = |record: &Record| serde_json::to_vec(record).map_err(|error| StoreError::Engine(Box::new(error)));
    let mut text = json(record)?;
    if text.len() > MOST_RECORD_BYTES {
        let mut record = record.clone();
        strip_code(&mut record);
        record.unscanned.push("the code is too long for a report".to_owned());
        text = json(&record)?;
    }
    let mut encoder = ZlibEncoder::new(vec![VERSION], Compression::fast());
    encoder.write_all(&text).map_err(|error| engine(Box::new(error)))?;
    encoder.finish().map_err(|error| engine(Box::new(error)))
}

fn unpack(bytes: &[u8]) -> Result<Record, StoreError> {
    let damaged = |version| StoreError::Format { kind: "report", version };
    let (&version, packed) = bytes.split_first().ok_or(damaged(0))?;
    if version != VERSION {
        return Err(damaged(version));
    }
    let mut text = Vec::new();
    let most = 16 * MOST_RECORD_BYTES as u64;
    ZlibDecoder::new(packed).take(most).read_to_end(&mut text).map_err(|_| damaged(version))?;
    serde_json::from_slice(&text).map_err(|_| damaged(version))
}

fn key_of((time, id): &At) -> [u8; 24] {
    let mut key = [0; 24];
    let (head, tail) = key.split_at_mut(8);
    head.copy_from_slice(&time.to_be_bytes());
    tail.copy_from_slice(id);
    key
}

fn place(key: &[u8]) -> Option<At> {
    let (time, id) = key.split_at_checked(8)?;
    Some((u64::from_be_bytes(time.try_into().ok()?), id.try_into().ok()?))
}

fn unhex(id: &str) -> Option<[u8; 16]> {
    let digits = id.as_bytes();
    if digits.len() != 32 || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    u128::from_str_radix(id, 16).ok().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests;
