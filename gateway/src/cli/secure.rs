//! `sallyport secure`: one prompt through the whole loop, from the shell.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::json;
use tokio::sync::oneshot;

use super::ask::{Answer, Local, Question};
use super::output;
use crate::app::App;
use crate::settings::{Overlay, Settings};

/// What the help page says below the flags.
const HELP: &str = "\
The prompt goes to the upstream through a gateway in this process, with its configuration and the credential of the
variable that `upstream.api_key_variable` names (OPENAI_API_KEY). The secured answer is printed to standard output,
verdict and findings to standard error.

Exit status: 0 an answer came, 1 it did not, or with --strict findings remain; 2 wrong usage, 64 bad configuration.";

/// Flags of `sallyport secure`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub struct Arguments {
    /// The prompt.
    #[arg(long, value_name = "TEXT", required_unless_present = "file", conflicts_with = "file")]
    prompt: Option<String>,
    /// A file that holds the prompt; `-` reads standard input.
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// The upstream's name of the model.
    #[arg(long, value_name = "NAME", env = "OPENAI_MODEL", default_value = "gpt-4o-mini")]
    model: String,
    /// How the answer is secured; the configuration says it otherwise. The README names the source of each.
    #[arg(long, value_name = "STRATEGY", value_parser = clap::builder::PossibleValuesParser::new(crate::strategy::NAMES))]
    strategy: Option<String>,
    /// Base URL of the OpenAI-compatible service, with or without /v1.
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE", env = "SALLYPORT_CONFIG")]
    config: Option<PathBuf>,
    /// Print one JSON document instead of the answer's text.
    #[arg(long)]
    json: bool,
    /// Exit with 1 when the verdict is residual, blocked or unscanned.
    #[arg(long)]
    strict: bool,
}

/// Longest prompt file in bytes.
const LONGEST_PROMPT: u64 = 4 << 20;

/// Runs it.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let prompt = match (&arguments.prompt, &arguments.file) {
        (Some(prompt), _) => prompt.clone(),
        (None, Some(path)) => read(path)?,
        (None, None) => bail!("a prompt is needed"),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    let done = runtime.block_on(secure(arguments, &prompt));
    runtime.shutdown_timeout(Duration::from_secs(1));
    let answer = done?;
    if output::lost(print(arguments, &answer)) {
        return Ok(ExitCode::FAILURE);
    }
    let insecure = ["residual", "blocked", "unscanned"].contains(&answer.note("verdict"));
    Ok(ExitCode::from(u8::from(arguments.strict && insecure)))
}

fn read(path: &PathBuf) -> anyhow::Result<String> {
    let mut text = String::new();
    let failed = || format!("cannot read {}", path.display());
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(LONGEST_PROMPT).read_to_string(&mut text).with_context(failed)?;
    } else {
        let file = std::fs::File::open(path).with_context(failed)?;
        file.take(LONGEST_PROMPT).read_to_string(&mut text).with_context(failed)?;
    }
    Ok(text)
}

async fn secure(arguments: &Arguments, prompt: &str) -> anyhow::Result<Answer> {
    let data = tempfile::tempdir().context("no temporary directory")?;
    let settings = Settings::load(&Overlay {
        file: arguments.config.clone(),
        listen: Some(([127, 0, 0, 1], 0).into()),
        upstream: arguments.upstream.clone(),
        data: Some(data.path().to_owned()),
    })?;
    let key = settings.upstream.api_key.as_ref().map_or_else(|| "none".to_owned(), |key| key.expose().to_owned());
    let app = App::new(Settings { keys_required: false, ..settings }.with_free_choice())?;
    let listener = app.bind().await?;
    let url = format!("http://{}", listener.local_addr().context("no address")?);
    let (stop, stopped) = oneshot::channel::<()>();
    let gateway = tokio::spawn(app.serve(listener, async {
        // Dropping the sender means stop as well.
        let _ = stopped.await;
    }));
    let local = Local::new(url, key)?;
    let question = Question {
        model: &arguments.model,
        prompt,
        stream: false,
        tool: None,
        strategy: arguments.strategy.as_deref(),
    };
    let answer = local.ask(&question).await;
    // The receiver is gone only when the gateway ended by itself.
    let _ = stop.send(());
    gateway.await.context("the gateway failed")?;
    answer
}

fn print(arguments: &Arguments, answer: &Answer) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let notes: serde_json::Map<_, _> = answer
            .notes
            .iter()
            .map(|(name, value)| (name.trim_start_matches("x-sallyport-").to_owned(), json!(value)))
            .filter(|(name, _)| name != "report")
            .collect();
        return writeln!(out, "{}", json!({ "text": answer.text, "sallyport": notes }));
    }
    out.write_all(answer.text.as_bytes())?;
    if !answer.text.ends_with('\n') {
        writeln!(out)?;
    }
    out.flush()?;
    let mut err = std::io::stderr().lock();
    writeln!(
        err,
        "verdict: {}; findings {}; upstream calls {}",
        answer.note("verdict"),
        answer.note("findings"),
        answer.note("upstream-calls")
    )?;
    if !answer.note("config").is_empty() {
        writeln!(err, "set: {}", answer.note("config"))?;
    }
    Ok(())
}
