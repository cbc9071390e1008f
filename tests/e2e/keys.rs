//! Virtual keys beside a running gateway: who is let in, what is reserved, what is charged.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gateway::admin::{Reply, Request, ask};
use gateway::admit::KeySummary;
use gateway::admit::key::{Budget, KeySpec, Limits, Window};
use gateway::admit::price::Money;
use tests::{Message, PATIENCE, Part, Running, request, response, talk, upstream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

const REQUIRED: &str = "[keys]\nrequired = true\n[upstream]\napi_key_variable = \"\"\n";
/// At most 1,000 output tokens of ten dollars a million: a cent, and a little for the prompt.
const ASKED: &str = r#"{"model":"gpt-4o","max_tokens":1000,"messages":[{"role":"user","content":"Who wrote Faust?"}]}"#;
const STREAMED: &str =
    r#"{"model":"gpt-4o","stream":true,"max_tokens":1000,"messages":[{"role":"user","content":"Who wrote Faust?"}]}"#;
/// Costs 20 × 2.5 + 1,000 × 10 millionths of a dollar.
const TOLD: &str = r#"{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"Goethe."},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":1000,"total_tokens":1020}}"#;
const COST: u64 = 10_050;

/// Asks the gateway's socket, as the command line does; waits while the gateway is still starting.
async fn administer(directory: &Path, request: Request) -> anyhow::Result<Reply> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (directory, request) = (directory.to_owned(), request.clone());
        if let Some(reply) = tokio::task::spawn_blocking(move || ask(&directory, &request)).await?? {
            return Ok(reply);
        }
        anyhow::ensure!(Instant::now() < deadline, "no server");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn make(directory: &Path, spec: KeySpec) -> anyhow::Result<String> {
    match administer(directory, Request::CreateKey(Box::new(spec))).await? {
        Reply::Created { token, .. } => Ok(token.reveal().to_owned()),
        other => anyhow::bail!("{other:?}"),
    }
}

async fn only_key(directory: &Path) -> anyhow::Result<KeySummary> {
    match administer(directory, Request::ListKeys).await? {
        Reply::Keys(keys) => keys.into_iter().next().ok_or_else(|| anyhow::anyhow!("no key")),
        other => anyhow::bail!("{other:?}"),
    }
}

fn named(name: &str) -> KeySpec {
    KeySpec { name: name.to_owned(), ..KeySpec::default() }
}

fn with_budget(dollars: f64) -> KeySpec {
    let limit = Money::from_dollars(dollars).unwrap_or_default();
    KeySpec { budgets: vec![Budget { window: Window::Total, limit }], ..named("budgeted") }
}

fn call(key: &str, body: &str) -> Vec<u8> {
    let headers = format!("content-type: application/json\r\nauthorization: Bearer {key}\r\n");
    request("POST", "/v1/chat/completions", &headers, body.as_bytes())
}

async fn status(gateway: &Running, key: &str) -> anyhow::Result<Message> {
    Ok(Message::parse(&talk(&gateway.address, &call(key, ASKED)).await?))
}

#[tokio::test]
async fn a_key_opens_the_gateway_until_it_is_revoked() -> anyhow::Result<()> {
    let answer = response("200 OK", "content-type: application/json\r\n", TOLD.as_bytes());
    let (url, mut heard) = upstream(vec![Part::Bytes(answer)]).await?;
    let gateway = Running::start(&url, REQUIRED).await?;
    assert_eq!(status(&gateway, "sk-someone").await?.status(), 401);
    let key = make(gateway.data(), named("ci")).await?;
    let got = status(&gateway, &key).await?;
    assert_eq!((got.status(), got.text().as_str()), (200, TOLD));
    let heard = heard.try_recv()?.request;
    assert!(!String::from_utf8_lossy(&heard).contains("sk-sp-"), "the key stays here");
    let began = Instant::now();
    administer(gateway.data(), Request::RevokeKey { key: "ci".to_owned() }).await?;
    assert_eq!(status(&gateway, &key).await?.status(), 401);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    Ok(())
}

#[tokio::test]
async fn limits_are_told_and_hold() -> anyhow::Result<()> {
    let answer = response("200 OK", "x-ratelimit-limit-requests: 7\r\n", TOLD.as_bytes());
    let (url, _heard) = upstream(vec![Part::Bytes(answer)]).await?;
    let gateway = Running::start(&url, REQUIRED).await?;
    let limits = Limits { requests_per_minute: std::num::NonZeroU32::new(1), ..Limits::default() };
    let key = make(gateway.data(), KeySpec { limits, ..named("slow") }).await?;
    let first = status(&gateway, &key).await?;
    assert_eq!((first.status(), first.header("x-ratelimit-limit-requests")), (200, Some("1")));
    assert_eq!(first.header("x-ratelimit-remaining-requests"), Some("0"));
    let second = status(&gateway, &key).await?;
    assert_eq!(second.status(), 429);
    let wait: u64 = second.header("retry-after").unwrap_or_default().parse()?;
    assert!((1..=60).contains(&wait), "{wait}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_at_once_do_not_oversell() -> anyhow::Result<()> {
    let answer = response("200 OK", "content-type: application/json\r\n", TOLD.as_bytes());
    let (url, _heard) = upstream(vec![Part::Pause(Duration::from_millis(100)), Part::Bytes(answer)]).await?;
    let gateway = Running::start(&url, REQUIRED).await?;
    let key = make(gateway.data(), with_budget(0.5)).await?;
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let (address, bytes) = (gateway.address.clone(), call(&key, ASKED));
            tokio::spawn(async move { talk(&address, &bytes).await })
        })
        .collect();
    let (mut passed, mut refused) = (0, 0);
    for call in calls {
        let got = Message::parse(&call.await??);
        match got.status() {
            200 => passed += 1,
            402 => {
                refused += 1;
                assert_eq!(got.header("x-should-retry"), Some("false"));
                assert!(got.text().contains("\"budget_usd\":0.5"), "{}", got.text());
            }
            other => anyhow::bail!("status {other}"),
        }
    }
    assert_eq!(passed + refused, 200);
    let key = only_key(gateway.data()).await?;
    // Exactly what passed is spent, nothing is left open, and there was room for no more than fits.
    assert_eq!((key.spent[&Window::Total].micros(), key.reserved), (passed * COST, Money::ZERO));
    assert!((45..=49).contains(&passed), "{passed}");
    Ok(())
}

