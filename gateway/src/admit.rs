//! Who is it, and may they: keys, limits, budgets. Decides in memory; never waits for a disk.
//!
//! **Money is reserved before a call and settled after it**, so that calls at the same time cannot spend the same dollar.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::settings::{DEFAULT_POLICY, Policy, Settings, TenantLimits};
use crate::store::Store;
use crate::store::commit::{Bell, Source};

mod book;
mod denied;
pub mod estimate;
pub mod key;
mod ledger;
pub mod price;
mod rate;
mod reserve;

pub use book::{Book, Shortfall};
pub use denied::{Denied, Limit};
pub use rate::Standing;
pub use reserve::{CallEstimate, Reservation, Usage};

pub(crate) use book::date;

use key::{KeyError, KeyRecord, KeySpec, Limits, Secret, Token, Window};
use ledger::{Account, Ledger};
use price::{Money, Prices};
use rate::Rate;

/// The header that may carry a virtual key beside a credential of the client's own.
pub const KEY_HEADER: &str = "x-sallyport-key";
/// Most tenants without a key whose limits are remembered.
const MOST_TENANTS: u64 = 10_000;
/// How long the limits of a silent tenant are remembered: two windows of a minute.
const TENANT_IDLE: Duration = Duration::from_mins(2);

/// The first door.
pub struct Gate {
    keys: RwLock<HashMap<String, Arc<Entry>>>,
    tenants: moka::sync::Cache<String, Arc<Throttle>>,
    ledger: Arc<Ledger>,
    secret: Secret,
    rules: Rules,
}

/// What the settings say about admission.
struct Rules {
    keys_required: bool,
    tenant_limits: Limits,
    policies: BTreeMap<String, Arc<Policy>>,
    prices: Arc<Prices>,
    refuse_unknown_price: bool,
    assumed_output_tokens: u64,
}

/// A key as the gate holds it.
#[derive(Debug)]
struct Entry {
    record: KeyRecord,
    id: Arc<str>,
    tenant: Arc<str>,
    /// Milliseconds of Unix time, 0 while it counts.
    revoked: AtomicU64,
    account: Arc<Account>,
    throttle: Arc<Throttle>,
}

/// Limits with their state.
#[derive(Debug)]
struct Throttle {
    requests: Option<Rate>,
    tokens: Option<Rate>,
    permits: Option<Arc<Semaphore>>,
}

/// Leave to go in. Keep it until the last byte of the answer is out: it holds one of the key's places.
#[derive(Debug)]
pub struct Ticket {
    /// Whose request it is; different tenants share nothing.
    pub tenant: Arc<str>,
    /// Id of the virtual key, if it came with one.
    pub key: Option<Arc<str>>,
    /// What is done with its answers.
    pub policy: Arc<Policy>,
    /// Whether `Authorization` held our own key, so that it must not go upstream.
    pub owns_authorization: bool,
    entry: Option<Arc<Entry>>,
    throttle: Option<Arc<Throttle>>,
    terms: Terms,
    _place: Option<OwnedSemaphorePermit>,
}

/// What calls cost under this ticket.
#[derive(Debug, Clone)]
struct Terms {
    prices: Arc<Prices>,
    refuse_unknown_price: bool,
    assumed_output_tokens: u64,
}

/// A key and how its account stands; what `key list` shows.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
pub struct KeySummary {
    /// Id.
    pub id: String,
    /// Name, limits, budgets.
    #[serde(flatten)]
    pub spec: key::KeyFields,
    /// When it was made, in milliseconds of Unix time.
    pub created: u64,
    /// When it was revoked.
    pub revoked: Option<u64>,
    /// Spent in the current window.
    pub spent: BTreeMap<Window, Money>,
    /// Held for calls under way.
    pub reserved: Money,
    /// What calls cost beyond what was reserved for them.
    pub overrun: Money,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

impl Gate {
    /// The gate over the keys and accounts of a store. Blocks.
    pub fn open(
        store: &dyn Store,
        bell: Bell,
        settings: &Settings,
        secret: Secret,
        prices: Prices,
    ) -> Result<Self, KeyError> {
        let ledger = Arc::new(Ledger::open(store, bell, settings.budgets.lease)?);
        let entries = key::list(store)?.into_iter().map(|record| {
            let account = ledger.account(&record.id);
            (record.id.clone(), Arc::new(Entry::new(record, account)))
        });
        let rules = Rules {
            keys_required: settings.keys_required,
            tenant_limits: settings.limits.into(),
            policies: settings.policies.clone(),
            prices: Arc::new(prices),
            refuse_unknown_price: settings.budgets.refuse_unknown_price,
            assumed_output_tokens: u64::from(settings.budgets.assumed_output_tokens),
        };
        let keys = RwLock::new(entries.collect());
        let tenants = moka::sync::Cache::builder().max_capacity(MOST_TENANTS).time_to_idle(TENANT_IDLE).build();
        Ok(Self { keys, tenants, ledger, secret, rules })
    }

