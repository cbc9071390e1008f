//! `sallyport config`: checks or shows the configuration.

use std::process::ExitCode;

/// Flags of `sallyport config`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs it.
pub fn run(_arguments: &Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not in this build")
}
