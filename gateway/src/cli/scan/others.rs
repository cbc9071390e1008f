//! Other analyzers beside the builtin: those that a command line names, and what they say of a program. Runs them as the
//! gateway does.

use std::path::PathBuf;
use std::time::Duration;

use analyzers::finding::Finding;
use analyzers::program::Program;
use anyhow::Context as _;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use crate::app;
use crate::external::{External, Failure, Opinion};
use crate::settings::{Overlay, Settings};

/// Longer than all files together may take; each run of a tool has its own bound.
const DEADLINE: Duration = Duration::from_hours(24);

/// The analyzers that a command line names.
#[derive(Debug)]
pub(super) struct Others {
    external: External,
    /// `None` where there are none.
    runtime: Option<Runtime>,
}

impl Others {
    /// Those of these names, as the configuration describes them; `Ok(Err)` says which names there are.
    pub(super) fn named(names: &[String], config: Option<&PathBuf>) -> anyhow::Result<Result<Self, String>> {
        let names: Vec<&str> = names.iter().map(|name| name.strip_prefix("sarif:").unwrap_or(name)).collect();
        let names: Vec<&str> = names.into_iter().filter(|name| *name != "builtin").collect();
        if names.is_empty() {
            return Ok(Ok(Self { external: External::default(), runtime: None }));
        }
        let settings = Settings::load(&Overlay { file: config.cloned(), ..Overlay::default() })?;
        let (analyzers, sandbox) = app::external(&settings.external);
        let known: Vec<&str> = analyzers.iter().map(|analyzer| analyzer.name()).collect();
        if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
            return Ok(Err(format!("--analyzer: no analyzer `{unknown}`; there are builtin, {}", known.join(", "))));
        }
        let chosen = analyzers.into_iter().filter(|analyzer| names.contains(&analyzer.name())).collect();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.context("cannot start")?;
        Ok(Ok(Self { external: External::new(chosen, sandbox), runtime: Some(runtime) }))
    }

    /// What they find in a program beside what is known.
    pub(super) fn opinion(&self, program: &Program, known: &[Finding]) -> Opinion {
        let opinion =
            |runtime: &Runtime| runtime.block_on(self.external.opinion(program, known, Instant::now() + DEADLINE));
        self.runtime.as_ref().map(opinion).unwrap_or_default()
    }
}

/// Says once for all files what is the same for all of them.
pub(super) fn told<'f>(failed: impl Iterator<Item = (&'f str, &'f (&'static str, Failure))>) -> Vec<String> {
    let mut problems: Vec<String> = failed
        .map(|(path, &(tool, failure))| match failure {
            Failure::Unavailable => format!(
                "{tool} is not available: nothing starts as analyzers.{tool}.command says, or this machine cannot cut it \
                 off from the network (analyzers.isolation)"
            ),
            _ => format!("{path}: {tool} {failure}"),
        })
        .collect();
    problems.sort();
    problems.dedup();
    problems
}
