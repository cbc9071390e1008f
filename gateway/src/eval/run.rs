//! The run itself: every program under every strategy, graph, model and seed, through gateways in this process.

use std::collections::BTreeMap;
use std::future::IntoFuture as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use analyzers::graph::GraphKind;
use analyzers::lang::Language;
use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use models::rewriter::Chooser;

use super::dataset::Item;
use super::gateway::{Gateway, Question};
use super::judge::Judges;
use super::replay::Recordings;
use super::results::Results;
use super::standin::{Cases, First};
use super::{Model, Row, reading};
use crate::app;
use crate::exchange::{Record, Verdict};
use crate::settings::Settings;
use crate::strategy::Reach;
use crate::upstream::scripted;

pub use super::standin::Service;

/// The model that the script answers for.
pub const SCRIPTED_MODEL: &str = scripted::MODELS[0];
/// The prompt of a program that has none.
const NO_PROMPT: &str = "Write the program.";

/// What is run.
#[derive(Debug)]
pub struct Plan {
    /// Strategies, by name; those of [`super::BASELINES`] too.
    pub strategies: Vec<String>,
    /// Graphs that the model of edits reads.
    pub graphs: Vec<GraphKind>,
    /// Names of language models; recordings name their own.
    pub models: Vec<String>,
    /// Repetitions.
    pub seeds: u32,
    /// What stands in the model's place.
    pub model: Model,
    /// The service that is asked.
    pub service: Option<Service>,
    /// Recorded answers.
    pub recordings: Option<Recordings>,
    /// Programs at a time.
    pub jobs: usize,
    /// No program is begun once so many millionths of a dollar are spent.
    pub most_micros: Option<u64>,
}

/// How a run ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// All rows, earlier ones too, in the order of the plan.
    pub rows: Vec<Row>,
    /// Whether the cost cap ended it.
    pub capped: bool,
    /// Programs that could not be run: no language, no model or no recording for them.
    pub unusable: usize,
}

/// Serves the script on a free loopback port; its base URL. Ends with the runtime.
pub async fn scripted() -> anyhow::Result<String> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.context("no free port")?;
    let url = format!("http://{}/v1", listener.local_addr().context("no address")?);
    tokio::spawn(axum::serve(listener, scripted::router()).into_future());
    Ok(url)
}

/// One program under one set-up.
struct Case<'a> {
    item: &'a Item,
    language: Option<Language>,
    strategy: &'a str,
    graph: Option<GraphKind>,
    model: String,
    temperature: Option<f64>,
    seed: u32,
    first: First,
}

impl Case<'_> {
    fn graph(&self) -> &'static str {
        self.graph.map_or("-", GraphKind::name)
    }

    fn key(&self) -> String {
        format!("{}|{}|{}|{}|{}", self.item.id, self.strategy, self.graph(), self.model_name(), self.seed)
    }

    fn model_name(&self) -> &str {
        match &self.first {
            First::Recorded(recording, _) => &recording.name,
            First::Given(_) | First::Asked => &self.model,
        }
    }
}

/// The cases of a plan, and how many programs have none.
fn cases<'a>(plan: &'a Plan, items: &'a [Item], reaches: &BTreeMap<&'static str, Reach>) -> (Vec<Case<'a>>, usize) {
    let (mut cases, mut unusable) = (Vec::new(), 0);
    for item in items {
        let firsts = firsts(plan, item);
        unusable += usize::from(firsts.is_empty());
        for strategy in &plan.strategies {
            let draws = reaches.get(strategy.as_str()).is_none_or(|reach| reach.rewrites);
            let graphs: Vec<Option<GraphKind>> =
                if draws { plan.graphs.iter().copied().map(Some).collect() } else { vec![None] };
            for graph in graphs {
                cases.extend(firsts.iter().map(|(model, temperature, seed, first)| Case {
                    item,
                    language: item.language,
                    strategy,
                    graph,
                    model: model.clone(),
                    temperature: *temperature,
                    seed: *seed,
                    first: first.clone(),
                }));
            }
        }
    }
    (cases, unusable)
}

