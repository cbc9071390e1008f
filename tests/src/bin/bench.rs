//! The two ends of a proxy benchmark: an upstream that answers at once, and a client that counts and times.
//!
//! `bench upstream` serves on a free loopback port, prints it, and ends when standard input does.
//! `bench load PORT SHAPE KEY CONNECTIONS SECONDS RATE` prints one JSON line: requests, errors, requests per second, and
//! the 50th and 99th percentile of the time to the first body byte and to the last, in microseconds. RATE 0 is as fast
//! as the connections go; otherwise that many requests start per second, whatever becomes of the earlier ones.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

const EVENTS: usize = 100;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["upstream"] => upstream().await,
        ["load", port, shape, key, connections, seconds, rate] => {
            let load = Load {
                port: port.parse()?,
                body: request_body(shape)?,
                key: key.to_owned(),
                connections: connections.parse()?,
                time: Duration::from_secs_f64(seconds.parse()?),
                rate: rate.parse()?,
            };
            writeln!(std::io::stdout(), "{}", load.run().await?)?;
            Ok(())
        }
        _ => bail!("usage: bench upstream | bench load PORT prose|stream|code KEY CONNECTIONS SECONDS RATE"),
    }
}

/// A 2 KB chat request. The `user` tells the upstream what to answer; the model is one with a price.
fn request_body(shape: &str) -> anyhow::Result<Bytes> {
    let (user, stream, question) = match shape {
        "prose" => ("prose", false, "Tell me about the sea in a few words, with what you know of tides."),
        "stream" => ("prose", true, "Tell me about the sea in a few words, with what you know of tides."),
        "code" => ("code", false, "Write a Python module that reads sales figures and prints a report."),
        _ => bail!("unknown shape {shape}"),
    };
    let filler = "The conversation so far spoke of coasts, of ships and of the weather in autumn. ".repeat(22);
    let body = serde_json::json!({
        "model": "gpt-4o-mini", "user": user, "stream": stream, "temperature": 0.2,
        "messages": [{"role": "system", "content": filler}, {"role": "user", "content": question}],
    });
    Ok(Bytes::from(body.to_string()))
}

