//! Extra calls for a better answer: the client's request with other messages, reserved like any call. Never an error to
//! the client, and cancelled with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use tokio_util::sync::CancellationToken;

use super::Client;
use crate::admit::estimate::prompt_tokens;
use crate::admit::{CallEstimate, Ticket, Usage};
use crate::error::Error;
use crate::http::body::{self, Outgoing, Read};
use crate::http::headers::REQUEST_ID;
use crate::strategy::{Answer, Ask, AskError, Prompt, ToolCall};
use crate::wire::answer;
use crate::wire::request::Request as Chat;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Asks the client's model again.
#[derive(Debug)]
pub struct Asker {
    /// The way to the upstream.
    pub client: Client,
    /// Who pays.
    pub ticket: Arc<Ticket>,
    /// The client's request.
    pub chat: Arc<Chat>,
    /// Where the first call went.
    pub uri: Uri,
    /// The headers of the first call.
    pub headers: HeaderMap,
    /// Longest answer in bytes.
    pub answer_limit: usize,
    /// Longest silence.
    pub idle: Duration,
    /// Says that the client left.
    pub gone: CancellationToken,
    /// Calls so far.
    pub rounds: AtomicU32,
}

impl Ask for Asker {
    fn ask(&self, prompt: Prompt) -> BoxFuture<'_, Result<Answer, AskError>> {
        Box::pin(async move {
            tokio::select! {
                biased;
                () = self.gone.cancelled() => Err(AskError::Cancelled),
                answer = self.call(prompt) => answer,
            }
        })
    }
}

impl Asker {
    async fn call(&self, prompt: Prompt) -> Result<Answer, AskError> {
        let round = self.rounds.fetch_add(1, Ordering::Relaxed) + 1;
        let body = self.chat.again(&prompt.messages, prompt.model.as_deref());
        let estimate = CallEstimate {
            model: prompt.model.as_deref().unwrap_or(&self.chat.model),
            input_tokens: prompt_tokens(&body),
            output_limit: self.chat.output_limit,
            choices: 1,
        };
        let mut reservation = self.ticket.reserve(&estimate).map_err(|_| AskError::Reserve)?;
        let mut request = Request::new(Outgoing::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.round_headers(round);
        reservation.sent();
        let response = self.client.send(request).await.map_err(|error| match error {
            Error::UpstreamTimeout => AskError::Timeout,
            _ => AskError::Upstream,
        })?;
        if !response.status().is_success() {
            reservation.release();
            return Err(AskError::Upstream);
        }
        let Ok(Read::Whole(bytes)) = body::read(response.into_body(), self.answer_limit, self.idle).await else {
            return Err(AskError::Upstream);
        };
        let read = std::str::from_utf8(&bytes).ok().and_then(answer::read).ok_or(AskError::Upstream)?;
        let choice = read.choices.into_iter().next().ok_or(AskError::Upstream)?;
        let text = choice.content.map(|content| content.text.into_owned()).unwrap_or_default();
        let calls: Vec<_> = choice
            .calls
            .into_iter()
            .map(|call| ToolCall {
                name: call.name.unwrap_or_default().into_owned(),
                arguments: call.arguments.map(|arguments| arguments.text.into_owned()).unwrap_or_default(),
            })
            .collect();
        reservation.received(text.len() + calls.iter().map(|call| call.arguments.len()).sum::<usize>());
        let usage: Usage = read.usage.unwrap_or_else(|| reservation.estimated());
        let cost = reservation.settle(&usage);
        let finish = choice.finish.map(|(_, reason)| reason);
        Ok(Answer {
            text,
            calls,
            complete: matches!(finish.as_deref(), Some("stop" | "tool_calls")),
            input_tokens: usage.input,
            output_tokens: usage.output,
            cost_micros: cost.micros(),
        })
    }

    /// The first call's headers with names of its own for what identifies a call.
    fn round_headers(&self, round: u32) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.remove(CONTENT_LENGTH);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for name in [IDEMPOTENCY_KEY, REQUEST_ID] {
            if let Some(value) = headers.get(&name) {
                let own = [value.as_bytes(), format!("-sp-{round}").as_bytes()].concat();
                match HeaderValue::from_bytes(&own) {
                    Ok(own) => headers.insert(name, own),
                    Err(_) => headers.remove(name),
                };
            }
        }
        headers
    }
}
