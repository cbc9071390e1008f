//! `sallyport key`: makes, lists and revokes virtual keys.

use std::process::ExitCode;

/// Flags of `sallyport key`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs it.
pub fn run(_arguments: &Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not in this build")
}
