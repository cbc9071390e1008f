//! The only place that names implementations: settings → parts → pipeline → service.

use std::sync::Arc;

use anyhow::Context as _;
use http::HeaderValue;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use crate::http::cors::Cors;
use crate::http::{Gateway, server};
use crate::pipeline::Pipeline;
use crate::settings::Settings;
use crate::upstream::Client;

/// A gateway that is ready to serve.
#[derive(Debug)]
pub struct App {
    settings: Settings,
    tracker: TaskTracker,
    pipeline: Arc<Pipeline>,
    gateway: Arc<Gateway>,
}

impl App {
    /// Builds every part; nothing listens yet.
    pub fn new(settings: Settings) -> anyhow::Result<Self> {
        let tracker = TaskTracker::new();
        let client = Client::new(&settings.upstream)?;
        let pipeline = Arc::new(Pipeline::new(settings.clone(), client, tracker.clone(), instance()?));
        let cors = Cors::new(&settings.server.cors_origins);
        let gateway = Arc::new(Gateway::new(Arc::clone(&pipeline), axum::Router::new(), cors));
        Ok(Self { settings, tracker, pipeline, gateway })
    }

    /// Base URL of the upstream.
    pub fn upstream_url(&self) -> String {
        self.settings.upstream.base.url()
    }

    /// Binds the port of the settings.
    pub async fn bind(&self) -> anyhow::Result<TcpListener> {
        let listen = self.settings.server.listen;
        if !listen.ip().is_loopback() && !self.settings.keys_required {
            tracing::warn!(%listen, "anyone who reaches this address can use the gateway: set keys.required");
        }
        TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))
    }

    /// Serves until `stop` resolves and requests in progress are done.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let stop = async {
            stop.await;
            self.pipeline.stopping();
        };
        server::serve(self.gateway, listener, &self.settings.server, &self.tracker, stop).await;
    }
}

/// A random name for this process.
fn instance() -> anyhow::Result<HeaderValue> {
    let mut bytes = [0; 8];
    SystemRandom::new().fill(&mut bytes).ok().context("no random numbers")?;
    let name: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(HeaderValue::from_str(&name)?)
}
