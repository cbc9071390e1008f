//! Accounts in memory, written behind in groups; never lets two calls have the same dollar.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use super::book::{Book, Shortfall};
use super::key::Budget;
use super::price::Money;
use crate::store::commit::{Bell, Source};
use crate::store::{Batch, Space, Store, StoreError, open, seal};

/// Every account of the gateway.
#[derive(Debug)]
pub(super) struct Ledger {
    accounts: RwLock<HashMap<String, Arc<Account>>>,
    changed: Arc<Changed>,
    lease: Duration,
}

#[derive(Debug)]
struct Changed {
    accounts: Mutex<Vec<Arc<Account>>>,
    bell: Bell,
}

/// One key's account.
#[derive(Debug)]
pub(super) struct Account {
    key: String,
    book: Mutex<Book>,
    dirty: AtomicBool,
    changed: Arc<Changed>,
}

impl Ledger {
    /// The accounts of a store. `lease` is how long a call that a crash cut off counts as spent.
    pub(super) fn open(store: &dyn Store, bell: Bell, lease: Duration) -> Result<Self, StoreError> {
        let changed = Arc::new(Changed { accounts: Mutex::default(), bell });
        let mut books = Vec::new();
        store.scan(Space::Ledger, b"", &mut |key, value| {
            books.push((String::from_utf8_lossy(key).into_owned(), open::<Book>(value)));
            true
        })?;
        let mut accounts = HashMap::new();
        for (key, book) in books {
            accounts.insert(key.clone(), Arc::new(Account::new(key, book?, Arc::clone(&changed))));
        }
        Ok(Self { accounts: RwLock::new(accounts), changed, lease })
    }

    /// The account of a key, made on first use.
    pub(super) fn account(&self, key: &str) -> Arc<Account> {
        if let Some(account) = self.accounts.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return Arc::clone(account);
        }
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Arc::new(Account::new(key.to_owned(), Book::default(), Arc::clone(&self.changed)));
        Arc::clone(accounts.entry(key.to_owned()).or_insert_with(fresh))
    }
}

impl Source for Ledger {
    fn collect(&self, batch: &mut Batch) {
        let accounts = std::mem::take(&mut *self.changed.accounts.lock().unwrap_or_else(PoisonError::into_inner));
        let until = super::now() + u64::try_from(self.lease.as_millis()).unwrap_or(u64::MAX / 2);
        for account in accounts {
            account.dirty.store(false, Ordering::Release);
            let book = account.book().sheltered(until);
            match seal(&book) {
                Ok(bytes) => drop(batch.put(Space::Ledger, account.key.as_bytes(), bytes)),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "an account could not be written");
                }
            }
        }
    }
}

impl Account {
    fn new(key: String, book: Book, changed: Arc<Changed>) -> Self {
        Self { key, book: Mutex::new(book), dirty: AtomicBool::new(false), changed }
    }

    /// Takes a lease, if every budget has room.
    pub(super) fn reserve(self: &Arc<Self>, budgets: &[Budget], amount: Money, now: u64) -> Result<u64, Shortfall> {
        let lease = self.book().reserve(budgets, amount, now)?;
        self.touch();
        Ok(lease)
    }

    /// Ends a lease with what the call really cost.
    pub(super) fn settle(self: &Arc<Self>, lease: u64, cost: Money, now: u64) {
        self.book().settle(lease, cost, now);
        self.touch();
    }

    /// The figures as they are now.
    pub(super) fn snapshot(&self) -> Book {
        self.book().clone()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // Every change of a book is a few assignments that cannot panic half way.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(self: &Arc<Self>) {
        if !self.dirty.swap(true, Ordering::AcqRel) {
            self.changed.accounts.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(self));
            self.changed.bell.ring();
        }
    }
}