async fn upstream() -> anyhow::Result<()> {
    let answers = Arc::new(Answers::new());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?.port())?;
    std::thread::spawn(|| {
        // Whatever arrives, only the end of the input counts.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let answers = Arc::clone(&answers);
        tokio::spawn(async move {
            let service = hyper::service::service_fn(move |request| {
                let answers = Arc::clone(&answers);
                async move { answers.answer(request).await }
            });
            // A client that goes away is no fault of the benchmark's.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

struct Answers {
    prose: Bytes,
    code: Bytes,
    events: Vec<Bytes>,
}

impl Answers {
    fn new() -> Self {
        let prose = "The sea rises and falls twice a day, pulled by the moon. ".repeat(14);
        let answer = |content: &str| {
            let body = serde_json::json!({
                "id": "chatcmpl-bench", "object": "chat.completion", "created": 1, "model": "bench",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 400, "completion_tokens": 180, "total_tokens": 580},
            });
            Bytes::from(body.to_string())
        };
        let event = |delta: serde_json::Value, finish: Option<&str>| {
            let body = serde_json::json!({
                "id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1, "model": "bench",
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
            });
            Bytes::from(format!("data: {body}\n\n"))
        };
        let mut events: Vec<Bytes> =
            (0..EVENTS - 2).map(|_| event(serde_json::json!({"content": "the sea "}), None)).collect();
        events.push(event(serde_json::json!({}), Some("stop")));
        events.push(Bytes::from_static(b"data: [DONE]\n\n"));
        Self {
            prose: answer(&prose),
            code: answer(&format!("Here it is:\n\n```python\n{}```\n", clean_python())),
            events,
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<BoxBody<Bytes, Infallible>>, hyper::Error> {
        let body = request.into_body().collect().await?.to_bytes();
        let has = |needle: &str| body.windows(needle.len()).any(|window| window == needle.as_bytes());
        let mut response = if has("\"stream\":true") {
            let frames = stream::iter(self.events.clone().into_iter().map(|event| Ok(Frame::data(event))));
            let mut response = Response::new(StreamBody::new(frames).boxed());
            response.headers_mut().insert("content-type", http::HeaderValue::from_static("text/event-stream"));
            response
        } else {
            let body = if has("\"user\":\"code\"") { self.code.clone() } else { self.prose.clone() };
            let mut response = Response::new(Full::new(body).boxed());
            response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
            response
        };
        response.headers_mut().insert("x-request-id", http::HeaderValue::from_static("req-bench"));
        Ok(response)
    }
}

/// A module of 60 lines without a finding.
fn clean_python() -> String {
    let mut code = String::from("import csv\nfrom pathlib import Path\n\n\n");
    code.extend(["north", "south", "east", "west", "total", "mean", "best"].map(|part| {
        format!(
            "def {part}_sales(rows, year):\n    \"\"\"Sum of the {part} figures of one year.\"\"\"\n    result = 0\n    for row in rows:\n        \
             if row['year'] == year:\n            result += int(row['{part}'])\n    return result\n\n"
        )
    }));
    code
}

struct Load {
    port: u16,
    body: Bytes,
    key: String,
    connections: usize,
    time: Duration,
    rate: f64,
}

type Sender = hyper::client::conn::http1::SendRequest<Full<Bytes>>;

#[derive(Default)]
struct Times {
    first: Vec<u64>,
    last: Vec<u64>,
    errors: u64,
}

impl Load {
    async fn run(self) -> anyhow::Result<String> {
        let load = Arc::new(self);
        let times = Arc::new(Mutex::new(Times::default()));
        let begin = Instant::now();
        let end = begin + load.time;
        if load.rate > 0.0 {
            load.clone().at_rate(&times, end).await?;
        } else {
            let workers: Vec<_> = (0..load.connections)
                .map(|_| tokio::spawn(load.clone().closed_loop(Arc::clone(&times), end)))
                .collect();
            for worker in workers {
                worker.await??;
            }
        }
        let seconds = begin.elapsed().as_secs_f64();
        let mut times = times.lock().await;
        times.first.sort_unstable();
        times.last.sort_unstable();
        let at = |list: &[u64], share: f64| list.get((list.len() as f64 * share) as usize).copied().unwrap_or(0);
        let count = times.last.len();
        Ok(serde_json::json!({
            "requests": count, "errors": times.errors, "per_second": count as f64 / seconds,
            "first_p50": at(&times.first, 0.5), "first_p99": at(&times.first, 0.99),
            "last_p50": at(&times.last, 0.5), "last_p99": at(&times.last, 0.99),
        })
        .to_string())
    }

    async fn closed_loop(self: Arc<Self>, times: Arc<Mutex<Times>>, end: Instant) -> anyhow::Result<()> {
        let mut sender = self.connect().await?;
        let mut own = Times::default();
        while Instant::now() < end {
            if let Ok((first, last)) = self.one(&mut sender).await {
                own.first.push(first);
                own.last.push(last);
            } else {
                own.errors += 1;
                sender = self.connect().await?;
            }
        }
        let mut times = times.lock().await;
        times.first.append(&mut own.first);
        times.last.append(&mut own.last);
        times.errors += own.errors;
        Ok(())
    }

    /// An open loop: each request starts at its time on a free connection.
    async fn at_rate(self: Arc<Self>, times: &Arc<Mutex<Times>>, end: Instant) -> anyhow::Result<()> {
        let idle = Arc::new(Mutex::new(Vec::<Sender>::new()));
        let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / self.rate));
        let mut requests = tokio::task::JoinSet::new();
        while Instant::now() < end {
            ticks.tick().await;
            let (load, idle, times) = (self.clone(), Arc::clone(&idle), Arc::clone(times));
            requests.spawn(async move {
                let free = idle.lock().await.pop();
                let mut sender = match free {
                    Some(sender) => sender,
                    None => load.connect().await?,
                };
                match load.one(&mut sender).await {
                    Ok((first, last)) => {
                        let mut times = times.lock().await;
                        times.first.push(first);
                        times.last.push(last);
                        idle.lock().await.push(sender);
                    }
                    Err(_) => times.lock().await.errors += 1,
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = requests.join_next().await {
            done??;
        }
        Ok(())
    }

    async fn connect(&self) -> anyhow::Result<Sender> {
        let socket = TcpStream::connect(("127.0.0.1", self.port)).await?;
        socket.set_nodelay(true)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Microseconds to the first byte of the body and to its end.
    async fn one(&self, sender: &mut Sender) -> anyhow::Result<(u64, u64)> {
        sender.ready().await?;
        let request = Request::post("/v1/chat/completions")
            .header("host", "127.0.0.1")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.key))
            .body(Full::new(self.body.clone()))?;
        let begin = Instant::now();
        let mut response = sender.send_request(request).await?;
        if response.status() != 200 {
            bail!("status {}", response.status());
        }
        let mut first = None;
        while let Some(frame) = response.frame().await {
            if frame?.is_data() && first.is_none() {
                first = Some(begin.elapsed());
            }
        }
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Ok((micros(first.context("an empty body")?), micros(begin.elapsed())))
    }
}