/// The first answers of a program: model, temperature, seed and where the answer comes from.
fn firsts(plan: &Plan, item: &Item) -> Vec<(String, Option<f64>, u32, First)> {
    let given = item.code.as_ref().and_then(|code| Some(First::Given(fenced(code, item.language?))));
    let seeds = 0..plan.seeds.max(1);
    match (given, &plan.recordings) {
        (Some(first), _) if plan.service.is_none() => vec![(String::new(), None, 0, first)],
        (None, Some(recordings)) => {
            let each = |recording: &std::sync::Arc<super::replay::Recording>| {
                let recording = std::sync::Arc::clone(recording);
                seeds.clone().map(move |seed| {
                    let first = First::Recorded(std::sync::Arc::clone(&recording), seed as usize);
                    (recording.model.clone(), Some(recording.temperature), seed, first)
                })
            };
            recordings.of(&item.prompt).iter().flat_map(each).collect()
        }
        (given, None) if plan.service.is_some() && (given.is_some() || item.code.is_none()) => {
            let first = given.unwrap_or(First::Asked);
            let each = |model: &String| {
                seeds.clone().map(|seed| (model.clone(), None, seed, first.clone())).collect::<Vec<_>>()
            };
            plan.models.iter().flat_map(each).collect()
        }
        _ => Vec::new(),
    }
}

/// Code as the only block of an answer.
fn fenced(code: &str, language: Language) -> String {
    let longest = code.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let end = if code.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{}\n{code}{end}{fence}\n", language.name())
}

/// The strategy as the gateway spells it, and who chooses among edits.
fn spelled(strategy: &str, standing: Chooser) -> (&str, Chooser) {
    match strategy {
        "greedy" => ("rewrite", Chooser::Greedy),
        "rule-order" => ("rewrite", Chooser::RuleOrder),
        other => (other, standing),
    }
}

/// Runs what the results do not hold yet. `step` is called once for every case that is done.
pub async fn run(
    plan: &Plan,
    items: &[Item],
    settings: &Settings,
    judges: &Judges,
    results: &Results,
    begin: &(dyn Fn(usize) + Sync),
    step: &(dyn Fn() + Sync),
) -> anyhow::Result<Ended> {
    let (all, unusable) = cases(plan, items, &app::reaches(settings)?);
    let cases = Cases::new(all.iter().map(|case| case.first.clone()).collect(), plan.service.clone())?;
    let upstream = cases.listen().await?;
    let standing = settings.model.chooser;
    let mut gateways = Vec::new();
    for case in &all {
        let set_up = (case.graph.unwrap_or(settings.model.graph), spelled(case.strategy, standing).1);
        if !gateways.iter().any(|(known, _)| *known == set_up) {
            gateways.push((set_up, Gateway::start(settings, &upstream, set_up.0, set_up.1).await?));
        }
    }
    let todo = all.iter().filter(|case| !results.earlier.contains_key(&case.key())).count();
    begin(todo);
    let spent = AtomicU64::new(all.iter().filter_map(|case| Some(results.earlier.get(&case.key())?.cost_micros)).sum());
    let runner = Runner { plan, settings, judges, results, gateways, spent, capped: AtomicBool::new(false) };
    let rows: Vec<Option<Row>> = stream::iter(all.iter().enumerate())
        .map(|(number, case)| runner.one(number, case, step))
        .buffered(plan.jobs.max(1))
        .try_collect()
        .await?;
    let capped = runner.capped.into_inner();
    Ok(Ended { rows: rows.into_iter().flatten().collect(), capped, unusable })
}

/// What all cases share.
struct Runner<'a> {
    plan: &'a Plan,
    settings: &'a Settings,
    judges: &'a Judges,
    results: &'a Results,
    gateways: Vec<((GraphKind, Chooser), Gateway)>,
    spent: AtomicU64,
    capped: AtomicBool,
}

impl Runner<'_> {
    /// The row of a case; `None` where the cost cap came before it.
    async fn one(&self, number: usize, case: &Case<'_>, step: &(dyn Fn() + Sync)) -> anyhow::Result<Option<Row>> {
        if let Some(earlier) = self.results.earlier.get(&case.key()) {
            return Ok(Some(earlier.clone()));
        }
        let (strategy, chooser) = spelled(case.strategy, self.settings.model.chooser);
        let set_up = (case.graph.unwrap_or(self.settings.model.graph), chooser);
        let Some((_, gateway)) = self.gateways.iter().find(|(known, _)| *known == set_up) else { return Ok(None) };
        if self.plan.most_micros.is_some_and(|most| self.spent.load(Ordering::Relaxed) >= most) {
            self.capped.store(true, Ordering::Relaxed);
            return Ok(None);
        }
        let question = Question {
            case: number,
            model: if case.model.is_empty() { "none" } else { &case.model },
            prompt: if case.item.prompt.is_empty() { NO_PROMPT } else { &case.item.prompt },
            strategy,
            seed: (self.plan.model == Model::Live && self.plan.seeds > 1).then_some(case.seed),
            temperature: case.temperature,
        };
        let row = measure(case, gateway, &question, self.settings, self.judges).await;
        self.spent.fetch_add(row.cost_micros, Ordering::Relaxed);
        self.results.add(&row)?;
        step();
        Ok(Some(row))
    }
}

