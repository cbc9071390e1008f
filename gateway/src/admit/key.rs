//! Virtual keys: what one is, how it is made, kept and recognised; the key itself is never stored or logged.

use std::fmt;
use std::num::NonZeroU32;

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use super::price::Money;
use crate::store::{Batch, Space, Store, StoreError, Stored, open, seal};

/// What every virtual key begins with.
pub const PREFIX: &str = "sk-sp-";
/// Random bytes in a key.
const KEY_BYTES: usize = 32;
/// Longest name, tenant or policy name.
const MOST_NAME_BYTES: usize = 128;
/// Most tries at a change that other changes get in the way of.
const MOST_TRIES: usize = 16;

/// A span of time over which money is counted, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Window {
    /// From midnight.
    Day,
    /// From Monday.
    Week,
    /// From the first of the month.
    Month,
    /// Since the key was made.
    Total,
}

impl Window {
    /// Every window, shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Total];

    /// Lower-case name, as flags and JSON spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Total => "total",
        }
    }

    /// The window of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.name() == name)
    }
}

/// So much money per window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// How often it starts anew.
    pub window: Window,
    /// How much.
    pub limit: Money,
}

/// How much a key may do at once; `None` is without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// Requests in a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<NonZeroU32>,
    /// Prompt and output tokens in a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_per_minute: Option<NonZeroU32>,
    /// Requests at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<NonZeroU32>,
}

/// What is asked for when a key is made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySpec {
    /// What people call it.
    pub name: String,
    /// Whose it is; keys of one tenant share prompt cache entries. Without one the key is its own tenant.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The policy it works under; the default policy without one.
    #[serde(default)]
    pub policy: Option<String>,
    /// How much it may do at once.
    #[serde(default)]
    pub limits: Limits,
    /// How much it may spend; every budget holds.
    #[serde(default)]
    pub budgets: Vec<Budget>,
    /// When it ends, in milliseconds of Unix time.
    #[serde(default)]
    pub expires: Option<u64>,
}

/// A virtual key as stored: everything but the key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Public name of the key: the first 16 hex digits of its digest.
    pub id: String,
    /// HMAC-SHA-256 of the key under the server's secret, in hex.
    digest: String,
    /// What was asked for.
    #[serde(flatten)]
    pub spec: KeyFields,
    /// When it was made, in milliseconds of Unix time.
    pub created: u64,
    /// When it was revoked. Never taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<u64>,
}

/// The stored part of a [`KeySpec`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFields {
    /// What people call it.
    pub name: String,
    /// Whose it is.
    pub tenant: String,
    /// The policy it works under; the default policy without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// How much it may do at once.
    #[serde(default)]
    pub limits: Limits,
    /// How much it may spend.
    #[serde(default)]
    pub budgets: Vec<Budget>,
    /// When it ends, in milliseconds of Unix time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
}

/// The digest stays out of logs.
impl fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRecord").field("id", &self.id).field("name", &self.spec.name).finish_non_exhaustive()
    }
}

impl Stored for KeyRecord {
    const KIND: &'static str = "virtual key";
    const VERSION: u8 = 1;
}

/// A key in clear, shown once to whoever made it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// The key itself, for the one time it is shown.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why a key could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The request for it makes no sense.
    #[error("{0}")]
    Invalid(&'static str),
    /// There is no key of that id or name.
    #[error("there is no such key")]
    Unknown,
    /// More than one key has that name.
    #[error("several keys have this name: use the id")]
    Ambiguous,
    /// The system's random generator failed.
    #[error("no random bytes to be had")]
    Random,
    /// The store failed.
    #[error("the key could not be stored")]
    Store(#[from] StoreError),
}

/// The server's secret: what digests and tenants are made with.
#[derive(Clone)]
pub struct Secret(hmac::Key);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// From the random bytes of the data directory.
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// HMAC-SHA-256 of some bytes in hex, for a purpose: digests for one purpose never serve another.
    pub fn digest(&self, purpose: &str, bytes: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(bytes);
        hex(context.sign().as_ref())
    }
}

impl KeyRecord {
    /// The id under which a presented key would be found, and its digest.
    pub(super) fn locate(secret: &Secret, token: &str) -> (String, String) {
        let digest = secret.digest("key", token.as_bytes());
        (digest.get(..16).unwrap_or_default().to_owned(), digest)
    }

