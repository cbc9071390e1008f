//! The whole gateway before the scripted upstream: streamed text is the other text, verdicts, calls.

use gateway::upstream::scripted::{Scripted, Task, tasks};
use serde_json::{Value, json};
use tests::{Message, Running, request, talk};

/// A gateway before its own script.
struct Bench {
    script: Scripted,
    gateway: Running,
}

impl Bench {
    async fn start(more: &str) -> anyhow::Result<Self> {
        let script = Scripted::default();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/v1", listener.local_addr()?);
        tokio::spawn(axum::serve(listener, script.router()).into_future());
        Ok(Self { gateway: Running::start(&url, more).await?, script })
    }

    /// Texts of the choices and `x-sallyport-*` notes.
    async fn ask(&self, headers: &str, body: &Value) -> anyhow::Result<(Vec<String>, Message)> {
        let headers = format!("content-type: application/json\r\nauthorization: Bearer test\r\n{headers}");
        let sent = request("POST", "/v1/chat/completions", &headers, body.to_string().as_bytes());
        let got = Message::parse(&talk(&self.gateway.address, &sent).await?);
        anyhow::ensure!(got.status() == 200, "{}", got.text());
        let mut texts: Vec<String> = Vec::new();
        let mut take = |document: &Value, field: &str| {
            for choice in document["choices"].as_array().into_iter().flatten() {
                let index = choice["index"].as_u64().unwrap_or(0) as usize;
                texts.resize(texts.len().max(index + 1), String::new());
                if let Some(text) = texts.get_mut(index) {
                    text.push_str(choice[field]["content"].as_str().unwrap_or_default());
                    for call in choice[field]["tool_calls"].as_array().into_iter().flatten() {
                        text.push_str(call["function"]["arguments"].as_str().unwrap_or_default());
                    }
                }
            }
        };
        let text = got.text();
        if body["stream"] == true {
            for line in text.lines().filter_map(|line| line.strip_prefix("data: ")) {
                take(&serde_json::from_str(line).unwrap_or_default(), "delta");
            }
        } else {
            take(&serde_json::from_str(&text)?, "message");
        }
        Ok((texts, got))
    }
}

/// Settings without what one request leaves for the next.
const FORGETFUL: &str = "[prompt_cache]\nenabled = false\n";

fn body(task: &Task, phrasing: usize, more: &Value) -> Value {
    let mut body =
        json!({ "model": "scripted-large", "messages": [{ "role": "user", "content": task.phrasings.get(phrasing) }] });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    body
}

#[tokio::test]
async fn streamed_text_is_the_other_text() -> anyhow::Result<()> {
    let bench = Bench::start(FORGETFUL).await?;
    let text = json!({ "type": "string" });
    let tool = json!({ "type": "function", "function": { "name": "write_file", "parameters": { "type": "object", "properties": { "path": text, "content": text } } } });
    for task in tasks() {
        for more in [json!({}), json!({ "n": 3 }), json!({ "tools": [tool] }), json!({ "max_tokens": 40 })] {
            let (whole, _) = bench.ask("", &body(task, 0, &more)).await?;
            let mut streamed = body(task, 0, &more);
            streamed["stream"] = json!(true);
            let (streamed, _) = bench.ask("", &streamed).await?;
            assert_eq!(whole, streamed, "{} with {more}", task.name);
        }
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_altered_without_a_strategy_or_under_observation() -> anyhow::Result<()> {
    let bench =
        Bench::start(&format!("{FORGETFUL}[policy]\noverride_mode = \"any\"\noverride_strategy = \"any\"\n")).await?;
    for task in tasks() {
        let expected = match gateway::upstream::scripted::reply(&body(task, 0, &json!({})), 0) {
            gateway::upstream::scripted::Reply::Text(text) => text,
            gateway::upstream::scripted::Reply::Calls { .. } => String::new(),
        };
        for headers in ["x-sallyport-strategy: none\r\n", "x-sallyport-mode: observe\r\n"] {
            let before = bench.script.calls();
            let (texts, _) = bench.ask(headers, &body(task, 0, &json!({}))).await?;
            assert_eq!(texts, [expected.as_str()], "{} with {headers}", task.name);
            assert_eq!(bench.script.calls() - before, 1, "{} with {headers}", task.name);
        }
    }
    Ok(())
}
