//! `sallyport eval`: a data set through strategies, in tables and plots; the work is done in [`crate::eval`].

use std::io::Write as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Duration;

use analyzers::graph::GraphKind;
use anyhow::Context as _;

use super::files::{self, Wanted};
use super::output;
use super::progress::Progress;
use crate::admit::price::Money;
use crate::app;
use crate::eval::dataset::{self, Dataset, Filter, Item};
use crate::eval::judge::Judges;
use crate::eval::replay::Recordings;
use crate::eval::results::Results;
use crate::eval::run::{self, Ended, Plan, Service};
use crate::eval::table::{self, About};
use crate::eval::{BASELINES, Model, chart};
use crate::settings::{Base, Overlay, Settings};
use crate::{state, strategy};

/// What the help page says below the flags.
const HELP: &str = "\
A record with `code` is repaired; one with a `prompt` (or `description`) is written by the model first. Every program goes
through a gateway in this process, with its configuration (--config). In the model's place stands nothing, recorded answers
(--replay), the script of `demo` (--scripted) or a service (--upstream, with the credential of the variable that
`upstream.api_key_variable` names); every table says which, and a figure that needs a live model is printed as not measured,
with the command that measures it.

Strategies are those of the gateway; `greedy` and `rule-order` rewrite as `rewrite` does with another chooser; `resample` asks
again unchanged and is the control. Judges are `builtin` and the analyzers of [analyzers].

--out gets report.md, report.json, plots (SVG) and results.jsonl, one line for each program and strategy; with --resume a run
that was cut off goes on from there. --max-cost begins no program once so much is spent, in this run and those it resumes; the
calls of programs that were begun are paid.

Exit status: 0 all was run, 1 some programs have no result or the cost cap ended the run, 2 wrong usage or unreadable input,
64 bad configuration.";

/// Flags of `sallyport eval`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub struct Arguments {
    /// Data set: .jsonl, .json or .csv (also .gz), or a folder of code.
    #[arg(long, value_name = "PATH")]
    dataset: PathBuf,
    /// Strategies, separated by commas.
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', default_value = "none,rewrite", value_parser = strategy_name)]
    strategy: Vec<String>,
    /// Base URL of an OpenAI-compatible service, with or without /v1.
    #[arg(long, value_name = "URL", conflicts_with_all = ["replay", "scripted"])]
    upstream: Option<String>,
    /// Recorded answers: a file of objects with request and response, or a folder of them.
    #[arg(long, value_name = "FILE|DIR", conflicts_with = "scripted")]
    replay: Option<PathBuf>,
    /// The script of `sallyport demo` in the model's place.
    #[arg(long)]
    scripted: bool,
    /// The upstream's names of models, separated by commas.
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', env = "OPENAI_MODEL", default_value = "gpt-4o-mini")]
    model: Vec<String>,
    /// Graphs that the model of edits reads, separated by commas.
    #[arg(long, value_name = "cfg,ast,dfg", value_delimiter = ',', default_value = "cfg", value_parser = graph)]
    graph: Vec<GraphKind>,
    /// Repetitions: other first answers of a recording, other seeds of a live model.
    #[arg(long, value_name = "N", default_value = "1")]
    seeds: NonZeroU32,
    /// Judges beside the builtin, separated by commas.
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', default_value = "builtin")]
    judge: Vec<String>,
    /// Only records whose field has this value; may be given again.
    #[arg(long = "where", value_name = "FIELD=VALUE", value_parser = Filter::parse)]
    filter: Vec<Filter>,
    /// Only the first N programs.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Folder for tables, plots and results.
    #[arg(long, value_name = "DIR", default_value = "sallyport-eval")]
    out: PathBuf,
    /// Programs at a time.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Begin no program once this many dollars are spent.
    #[arg(long, value_name = "USD", value_parser = dollars)]
    max_cost: Option<Money>,
    /// Go on with the results in --out.
    #[arg(long)]
    resume: bool,
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE", env = "SALLYPORT_CONFIG")]
    config: Option<PathBuf>,
}