    /// The accounts, for the committer to write.
    pub fn ledger(&self) -> Arc<dyn Source> {
        Arc::clone(&self.ledger) as Arc<dyn Source>
    }

    /// Decides on a request. Counts it against the limits of its key or tenant.
    pub fn admit(&self, headers: &HeaderMap) -> Result<Ticket, Denied> {
        let bearer = headers.get(AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
        let own = headers.get(KEY_HEADER).and_then(|value| value.to_str().ok()).map(str::trim);
        let in_authorization = bearer.filter(|token| token.starts_with(key::PREFIX));
        match own.or(in_authorization) {
            Some(token) => self.admit_key(token, own.is_none()),
            None if self.rules.keys_required => Err(Denied::KeyMissing),
            None => self.admit_tenant(headers),
        }
    }

    fn admit_key(&self, token: &str, owns_authorization: bool) -> Result<Ticket, Denied> {
        let (id, digest) = KeyRecord::locate(&self.secret, token);
        let entry = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        let entry = entry.filter(|entry| entry.record.matches(&digest)).ok_or(Denied::KeyUnknown)?;
        if entry.revoked.load(Ordering::Acquire) > 0 {
            return Err(Denied::KeyRevoked);
        }
        if entry.record.spec.expires.is_some_and(|expires| expires <= now()) {
            return Err(Denied::KeyExpired);
        }
        let name = entry.record.spec.policy.as_deref().unwrap_or(DEFAULT_POLICY);
        let policy = self.rules.policies.get(name).cloned().ok_or(Denied::PolicyMissing)?;
        let place = entry.throttle.enter()?;
        Ok(Ticket {
            tenant: Arc::clone(&entry.tenant),
            key: Some(Arc::clone(&entry.id)),
            policy,
            owns_authorization,
            throttle: Some(Arc::clone(&entry.throttle)),
            entry: Some(entry),
            terms: self.terms(),
            _place: place,
        })
    }

    fn admit_tenant(&self, headers: &HeaderMap) -> Result<Ticket, Denied> {
        let credential = headers.get(AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
        let tenant = format!("anonymous:{}", &self.secret.digest("tenant", credential)[..32]);
        let policy = self.rules.policies.get(DEFAULT_POLICY).cloned().ok_or(Denied::PolicyMissing)?;
        let limits = self.rules.tenant_limits;
        let throttle = (limits != Limits::default())
            .then(|| self.tenants.get_with_by_ref(&tenant, || Arc::new(Throttle::new(limits))));
        let place = throttle.as_ref().map(|throttle| throttle.enter()).transpose()?.flatten();
        Ok(Ticket {
            tenant: tenant.into(),
            key: None,
            policy,
            owns_authorization: false,
            entry: None,
            throttle,
            terms: self.terms(),
            _place: place,
        })
    }

    fn terms(&self) -> Terms {
        Terms {
            prices: Arc::clone(&self.rules.prices),
            refuse_unknown_price: self.rules.refuse_unknown_price,
            assumed_output_tokens: self.rules.assumed_output_tokens,
        }
    }

    /// Makes a key that counts from now on. Blocks until it is on disk.
    pub fn create(&self, store: &dyn Store, spec: KeySpec) -> Result<(KeySummary, Token), KeyError> {
        if spec.policy.as_ref().is_some_and(|policy| !self.rules.policies.contains_key(policy)) {
            return Err(KeyError::Invalid("there is no policy of that name in the configuration"));
        }
        let (record, token) = key::create(store, &self.secret, spec, now())?;
        let account = self.ledger.account(&record.id);
        let entry = Arc::new(Entry::new(record, account));
        let summary = entry.summary();
        self.keys.write().unwrap_or_else(PoisonError::into_inner).insert(entry.record.id.clone(), entry);
        Ok((summary, token))
    }

    /// Every key, oldest first.
    pub fn list(&self) -> Vec<KeySummary> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let mut summaries: Vec<_> = keys.values().map(|entry| entry.summary()).collect();
        summaries.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        summaries
    }

    /// Revokes the key of that id or name: no request is let in with it any more. Blocks until that is on disk.
    pub fn revoke(&self, store: &dyn Store, key: &str) -> Result<KeySummary, KeyError> {
        let record = key::revoke(store, key, now())?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let entry = keys.get(&record.id).ok_or(KeyError::Unknown)?;
        entry.revoked.store(record.revoked.unwrap_or_default(), Ordering::Release);
        Ok(entry.summary())
    }

    /// Whether there is any key at all.
    pub fn has_keys(&self) -> bool {
        !self.keys.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether requests without a key are refused.
    pub const fn keys_required(&self) -> bool {
        self.rules.keys_required
    }
}

/// Every key of a store that no server has open, with its figures as they were last written.
pub fn list_stored(store: &dyn Store) -> Result<Vec<KeySummary>, KeyError> {
    let ledger = Ledger::open(store, Bell::default(), Duration::ZERO)?;
    let records = key::list(store)?;
    Ok(records
        .into_iter()
        .map(|record| {
            let account = ledger.account(&record.id);
            Entry::new(record, account).summary()
        })
        .collect())
}

impl Entry {
    fn new(record: KeyRecord, account: Arc<Account>) -> Self {
        let throttle = Arc::new(Throttle::new(record.spec.limits));
        let (id, tenant) = (record.id.as_str().into(), record.spec.tenant.as_str().into());
        Self { revoked: AtomicU64::new(record.revoked.unwrap_or_default()), account, throttle, id, tenant, record }
    }

    fn summary(&self) -> KeySummary {
        let (book, now) = (self.account.snapshot(), now());
        let revoked = self.revoked.load(Ordering::Acquire);
        KeySummary {
            id: self.record.id.clone(),
            spec: self.record.spec.clone(),
            created: self.record.created,
            revoked: (revoked > 0).then_some(revoked),
            spent: Window::ALL.into_iter().map(|window| (window, book.spent(window, now))).collect(),
            reserved: book.reserved(now),
            overrun: book.overrun(),
        }
    }
}

impl Throttle {
    fn new(limits: Limits) -> Self {
        Self {
            requests: limits.requests_per_minute.map(Rate::per_minute),
            tokens: limits.tokens_per_minute.map(Rate::per_minute),
            permits: limits.concurrency.map(|places| Arc::new(Semaphore::new(places.get() as usize))),
        }
    }

    /// Takes a place and counts a request.
    fn enter(&self) -> Result<Option<OwnedSemaphorePermit>, Denied> {
        let limited = |limit, retry_after| Denied::Limited { limit, retry_after, headers: self.headers() };
        let place = self.permits.as_ref().map(|permits| Arc::clone(permits).try_acquire_owned()).transpose();
        let place = place.map_err(|_| limited(Limit::Concurrency, Duration::from_secs(1)))?;
        if let Some(requests) = &self.requests {
            requests.take(1).map_err(|wait| limited(Limit::Requests, wait))?;
        }
        Ok(place)
    }

    /// The `x-ratelimit-*` headers as they stand now.
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        self.write_headers(&mut headers);
        headers
    }

    fn write_headers(&self, headers: &mut HeaderMap) {
        for (names, rate) in [(&denied::REQUESTS, &self.requests), (&denied::TOKENS, &self.tokens)] {
            if let Some(rate) = rate {
                denied::standing(headers, names, rate.standing());
            }
        }
    }
}

impl Ticket {
    /// Adds the `x-ratelimit-*` headers as they stand now; they take the place of the upstream's.
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        if let Some(throttle) = &self.throttle {
            throttle.write_headers(headers);
        }
    }

