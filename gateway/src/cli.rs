//! The command line: one file per subcommand, nothing here but the list.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::settings::{Log, Overlay, SettingsError};

mod ask;
mod baseline;
mod change;
pub mod classify;
pub mod config;
pub mod demo;
mod detect;
pub mod eval;
mod files;
mod fingerprint;
pub mod fix;
pub mod key;
mod locate;
mod output;
mod progress;
pub mod report;
pub mod scan;
pub mod secure;
pub mod serve;
mod style;

/// Exit code for bad configuration.
pub const BAD_CONFIGURATION: u8 = 64;

/// An OpenAI-compatible gateway that returns secured code.
#[derive(Debug, Parser)]
#[command(name = "sallyport", version, about, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the gateway.
    Serve(serve::Arguments),
    /// Show the gateway at work on a built-in scripted model; needs no key and no network.
    Demo(demo::Arguments),
    /// Analyse files, directories or stdin.
    Scan(scan::Arguments),
    /// Rank the weaknesses that files most likely have.
    Classify(classify::Arguments),
    /// Rewrite insecure code without a model call.
    Fix(fix::Arguments),
    /// Run the whole loop for one prompt.
    Secure(secure::Arguments),
    /// Run a data set through strategies and write tables and plots.
    Eval(eval::Arguments),
    /// Check or show the configuration.
    Config(config::Arguments),
    /// Make, list and revoke virtual keys.
    Key(key::Arguments),
    /// Print one report.
    Report(report::Arguments),
}

/// Flags that say where the configuration comes from, shared by subcommands that need settings.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Source {
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE", env = "SALLYPORT_CONFIG")]
    pub config: Option<PathBuf>,
    /// Address to listen on.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Base URL of the OpenAI-compatible service, with or without /v1.
    #[arg(long, value_name = "URL")]
    pub upstream: Option<String>,
    /// Directory for reports, keys and budgets.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl Source {
    /// What these flags say over the file.
    pub fn overlay(&self) -> Overlay {
        Overlay {
            file: self.config.clone(),
            listen: self.listen,
            upstream: self.upstream.clone(),
            data: self.data.clone(),
        }
    }
}

/// Parses the arguments of the process and runs the subcommand.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing is left to tell the user if the terminal is gone.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    // The only TLS provider that is linked; a second call would change nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let done = match arguments.command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Classify(arguments) => classify::run(&arguments),
        Command::Fix(arguments) => fix::run(&arguments),
        Command::Secure(arguments) => secure::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Config(arguments) => config::run(&arguments),
        Command::Key(arguments) => key::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
    };
    done.unwrap_or_else(|error| {
        complain(&error);
        ExitCode::from(if error.is::<SettingsError>() { BAD_CONFIGURATION } else { 1 })
    })
}

/// Prints an error with its causes to stderr, one line.
#[expect(clippy::print_stderr, reason = "this is the command line")]
fn complain(error: &anyhow::Error) {
    eprintln!("sallyport: {error:#}");
}

/// Starts logging to stderr; a bad filter is a bad configuration.
pub fn log(log: &Log) -> Result<(), SettingsError> {
    let filter = tracing_subscriber::EnvFilter::builder().parse(&log.filter).map_err(|_| SettingsError::Value {
        key: "log.filter".into(),
        value: log.filter.clone(),
        expected: "a filter such as info or gateway=debug,warn is needed".into(),
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second subscriber in the same process (tests) is not an error.
    let _ = if log.json { builder.json().try_init() } else { builder.try_init() };
    Ok(())
}
