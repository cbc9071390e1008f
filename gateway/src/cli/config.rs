//! `sallyport config`: checks or shows the configuration. Secrets are never in it: it names the variables that hold them.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;

use super::{Source, output};
use crate::settings::Settings;

/// Flags of `sallyport config`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

/// What to do with the configuration.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Say whether it is valid; exit status 64 and the key at fault if it is not.
    Check(Source),
    /// Print what holds: the built-in defaults with file, environment and flags laid over them.
    Show(Source),
}

/// Runs it.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let printed = match &arguments.action {
        Action::Check(source) => {
            let settings = Settings::load(&source.overlay())?;
            let policies: Vec<&str> = settings.policies.keys().map(String::as_str).collect();
            writeln!(
                out,
                "valid: {} -> {}, policies {}",
                settings.server.listen,
                settings.upstream.base.url(),
                policies.join(", ")
            )
        }
        Action::Show(source) => {
            let overlay = source.overlay();
            Settings::load(&overlay)?;
            let written = Settings::written(&overlay)?;
            write!(out, "{}", toml::to_string(&written).context("cannot write the configuration")?)
        }
    };
    Ok(if output::lost(printed) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
