//! The way to the upstream: through a proxy, and over a pooled connection that was just closed.

use serde_json::json;
use tests::{Message, PATIENCE, Part, Running, read_message, request, response, talk, upstream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

const JSON: &str = "content-type: application/json\r\n";

/// Configuration of a proxy with credentials.
fn proxy(address: &str) -> String {
    format!("[upstream]\nproxy = \"http://team:s3cret@{address}\"\n")
}

#[tokio::test]
async fn a_plain_upstream_is_asked_for_by_absolute_url() -> anyhow::Result<()> {
    let (url, mut heard) = upstream(vec![Part::Bytes(response("200 OK", JSON, b"{}"))]).await?;
    let address = url.trim_start_matches("http://").trim_end_matches("/v1");
    let gateway = Running::start("http://models.example/base/v1", &proxy(address)).await?;
    let sent = request("POST", "/v1/embeddings?a=b", "proxy-authorization: Basic clients\r\n", b"{}");
    let got = Message::parse(&talk(&gateway.address, &sent).await?);
    assert_eq!((got.status(), got.text().as_str()), (200, "{}"));
    let heard = heard.try_recv().map(|heard| Message::parse(&heard.request))?;
    assert_eq!(heard.first, "POST http://models.example/base/v1/embeddings?a=b HTTP/1.1");
    assert_eq!(heard.header("host"), Some("models.example"));
    // "team:s3cret" in base 64.
    assert_eq!(heard.header("proxy-authorization"), Some("Basic dGVhbTpzM2NyZXQ="));
    Ok(())
}

/// What a proxy hears that answers CONNECT with `answer`: the request, and what is sent through the tunnel first.
async fn tunnel(answer: &'static [u8]) -> anyhow::Result<(Message, Vec<u8>, Message)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let gateway = Running::start("https://models.example/v1", &proxy(&listener.local_addr()?.to_string())).await?;
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        let request = read_message(&mut stream).await?;
        stream.write_all(answer).await?;
        let mut first = vec![0; 4096];
        let length = stream.read(&mut first).await?;
        first.truncate(length);
        std::io::Result::Ok((request, first))
    });
    let got = talk(&gateway.address, &request("GET", "/v1/models", "authorization: Bearer sk-1\r\n", b"")).await?;
    let (request, first) = timeout(PATIENCE, heard).await???;
    Ok((Message::parse(&request), first, Message::parse(&got)))
}

#[tokio::test]
async fn a_tls_upstream_is_reached_through_a_tunnel() -> anyhow::Result<()> {
    let (heard, first, got) = tunnel(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    assert_eq!(heard.first, "CONNECT models.example:443 HTTP/1.1");
    assert_eq!(heard.header("proxy-authorization"), Some("Basic dGVhbTpzM2NyZXQ="));
    assert_eq!(heard.header("authorization"), None, "the client's key is the upstream's alone");
    assert_eq!(first.first(), Some(&22), "a TLS handshake");
    assert!(first.windows(14).any(|window| window == b"models.example"), "it names the upstream");
    assert_eq!(got.status(), 502, "the proxy broke off");
    Ok(())
}

#[tokio::test]
async fn a_proxy_that_refuses_is_a_bad_gateway() -> anyhow::Result<()> {
    for answer in [&b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"[..], b"HTTP/1.1 403 Forbidden\r\n\r\n"] {
        let (_, first, got) = tunnel(answer).await?;
        assert!(first.is_empty(), "nothing is sent through a refused tunnel");
        assert_eq!(got.status(), 502);
        assert!(!got.text().contains("s3cret"), "{}", got.text());
    }
    Ok(())
}

/// An upstream whose n-th connection gives the n-th list of answers, one to a request, and is then closed when the next
/// request has come. Tells the number of the connection of each request.
async fn connections(answers: Vec<Vec<Vec<u8>>>) -> anyhow::Result<(String, mpsc::UnboundedReceiver<usize>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for (number, answers) in answers.into_iter().enumerate() {
            let (mut stream, _) = listener.accept().await?;
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut answers = answers.into_iter();
                while !read_message(&mut stream).await?.is_empty() {
                    // A test that does not listen needs no answer.
                    let _ = tell.send(number);
                    let Some(answer) = answers.next() else { break };
                    stream.write_all(&answer).await?;
                    // An answer that only began is all there will be.
                    if !answer.windows(4).any(|window| window == b"\r\n\r\n") {
                        break;
                    }
                }
                std::io::Result::Ok(())
            });
        }
        std::io::Result::Ok(())
    });
    Ok((url, told))
}

