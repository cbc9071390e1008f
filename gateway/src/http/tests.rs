//! The pass-through lane against an upstream of raw sockets: what comes out is what went in.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::app::App;
use crate::settings::{Config, Settings};

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A gateway before `upstream`, with `more` configuration; ends with the runtime.
pub(crate) async fn gateway(upstream: &str, more: &str) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let data = tempfile::tempdir().expect("a directory").keep();
    let mut settings: Settings = Config::parse(more, "test.toml".as_ref()).and_then(Config::validate).expect("valid");
    settings.upstream.base = crate::settings::Base::parse(upstream).expect("a URL");
    settings.server.listen = "127.0.0.1:0".parse().expect("an address");
    settings.data = data;
    let app = App::new(settings).expect("an app");
    let listener = app.bind().await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(app.serve(listener, std::future::pending()));
    address
}

/// An upstream that answers each connection's first request with fixed bytes and tells what it got.
async fn upstream(answer: &'static [u8]) -> (String, mpsc::UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let request = read_message(&mut stream).await;
            stream.write_all(answer).await.expect("written");
            stream.shutdown().await.expect("shut down");
            if tell.send(request).is_err() {
                return;
            }
        }
    });
    (format!("http://{address}/v1"), told)
}

/// A head and as much body as its content-length says.
pub(crate) async fn read_message(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                return bytes;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return bytes,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Sends raw bytes and reads until the other side closes.
pub(crate) async fn talk(address: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(request).await.expect("written");
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("in time");
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: gw\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[tokio::test]
async fn bytes_headers_and_status_pass_both_ways() {
    let (url, mut told) = upstream(
        b"HTTP/1.1 429 Too Many\r\nretry-after: 7\r\nx-request-id: up-1\r\nconnection: x-hop\r\nx-hop: 1\r\ncontent-length: 21\r\n\r\n{\"n\": 1e-7, \"u\":\"\xc3\xa4\"}",
    )
    .await;
    let address = gateway(&url, "").await;
    let body = "{\"big\":123456789012345678901234567890,\"s\":1e-7, \"unknown\" : [ ]}";
    let answer = talk(
        &address,
        &post("/v1/embeddings?a=b%20c", "OpenAI-Organization: o\r\nTE: trailers\r\nX-Other: y\r\n", body),
    )
    .await;
    let got = String::from_utf8(told.recv().await.expect("a request")).expect("text");
    assert!(got.starts_with("POST /v1/embeddings?a=b%20c HTTP/1.1\r\n"), "{got}");
    assert!(got.ends_with(&format!("\r\n\r\n{body}")), "{got}");
    let head = got.to_lowercase();
    for kept in ["openai-organization: o", "x-other: y", "x-sallyport-hop: "] {
        assert!(head.contains(kept), "{kept} is missing in {got}");
    }
    assert!(!head.contains("\r\nte:") && !head.contains("host: gw"), "{got}");
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
    assert!(answer.contains("retry-after: 7") && answer.contains("x-request-id: up-1"), "{answer}");
    assert!(!answer.contains("x-hop"), "{answer}");
    assert!(answer.ends_with("{\"n\": 1e-7, \"u\":\"ä\"}"), "{answer}");
}

#[tokio::test]
async fn paths_outside_the_api_are_not_found_and_nothing_is_cors() {
    let (url, _told) = upstream(b"").await;
    let address = gateway(&url, "").await;
    let check = async |request: &str, status: &str, part: &str| {
        let answer = talk(&address, request.as_bytes()).await;
        assert!(answer.starts_with(status) && answer.contains(part), "{answer}");
        assert!(!answer.contains("access-control-"), "{answer}");
    };
    check("GET /x HTTP/1.1\r\nhost: g\r\norigin: http://o\r\nconnection: close\r\n\r\n", "HTTP/1.1 404", "\"error\"")
        .await;
    check("GET /health/live HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n", "HTTP/1.1 200", "live").await;
    check("GET /health/ready HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n", "HTTP/1.1 200", "ready").await;
    check("POST /health/live HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n", "HTTP/1.1 405", "method_not_allowed")
        .await;
    check("GET /v1/../x HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n", "HTTP/1.1 400", "bad_request").await;
}

#[tokio::test]
async fn configured_origins_may_call() {
    let (url, _told) = upstream(b"").await;
    let address = gateway(&url, "[server]\ncors_origins = [\"http://o\"]").await;
    let answer = talk(
        &address,
        b"OPTIONS /v1/models HTTP/1.1\r\nhost: g\r\norigin: http://o\r\naccess-control-request-method: POST\r\naccess-control-request-headers: authorization\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 204") && answer.contains("access-control-allow-headers: authorization"),
        "{answer}"
    );
}

#[tokio::test]
async fn long_bodies_are_refused() {
    let (url, _told) = upstream(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let address = gateway(&url, "[server]\nbody_limit = 10\ninspected_body_limit = 10").await;
    for path in ["/v1/files", "/v1/chat/completions"] {
        let answer = talk(&address, &post(path, "", "12345678901")).await;
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("request_too_large"), "{answer}");
        let chunked = format!(
            "POST {path} HTTP/1.1\r\nhost: g\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"
        );
        let answer = talk(&address, chunked.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    }
}

#[tokio::test]
async fn an_upstream_that_is_down_silent_or_ourselves() {
    let down = gateway("http://127.0.0.1:1/v1", "").await;
    let answer = talk(&down, &post("/v1/models", "", "")).await;
    assert!(answer.starts_with("HTTP/1.1 502") && answer.contains("upstream_unreachable"), "{answer}");

    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let address = gateway(&url, "[upstream]\nanswer_timeout_seconds = 1").await;
    let answer = talk(&address, &post("/v1/models", "", "")).await;
    assert!(answer.starts_with("HTTP/1.1 504") && answer.contains("upstream_timeout"), "{answer}");

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let own = listener.local_addr().expect("an address").to_string();
    let mut settings = Config::built_in().and_then(Config::validate).expect("valid");
    settings.upstream.base = crate::settings::Base::parse(&format!("http://{own}/v1")).expect("a URL");
    settings.data = tempfile::tempdir().expect("a directory").keep();
    tokio::spawn(App::new(settings).expect("an app").serve(listener, std::future::pending()));
    let answer = talk(&own, &post("/v1/models", "", "")).await;
    assert!(answer.contains("upstream_is_gateway"), "{answer}");
}

#[tokio::test]
async fn a_client_that_leaves_cancels_the_upstream() {
    for (path, head) in [
        ("/v1/responses", &b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {}\n\n"[..]),
        ("/v1/responses", b""),
        ("/v1/chat/completions", b""),
        ("/v1/chat/completions", b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {}\n\n"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let address = gateway(&url, "").await;
        let (ended, end) = oneshot::channel();
        let (started, start) = oneshot::channel();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            read_message(&mut stream).await;
            stream.write_all(head).await.expect("written");
            started.send(()).expect("told");
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            let _ = ended.send(());
        });
        let mut client = TcpStream::connect(&address).await.expect("connected");
        client.write_all(&post(path, "", "{\"model\":\"m\",\"stream\":true,\"messages\":[]}")).await.expect("written");
        timeout(PATIENCE, start).await.expect("in time").expect("started");
        if !head.is_empty() {
            assert!(client.read(&mut [0; 512]).await.expect("read") > 0);
        }
        drop(client);
        timeout(Duration::from_secs(1), end).await.expect("the upstream is cancelled within a second").expect("told");
    }
}

#[tokio::test]
async fn connections_are_kept_alive() {
    let (url, _told) = upstream(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let address = gateway(&url, "").await;
    let mut client = TcpStream::connect(&address).await.expect("connected");
    for _ in 0..3 {
        client.write_all(b"GET /v1/models HTTP/1.1\r\nhost: g\r\n\r\n").await.expect("written");
        let answer = timeout(PATIENCE, read_message(&mut client)).await.expect("in time");
        assert!(answer.starts_with(b"HTTP/1.1 200 OK") && answer.ends_with(b"ok"));
    }
}
