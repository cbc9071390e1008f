//! `sallyport secure`: runs the whole loop for one prompt.

use std::process::ExitCode;

/// Flags of `sallyport secure`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs it.
pub fn run(_arguments: &Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not in this build")
}