/// Sends a request per path, one after the other; the statuses, and the connections that the upstream heard them on.
async fn statuses(answers: Vec<Vec<Vec<u8>>>, paths: &[&str]) -> anyhow::Result<(Vec<u16>, Vec<usize>)> {
    let (url, mut told) = connections(answers).await?;
    let gateway = Running::start(&url, "").await?;
    let mut statuses = Vec::new();
    for path in paths {
        let (method, body) =
            if path.ends_with("models") { ("GET", "") } else { ("POST", r#"{"model":"m","messages":[]}"#) };
        let got = talk(&gateway.address, &request(method, path, JSON, body.as_bytes())).await?;
        statuses.push(Message::parse(&got).status());
    }
    let mut heard = Vec::new();
    while let Ok(number) = told.try_recv() {
        heard.push(number);
    }
    Ok((statuses, heard))
}

#[tokio::test]
async fn a_request_that_meets_a_closed_connection_is_sent_once_more() -> anyhow::Result<()> {
    let whole = || response("200 OK", JSON, b"{}");
    for path in ["/v1/chat/completions", "/v1/models"] {
        let done = statuses(vec![vec![whole()], vec![whole()], vec![whole()]], &[path; 3]).await?;
        // The second connection is pooled too, and the third request meets its end.
        assert_eq!(done, (vec![200, 200, 200], vec![0, 0, 1, 1, 2]), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn nothing_else_is_sent_twice() -> anyhow::Result<()> {
    let whole = || response("200 OK", JSON, b"{}");
    let chat = "/v1/chat/completions";
    // A fresh connection was not closed before the request.
    assert_eq!(statuses(vec![vec![], vec![whole()]], &[chat]).await?, (vec![502], vec![0]));
    // An answer has begun.
    let begun = vec![whole(), b"HTTP/1.1 2".to_vec()];
    assert_eq!(statuses(vec![begun, vec![whole()]], &[chat, "/v1/models"]).await?.1, [0, 0]);
    // The body has gone by.
    assert_eq!(
        statuses(vec![vec![whole()], vec![whole()]], &[chat, "/v1/embeddings"]).await?,
        (vec![200, 502], vec![0, 0])
    );
    // Once is once.
    assert_eq!(
        statuses(vec![vec![whole()], vec![], vec![whole()]], &[chat, chat]).await?,
        (vec![200, 502], vec![0, 0, 1])
    );
    Ok(())
}

#[tokio::test]
async fn a_re_prompt_survives_a_closed_connection() -> anyhow::Result<()> {
    let answer = |code: &str| {
        let message = json!({ "role": "assistant", "content": format!("```python\n{code}\n```\n") });
        let body = json!({ "id": "c", "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }] });
        response("200 OK", JSON, body.to_string().as_bytes())
    };
    let weak = answer("import os\n\n\ndef run(command):\n    os.system(command)");
    let sound = answer(
        "import subprocess\n\n\ndef run(command):\n    if command not in (\"date\", \"uptime\"):\n        raise ValueError(command)\n    subprocess.run([command], check=True)",
    );
    let (url, mut told) = connections(vec![vec![weak], vec![sound]]).await?;
    let gateway = Running::start(&url, "[policy]\nextra_calls = 1\n").await?;
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "Run a command in Python." }] });
    let got =
        talk(&gateway.address, &request("POST", "/v1/chat/completions", JSON, body.to_string().as_bytes())).await?;
    let got = Message::parse(&got);
    assert_eq!(got.header("x-sallyport-upstream-calls"), Some("2"), "{got:?}");
    assert!(got.text().contains("uptime"), "{}", got.text());
    let heard = [told.try_recv()?, told.try_recv()?, told.try_recv()?];
    assert_eq!(heard, [0, 0, 1]);
    Ok(())
}