#[tokio::test]
async fn a_client_that_leaves_pays_for_what_it_got() -> anyhow::Result<()> {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".to_vec();
    let event =
        b"data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Goethe wrote it. \"}}]}\n\n".to_vec();
    let (url, mut calls) = upstream(vec![Part::Bytes(head), Part::Bytes(event), Part::Hang]).await?;
    let gateway = Running::start(&url, REQUIRED).await?;
    let key = make(gateway.data(), with_budget(1.0)).await?;
    let mut client = TcpStream::connect(&gateway.address).await?;
    client.write_all(&call(&key, STREAMED)).await?;
    let mut got = Vec::new();
    while !String::from_utf8_lossy(&got).contains("Goethe") {
        let mut buffer = [0; 4_096];
        let read = timeout(PATIENCE, client.read(&mut buffer)).await??;
        anyhow::ensure!(read > 0, "the answer ended early");
        got.extend_from_slice(&buffer[..read]);
    }
    let open = only_key(gateway.data()).await?;
    assert!(open.reserved.micros() >= 10_000 && open.spent[&Window::Total] == Money::ZERO, "{open:?}");
    let asked = calls.recv().await.ok_or_else(|| anyhow::anyhow!("no call"))?;
    let left = Instant::now();
    drop(client);
    timeout(PATIENCE, asked.closed).await??;
    assert!(left.elapsed() < Duration::from_secs(1), "the upstream is let go at once");
    let settled = settled(gateway.data().to_owned()).await?;
    let spent = settled.spent[&Window::Total].micros();
    assert!((50..1_000).contains(&spent), "the prompt and a few tokens: {spent}");
    Ok(())
}

/// The only key, once none of its calls is open.
async fn settled(directory: PathBuf) -> anyhow::Result<KeySummary> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let key = only_key(&directory).await?;
        if key.reserved == Money::ZERO {
            return Ok(key);
        }
        anyhow::ensure!(Instant::now() < deadline, "a call stays open");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
