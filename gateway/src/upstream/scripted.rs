//! A scripted upstream for the demo and the tests: speaks OpenAI's wire and answers about 20 tasks from a fixed script.
//! It is never a model, never opens a connection and keeps nothing but a count of its calls.

mod conversation;
mod java;
mod javascript;
mod python;
mod task;
mod topic;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, body};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

pub use conversation::{Reply, reply};
pub use task::{Shape, Task, Unit, Weakness, all as tasks};
pub use topic::Topic;

/// Models that the script answers for.
pub const MODELS: [&str; 2] = ["scripted-large", "scripted-small"];
/// A model name of this form followed by a status code is answered by that error.
const STATUS_MODEL: &str = "scripted-status-";
/// Longest request body in bytes.
const LONGEST_BODY: usize = 8 << 20;
/// Most choices of one answer.
const MOST_CHOICES: u64 = 16;
/// Every answer's time stamp: the script has no clock.
const CREATED: u64 = 1_763_600_000;

/// A scripted upstream. Clones share their count.
#[derive(Debug, Clone, Default)]
pub struct Scripted {
    calls: Arc<AtomicU64>,
    pace: Duration,
}

impl Scripted {
    /// An upstream that waits `pace` between the chunks of a stream.
    pub fn paced(pace: Duration) -> Self {
        Self { calls: Arc::default(), pace }
    }

    /// Chat completions asked for so far, refused ones included.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The routes: chat completions and models, with and without the `/v1` prefix.
    pub fn router(&self) -> Router {
        let api = Router::new()
            .route("/chat/completions", post(chat))
            .route("/models", get(models))
            .route("/models/{model}", get(model))
            .with_state(self.clone());
        Router::new().nest("/v1", api.clone()).merge(api).fallback(not_found).layer(DefaultBodyLimit::max(LONGEST_BODY))
    }
}

/// The routes of an unpaced upstream whose calls nobody counts.
pub fn router() -> Router {
    Scripted::default().router()
}

/// An error as OpenAI writes it.
struct Refusal {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<&'static str>,
    message: String,
}