fn graph(name: &str) -> Result<GraphKind, String> {
    GraphKind::from_name(name).ok_or_else(|| "one of cfg, ast, dfg".to_owned())
}

fn strategy_name(name: &str) -> Result<String, String> {
    let known = || strategy::NAMES.into_iter().chain(BASELINES);
    if known().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    Err(format!("one of {}", known().collect::<Vec<_>>().join(", ")))
}

fn dollars(text: &str) -> Result<Money, String> {
    text.parse().ok().and_then(Money::from_dollars).ok_or_else(|| "an amount in dollars, such as 2.50".to_owned())
}

/// Runs it.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(&Overlay {
        file: arguments.config.clone(),
        upstream: arguments.upstream.clone(),
        ..Overlay::default()
    })?;
    let judges = match Judges::new(&arguments.judge, app::external(&settings.external), settings.analysis) {
        Ok(judges) => judges,
        Err(problem) => return Ok(wrong(&format!("--judge: {problem}"))),
    };
    if let Some(name) = arguments.strategy.iter().find(|name| strategy::needs_tuned_model(name))
        && settings.default_policy().rules.tuned_model.is_none()
    {
        return Ok(wrong(&format!("--strategy {name}: the configuration names no policy.safecoder_model")));
    }
    if let Some(model) = unpriced(arguments, &settings)? {
        return Ok(wrong(&format!("--max-cost: {model} has no price; budgets.prices names a table that may have one")));
    }
    let set = match read(arguments) {
        Ok(set) => set,
        Err(error) => return Ok(wrong(&format!("--dataset: {error:#}"))),
    };
    let recordings = match arguments.replay.as_deref().map(Recordings::read).transpose() {
        Ok(recordings) => recordings,
        Err(error) => return Ok(wrong(&format!("--replay: {error:#}"))),
    };
    std::fs::create_dir_all(&arguments.out).with_context(|| format!("cannot make {}", arguments.out.display()))?;
    let results = Results::open(&arguments.out, arguments.resume)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    let done = runtime.block_on(evaluate(arguments, &settings, &judges, &set.items, recordings, &results));
    runtime.shutdown_timeout(Duration::from_secs(1));
    let (model, ended) = done?;
    if ended.rows.is_empty() && !ended.capped {
        return Ok(wrong(
            "no record of the data set could be run: code is repaired in a known language, prompts need --upstream, --replay or --scripted",
        ));
    }
    report(arguments, &settings, &judges, model, set.skipped, &ended)?;
    let errors = ended.rows.iter().filter(|row| row.error.is_some()).count();
    if let Some(error) = ended.rows.iter().find_map(|row| row.error.as_ref()) {
        output::problem(&format!("{} without a result, the first: {error}", output::plural(errors, "program")));
    }
    if ended.capped {
        output::problem("the cost cap ended the run; --resume with a higher one goes on");
    }
    Ok(ExitCode::from(u8::from(errors > 0 || ended.capped)))
}

fn wrong(problem: &str) -> ExitCode {
    output::problem(problem);
    ExitCode::from(2)
}

/// A model of a service whose cost cannot be capped.
fn unpriced<'a>(arguments: &'a Arguments, settings: &Settings) -> anyhow::Result<Option<&'a String>> {
    if arguments.max_cost.is_none() || arguments.upstream.is_none() {
        return Ok(None);
    }
    let prices = state::prices(settings.budgets.prices.as_deref())?;
    Ok(arguments.model.iter().find(|model| prices.price(model).is_none()))
}

/// The data set, as far as the flags want it.
fn read(arguments: &Arguments) -> anyhow::Result<Dataset> {
    let mut set = if arguments.dataset.is_dir() {
        folder(&arguments.dataset)
    } else {
        dataset::read(&arguments.dataset, &arguments.filter)?
    };
    if let Some(most) = arguments.limit {
        set.items.truncate(most);
    }
    Ok(set)
}