async fn measure(
    case: &Case<'_>,
    gateway: &Gateway,
    question: &Question<'_>,
    settings: &Settings,
    judges: &Judges,
) -> Row {
    let named = Row {
        key: case.key(),
        id: case.item.id.clone(),
        strategy: case.strategy.to_owned(),
        graph: case.graph().to_owned(),
        model: case.model_name().to_owned(),
        seed: case.seed,
        similarity: 1.0,
        ..Row::default()
    };
    let mut row = named.clone();
    match fill(&mut row, case, gateway, question, settings, judges).await {
        Ok(()) => row,
        Err(error) => Row { error: Some(format!("{error:#}")), cost_micros: row.cost_micros, ..named },
    }
}

/// Asks, reads what came of it and has it judged.
async fn fill(
    row: &mut Row,
    case: &Case<'_>,
    gateway: &Gateway,
    question: &Question<'_>,
    settings: &Settings,
    judges: &Judges,
) -> anyhow::Result<()> {
    let answer = gateway.ask(question).await?;
    let given = matches!(case.first, First::Given(_));
    match &answer.record {
        Some(record) => note(row, record, given),
        None if given => Verdict::NotCode.name().clone_into(&mut row.verdict),
        None => {
            Verdict::NotCode.name().clone_into(&mut row.verdict);
            row.queries = 1;
            (row.input_tokens, row.output_tokens, row.cost_micros) = answer.used;
        }
    }
    let text = &answer.text;
    let Some(language) = case.language.or_else(|| reading::language(text)) else { return Ok(()) };
    let units = answer.record.iter().flat_map(|record| &record.units);
    row.changed = units.clone().any(|unit| unit.after.is_some());
    let prompt = &case.item.prompt;
    let before = match (&case.item.code, &case.first) {
        (Some(code), _) => code.clone(),
        (None, First::Recorded(recording, index)) => reading::code(recording.choice(*index), language),
        (None, _) if row.changed => units.filter_map(|unit| unit.before.as_deref()).collect::<Vec<_>>().join("\n"),
        (None, _) => reading::code(text, language),
    };
    let form = if given { Some(0) } else { reading::form(prompt, &before, language, &settings.analysis) };
    let Some(form) = form else { return Ok(()) };
    let original = reading::whole(prompt, &before, form);
    let opinions = judges.judge(language, &original).await;
    row.parsed = opinions.parses;
    row.before = opinions.by_judge;
    if !row.changed {
        row.after.clone_from(&row.before);
        return Ok(());
    }
    let code = reading::code(text, language);
    let now = reading::form(prompt, &code, language, &settings.analysis).filter(|_| !given).unwrap_or(form);
    let candidate = reading::whole(prompt, &code, if given { 0 } else { now });
    let opinions = judges.judge(language, &candidate).await;
    row.failed = !opinions.parses || candidate.trim().is_empty();
    row.after = opinions.by_judge;
    row.code = Some(candidate);
    Ok(())
}

/// What the gateway recorded.
fn note(row: &mut Row, record: &Record, given: bool) {
    record.verdict.name().clone_into(&mut row.verdict);
    row.similarity = record.units.iter().map(|unit| unit.similarity).fold(1.0, f32::min);
    row.iterations = record.units.iter().map(|unit| unit.iterations).max().unwrap_or(0);
    row.edits = record.units.iter().flat_map(|unit| &unit.edits).map(|edit| edit.kind.clone()).collect();
    // A program that was given was asked of nobody.
    let asked = || record.calls.iter().filter(|call| !(given && call.purpose == "first"));
    row.queries = asked().filter(|call| call.error.is_none()).count() as u32;
    row.unanswered = asked().count() as u32 - row.queries;
    row.input_tokens = asked().map(|call| call.input_tokens).sum();
    row.output_tokens = asked().map(|call| call.output_tokens).sum();
    row.cost_micros = asked().map(|call| call.cost_micros).sum();
    let stages = &record.stages;
    let own = stages.analyse_us + stages.rewrite_us + stages.verify_us + stages.ask_us;
    row.time_us = own + if given { 0 } else { stages.upstream_us };
}
