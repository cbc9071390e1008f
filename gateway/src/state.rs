//! Everything that the gateway keeps, opened together: store, keys, accounts, reports; nothing here knows HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::admit::Gate;
use crate::admit::key::Secret;
use crate::admit::price::Prices;
use crate::report::Reports;
use crate::settings::{Settings, SettingsError, server_secret};
use crate::store::Store;
use crate::store::commit::{Bell, Committer};
use crate::store::memory::MemoryStore;
use crate::store::sled::SledStore;

/// How long a change stays unwritten: a quarter of what the design allows, the rest is for the disk.
const COMMIT_EVERY: Duration = Duration::from_millis(25);

/// What the gateway keeps. Dropping the last clone writes what is left.
#[derive(Clone)]
pub struct State {
    /// Where it is kept. Blocking: never call it on an async worker.
    pub store: Arc<dyn Store>,
    /// Keys, limits, budgets.
    pub gate: Arc<Gate>,
    /// Reports.
    pub reports: Reports,
    _committer: Arc<Committer>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl State {
    /// Opens the data directory of the settings, for `holder` (one line that tells another process who has it). Blocks.
    pub fn open(settings: &Settings, holder: &str) -> Result<Self, SettingsError> {
        let refuse = |error| data(&settings.data, error);
        let store: Arc<dyn Store> =
            Arc::new(SledStore::open(&settings.data, holder).map_err(|error| refuse(error.into()))?);
        let secret = server_secret(&settings.data)?;
        Self::over(store, settings, &secret)
    }

    /// The same without a disk: everything is forgotten at the end.
    pub fn in_memory(settings: &Settings) -> Result<Self, SettingsError> {
        let secret = crate::admit::key::random().map_err(|error| data(&settings.data, error.into()))?;
        Self::over(Arc::new(MemoryStore::default()), settings, &secret)
    }

    /// Over any store.
    pub fn over(store: Arc<dyn Store>, settings: &Settings, secret: &[u8; 32]) -> Result<Self, SettingsError> {
        let bell = Bell::default();
        let prices = prices(settings.budgets.prices.as_deref())?;
        let gate = Gate::open(store.as_ref(), bell.clone(), settings, Secret::new(secret), prices);
        let gate = Arc::new(gate.map_err(|error| data(&settings.data, error.into()))?);
        let reports = Reports::open(Arc::clone(&store), bell.clone());
        let reports = reports.map_err(|error| data(&settings.data, error.into()))?;
        let committer =
            Committer::start(Arc::clone(&store), bell, COMMIT_EVERY, vec![gate.ledger(), Arc::new(reports.clone())]);
        let committer = Arc::new(committer.map_err(|error| data(&settings.data, error.into()))?);
        Ok(Self { store, gate, reports, _committer: committer })
    }
}

/// The price table: the built-in one, overridden by the file of the settings.
pub fn prices(file: Option<&Path>) -> Result<Prices, SettingsError> {
    let refuse = |error: &dyn std::error::Error| SettingsError::Value {
        key: "budgets.prices".to_owned(),
        value: file.map(|path| path.display().to_string()).unwrap_or_default(),
        expected: format!("{error}{}", error.source().map(|cause| format!(": {cause}")).unwrap_or_default()),
    };
    let builtin = Prices::parse(Prices::BUILTIN).map_err(|error| refuse(&error))?;
    let Some(path) = file else { return Ok(builtin) };
    let text =
        std::fs::read_to_string(path).map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
    Ok(builtin.overridden_by(Prices::parse(&text).map_err(|error| refuse(&error))?))
}

fn data(directory: &Path, error: Box<dyn std::error::Error + Send + Sync>) -> SettingsError {
    SettingsError::Data { path: directory.to_owned(), source: std::io::Error::other(error) }
}
