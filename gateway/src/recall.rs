//! The prompt cache: which requirements cleared an intent before; keeps ids and hashes, never a prompt, code or answer.
//!
//! Entries live under tenant, policy, language, rule version and version of the requirement table, in memory (moka)
//! over the store. Within such a bucket the most alike signature wins (see [`crate::intent`]). An entry is written only
//! after a verified reduction of k, and dropped when two uses in a row left a finding that it is about, or by age.
//!
//! The pipeline: `intent::of` the messages, [`Recall::find`], [`requirement::text`] goes into the request;
//! afterwards, off the reactor, [`Recall::used`] with [`Hit::left`] over what the first answer's units were
//! found to have, and [`Recall::learn`] with what the strategy learned.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use analyzers::finding::Finding;
use analyzers::lang::Language;
use moka::ops::compute::Op;
use moka::sync::Cache;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::intent::{Intent, Signature};
use crate::requirement::{self, RequirementId};
use crate::store::{Batch, Space, Store, StoreError, Stored, open, seal};
use crate::strategy::Level;

/// Most intents that are remembered for one tenant, policy and language.
const MOST_IN_BUCKET: usize = 256;
/// Uses in a row that may leave a finding before an entry goes.
const MOST_MISSES: u8 = 2;

type BucketKey = [u8; 32];

/// What is remembered, shared by all requests.
pub struct Recall {
    buckets: Cache<BucketKey, Arc<Vec<Entry>>>,
    store: Arc<dyn Store>,
    keep: Duration,
    /// Whether anything was ever remembered.
    any: AtomicBool,
}

impl std::fmt::Debug for Recall {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Recall").field("buckets", &self.buckets.entry_count()).finish_non_exhaustive()
    }
}

/// One remembered intent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    bucket: BucketKey,
    id: u64,
    signature: Signature,
    requirements: Vec<String>,
    /// Uses in a row that left a finding.
    misses: u8,
    /// When it was learned or last confirmed, milliseconds since 1970.
    time_ms: u64,
}

impl Stored for Entry {
    const KIND: &'static str = "prompt-cache entry";
    const VERSION: u8 = 2;
}

impl Entry {
    fn key(&self) -> Vec<u8> {
        [&self.bucket[..], &self.id.to_be_bytes()].concat()
    }
}

/// Whose intents are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The key's id, or the tenant's hash.
    pub tenant: &'a str,
    /// The policy's name.
    pub policy: &'a str,
}

/// A remembered intent that a request matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What to add to the prompt.
    pub requirements: Vec<RequirementId>,
    bucket: BucketKey,
    id: u64,
}

impl Hit {
    /// Whether an answer has a finding from `level` on that these requirements are about.
    pub fn left<'f>(&self, mut findings: impl Iterator<Item = &'f Finding>, level: Level) -> bool {
        findings.any(|finding| level.reached(finding) && self.requirements.iter().any(|id| id.covers(finding)))
    }
}

impl Recall {
    /// Reads what the store holds; what is too old, unreadable or too much goes. Blocks.
    pub fn load(store: Arc<dyn Store>, entries: u64, keep: Duration, now_ms: u64) -> Result<Self, StoreError> {
        let weigh = |_: &BucketKey, bucket: &Arc<Vec<Entry>>| bucket.len().max(1) as u32;
        let buckets = Cache::builder().max_capacity(entries).weigher(weigh).time_to_idle(keep).build();
        let recall = Self { buckets, store, keep, any: AtomicBool::new(false) };
        let (mut found, mut gone) = (Vec::new(), Batch::default());
        recall.store.scan(Space::Prompts, &[], &mut |key, value| {
            match open::<Entry>(value) {
                Ok(entry) if recall.is_fresh(&entry, now_ms) && found.len() < entries as usize => found.push(entry),
                _ => drop(gone.delete(Space::Prompts, key)),
            }
            true
        })?;
        if !gone.is_empty() {
            recall.store.apply(&gone)?;
        }
        recall.any.store(!found.is_empty(), Ordering::Relaxed);
        for entry in found {
            let mut bucket = recall.bucket(&entry.bucket).as_ref().clone();
            let key = entry.bucket;
            bucket.push(entry);
            recall.buckets.insert(key, Arc::new(bucket));
        }
        Ok(recall)
    }

    /// Whether a look-up can find anything: until something was learned, no request need be read for its intent.
    pub fn has_any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    fn bucket(&self, key: &BucketKey) -> Arc<Vec<Entry>> {
        self.buckets.get(key).unwrap_or_default()
    }

    fn is_fresh(&self, entry: &Entry, now_ms: u64) -> bool {
        now_ms.saturating_sub(entry.time_ms) < self.keep.as_millis() as u64
    }

