//! `sallyport demo`: the gateway before a scripted model, with real requests through it; no key, no network.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::ask::{Answer, Local, Question};
use super::style::{Colour, Style};
use crate::app::App;
use crate::exchange::{FindingRecord, Record, UnitRecord, Verdict};
use crate::settings::{Overlay, Settings};
use crate::upstream::scripted::{self, Scripted, Task};

/// What the help page says below the flags.
const HELP: &str = "\
A scripted model (a fixed list of answers, no real model) runs in this process behind the gateway. Each of its tasks is
asked for over HTTP through the gateway, half of them streamed; the code before and after is shown with findings,
verdict and report. Then everything stays up for your own requests, until Ctrl-C. With --once the reports are written
as HTML files, their paths are printed and the process ends.";

/// Flags of `sallyport demo`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub struct Arguments {
    /// End after the requests and write the reports as files.
    #[arg(long)]
    once: bool,
    /// Where the gateway listens; a free loopback port if not given.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where --once writes the reports.
    #[arg(long, value_name = "DIR", default_value = "sallyport-demo")]
    out: PathBuf,
}

/// Pause between the events of a scripted stream.
const PACE: Duration = Duration::from_millis(1);
const MODEL: &str = "scripted-large";
/// The task that is asked for with a tool that writes files.
const TOOL_TASK: &str = "load-settings";

/// One request of the demo.
struct Shown {
    task: &'static Task,
    answer: Answer,
    record: Option<Record>,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    let done = runtime.block_on(demonstrate(arguments));
    runtime.shutdown_timeout(Duration::from_secs(1));
    done.map(|()| ExitCode::SUCCESS)
}

async fn demonstrate(arguments: &Arguments) -> anyhow::Result<()> {
    let data = tempfile::tempdir().context("no temporary directory")?;
    let script = Scripted::paced(PACE);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.context("no free port")?;
    let upstream = format!("http://{}/v1", listener.local_addr().context("no address")?);
    let served = tokio::spawn(axum::serve(listener, script.router()).into_future());
    let settings = Settings::load(&Overlay {
        listen: Some(arguments.listen),
        upstream: Some(upstream),
        data: Some(data.path().to_owned()),
        ..Overlay::default()
    })?;
    let app = App::new(settings)?;
    let listener = app.bind().await?;
    let url = format!("http://{}", listener.local_addr().context("no address")?);
    let (stop, stopped) = oneshot::channel::<()>();
    let gateway = tokio::spawn(app.serve(listener, async {
        // Dropping the sender means stop as well.
        let _ = stopped.await;
    }));
    let local = Local::new(url, "demo".to_owned())?;
    let style = Style::new(std::io::stdout().is_terminal());
    let shown = show_all(&local, style, &script).await?;
    if arguments.once {
        write_reports(&arguments.out, &shown)?;
    } else {
        print(&invitation(&local, style, &shown))?;
        crate::http::server::signal().await;
    }
    // The receiver is gone only when the gateway ended by itself.
    let _ = stop.send(());
    gateway.await.context("the gateway failed")?;
    served.abort();
    Ok(())
}

/// Sends every request and prints what became of it.
async fn show_all(local: &Local, style: Style, script: &Scripted) -> anyhow::Result<Vec<Shown>> {
    let tasks: Vec<&'static Task> = scripted::tasks().collect();
    print(&format!(
        "{}\nscripted model -> gateway {}/v1, {} tasks, every other one streamed\n",
        style.paint(Colour::Bold, "Sallyport demo"),
        local.url,
        tasks.len()
    ))?;
    let mut shown = Vec::new();
    for (number, task) in tasks.iter().copied().enumerate() {
        let stream = number % 2 == 1;
        let one = ask(local, task, 0, stream).await?;
        let title = format!(
            "{:>2}/{} {} ({}{})",
            number + 1,
            tasks.len(),
            task.name,
            task.language,
            if stream { ", streamed" } else { "" }
        );
        print(&describe(&title, local, style, &one))?;
        shown.push(one);
    }
    print(&table(style, &shown))?;
    let again: Vec<&'static Task> = shown.iter().filter(|one| calls(&one.answer) > 1).map(|one| one.task).collect();
    if !again.is_empty() {
        print(&format!(
            "\n{}\nThe same intents in other words: what cleared them the first time is added to the prompt up front.\n",
            style.paint(Colour::Bold, "Repeated intents")
        ))?;
        for task in again {
            let before = script.calls();
            let one = ask(local, task, 1, false).await?;
            let spent = script.calls().saturating_sub(before);
            print(&format!(
                "  {:<22} {}  prompt cache {}, {spent} upstream calls\n",
                task.name,
                painted(style, &one),
                one.answer.note("prompt-cache")
            ))?;
        }
    }
    Ok(shown)
}

async fn ask(local: &Local, task: &'static Task, phrasing: usize, stream: bool) -> anyhow::Result<Shown> {
    let prompt = task.phrasings.get(phrasing).copied().unwrap_or_default();
    let tool = (task.name == TOOL_TASK).then(write_file);
    let answer = local.ask(&Question { model: MODEL, prompt, stream, tool, strategy: None }).await?;
    let record = local.report(&answer).await?;
    Ok(Shown { task, answer, record })
}

/// A tool as coding agents offer it.
fn write_file() -> Value {
    let text = json!({ "type": "string" });
    json!({ "type": "function", "function": {
        "name": "write_file", "description": "Writes a file.",
        "parameters": { "type": "object", "properties": { "path": text, "content": text }, "required": ["path", "content"] },
    } })
}

fn calls(answer: &Answer) -> u64 {
    answer.note("upstream-calls").parse().unwrap_or(1)
}

