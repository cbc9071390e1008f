//! A small client of our own gateway, for `demo` and `secure`: one chat request, streamed or not.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::exchange::Record;

/// Longest wait for a report: it is written after the answer.
const REPORT_PATIENCE: Duration = Duration::from_secs(3);

/// A gateway that runs in this process.
#[derive(Debug)]
pub(super) struct Local {
    /// Its address, such as `http://127.0.0.1:8080`.
    pub(super) url: String,
    client: reqwest::Client,
    key: String,
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Question<'a> {
    /// The model.
    pub(super) model: &'a str,
    /// The user's words.
    pub(super) prompt: &'a str,
    /// Whether to stream.
    pub(super) stream: bool,
    /// A tool definition to offer.
    pub(super) tool: Option<Value>,
    /// Strategy, where not the policy's.
    pub(super) strategy: Option<&'a str>,
}

/// What came back.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The text, or the arguments of the tool calls.
    pub(super) text: String,
    /// `x-sallyport-*` values from headers and comments, by name.
    pub(super) notes: BTreeMap<String, String>,
    /// From the request to the last byte.
    pub(super) elapsed: Duration,
}

impl Answer {
    /// One `x-sallyport-…` value; empty if it did not come.
    pub(super) fn note(&self, name: &str) -> &str {
        self.notes.get(&format!("x-sallyport-{name}")).map_or("", String::as_str)
    }
}

impl Local {
    /// A client of the gateway at `url` that shows `key`.
    pub(super) fn new(url: String, key: String) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().no_proxy().build().context("no client")?;
        Ok(Self { url, client, key })
    }

    /// Asks one question.
    pub(super) async fn ask(&self, question: &Question<'_>) -> anyhow::Result<Answer> {
        let mut body = json!({
            "model": question.model,
            "messages": [{ "role": "user", "content": question.prompt }],
            "stream": question.stream,
        });
        if let (Some(tool), Some(fields)) = (&question.tool, body.as_object_mut()) {
            fields.insert("tools".to_owned(), json!([tool]));
        }
        let start = Instant::now();
        let mut request = self.client.post(format!("{}/v1/chat/completions", self.url));
        request = request.bearer_auth(&self.key).header("content-type", "application/json").body(body.to_string());
        if let Some(strategy) = question.strategy {
            request = request.header("x-sallyport-strategy", strategy);
        }
        let response = request.send().await.context("the gateway does not answer")?;
        let status = response.status();
        let mut answer = Answer::default();
        for (name, value) in response.headers() {
            if let (true, Ok(value)) = (name.as_str().starts_with("x-sallyport-"), value.to_str()) {
                answer.notes.insert(name.as_str().to_owned(), value.to_owned());
            }
        }
        let body = response.bytes().await.context("the answer broke off")?;
        answer.elapsed = start.elapsed();
        let body = String::from_utf8_lossy(&body);
        if !status.is_success() {
            let error: Value = serde_json::from_str(&body).unwrap_or_default();
            let message = error.pointer("/error/message").and_then(Value::as_str).unwrap_or("no message");
            bail!("status {status}: {message}");
        }
        if question.stream {
            answer.read_stream(&body);
        } else {
            answer.read_whole(&body)?;
        }
        Ok(answer)
    }

    /// The report that an answer names, once it is written.
    pub(super) async fn report(&self, answer: &Answer) -> anyhow::Result<Option<Record>> {
        let Some(id) = answer.note("report").rsplit('/').next().filter(|id| !id.is_empty()) else { return Ok(None) };
        let text = self.page(&format!("/api/reports/{id}")).await?;
        Ok(Some(serde_json::from_str(&text).context("the report cannot be read")?))
    }

    /// A page of the gateway; one that is not there yet is waited for.
    pub(super) async fn page(&self, path: &str) -> anyhow::Result<String> {
        let deadline = Instant::now() + REPORT_PATIENCE;
        loop {
            let response =
                self.client.get(format!("{}{path}", self.url)).send().await.context("the gateway does not answer")?;
            let status = response.status();
            if status.is_success() {
                return response.text().await.context("the page broke off");
            }
            if status != http::StatusCode::NOT_FOUND || Instant::now() > deadline {
                bail!("{path}: status {status}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Answer {
    fn read_whole(&mut self, body: &str) -> anyhow::Result<()> {
        let document: Value = serde_json::from_str(body).context("the answer is no JSON")?;
        self.take(document.pointer("/choices/0/message").unwrap_or(&Value::Null));
        Ok(())
    }

    fn read_stream(&mut self, body: &str) {
        for line in body.lines() {
            if let Some((name, value)) = line.strip_prefix(':').and_then(|comment| comment.split_once(':')) {
                self.notes.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
            } else if let Some(data) = line.strip_prefix("data:") {
                let chunk: Value = serde_json::from_str(data).unwrap_or_default();
                self.take(chunk.pointer("/choices/0/delta").unwrap_or(&Value::Null));
            }
        }
    }

    /// Adds the text or tool arguments of a message or delta.
    fn take(&mut self, message: &Value) {
        self.text.push_str(message.get("content").and_then(Value::as_str).unwrap_or_default());
        for call in message.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            self.text.push_str(call.pointer("/function/arguments").and_then(Value::as_str).unwrap_or_default());
        }
    }
}
