//! `sallyport serve`: the gateway, until a signal.

use std::process::ExitCode;

use anyhow::Context as _;

use crate::app::App;
use crate::cli::Source;
use crate::settings::Settings;

/// Flags of `sallyport serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub source: Source,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(&arguments.source.overlay())?;
    super::log(&settings.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        let app = App::new(settings)?;
        let listener = app.bind().await?;
        tracing::info!(address = %listener.local_addr().context("no address")?, upstream = %app.upstream_url(), "listening");
        app.serve(listener, crate::http::server::signal()).await;
        Ok(ExitCode::SUCCESS)
    })
}
