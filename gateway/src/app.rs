//! The only place that names implementations: settings → parts → pipeline → service.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use http::HeaderValue;
use models::rewriter::Rewriter;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin;
use crate::external::Analyzer;
use crate::external::bandit::Bandit;
use crate::external::codeql::CodeQl;
use crate::external::run::Sandbox;
use crate::external::sarif::Printer;
use crate::external::semgrep::Semgrep;
use crate::external::spotbugs::SpotBugs;
use crate::http::cors::Cors;
use crate::http::{Gateway, server};
use crate::metrics::Metrics;
use crate::pipeline::{Parts, Pipeline};
use crate::recall::Recall;
use crate::settings::{self, Settings};
use crate::state::State;
use crate::strategy::encourage::Encourage;
use crate::strategy::llm_only::LlmOnly;
use crate::strategy::none::Untouched;
use crate::strategy::promsec::Promsec;
use crate::strategy::resample::Resample;
use crate::strategy::rewrite::Rewrite;
use crate::strategy::safecoder::SafeCoder;
use crate::strategy::template::Template;
use crate::strategy::template_greedy::TemplateGreedy;
use crate::strategy::{Reach, Strategy};
use crate::upstream::Client;
use crate::web::{self, Pages};

/// A gateway that is ready to serve.
#[derive(Debug)]
pub struct App {
    settings: Settings,
    tracker: TaskTracker,
    pipeline: Arc<Pipeline>,
    gateway: Arc<Gateway>,
    state: State,
}

impl App {
    /// Opens the data directory and builds every part; nothing listens yet. Blocks for a moment.
    pub fn new(settings: Settings) -> anyhow::Result<Self> {
        let holder = format!("sallyport serve, process {}, {}", std::process::id(), settings.server.listen);
        let state = State::open(&settings, &holder)?;
        Self::over(settings, state)
    }

    /// The same over state that is open already.
    pub fn over(settings: Settings, state: State) -> anyhow::Result<Self> {
        let tracker = TaskTracker::new();
        let metrics = Arc::new(Metrics::new());
        let client = Client::new(&settings.upstream)?;
        let strategies = strategies(&settings)?;
        let recall = match settings.prompt_cache {
            Some(cache) => {
                let recall = Recall::load(Arc::clone(&state.store), cache.entries, cache.keep, crate::admit::now());
                Some(Arc::new(recall.context("the prompt cache cannot be read")?))
            }
            None => None,
        };
        let parts = Parts {
            client,
            state: state.clone(),
            metrics: Arc::clone(&metrics),
            recall,
            strategies,
            external: external(&settings.external),
            tracker: tracker.clone(),
            instance: instance()?,
        };
        let pipeline = Arc::new(Pipeline::new(settings.clone(), parts));
        let pages = Pages {
            reports: state.reports.clone(),
            metrics,
            keys_required: settings.keys_required,
            admin_token: settings.admin_token.clone(),
            listen: settings.server.listen,
        };
        let cors = Cors::new(&settings.server.cors_origins);
        let gateway = Arc::new(Gateway::new(Arc::clone(&pipeline), web::router(Arc::new(pages)), cors));
        Ok(Self { settings, tracker, pipeline, gateway, state })
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
        let stopped = CancellationToken::new();
        match admin::Socket::bind(&self.settings.data) {
            Ok(socket) => {
                let stopped = stopped.clone();
                self.tracker.spawn(socket.serve(self.state.clone(), stopped.cancelled_owned()));
            }
            Err(error) => tracing::warn!(%error, "keys cannot be administered while this server runs"),
        }
        let stop = async {
            stop.await;
            self.pipeline.stopping();
            stopped.cancel();
        };
        server::serve(self.gateway, listener, &self.settings.server, &self.tracker, stop).await;
    }
}

/// Every strategy that a policy may name.
fn strategies(settings: &Settings) -> anyhow::Result<Vec<Arc<dyn Strategy>>> {
    let rewriter = Arc::new(Rewriter::new(settings.model.clone()).context("the graph model cannot be loaded")?);
    let limits = settings.analysis;
    let mut strategies: Vec<Arc<dyn Strategy>> = vec![
        Arc::new(Promsec::new(Arc::clone(&rewriter), limits)),
        Arc::new(Rewrite::new(Arc::clone(&rewriter), limits)),
        Arc::new(LlmOnly::new(limits)),
        Arc::new(TemplateGreedy::new(limits)),
        Arc::new(Encourage::new(limits)),
        Arc::new(SafeCoder::before_promsec(rewriter, limits)),
        Arc::new(SafeCoder::alone(limits)),
        Arc::new(Resample::new(limits)),
        Arc::new(Untouched::new(limits)),
    ];
    strategies.extend(Template::all(limits).map(|template| Arc::new(template) as Arc<dyn Strategy>));
    Ok(strategies)
}

/// What each strategy may do, by name.
pub fn reaches(settings: &Settings) -> anyhow::Result<BTreeMap<&'static str, Reach>> {
    Ok(strategies(settings)?.iter().map(|strategy| (strategy.name(), strategy.reach())).collect())
}

/// Every external analyzer that a policy may name, and where they run.
pub fn external(settings: &settings::External) -> (Vec<Arc<dyn Analyzer>>, Arc<Sandbox>) {
    let mut analyzers: Vec<Arc<dyn Analyzer>> = vec![
        Arc::new(Bandit { command: settings.bandit.clone() }),
        Arc::new(Semgrep { command: settings.semgrep.0.clone(), rules: settings.semgrep.1.clone() }),
        Arc::new(SpotBugs {
            command: settings.spotbugs.command.clone(),
            javac: settings.spotbugs.javac.clone(),
            plugins: settings.spotbugs.plugins.clone(),
            class_path: settings.spotbugs.class_path.clone(),
        }),
        Arc::new(CodeQl {
            command: settings.codeql.command.clone(),
            suite: settings.codeql.suite.clone(),
            languages: settings.codeql.languages.clone(),
        }),
    ];
    for (name, printer) in &settings.sarif {
        analyzers.push(Arc::new(Printer::new(name, printer)));
    }
    (analyzers, Arc::new(Sandbox::new(settings.bounds.clone())))
}

/// A random name for this process.
fn instance() -> anyhow::Result<HeaderValue> {
    let mut bytes = [0; 8];
    SystemRandom::new().fill(&mut bytes).ok().context("no random numbers")?;
    let name = format!("{:016x}", u64::from_be_bytes(bytes));
    Ok(HeaderValue::from_str(&name)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::settings::Config;
    use crate::strategy;

    #[test]
    fn every_strategy_is_registered_and_named() {
        let settings = Config::built_in().and_then(Config::validate).expect("valid");
        let strategies = strategies(&settings).expect("built");
        let registered: Vec<_> = strategies.iter().map(|strategy| strategy.name()).collect();
        assert_eq!(registered.len(), strategy::NAMES.len());
        assert_eq!(registered.into_iter().collect::<BTreeSet<_>>(), strategy::NAMES.into_iter().collect());
    }
}