/// The code files of a folder.
fn folder(path: &Path) -> Dataset {
    let paths = [path.to_owned()];
    let found = files::find(&Wanted::new(&paths, None));
    let mut set = Dataset { skipped: found.problems.len(), ..Dataset::default() };
    for problem in &found.problems {
        output::problem(problem);
    }
    for source in &found.sources {
        match source.program(files::LONGEST_FILE) {
            Ok(program) => set.items.push(Item {
                id: source.name().to_owned(),
                language: Some(source.language),
                prompt: String::new(),
                code: Some(program.text),
            }),
            Err(problem) => {
                set.skipped += 1;
                output::problem(&format!("{}: {problem}", source.name()));
            }
        }
    }
    set
}

async fn evaluate(
    arguments: &Arguments,
    settings: &Settings,
    judges: &Judges,
    items: &[Item],
    recordings: Option<Recordings>,
    results: &Results,
) -> anyhow::Result<(Model, Ended)> {
    let (model, service) = if arguments.scripted {
        (Model::Scripted, Some(Service { url: run::scripted().await?, key: Some("scripted".to_owned()) }))
    } else if let Some(url) = &arguments.upstream {
        let key = settings.upstream.api_key.as_ref().map(|key| key.expose().to_owned());
        (Model::Live, Some(Service { url: format!("{}/v1", Base::parse(url)?.url().trim_end_matches("/v1")), key }))
    } else if recordings.is_some() {
        (Model::Replay, None)
    } else {
        (Model::None, None)
    };
    let models = if arguments.scripted { vec![run::SCRIPTED_MODEL.to_owned()] } else { arguments.model.clone() };
    let plan = Plan {
        strategies: arguments.strategy.clone(),
        graphs: arguments.graph.clone(),
        models,
        seeds: arguments.seeds.get(),
        model,
        service,
        recordings,
        jobs: arguments.jobs.unwrap_or_else(files::cores),
        most_micros: arguments.max_cost.map(Money::micros),
    };
    let progress = OnceLock::new();
    let begin = |total| {
        progress.get_or_init(|| Progress::new(total, "programs"));
    };
    let step = || {
        if let Some(progress) = progress.get() {
            progress.step();
        }
    };
    let ended = run::run(&plan, items, settings, judges, results, &begin, &step).await?;
    Ok((model, ended))
}

/// Writes tables and plots, and prints the tables.
fn report(
    arguments: &Arguments,
    settings: &Settings,
    judges: &Judges,
    model: Model,
    skipped: usize,
    ended: &Ended,
) -> anyhow::Result<()> {
    let reaches = app::reaches(settings)?;
    let names = judges.names();
    let plots = chart::plots(&ended.rows, &names, model);
    let files: Vec<(String, String)> = plots.iter().map(|plot| (plot.title.clone(), plot.file.clone())).collect();
    let dataset = arguments.dataset.display().to_string();
    let filters: String =
        arguments.filter.iter().flat_map(|filter| [" --where ".to_owned(), filter.to_string()]).collect();
    let about = About {
        dataset: &dataset,
        chosen: &format!("--dataset {dataset}{filters}"),
        model,
        judges: &names,
        reaches: &reaches,
        unfinished: ended.capped.then_some("the cost cap was reached."),
        unusable: ended.unusable + skipped,
        plots: &files,
    };
    let markdown = table::markdown(&about, &ended.rows);
    let json = serde_json::to_string_pretty(&table::json(&about, &ended.rows)).context("no JSON")?;
    let write = |name: &str, text: &str| {
        let path = arguments.out.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    write("report.md", &markdown)?;
    write("report.json", &json)?;
    for plot in &plots {
        write(&plot.file, &plot.svg)?;
    }
    let mut out = std::io::stdout().lock();
    let printed = out.write_all(markdown.as_bytes()).and_then(|()| out.flush());
    if output::lost(printed) {
        anyhow::bail!("the report is in {}", arguments.out.display());
    }
    Ok(())
}
