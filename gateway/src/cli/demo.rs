//! `sallyport demo`: shows the gateway at work on the scripted model.

use std::process::ExitCode;

/// Flags of `sallyport demo`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs it.
pub fn run(_arguments: &Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not in this build")
}
