//! The inspected lane over real sockets: what clients and upstreams see of it.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use crate::http::tests::{PATIENCE, gateway, post, read_message, talk};

const INSECURE: &str =
    "Sure, with `yaml.load`.\n\n```python\nimport yaml\n\n\ndef load(text):\n    return yaml.load(text)\n```\nDone.\n";
/// What no edit mends: the command is wholly dynamic.
const HOPELESS: &str = "Sure.\n\n```python\nimport os\n\n\ndef run(command):\n    os.system(command)\n```\nDone.\n";

/// An upstream that answers the n-th request with `answer(n)`, piece by piece with a pause after each, and tells what it
/// was asked.
pub(super) async fn upstream(
    answer: impl Fn(usize) -> Vec<Vec<u8>> + Send + Sync + 'static,
    pause: Duration,
) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (tell, told) = mpsc::unbounded_channel();
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        let mut number = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            let (answer, tell) = (Arc::clone(&answer), tell.clone());
            tokio::spawn(async move {
                let request = read_message(&mut stream).await;
                let _ = tell.send(String::from_utf8_lossy(&request).into_owned());
                for piece in answer(number) {
                    if stream.write_all(&piece).await.is_err() {
                        break;
                    }
                    sleep(pause).await;
                }
                let _ = stream.shutdown().await;
                let _ = tell.send("closed".into());
            });
            number += 1;
        }
    });
    (format!("http://{address}/v1"), told)
}

pub(super) fn whole(content: &str) -> Vec<Vec<u8>> {
    let body = json!({
        "id": "c1", "object": "chat.completion", "model": "m", "unknown": {"n": 1},
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "logprobs": null, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
    });
    encoded(body.to_string().as_bytes(), "")
}

fn encoded(body: &[u8], headers: &str) -> Vec<Vec<u8>> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    vec![[head.as_bytes(), body].concat()]
}

