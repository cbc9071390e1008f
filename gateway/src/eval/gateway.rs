//! A gateway in this process for one set-up of the graph model, its client, and the records of what it did.

use std::sync::Arc;
use std::time::Duration;

use analyzers::graph::GraphKind;
use anyhow::{Context as _, bail};
use models::rewriter::Chooser;
use serde_json::{Value, json};

use super::standin::{self, CASE};
use crate::admit::Usage;
use crate::admit::price::{Money, Prices};
use crate::app::App;
use crate::exchange::Record;
use crate::settings::{Base, ReportContent, Settings};
use crate::state::State;

/// Longest wait for a record: it is written after the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest wait for an answer.
const LONGEST: Duration = Duration::from_mins(10);

/// A gateway that serves on a free loopback port until it is dropped.
#[derive(Debug)]
pub(super) struct Gateway {
    url: String,
    state: State,
    client: reqwest::Client,
    prices: Prices,
    _stop: tokio::sync::oneshot::Sender<()>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    /// The text of the answer.
    pub(super) text: String,
    /// What the gateway recorded of it; `None` where it saw no code.
    pub(super) record: Option<Record>,
    /// Prompt tokens, output tokens and price (in millionths of a dollar) of the first call.
    pub(super) used: (u64, u64, u64),
}

/// One request.
#[derive(Debug)]
pub(super) struct Question<'a> {
    /// Its case in the stand-in.
    pub(super) case: usize,
    /// The model.
    pub(super) model: &'a str,
    /// What is asked.
    pub(super) prompt: &'a str,
    /// The strategy, as the gateway spells it.
    pub(super) strategy: &'a str,
    /// The seed that a live model is given.
    pub(super) seed: Option<u32>,
    /// The sampling temperature, where not the service's own.
    pub(super) temperature: Option<f64>,
}

impl Gateway {
    /// Starts one before `upstream`. Reports are kept in memory, nothing is remembered from one program to the next.
    pub(super) async fn start(
        settings: &Settings,
        upstream: &str,
        graph: GraphKind,
        chooser: Chooser,
    ) -> anyhow::Result<Self> {
        let mut settings = settings.clone().with_free_choice();
        settings.server.listen = ([127, 0, 0, 1], 0).into();
        settings.upstream.base = Base::parse(upstream)?;
        settings.upstream.proxy = None;
        settings.model.graph = graph;
        settings.model.chooser = chooser;
        settings.prompt_cache = None;
        settings.keys_required = false;
        for policy in settings.policies.values_mut() {
            let policy = Arc::make_mut(policy);
            policy.reports.content = ReportContent::Full;
            // What a judge says is not to depend on how long analysis takes on a busy machine.
            policy.limits.wall_whole = LONGEST;
        }
        let state = State::in_memory(&settings)?;
        let prices = crate::state::prices(settings.budgets.prices.as_deref())?;
        let app = App::over(settings, state.clone())?;
        let listener = app.bind().await?;
        let url = format!("http://{}", listener.local_addr().context("no address")?);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        tokio::spawn(app.serve(listener, async {
            // Dropping the sender means stop.
            let _ = stopped.await;
        }));
        let client = reqwest::Client::builder().no_proxy().timeout(LONGEST).build().context("no client")?;
        Ok(Self { url, state, client, prices, _stop: stop })
    }

    /// Asks one question and waits for what is recorded of it.
    pub(super) async fn ask(&self, question: &Question<'_>) -> anyhow::Result<Answer> {
        let mut body = json!({
            "model": question.model,
            "messages": [{ "role": "user", "content": question.prompt }],
        });
        if let Some(fields) = body.as_object_mut() {
            if let Some(seed) = question.seed {
                fields.insert("seed".to_owned(), json!(seed));
            }
            if let Some(temperature) = question.temperature {
                fields.insert("temperature".to_owned(), json!(temperature));
            }
        }
        let response = self
            .client
            .post(format!("{}/v1/chat/completions", self.url))
            .header("content-type", "application/json")
            .header("x-sallyport-strategy", question.strategy)
            .header(CASE, standin::name(question.case))
            .body(body.to_string())
            .send()
            .await
            .context("the gateway does not answer")?;
        let status = response.status();
        let report = response.headers().get("x-sallyport-report").and_then(|value| value.to_str().ok());
        let report = report.and_then(|path| path.rsplit('/').next()).map(str::to_owned);
        let body = response.text().await.context("the answer broke off")?;
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        if !status.is_success() {
            let message = answer.pointer("/error/message").and_then(Value::as_str).unwrap_or("no message");
            bail!("status {status}: {message}");
        }
        let text = answer.pointer("/choices/0/message/content").and_then(Value::as_str).unwrap_or_default().to_owned();
        let record = match report {
            Some(id) => Some(self.record(&id).await?),
            None => None,
        };
        let tokens = |name: &str| answer.pointer(name).and_then(Value::as_u64).unwrap_or(0);
        let usage = Usage {
            input: tokens("/usage/prompt_tokens"),
            output: tokens("/usage/completion_tokens"),
            ..Usage::default()
        };
        let cost = self.prices.price(question.model).map_or(Money::ZERO, |price| price.of(&usage));
        Ok(Answer { text, record, used: (usage.input, usage.output, cost.micros()) })
    }

    async fn record(&self, id: &str) -> anyhow::Result<Record> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(record) = self.state.reports.load(id).context("the record cannot be read")? {
                return Ok(record);
            }
            if tokio::time::Instant::now() > deadline {
                bail!("the gateway recorded nothing");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
