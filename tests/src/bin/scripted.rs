//! Serves the scripted upstream on a free loopback port, prints the port, and ends when standard input does.
//!
//! `GET /count` tells how many chat calls there were, `GET /tasks` what can be asked for.

use std::io::{Read, Write};

use axum::routing::get;
use gateway::upstream::scripted::{Scripted, tasks};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let script = Scripted::default();
    let counted = script.clone();
    let known: Vec<Value> = tasks().map(|task| json!({ "name": task.name, "phrasings": task.phrasings })).collect();
    let known = Value::from(known).to_string();
    let router = script
        .router()
        .route("/count", get(move || async move { counted.calls().to_string() }))
        .route("/tasks", get(move || async move { known }));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?.port())?;
    std::thread::spawn(|| {
        // Whatever arrives, only the end of the input counts.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    axum::serve(listener, router).await
}