    /// Whether the upstream must be asked for usage figures, because a budget or token limit counts them.
    pub fn counts_tokens(&self) -> bool {
        let budgeted = self.entry.as_ref().is_some_and(|entry| !entry.record.spec.budgets.is_empty());
        budgeted || self.throttle.as_ref().is_some_and(|throttle| throttle.tokens.is_some())
    }

    /// Lets a call pass whose price nobody can tell, because it names no model: refused where models without a price are.
    pub fn pass_unpriced(&self) -> Result<(), Denied> {
        let budgeted = self.entry.as_ref().is_some_and(|entry| !entry.record.spec.budgets.is_empty());
        if budgeted && self.terms.refuse_unknown_price { Err(Denied::Unpriced) } else { Ok(()) }
    }

    /// Reserves one upstream call, which must not be sent otherwise.
    pub fn reserve(&self, call: &CallEstimate<'_>) -> Result<Reservation, Denied> {
        Reservation::take(self, call)
    }
}

impl From<TenantLimits> for Limits {
    fn from(limits: TenantLimits) -> Self {
        let positive = |limit: Option<u32>| limit.and_then(NonZeroU32::new);
        Self {
            requests_per_minute: positive(limits.requests_per_minute),
            tokens_per_minute: positive(limits.tokens_per_minute),
            concurrency: positive(limits.concurrent_requests),
        }
    }
}

/// The credential of an `Authorization` header.
fn bearer(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Milliseconds of Unix time.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests;