impl Refusal {
    fn request(param: &'static str, message: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            code: None,
            param: Some(param),
            message: message.to_owned(),
        }
    }

    fn unknown_model(model: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            kind: "invalid_request_error",
            code: Some("model_not_found"),
            param: None,
            message: format!("The model `{model}` does not exist."),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error =
            json!({ "error": { "message": self.message, "type": self.kind, "param": self.param, "code": self.code } });
        let mut response =
            (self.status, [(header::CONTENT_TYPE, "application/json")], error.to_string()).into_response();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// What a chat request asks for beside its words.
struct Wanted {
    model: String,
    choices: usize,
    stream: bool,
    include_usage: bool,
    longest: usize,
}

async fn chat(State(script): State<Scripted>, headers: HeaderMap, body: body::Bytes) -> Response {
    let number = script.calls.fetch_add(1, Ordering::Relaxed) + 1;
    let mut response = match answer(&script, &headers, &body, number) {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    };
    if let Ok(id) = HeaderValue::from_str(&format!("req-scripted-{number}")) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

fn answer(script: &Scripted, headers: &HeaderMap, body: &[u8], number: u64) -> Result<Response, Refusal> {
    authorised(headers)?;
    let request: Value = serde_json::from_slice(body).map_err(|_| Refusal {
        param: None,
        ..Refusal::request("", "We could not parse the JSON body of your request.")
    })?;
    let wanted = wanted(&request)?;
    let choices: Vec<Choice> =
        (0..wanted.choices).map(|index| Choice::new(reply(&request, index), wanted.longest)).collect();
    let spoken = request.get("messages").map(Value::to_string).unwrap_or_default();
    let usage = usage(tokens(&spoken).len(), choices.iter().map(Choice::tokens).sum());
    let id = format!("chatcmpl-scripted-{number}");
    if !wanted.stream {
        let choices: Vec<Value> = choices.iter().enumerate().map(|(index, choice)| choice.whole(index)).collect();
        let document = json!({
            "id": id, "object": "chat.completion", "created": CREATED, "model": wanted.model, "choices": choices,
            "usage": usage, "system_fingerprint": "fp_scripted",
        });
        return Ok(([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response());
    }
    let events = events(&id, &wanted, &choices, &usage);
    let pace = script.pace;
    let paced = stream::iter(events).then(move |event| async move {
        if !pace.is_zero() {
            tokio::time::sleep(pace).await;
        }
        Ok::<_, std::convert::Infallible>(event)
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, Body::from_stream(paced)).into_response())
}

fn authorised(headers: &HeaderMap) -> Result<(), Refusal> {
    let key = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match key.map(str::trim) {
        Some(key) if !key.is_empty() => Ok(()),
        _ => Err(Refusal {
            status: StatusCode::UNAUTHORIZED,
            kind: "invalid_request_error",
            code: Some("invalid_api_key"),
            param: None,
            message: "You didn't provide an API key.".to_owned(),
        }),
    }
}

fn wanted(request: &Value) -> Result<Wanted, Refusal> {
    let model = request
        .get("model")
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::request("model", "you must provide a model parameter"))?;
    if let Some(status) = model.strip_prefix(STATUS_MODEL).and_then(|code| code.parse::<u16>().ok()) {
        let status =
            StatusCode::from_u16(status).ok().filter(|status| status.is_client_error() || status.is_server_error());
        let status = status.ok_or_else(|| Refusal::unknown_model(model))?;
        return Err(Refusal {
            status,
            kind: "scripted_error",
            code: None,
            param: None,
            message: format!("The script was asked to answer {status}."),
        });
    }
    if !MODELS.contains(&model) {
        return Err(Refusal::unknown_model(model));
    }
    if request.get("messages").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        return Err(Refusal::request("messages", "[] is too short - 'messages'"));
    }
    let choices = request.get("n").filter(|n| !n.is_null()).map_or(Some(1), Value::as_u64);
    let choices = choices
        .filter(|n| (1..=MOST_CHOICES).contains(n))
        .ok_or_else(|| Refusal::request("n", "n must be between 1 and 16"))?;
    let longest =
        ["max_completion_tokens", "max_tokens"].iter().find_map(|key| request.get(*key).and_then(Value::as_u64));
    Ok(Wanted {
        model: model.to_owned(),
        choices: usize::try_from(choices).unwrap_or(1),
        stream: request.get("stream").and_then(Value::as_bool).unwrap_or(false),
        include_usage: request.pointer("/stream_options/include_usage").and_then(Value::as_bool).unwrap_or(false),
        longest: longest.and_then(|tokens| usize::try_from(tokens).ok()).unwrap_or(usize::MAX),
    })
}

/// One choice, cut into tokens.
struct Choice {
    carried: Carried,
    finish: &'static str,
}

enum Carried {
    Text(Vec<String>),
    Calls { tool: String, arguments: Vec<Vec<String>> },
}

impl Choice {
    fn new(reply: Reply, longest: usize) -> Self {
        match reply {
            Reply::Text(text) => {
                let mut tokens = tokens(&text);
                let finish = if tokens.len() > longest { "length" } else { "stop" };
                tokens.truncate(longest);
                Self { carried: Carried::Text(tokens), finish }
            }
            Reply::Calls { tool, arguments } => {
                let arguments = arguments.iter().map(|text| tokens(text)).collect();
                Self { carried: Carried::Calls { tool, arguments }, finish: "tool_calls" }
            }
        }
    }

    fn tokens(&self) -> usize {
        match &self.carried {
            Carried::Text(tokens) => tokens.len(),
            Carried::Calls { arguments, .. } => arguments.iter().map(Vec::len).sum(),
        }
    }

    /// The choice of an answer that is not streamed.
    fn whole(&self, index: usize) -> Value {
        let message = match &self.carried {
            Carried::Text(tokens) => json!({ "role": "assistant", "content": tokens.concat(), "refusal": null }),
            Carried::Calls { tool, arguments } => {
                let call = |(at, arguments): (usize, &Vec<String>)| json!({ "id": call_id(index, at), "type": "function", "function": { "name": tool, "arguments": arguments.concat() } });
                let calls: Vec<Value> = arguments.iter().enumerate().map(call).collect();
                json!({ "role": "assistant", "content": null, "tool_calls": calls, "refusal": null })
            }
        };
        json!({ "index": index, "message": message, "logprobs": null, "finish_reason": self.finish })
    }

    /// The deltas of a streamed answer.
    fn deltas(&self, index: usize) -> Vec<Value> {
        let mut deltas = vec![json!({ "role": "assistant", "content": "", "refusal": null })];
        match &self.carried {
            Carried::Text(tokens) => deltas.extend(tokens.iter().map(|token| json!({ "content": token }))),
            Carried::Calls { tool, arguments } => {
                for (at, arguments) in arguments.iter().enumerate() {
                    let head = json!({ "index": at, "id": call_id(index, at), "type": "function", "function": { "name": tool, "arguments": "" } });
                    deltas.push(json!({ "tool_calls": [head] }));
                    let part =
                        |token: &String| json!({ "tool_calls": [{ "index": at, "function": { "arguments": token } }] });
                    deltas.extend(arguments.iter().map(part));
                }
            }
        }
        deltas
    }
}

fn call_id(choice: usize, call: usize) -> String {
    format!("call_scripted_{choice}_{call}")
}

/// Server-sent events of a streamed answer; the choices take turns.
fn events(id: &str, wanted: &Wanted, choices: &[Choice], usage: &Value) -> Vec<body::Bytes> {
    let chunk = |choices: Value, usage: Option<&Value>| {
        let mut chunk = json!({
            "id": id, "object": "chat.completion.chunk", "created": CREATED, "model": wanted.model,
            "system_fingerprint": "fp_scripted", "choices": choices,
        });
        if wanted.include_usage
            && let Some(fields) = chunk.as_object_mut()
        {
            fields.insert("usage".to_owned(), usage.cloned().unwrap_or(Value::Null));
        }
        body::Bytes::from(format!("data: {chunk}\n\n"))
    };
    let deltas: Vec<Vec<Value>> = choices.iter().enumerate().map(|(index, choice)| choice.deltas(index)).collect();
    let longest = deltas.iter().map(Vec::len).max().unwrap_or(0);
    let mut events = Vec::new();
    for at in 0..longest {
        for (index, delta) in deltas.iter().enumerate().filter_map(|(index, deltas)| Some((index, deltas.get(at)?))) {
            events.push(chunk(
                json!([{ "index": index, "delta": delta, "logprobs": null, "finish_reason": null }]),
                None,
            ));
        }
    }
    for (index, choice) in choices.iter().enumerate() {
        events.push(chunk(
            json!([{ "index": index, "delta": {}, "logprobs": null, "finish_reason": choice.finish }]),
            None,
        ));
    }
    if wanted.include_usage {
        events.push(chunk(json!([]), Some(usage)));
    }
    events.push(body::Bytes::from_static(b"data: [DONE]\n\n"));
    events
}

fn usage(prompt: usize, completion: usize) -> Value {
    json!({ "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion })
}

/// Cuts text as a model's tokens would: a word with the space before it, a line end, at most eight characters.
fn tokens(text: &str) -> Vec<String> {
    const LONGEST: usize = 8;
    let mut tokens: Vec<String> = Vec::new();
    let mut length = 0;
    let mut before = '\0';
    for character in text.chars() {
        let starts_word = character.is_whitespace() != before.is_whitespace() && character.is_whitespace();
        match tokens.last_mut() {
            Some(token) if length < LONGEST && !starts_word && before != '\n' => token.push(character),
            _ => {
                tokens.push(character.to_string());
                length = 0;
            }
        }
        length += 1;
        before = character;
    }
    tokens
}

async fn models() -> Response {
    let models: Vec<Value> = MODELS.iter().map(|name| model_document(name)).collect();
    let document = json!({ "object": "list", "data": models });
    ([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response()
}

async fn model(Path(name): Path<String>) -> Response {
    match MODELS.iter().find(|model| **model == name) {
        Some(model) => {
            ([(header::CONTENT_TYPE, "application/json")], model_document(model).to_string()).into_response()
        }
        None => Refusal::unknown_model(&name).into_response(),
    }
}

fn model_document(name: &str) -> Value {
    json!({ "id": name, "object": "model", "created": CREATED, "owned_by": "sallyport" })
}

async fn not_found() -> Response {
    let refusal = Refusal {
        status: StatusCode::NOT_FOUND,
        kind: "invalid_request_error",
        code: None,
        param: None,
        message: "Unknown request URL.".to_owned(),
    };
    refusal.into_response()
}

#[cfg(test)]
mod tests;
