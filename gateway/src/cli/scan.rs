//! `sallyport scan`: analyses files, directories or stdin.

use std::process::ExitCode;

/// Flags of `sallyport scan`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs it.
pub fn run(_arguments: &Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not in this build")
}