    /// The requirements that cleared this intent before. Memory only: does not block.
    pub fn find(&self, owner: Owner<'_>, intent: &Intent, now_ms: u64) -> Option<Hit> {
        let key = bucket_key(owner, intent.language);
        let bucket = self.buckets.get(&key)?;
        let alike =
            |entry: &Entry| intent.signature.likeness(&entry.signature).filter(|_| self.is_fresh(entry, now_ms));
        let best = bucket.iter().filter_map(|entry| Some((alike(entry)?, entry)));
        let (_, entry) = best.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
        let requirements: Vec<_> =
            entry.requirements.iter().filter_map(|name| RequirementId::from_name(name)).collect();
        (!requirements.is_empty()).then_some(Hit { requirements, bucket: key, id: entry.id })
    }

    /// Remembers what cleared an intent, joined with what was known for the same one. Blocks: use a blocking thread.
    pub fn learn(
        &self,
        owner: Owner<'_>,
        intent: &Intent,
        learned: &[RequirementId],
        now_ms: u64,
    ) -> Result<(), StoreError> {
        if learned.is_empty() {
            return Ok(());
        }
        let key = bucket_key(owner, intent.language);
        self.any.store(true, Ordering::Relaxed);
        self.change(key, |bucket| {
            let known = bucket
                .iter()
                .enumerate()
                .filter_map(|(at, entry)| Some((intent.signature.likeness(&entry.signature)?, at)))
                .max_by(|(one, _), (other, _)| one.total_cmp(other));
            let mut entry = match known {
                Some((_, at)) => bucket.remove(at),
                None => Entry {
                    bucket: key,
                    id: bucket.iter().map(|entry| entry.id).max().unwrap_or(0) + 1,
                    signature: intent.signature.clone(),
                    requirements: Vec::new(),
                    misses: 0,
                    time_ms: now_ms,
                },
            };
            let known: Vec<_> = entry.requirements.iter().filter_map(|name| RequirementId::from_name(name)).collect();
            entry.requirements = requirement::union(learned, &known).into_iter().map(|id| id.0.to_owned()).collect();
            (entry.misses, entry.time_ms) = (0, now_ms);
            bucket.push(entry);
            if bucket.len() > MOST_IN_BUCKET {
                bucket.remove(0);
            }
        })
    }

    /// Says how a use of an entry went: `left` is whether a finding remained that it is about. Blocks.
    pub fn used(&self, hit: &Hit, left: bool, now_ms: u64) -> Result<(), StoreError> {
        self.change(hit.bucket, |bucket| {
            let Some(at) = bucket.iter().position(|entry| entry.id == hit.id) else { return };
            if left {
                bucket[at].misses += 1;
            } else {
                (bucket[at].misses, bucket[at].time_ms) = (0, now_ms);
            }
            if bucket[at].misses >= MOST_MISSES {
                bucket.remove(at);
            }
        })
    }

    /// Changes one bucket, in memory and in the store.
    fn change(&self, key: BucketKey, change: impl FnOnce(&mut Vec<Entry>)) -> Result<(), StoreError> {
        let mut result = Ok(());
        self.buckets.entry(key).and_compute_with(|held| {
            let before = held.map(|held| Arc::clone(held.value())).unwrap_or_default();
            let mut after = before.as_ref().clone();
            change(&mut after);
            if after == *before {
                return Op::Nop;
            }
            result = self.write(&before, &after);
            if after.is_empty() { Op::Remove } else { Op::Put(Arc::new(after)) }
        });
        result
    }

    fn write(&self, before: &[Entry], after: &[Entry]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for gone in before.iter().filter(|old| !after.iter().any(|entry| entry.id == old.id)) {
            batch.delete(Space::Prompts, &gone.key());
        }
        for entry in after.iter().filter(|entry| !before.contains(entry)) {
            batch.put(Space::Prompts, &entry.key(), seal(entry)?);
        }
        self.store.apply(&batch).map(drop)
    }
}

fn bucket_key(owner: Owner<'_>, language: Option<Language>) -> BucketKey {
    let language = language.map_or("any", Language::name);
    let versions = format!("{}.{}", env!("CARGO_PKG_VERSION"), requirement::VERSION);
    let mut text = Vec::new();
    for part in [owner.tenant, owner.policy, language, &versions, &rules()] {
        text.extend((part.len() as u64).to_be_bytes());
        text.extend(part.as_bytes());
    }
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, &text).as_ref());
    key
}

/// The rules in force: other rules, other findings, other entries.
fn rules() -> String {
    analyzers::rules::RULES.iter().map(|rule| rule.id).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