/// A stream of `content` in deltas of one line each, with the usage chunk that was asked for.
fn stream(content: &str, before: &str) -> Vec<Vec<u8>> {
    let chunk = |delta: Value, finish: Option<&str>| {
        let chunk = json!({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
        format!("data: {chunk}\n\n").into_bytes()
    };
    let mut pieces = vec![
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n{before}").into_bytes(),
    ];
    pieces.push(chunk(json!({"role": "assistant", "content": ""}), None));
    pieces.extend(content.split_inclusive('\n').map(|line| chunk(json!({"content": line}), None)));
    pieces.push(chunk(json!({}), Some("stop")));
    pieces.push(b"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":7}}\n\n".to_vec());
    pieces.push(b"data: [DONE]\n\n".to_vec());
    pieces
}

fn chat(more: &Value) -> String {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Write a Python function."}]});
    let (Value::Object(body_fields), Value::Object(more)) = (&mut body, more.clone()) else { unreachable!("objects") };
    body_fields.extend(more);
    body.to_string()
}

async fn ask(address: &str, headers: &str, more: &Value) -> String {
    talk(address, &post("/v1/chat/completions", &format!("content-type: application/json\r\n{headers}"), &chat(more)))
        .await
}

pub(super) fn body_of(answer: &str) -> Value {
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    serde_json::from_str(body).unwrap_or_else(|error| panic_with(&format!("{error}: {answer}")))
}

#[expect(clippy::panic, reason = "a test fails by it")]
fn panic_with(message: &str) -> Value {
    panic!("{message}")
}

fn content(answer: &str) -> String {
    body_of(answer)["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned()
}

/// The content of a stream as clients put it together from the raw answer (chunked framing left out).
fn streamed_content(answer: &str) -> String {
    let lines = answer.lines().filter_map(|line| line.strip_prefix("data: "));
    let chunks = lines.filter_map(|data| serde_json::from_str::<Value>(data).ok());
    chunks.filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn whole_answers_are_secured_and_keep_the_rest() {
    let (url, _told) = upstream(|_| whole(INSECURE), Duration::ZERO).await;
    let address = gateway(&url, "").await;
    let answer = ask(&address, "", &json!({})).await;
    assert!(answer.contains("x-sallyport-verdict: secured"), "{answer}");
    assert!(answer.contains("x-sallyport-findings: before=1; after=0"), "{answer}");
    assert!(answer.contains("x-sallyport-upstream-calls: 1"), "{answer}");
    assert_eq!(content(&answer), INSECURE.replace("yaml.load(", "yaml.safe_load("));
    let body = body_of(&answer);
    assert_eq!((&body["unknown"]["n"], &body["usage"]["total_tokens"]), (&json!(1), &json!(12)));
    let report =
        answer.lines().find_map(|line| line.strip_prefix("x-sallyport-report: ")).expect("a report").to_owned();
    let request = format!("GET /api{report} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
    let saved = Instant::now() + PATIENCE;
    loop {
        let page = talk(&address, request.as_bytes()).await;
        if page.starts_with("HTTP/1.1 200") {
            assert_eq!(body_of(&page)["units"][0]["verdict"], "secured");
            assert_eq!(body_of(&page)["prose_mentions"], json!(["yaml.load"]));
            break;
        }
        assert!(Instant::now() < saved, "{page}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn streamed_answers_carry_the_same_text() {
    let (url, mut told) = upstream(|_| stream(INSECURE, ""), Duration::ZERO).await;
    let address = gateway(&url, "").await;
    let answer = ask(&address, "accept-encoding: gzip\r\n", &json!({"stream": true})).await;
    assert_eq!(streamed_content(&answer), INSECURE.replace("yaml.load(", "yaml.safe_load("), "{answer}");
    assert!(answer.contains("x-accel-buffering: no") && answer.contains(": x-sallyport-verdict: secured"), "{answer}");
    assert!(answer.find(": x-sallyport-verdict").expect("told") < answer.find("data: [DONE]").expect("ended"));
    assert!(answer.contains("\"usage\""), "what was not asked to be removed stays: {answer}");
    let sent = told.recv().await.expect("a request");
    assert!(sent.contains("accept-encoding: identity"), "{sent}");
}

#[tokio::test]
async fn prose_is_not_touched() {
    let (url, _told) = upstream(|_| whole("Just a sentence."), Duration::ZERO).await;
    let answer = ask(&gateway(&url, "").await, "", &json!({})).await;
    assert!(answer.contains("x-sallyport-verdict: not-code") && !answer.contains("x-sallyport-report"), "{answer}");
    let original = String::from_utf8(whole("Just a sentence.").concat()).expect("text");
    assert_eq!(
        answer.split_once("\r\n\r\n").map(|parts| parts.1),
        original.split_once("\r\n\r\n").map(|parts| parts.1)
    );
}

#[tokio::test]
async fn encoded_answers_are_read_or_not_called_clean() {
    let gzip = |content: &str| {
        let plain = String::from_utf8(whole(content).concat()).expect("text");
        let (_, body) = plain.split_once("\r\n\r\n").expect("a body");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(body.as_bytes()).expect("written");
        encoded(&encoder.finish().expect("encoded"), "content-encoding: gzip\r\n")
    };
    let (url, _told) = upstream(move |_| gzip(INSECURE), Duration::ZERO).await;
    let answer = ask(&gateway(&url, "").await, "", &json!({})).await;
    assert!(answer.contains("x-sallyport-verdict: secured") && !answer.contains("content-encoding"), "{answer}");
    assert!(content(&answer).contains("yaml.safe_load("));

    let (url, _told) = upstream(|_| encoded(b"????", "content-encoding: br\r\n"), Duration::ZERO).await;
    let answer = ask(&gateway(&url, "").await, "", &json!({})).await;
    assert!(answer.contains("x-sallyport-verdict: unscanned") && answer.ends_with("????"), "{answer}");
    let answer = ask(&gateway(&url, "[policy]\non_error = \"closed\"").await, "", &json!({})).await;
    assert!(answer.starts_with("HTTP/1.1 502") && answer.contains("not_inspected"), "{answer}");
}

#[tokio::test]
async fn answers_that_are_too_long_to_inspect() {
    for answer in [whole(INSECURE), stream(INSECURE, "")] {
        let streamed = json!({"stream": answer.len() > 1});
        let (url, _told) = upstream(move |_| answer.clone(), Duration::ZERO).await;
        let open = ask(&gateway(&url, "[server]\nanswer_limit = 20").await, "", &streamed).await;
        assert!(open.contains("yaml.load(") && open.contains("\"usage\""), "{open}");
        let closed = "[server]\nanswer_limit = 20\n[policy]\non_error = \"closed\"";
        let closed = ask(&gateway(&url, closed).await, "", &streamed).await;
        assert!(!closed.contains("yaml.load(") && closed.contains("not_inspected"), "{closed}");
    }
}

#[tokio::test]
async fn requests_choose_as_far_as_the_policy_lets_them() {
    let (url, mut told) = upstream(|_| whole(INSECURE), Duration::ZERO).await;
    let address = gateway(&url, "[policy]\noverride_mode = \"any\"").await;
    let answer = ask(&address, "x-sallyport-mode: observe\r\n", &json!({})).await;
    assert!(answer.contains("x-sallyport-verdict: observed") && content(&answer) == INSECURE, "{answer}");
    let answer = ask(&address, "", &json!({"sallyport": {"mode": "observe", "report": true}})).await;
    assert_eq!(body_of(&answer)["sallyport"]["verdict"], "observed", "{answer}");
    told.recv().await.expect("a request");
    while let Some(sent) = told.recv().await {
        if sent.starts_with("POST") {
            assert!(!sent.contains("\"sallyport\"") && !sent.contains("x-sallyport-mode"), "{sent}");
            break;
        }
    }
    let answer = ask(&address, "x-sallyport-mode: lax\r\n", &json!({})).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

/// Whether a request may choose, by header, under a policy.
async fn choice(policy: &str, header: &str, status: u16) {
    let (url, _told) = upstream(|_| whole(INSECURE), Duration::ZERO).await;
    let address = gateway(&url, &format!("[policy]\nextra_calls = 0\n{policy}")).await;
    let answer = ask(&address, &format!("x-sallyport-{header}\r\n"), &json!({})).await;
    assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{policy} with {header}: {answer}");
}

#[tokio::test]
async fn a_request_may_be_stricter_than_its_policy_and_never_laxer_unless_it_says_so() {
    for (policy, header, status) in [
        ("", "mode: observe", 403),
        ("", "mode: repair", 200),
        ("", "mode: enforce", 200),
        ("mode = \"enforce\"", "mode: repair", 403),
        ("mode = \"observe\"", "mode: repair", 200),
        ("", "strategy: none", 403),
        ("", "strategy: rewrite", 403),
        ("", "strategy: promsec", 200),
        ("strategy = \"none\"", "strategy: rewrite", 200),
        ("strategy = \"rewrite\"", "strategy: promsec", 200),
        ("strategy = \"rewrite\"", "strategy: unheard-of", 400),
        ("override_mode = \"none\"", "mode: enforce", 403),
        ("override_mode = \"none\"", "mode: repair", 200),
        ("override_strategy = \"none\"\nstrategy = \"rewrite\"", "strategy: promsec", 403),
        ("override_mode = \"any\"", "mode: observe", 200),
        ("", "strategy: llm-only", 403),
        ("", "strategy: template:3", 403),
        ("", "strategy: encourage", 403),
        ("", "strategy: safecoder", 400),
        ("safecoder_model = \"m\"", "strategy: safecoder", 200),
        ("safecoder_model = \"m\"", "strategy: safecoder-only", 403),
        ("strategy = \"rewrite\"", "strategy: llm-only", 403),
        ("strategy = \"template:1\"", "strategy: template:7", 200),
        ("strategy = \"template:1\"", "strategy: template-greedy", 200),
        ("strategy = \"template:1\"", "strategy: rewrite", 403),
        ("strategy = \"encourage\"", "strategy: template:1", 403),
        ("strategy = \"encourage\"", "strategy: llm-only", 200),
        ("strategy = \"llm-only\"", "strategy: promsec", 200),
        ("strategy = \"none\"", "strategy: encourage", 200),
        ("override_strategy = \"any\"", "strategy: none", 200),
    ] {
        choice(policy, header, status).await;
    }
}

/// A task of the demo's scripted model under each strategy.
#[tokio::test]
async fn the_scripted_model_is_secured_by_every_strategy() {
    let script = crate::upstream::scripted::router();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
    tokio::spawn(axum::serve(listener, script).into_future());
    let policy = "override_strategy = \"any\"\nextra_calls = 9\niterations = 9\nprice_factor = 99.0\nwall_seconds_whole = 300\nprompt_cache = false\nsafecoder_model = \"scripted-small\"";
    let address = gateway(&url, &format!("[policy]\n{policy}")).await;
    let asked = json!({"model": "scripted-large", "messages": [{"role": "user", "content":
        "Write a Python function that runs a maintenance command line and returns its output."}]});
    // What states no requirements leaves this model as it is; what it leaves no edit mends.
    for (strategy, verdict, calls) in [
        ("promsec", "secured", 2),
        ("rewrite", "residual", 1),
        ("llm-only", "secured", 2),
        ("template:1", "residual", 2),
        ("template:2", "residual", 2),
        ("template:3", "secured", 2),
        ("template:4", "secured", 2),
        ("template:5", "secured", 2),
        ("template:6", "secured", 2),
        ("template:7", "secured", 2),
        ("template-greedy", "secured", 4),
        ("encourage", "secured", 4),
        ("safecoder", "secured", 3),
        ("safecoder-only", "residual", 2),
        ("none", "residual", 1),
    ] {
        assert!(crate::strategy::NAMES.contains(&strategy));
        let headers = format!("authorization: Bearer k\r\nx-sallyport-strategy: {strategy}\r\n");
        let answer = ask(&address, &headers, &asked).await;
        assert!(answer.contains(&format!("x-sallyport-verdict: {verdict}")), "{strategy}: {answer}");
        assert!(answer.contains(&format!("x-sallyport-upstream-calls: {calls}\r")), "{strategy}: {answer}");
    }
}

#[tokio::test]
async fn enforce_withholds_what_remains() {
    for answer in [whole(HOPELESS), stream(HOPELESS, "")] {
        let streamed = json!({"stream": answer.len() > 1});
        let (url, _told) = upstream(move |_| answer.clone(), Duration::ZERO).await;
        let address = gateway(&url, "[policy]\nmode = \"enforce\"\nextra_calls = 0").await;
        let answer = ask(&address, "", &streamed).await;
        assert!(answer.contains("x-sallyport-verdict: blocked"), "{answer}");
        assert!(
            answer.contains("content_filter") && !answer.contains("os.system") && !answer.contains("Done."),
            "{answer}"
        );
        assert!(answer.contains("Withheld by policy"), "{answer}");
    }
}

#[tokio::test]
async fn extra_calls_keep_what_the_client_chose() {
    let (url, mut told) = upstream(|_| whole(HOPELESS), Duration::ZERO).await;
    let address = gateway(&url, "").await;
    let headers = "idempotency-key: key-1\r\nopenai-organization: org\r\nauthorization: Bearer mine\r\n";
    let answer = ask(&address, headers, &json!({"n": 1, "seed": 7, "temperature": 0.25, "tools": []})).await;
    assert!(
        answer.contains("x-sallyport-verdict: residual") && answer.contains("x-sallyport-upstream-calls: 3"),
        "{answer}"
    );
    let mut sent = Vec::new();
    while sent.len() < 3 {
        let request = timeout(PATIENCE, told.recv()).await.expect("in time").expect("a request");
        if request.starts_with("POST") {
            sent.push(request);
        }
    }
    assert!(sent[0].contains("idempotency-key: key-1\r\n") && sent[0].contains("\"seed\":7"));
    for (round, request) in sent.iter().enumerate().skip(1) {
        assert!(request.contains(&format!("idempotency-key: key-1-sp-{round}\r\n")), "{request}");
        assert!(
            request.contains("openai-organization: org") && request.contains("authorization: Bearer mine"),
            "{request}"
        );
        assert!(request.contains("\"temperature\":0.25") && request.contains("\"store\":false"), "{request}");
        assert!(!request.contains("\"seed\"") && request.contains("Security requirements"), "{request}");
    }
}

#[tokio::test]
async fn usage_is_asked_for_and_removed_where_tokens_are_counted() {
    let (url, mut told) = upstream(|_| stream("Hello there.", ""), Duration::ZERO).await;
    let address = gateway(&url, "[limits]\ntokens_per_minute = 1000000").await;
    let answer = ask(&address, "", &json!({"stream": true})).await;
    assert!(!answer.contains("\"usage\"") && answer.contains("data: [DONE]"), "{answer}");
    assert!(answer.contains("x-ratelimit-remaining-tokens"), "{answer}");
    assert!(told.recv().await.expect("a request").contains("\"stream_options\":{\"include_usage\":true}"));
    let answer = ask(&address, "", &json!({"stream": true, "stream_options": {"include_usage": true}})).await;
    assert!(answer.contains("\"usage\""), "{answer}");
}

#[tokio::test]
async fn comments_keep_a_held_stream_alive_unless_ids_were_sent() {
    let pause = Duration::from_millis(400);
    let (url, _told) = upstream(|_| stream(INSECURE, ""), pause).await;
    let answer = ask(&gateway(&url, "[server]\nheartbeat_seconds = 1").await, "", &json!({"stream": true})).await;
    assert!(answer.contains(": sallyport holding\n\n"), "{answer}");
    let (url, _told) = upstream(|_| stream(INSECURE, "id: 1\ndata: {}\n\n"), pause).await;
    let answer = ask(&gateway(&url, "[server]\nheartbeat_seconds = 1").await, "", &json!({"stream": true})).await;
    assert!(!answer.contains(": sallyport holding") && !answer.contains(": x-sallyport"), "{answer}");
    assert!(streamed_content(&answer).contains("yaml.safe_load("), "{answer}");
}

#[tokio::test]
async fn a_client_that_leaves_while_code_is_held_cancels_every_call() {
    let silent = |number| if number == 0 { whole(HOPELESS) } else { vec![b"HTTP/1.1 200 OK\r\n".to_vec(); 400] };
    let (url, mut told) = upstream(silent, Duration::from_millis(50)).await;
    let address = gateway(&url, "").await;
    let mut client = TcpStream::connect(&address).await.expect("connected");
    client.write_all(&post("/v1/chat/completions", "", &chat(&json!({})))).await.expect("written");
    let mut asked = 0;
    while asked < 2 {
        asked += usize::from(timeout(PATIENCE, told.recv()).await.expect("in time").expect("told").starts_with("POST"));
    }
    drop(client);
    // The first call has ended by itself; the other one must end now, long before its pieces are through.
    let left = Instant::now();
    while left.elapsed() < Duration::from_secs(1) {
        match timeout(Duration::from_secs(1), told.recv()).await {
            Ok(Some(event)) if event == "closed" => return,
            _ => {}
        }
    }
    unreachable!("the extra call went on");
}

#[tokio::test]
async fn a_client_that_does_not_read_slows_the_upstream() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
    let address = gateway(&url, "").await;
    let (tell, mut told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        read_message(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n")
            .await
            .expect("written");
        let event = format!(
            "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{} \"}}}}]}}\n\n",
            "word ".repeat(1600)
        );
        loop {
            if stream.write_all(event.as_bytes()).await.is_err() || tell.send(event.len()).is_err() {
                return;
            }
        }
    });
    let mut client = TcpStream::connect(&address).await.expect("connected");
    client.write_all(&post("/v1/chat/completions", "", &chat(&json!({"stream": true})))).await.expect("written");
    let mut taken = 0;
    while let Ok(Some(bytes)) = timeout(Duration::from_millis(700), told.recv()).await {
        taken += bytes;
        assert!(taken < 64 << 20, "the gateway takes without end");
    }
    let mut buffer = vec![0; 1 << 20];
    let mut read = 0;
    while read < taken {
        read += timeout(PATIENCE, client.read(&mut buffer)).await.expect("in time").expect("read");
    }
    assert!(timeout(PATIENCE, told.recv()).await.expect("in time").is_some(), "the upstream goes on");
}

#[tokio::test]
async fn upstream_errors_pass_as_they_are() {
    let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nx-request-id: up\r\ncontent-length: 27\r\n\r\n{\"error\":{\"message\":\"x\"} } ".to_vec();
    let (url, _told) = upstream(move |_| vec![answer.clone()], Duration::ZERO).await;
    let answer = ask(&gateway(&url, "").await, "", &json!({})).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("x-request-id: up"), "{answer}");
    assert!(
        answer.ends_with("{\"error\":{\"message\":\"x\"} } ") && !answer.contains("x-sallyport-verdict"),
        "{answer}"
    );
}
