//! Streamed chat completions from an upstream of raw sockets: original bytes, comments, broken ends, heartbeats.

use std::time::Duration;

use tests::{Message, Part, Running, request, talk, upstream};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";

async fn stream(more: &str, parts: Vec<Part>) -> anyhow::Result<Message> {
    let (url, _heard) = upstream(std::iter::once(Part::Bytes(HEAD.into())).chain(parts).collect()).await?;
    let gateway = Running::start(&url, more).await?;
    let body = br#"{"model":"m","stream":true,"messages":[{"role":"user","content":"Tell me."}]}"#;
    Ok(Message::parse(
        &talk(&gateway.address, &request("POST", "/v1/chat/completions", "content-type: application/json\r\n", body))
            .await?,
    ))
}

/// `text` without the comment lines and events that the gateway may add before the end.
fn without_own_comments(text: &str) -> String {
    text.split_inclusive("\n\n")
        .filter(|event| {
            !event
                .lines()
                .all(|line| line.starts_with(": x-sallyport") || line.starts_with(":x-sallyport") || line.is_empty())
        })
        .collect()
}

#[tokio::test]
async fn events_without_code_keep_their_bytes() -> anyhow::Result<()> {
    for sent in [
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"x\":1e-7}]}\n\ndata: [DONE]\n\n",
        ": a comment\n\nevent: message\nid: 1\ndata: {\"choices\":[]}\n\ndata: [DONE]\n\n",
        "data:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"no space\"}}]}\r\n\r\ndata: [DONE]\r\n\r\n",
        "data: {\"choices\":[{\"index\":3,\"delta\":{\"content\":\"third\"}},\ndata: {\"index\":0,\"delta\":{\"content\":\"two lines\"}}]}\n\ndata: [DONE]\n\n",
        "retry: 10\n\ndata: not json\n\ndata: {\"error\":{\"message\":\"late\"}}\n\n",
        "",
    ] {
        for size in [1, 7, 4096] {
            let parts = sent.as_bytes().chunks(size).map(|chunk| Part::Bytes(chunk.to_vec())).collect();
            let got = stream("", parts).await?;
            assert_eq!(got.status(), 200);
            assert_eq!(without_own_comments(&got.text()), sent, "in parts of {size}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_heartbeat_comes_while_code_is_held() -> anyhow::Result<()> {
    let begun = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"```python\\nimport os\\n\"}}]}\n\n";
    let ended =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"print(os.name)\\n```\\n\"}}]}\n\ndata: [DONE]\n\n";
    let parts = vec![Part::Bytes(begun.into()), Part::Pause(Duration::from_millis(2_500)), Part::Bytes(ended.into())];
    let got = stream("[server]\nheartbeat_seconds = 1\n", parts).await?.text();
    let beats = got.lines().filter(|line| line.starts_with(':') && !line.contains("x-sallyport")).count();
    assert!((1..=3).contains(&beats), "{beats} heartbeats in {got}");
    assert!(got.contains("print(os.name)"), "{got}");
    Ok(())
}