    /// Whether this is the key with that digest, in constant time.
    pub(super) fn matches(&self, digest: &str) -> bool {
        let difference = self.digest.bytes().zip(digest.bytes()).fold(0, |sum, (ours, theirs)| sum | (ours ^ theirs));
        self.digest.len() == digest.len() && std::hint::black_box(difference) == 0
    }
}

/// Makes a key and stores it; it is on disk before this returns.
pub fn create(store: &dyn Store, secret: &Secret, spec: KeySpec, now: u64) -> Result<(KeyRecord, Token), KeyError> {
    validate(&spec, now)?;
    let token = Token(format!("{PREFIX}{}", hex(&random::<KEY_BYTES>()?)));
    let (id, digest) = KeyRecord::locate(secret, token.reveal());
    let KeySpec { name, tenant, policy, limits, budgets, expires } = spec;
    let tenant = tenant.unwrap_or_else(|| format!("key:{id}"));
    let fields = KeyFields { name, tenant, policy, limits, budgets, expires };
    let record = KeyRecord { id, digest, spec: fields, created: now, revoked: None };
    let mut batch = Batch::default();
    batch.expect(Space::Keys, record.id.as_bytes(), None).put(Space::Keys, record.id.as_bytes(), seal(&record)?);
    if !store.apply(&batch)? {
        return Err(KeyError::Random);
    }
    store.flush()?;
    Ok((record, token))
}

/// Every key, oldest first. One that cannot be read is an error: it might be a revoked one.
pub fn list(store: &dyn Store) -> Result<Vec<KeyRecord>, KeyError> {
    let mut records = Vec::new();
    store.scan(Space::Keys, b"", &mut |_, value| {
        records.push(open::<KeyRecord>(value));
        true
    })?;
    let mut records = records.into_iter().collect::<Result<Vec<_>, _>>()?;
    records.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
    Ok(records)
}

/// Revokes the key of that id (or name, if only one key that still counts has it); it is on disk before this returns.
/// Revoking twice changes nothing.
pub fn revoke(store: &dyn Store, key: &str, now: u64) -> Result<KeyRecord, KeyError> {
    let id = find(store, key)?;
    for _ in 0..MOST_TRIES {
        let before = store.get(Space::Keys, id.as_bytes())?.ok_or(KeyError::Unknown)?;
        let mut record: KeyRecord = open(&before)?;
        if record.revoked.is_none() {
            record.revoked = Some(now);
            let mut batch = Batch::default();
            batch.expect(Space::Keys, id.as_bytes(), Some(&before)).put(Space::Keys, id.as_bytes(), seal(&record)?);
            if !store.apply(&batch)? {
                continue;
            }
        }
        store.flush()?;
        return Ok(record);
    }
    Err(KeyError::Invalid("the key changes too fast"))
}

/// The id of the key that a person means.
fn find(store: &dyn Store, key: &str) -> Result<String, KeyError> {
    let records = list(store)?;
    if let Some(record) = records.iter().find(|record| record.id == key) {
        return Ok(record.id.clone());
    }
    let mut named = records.iter().filter(|record| record.spec.name == key && record.revoked.is_none());
    match (named.next(), named.next()) {
        (Some(record), None) => Ok(record.id.clone()),
        (Some(_), Some(_)) => Err(KeyError::Ambiguous),
        (None, _) => Err(KeyError::Unknown),
    }
}

fn validate(spec: &KeySpec, now: u64) -> Result<(), KeyError> {
    let names = [Some(&spec.name), spec.tenant.as_ref(), spec.policy.as_ref()];
    let is_name = |name: &&String| {
        !name.trim().is_empty() && name.len() <= MOST_NAME_BYTES && !name.chars().any(char::is_control)
    };
    if !names.iter().flatten().all(is_name) {
        return Err(KeyError::Invalid("name, tenant and policy must have 1 to 128 printable bytes"));
    }
    if spec.tenant.as_ref().is_some_and(|tenant| tenant.contains(':')) {
        return Err(KeyError::Invalid("a tenant's name must not contain a colon"));
    }
    if spec.expires.is_some_and(|expires| expires <= now) {
        return Err(KeyError::Invalid("the expiry lies in the past"));
    }
    let windows: std::collections::HashSet<_> = spec.budgets.iter().map(|budget| budget.window).collect();
    if windows.len() != spec.budgets.len() {
        return Err(KeyError::Invalid("each window may have one budget"));
    }
    Ok(())
}

/// Random bytes of the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| KeyError::Random)?;
    Ok(bytes)
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests;