fn verdict(one: &Shown) -> &str {
    match one.answer.note("verdict") {
        "" => "not inspected",
        verdict => verdict,
    }
}

fn painted(style: Style, one: &Shown) -> String {
    let colour = match verdict(one) {
        "clean" | "secured" => Colour::Green,
        "not-code" => Colour::Grey,
        "observed" | "unscanned" => Colour::Yellow,
        _ => Colour::Red,
    };
    style.paint(colour, &format!("{:<10}", verdict(one)))
}

/// One request with its code before and after.
fn describe(title: &str, local: &Local, style: Style, one: &Shown) -> String {
    use std::fmt::Write as _;
    let mut text = format!(
        "\n{}\n  asked    {}\n",
        style.paint(Colour::Bold, title),
        one.task.phrasings.first().copied().unwrap_or_default()
    );
    let findings = one.answer.note("findings");
    let held = one
        .record
        .as_ref()
        .map_or(0, |record| record.stages.analyse_us + record.stages.rewrite_us + record.stages.verify_us);
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "  verdict  {}  findings {findings}  upstream calls {}  {:.1} ms in all, {:.1} ms analysis and rewriting",
        painted(style, one),
        calls(&one.answer),
        one.answer.elapsed.as_secs_f64() * 1e3,
        held as f64 / 1e3
    );
    if let Some(record) = &one.record {
        for unit in &record.units {
            text.push_str(&describe_unit(style, unit));
        }
        if !record.variables.is_empty() {
            let _ = writeln!(text, "  set      {}", record.variables.join(", "));
        }
    }
    if !one.answer.note("report").is_empty() {
        let _ = writeln!(text, "  report   {}{}", local.url, one.answer.note("report"));
    }
    text
}

fn describe_unit(style: Style, unit: &UnitRecord) -> String {
    let issues = |findings: &[FindingRecord], word: &str, colour| -> String {
        let issues = findings.iter().filter(|finding| finding.class == "issue");
        let line = |finding: &FindingRecord| {
            let cwe = finding.cwe.first().map(|number| format!("CWE-{number} ")).unwrap_or_default();
            format!(
                "  {word}    {} line {}: {}\n",
                style.paint(colour, &format!("{cwe}{}", finding.rule)),
                finding.start.line,
                finding.message
            )
        };
        issues.map(line).collect()
    };
    let mut text = issues(&unit.found, "found", Colour::Yellow);
    if unit.verdict != Verdict::Clean {
        text.push_str(&issues(&unit.remaining, "left ", Colour::Red));
    }
    if let (Some(before), Some(after)) = (&unit.before, &unit.after) {
        text.push_str(&difference(style, before, after));
    }
    text
}

/// The changed lines with one line around them.
fn difference(style: Style, before: &str, after: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after);
    let mut text = String::new();
    for (at, group) in diff.grouped_ops(1).iter().enumerate() {
        if at > 0 {
            text.push_str("           ...\n");
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let (sign, colour) = match change.tag() {
                similar::ChangeTag::Delete => ("-", Some(Colour::Red)),
                similar::ChangeTag::Insert => ("+", Some(Colour::Green)),
                similar::ChangeTag::Equal => (" ", None),
            };
            let line = format!("{sign} {}", change.value().trim_end_matches('\n'));
            let line = colour.map_or_else(|| line.clone(), |colour| style.paint(colour, &line));
            text.extend(["           ", &line, "\n"]);
        }
    }
    text
}

/// All requests in one table.
fn table(style: Style, shown: &[Shown]) -> String {
    let mut text = format!(
        "\n{}\n",
        style.paint(Colour::Bold, "  task                   verdict     before  after  upstream calls")
    );
    text.extend(shown.iter().map(|one| {
        let (before, after) = one.record.as_ref().map_or((0, 0), Record::counts);
        let calls = calls(&one.answer);
        format!("  {:<22} {}  {before:>6}  {after:>5}  {calls:>14}\n", one.task.name, painted(style, one))
    }));
    let (before, after) = shown
        .iter()
        .filter_map(|one| one.record.as_ref())
        .map(Record::counts)
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let all: u64 = shown.iter().map(|one| calls(&one.answer)).sum();
    text + &format!("  {:<22} {:<10}  {before:>6}  {after:>5}  {all:>14}\n", "in all", "")
}

/// What to do now.
fn invitation(local: &Local, style: Style, shown: &[Shown]) -> String {
    let report = shown.iter().map(|one| one.answer.note("report")).find(|report| !report.is_empty()).unwrap_or("/");
    let open = style.paint(Colour::Bold, &format!("{}{report}", local.url));
    format!(
        "\nOpen a report: {open}\nAsk yourself:  curl {}/v1/chat/completions -H 'authorization: Bearer demo' -d '{{\"model\": \"{MODEL}\", \"messages\": \
[{{\"role\": \"user\", \"content\": \"Python: count word frequencies in a string.\"}}]}}'\nCtrl-C ends the demo.\n",
        local.url
    )
}

/// Writes every report as an HTML file and prints the paths.
fn write_reports(directory: &Path, shown: &[Shown]) -> anyhow::Result<()> {
    let failed = || format!("cannot write to {}", directory.display());
    std::fs::create_dir_all(directory).with_context(failed)?;
    print("\nReports:\n")?;
    for (number, one) in shown.iter().enumerate() {
        let Some(record) = &one.record else { continue };
        let page = crate::web::report::page(record, crate::web::report::Place::File);
        let path = directory.join(format!("{:02}-{}.html", number + 1, one.task.name));
        std::fs::write(&path, page).with_context(failed)?;
        print(&format!("  {}\n", path.display()))?;
    }
    Ok(())
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("cannot print"),
        _ => Ok(()),
    }
}
