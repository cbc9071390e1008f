//! What nobody inspects comes out as it went in, in both directions.

use std::time::Duration;

use tests::{Message, PATIENCE, Part, Running, request, response, talk, upstream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Sends one request through a gateway; returns what the upstream heard and what the client got.
async fn exchange(more: &str, sent: &[u8], answer: Vec<u8>) -> anyhow::Result<(Message, Message)> {
    let (url, mut heard) = upstream(vec![Part::Bytes(answer)]).await?;
    let gateway = Running::start(&url, more).await?;
    let got = talk(&gateway.address, sent).await?;
    let heard = heard.try_recv().map(|heard| heard.request).unwrap_or_default();
    Ok((Message::parse(&heard), Message::parse(&got)))
}

const JSON: &str = "content-type: application/json\r\n";

async fn body_survives(method: &str, path: &str, headers: &str, body: &[u8]) -> anyhow::Result<()> {
    let answer = response("200 OK", &format!("{headers}x-made-by: upstream\r\n"), body);
    let (heard, got) = exchange("", &request(method, path, headers, body), answer).await?;
    assert_eq!(heard.first, format!("{method} {path} HTTP/1.1"));
    assert_eq!(heard.body, body, "to the upstream: {path}");
    assert_eq!(got.status(), 200);
    assert_eq!(got.body, body, "to the client: {path}");
    assert_eq!(got.header("x-made-by"), Some("upstream"));
    Ok(())
}

#[tokio::test]
async fn bodies_survive_byte_for_byte() -> anyhow::Result<()> {
    let all_bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let multipart = [
        b"--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n".as_slice(),
        &all_bytes,
        b"\r\n--x--\r\n",
    ]
    .concat();
    let odd = r#"{ "z":1e-7, "a" :  1.0E+2,"big":123456789012345678901234567890, "\u00e9":"\u00E9 é \ud83d\ude00", "unknown":{"b":[ ],"a":null} ,"dup":1,"dup":2}"#;
    body_survives("POST", "/v1/embeddings", JSON, odd.as_bytes()).await?;
    body_survives("POST", "/v1/responses?include=a%20b&x", JSON, odd.as_bytes()).await?;
    body_survives("POST", "/v1/images/edits", "content-type: multipart/form-data; boundary=x\r\n", &multipart).await?;
    body_survives("POST", "/v1/audio/transcriptions", "content-type: application/octet-stream\r\n", &all_bytes).await?;
    body_survives("PUT", "/v1/some/future/route", "content-type: text/plain\r\n", "naïve ☃ text\n".as_bytes()).await?;
    body_survives("DELETE", "/v1/files/file-1", JSON, b"").await?;
    body_survives("GET", "/v1/chat/completions?limit=2", JSON, b"").await?;
    body_survives("PATCH", "/v1/vector_stores/vs_1", JSON, b"[1,2 , 3]").await
}

/// A chat completion without code is not touched either, whatever its JSON looks like.
#[tokio::test]
async fn a_chat_answer_without_code_survives_byte_for_byte() -> anyhow::Result<()> {
    let asked = r#"{"model":"m", "messages":[{"role":"user","content":"Who wrote Faust?","x":1e400}], "unknown_field":{"k":[1.50,-0.0]},"temperature":1e-1}"#;
    let told = r#"{"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"Goethe \u2014 mostly."},"finish_reason":"stop","extra":1.10}],"usage":{"total_tokens":12345678901234567890123},"new":[ ]}"#;
    let (heard, got) = exchange(
        "",
        &request("POST", "/v1/chat/completions", JSON, asked.as_bytes()),
        response("200 OK", JSON, told.as_bytes()),
    )
    .await?;
    assert_eq!(heard.text(), asked);
    assert_eq!(got.text(), told);
    Ok(())
}

#[tokio::test]
async fn errors_of_the_upstream_are_the_clients() -> anyhow::Result<()> {
    for (status, headers, body) in [
        (
            "400 Bad Request",
            JSON,
            r#"{"error":{"message":"bad","type":"invalid_request_error","param":"n","code":null}}"#,
        ),
        ("401 Unauthorized", "content-type: application/json\r\nwww-authenticate: Bearer\r\n", "{}"),
        (
            "429 Too Many Requests",
            "content-type: application/json\r\nretry-after: 7\r\nx-ratelimit-remaining-requests: 0\r\n",
            "{ }",
        ),
        ("500 Internal Server Error", "content-type: text/html\r\n", "<h1>oops</h1>"),
        ("503 Service Unavailable", "content-type: text/plain\r\nretry-after: 1\r\nx-should-retry: true\r\n", ""),
        ("529 Site is overloaded", JSON, "{}"),
    ] {
        for path in ["/v1/chat/completions", "/v1/embeddings"] {
            let sent = request("POST", path, JSON, br#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#);
            let (_, got) = exchange("", &sent, response(status, headers, body.as_bytes())).await?;
            assert_eq!(Some(got.status().to_string().as_str()), status.split(' ').next(), "{path}");
            assert_eq!(got.text(), body, "{path} {status}");
            for (name, value) in headers.lines().filter_map(|line| line.split_once(": ")) {
                assert_eq!(got.header(name), Some(value), "{path} {status}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn headers_pass_but_for_those_of_one_hop() -> anyhow::Result<()> {
    let sent = "authorization: Bearer sk-1\r\nopenai-organization: org\r\nopenai-project: p\r\nopenai-beta: assistants=v2\r\nx-unknown: Ümläut?\r\n\
user-agent: client/1\r\nconnection: close, x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=5\r\nte: trailers\r\nproxy-authorization: Basic x\r\nupgrade: h2c\r\n";
    let told = "content-type: application/json\r\nx-request-id: req-9\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nconnection: x-gone\r\nx-gone: 1\r\nkeep-alive: 5\r\nproxy-authenticate: x\r\n";
    let (heard, got) =
        exchange("", &request("POST", "/v1/embeddings", sent, b"{}"), response("200 OK", told, b"{}")).await?;
    for (name, value) in [
        ("authorization", "Bearer sk-1"),
        ("openai-organization", "org"),
        ("openai-project", "p"),
        ("openai-beta", "assistants=v2"),
        ("user-agent", "client/1"),
    ] {
        assert_eq!(heard.header(name), Some(value));
    }
    for name in ["x-hop", "keep-alive", "te", "proxy-authorization", "upgrade"] {
        assert_eq!(heard.header(name), None, "{name} reached the upstream");
    }
    assert!(heard.header("host").is_some_and(|host| host.starts_with("127.0.0.1:")), "{:?}", heard.header("host"));
    assert_eq!(got.header("x-request-id"), Some("req-9"));
    assert_eq!(got.headers.iter().filter(|(name, _)| name == "set-cookie").count(), 2);
    for name in ["x-gone", "keep-alive", "proxy-authenticate"] {
        assert_eq!(got.header(name), None, "{name} reached the client");
    }
    Ok(())
}

#[tokio::test]
async fn other_paths_are_not_found() -> anyhow::Result<()> {
    for path in ["/v2/models", "/nothing", "/v1x/models", "/.env"] {
        let (heard, got) = exchange("", &request("GET", path, "", b""), response("200 OK", "", b"")).await?;
        assert_eq!((heard.first.as_str(), got.status()), ("", 404), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn long_bodies_are_refused() -> anyhow::Result<()> {
    let more = "[server]\nbody_limit = 2000\ninspected_body_limit = 1000\n";
    let chat = |length: usize| {
        format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{}"}}]}}"#, "x".repeat(length)).into_bytes()
    };
    for (path, body, status) in [
        ("/v1/files", vec![b'x'; 2001], 413),
        ("/v1/files", vec![b'x'; 2000], 200),
        ("/v1/chat/completions", chat(1000), 413),
        ("/v1/chat/completions", chat(100), 200),
    ] {
        let told = response("200 OK", JSON, br#"{"choices":[]}"#);
        let (_, got) = exchange(more, &request("POST", path, JSON, &body), told).await?;
        assert_eq!(got.status(), status, "{path} with {} bytes", body.len());
        if status == 413 {
            assert!(got.text().contains(r#""error""#), "{}", got.text());
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_leaves_cancels_the_upstream_within_a_second() -> anyhow::Result<()> {
    let begun = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n".to_vec();
    for (path, parts) in [
        ("/v1/chat/completions", vec![Part::Hang]),
        ("/v1/chat/completions", vec![Part::Bytes(begun.clone()), Part::Hang]),
        ("/v1/responses", vec![Part::Bytes(begun.clone()), Part::Hang]),
    ] {
        let answers = parts.len() > 1;
        let (url, mut heard) = upstream(parts).await?;
        let gateway = Running::start(&url, "").await?;
        let mut client = TcpStream::connect(&gateway.address).await?;
        let body = br#"{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
        client.write_all(&request("POST", path, JSON, body)).await?;
        let heard = timeout(PATIENCE, heard.recv()).await?.ok_or_else(|| anyhow::anyhow!("no request"))?;
        if answers {
            timeout(PATIENCE, client.read(&mut [0; 512])).await??;
        }
        drop(client);
        assert!(timeout(Duration::from_secs(1), heard.closed).await.is_ok(), "{path}: the upstream still waits");
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_flows_while_it_is_made() -> anyhow::Result<()> {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n".to_vec();
    let event = b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Prose without a newline\"}}]}\n\n".to_vec();
    let (url, _heard) = upstream(vec![Part::Bytes(head), Part::Bytes(event.clone()), Part::Hang]).await?;
    let gateway = Running::start(&url, "").await?;
    for path in ["/v1/chat/completions", "/v1/responses"] {
        let mut client = TcpStream::connect(&gateway.address).await?;
        let body = br#"{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
        client.write_all(&request("POST", path, JSON, body)).await?;
        let mut got = Vec::new();
        while !got.windows(event.len()).any(|window| window == event) {
            let mut buffer = [0; 4096];
            let read = timeout(Duration::from_secs(2), client.read(&mut buffer)).await??;
            anyhow::ensure!(read > 0, "{path}: ended early");
            got.extend_from_slice(buffer.get(..read).unwrap_or_default());
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_upstream_that_is_down_is_a_bad_gateway() -> anyhow::Result<()> {
    let gateway = Running::start("http://127.0.0.1:9/v1", "").await?;
    for path in ["/v1/chat/completions", "/v1/models"] {
        let sent = request("POST", path, JSON, br#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#);
        let got = Message::parse(&talk(&gateway.address, &sent).await?);
        assert_eq!(got.status(), 502, "{path}");
        assert!(got.text().contains(r#""error""#), "{}", got.text());
    }
    Ok(())
}
