//! What the gateways of an evaluation have behind them: serves first answers that are given or recorded, and passes the
//! rest on to a service, if there is one. Never answers anything of its own.

use std::future::IntoFuture as _;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use super::replay::Recording;

/// Longest request body in bytes.
const LONGEST_BODY: usize = 64 << 20;
/// Names the case of a request, and its round once the gateway asks again (`…-sp-ROUND`).
pub(super) const CASE: &str = "idempotency-key";

/// Where the answers of one case come from.
#[derive(Debug, Clone)]
pub(super) enum First {
    /// The first answer is this text; what is asked after it goes to the service.
    Given(String),
    /// All answers are recorded: this choice first, then those after it.
    Recorded(Arc<Recording>, usize),
    /// Every answer is the service's.
    Asked,
}

/// The service behind, where there is one.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its base URL with `/v1`.
    pub url: String,
    /// The credential that it is shown.
    pub key: Option<String>,
}

/// Serves the cases, by number.
#[derive(Debug)]
pub(super) struct Cases {
    all: Vec<First>,
    service: Option<Service>,
    client: reqwest::Client,
}

impl Cases {
    pub(super) fn new(all: Vec<First>, service: Option<Service>) -> anyhow::Result<Arc<Self>> {
        let client = reqwest::Client::builder().build().context("no client")?;
        Ok(Arc::new(Self { all, service, client }))
    }

    /// Listens on a free loopback port; its base URL. Ends with the runtime.
    pub(super) async fn listen(self: Arc<Self>) -> anyhow::Result<String> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.context("no free port")?;
        let url = format!("http://{}/v1", listener.local_addr().context("no address")?);
        let router = Router::new()
            .route("/v1/chat/completions", post(answer))
            .layer(DefaultBodyLimit::max(LONGEST_BODY))
            .with_state(self);
        tokio::spawn(axum::serve(listener, router).into_future());
        Ok(url)
    }
}

/// The name of a case on the wire.
pub(super) fn name(case: usize) -> String {
    format!("eval-{case}")
}

/// Case and round of a request.
fn parse(headers: &HeaderMap) -> Option<(usize, usize)> {
    let name = headers.get(CASE)?.to_str().ok()?.strip_prefix("eval-")?;
    match name.split_once("-sp-") {
        Some((case, round)) => Some((case.parse().ok()?, round.parse().ok()?)),
        None => Some((name.parse().ok()?, 0)),
    }
}

async fn answer(State(cases): State<Arc<Cases>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some((case, round)) = parse(&headers) else { return refusal(StatusCode::BAD_REQUEST, "the case is not named") };
    match (cases.all.get(case), round) {
        (None, _) => refusal(StatusCode::NOT_FOUND, "there is no such case"),
        (Some(First::Given(text)), 0) => completion(text, 0, 0),
        (Some(First::Recorded(recording, first)), round) => {
            completion(recording.choice(first + round), recording.input_tokens, recording.tokens_each())
        }
        _ => match &cases.service {
            Some(service) => forward(&cases.client, service, body).await,
            None => refusal(StatusCode::SERVICE_UNAVAILABLE, "there is no model to ask"),
        },
    }
}

fn completion(text: &str, input_tokens: u64, output_tokens: u64) -> Response {
    let answer = json!({
        "id": "chatcmpl-eval", "object": "chat.completion", "created": 0, "model": "eval",
        "choices": [{ "index": 0, "finish_reason": "stop", "message": { "role": "assistant", "content": text } }],
        "usage": {
            "prompt_tokens": input_tokens, "completion_tokens": output_tokens,
            "total_tokens": input_tokens.saturating_add(output_tokens),
        },
    });
    respond(StatusCode::OK, Bytes::from(answer.to_string()))
}

fn refusal(status: StatusCode, message: &str) -> Response {
    let error = json!({ "error": { "message": message, "type": "eval_error", "param": null, "code": null } });
    respond(status, Bytes::from(error.to_string()))
}

fn respond(status: StatusCode, body: Bytes) -> Response {
    let kind = HeaderValue::from_static("application/json");
    (status, [(CONTENT_TYPE, kind)], Body::from(body)).into_response()
}

async fn forward(client: &reqwest::Client, service: &Service, body: Bytes) -> Response {
    let mut request = client.post(format!("{}/chat/completions", service.url)).header(CONTENT_TYPE, "application/json");
    if let Some(key) = &service.key {
        request = request.header(AUTHORIZATION, format!("Bearer {key}"));
    }
    let Ok(response) = request.body(body).send().await else {
        return refusal(StatusCode::BAD_GATEWAY, "the service does not answer");
    };
    let status = response.status();
    match response.bytes().await {
        Ok(bytes) => respond(status, bytes),
        Err(_) => refusal(StatusCode::BAD_GATEWAY, "the answer broke off"),
    }
}
