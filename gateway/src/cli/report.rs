//! `sallyport report`: prints one report, beside a running server or without one.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::admin::{Reply, Request};
use crate::cli::Source;
use crate::cli::key::{act, unexpected};

/// Flags of `sallyport report`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The report's id, or its address.
    pub id: String,
    /// In which form.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
    /// Where the configuration comes from.
    #[command(flatten)]
    pub source: Source,
}

/// A form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A page that needs nothing else.
    Html,
    /// JSON.
    Json,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let id = arguments.id.rsplit('/').next().unwrap_or_default().to_owned();
    let record = match act(&arguments.source, &Request::Report { id })? {
        Reply::Report(record) => record,
        other => return unexpected(&other),
    };
    let text = match arguments.format {
        Format::Html => crate::web::report::page(&record, crate::web::report::Place::File),
        Format::Json => serde_json::to_string_pretty(&record)?,
    };
    writeln!(std::io::stdout(), "{text}").context("cannot print")?;
    Ok(ExitCode::SUCCESS)
}
