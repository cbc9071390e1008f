//! Trainer of the gGAN: `train` writes weights, `train choices` the choice set, `train evaluate` prints what models are worth.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use analyzers::graph::GraphKind;
use analyzers::lang::Language;
use anyhow::Context;
use clap::{Parser, ValueEnum};
use models::side::Side;
use models::train::card::{self, Run};
use models::train::choices;
use models::train::corpus::Sample;
use models::train::evaluate::{self, Split};
use models::train::fit::{Data, Plan, fit, prepare};
use models::train::site::{Target, key};
use models::train::{corpus, onnx, trial};

/// Trains the graph model that chooses among edits.
#[derive(Debug, Parser)]
struct Cli {
    /// What to do.
    #[arg(value_enum, default_value_t = Task::Fit)]
    task: Task,
    /// JSON Lines files, or directories of them.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    corpus: Vec<PathBuf>,
    /// Graphs that the models read, one model each.
    #[arg(long, default_value = "cfg", value_delimiter = ',', value_parser = graph)]
    graph: Vec<GraphKind>,
    /// Most epochs.
    #[arg(long, default_value_t = 30)]
    epochs: usize,
    /// Weight of the adversarial term where the discriminator can tell secure from insecure code.
    #[arg(long, default_value_t = 0.1, value_name = "LAMBDA")]
    adversarial: f32,
    /// α: weight of the findings that an edit clears, per 3 points of k.
    #[arg(long, default_value_t = Target::default().findings, value_name = "WEIGHT")]
    alpha: f32,
    /// α₂: weight of Bandit's findings, likewise.
    #[arg(long, default_value_t = Target::default().bandit, value_name = "WEIGHT")]
    alpha_bandit: f32,
    /// β: weight of similarity to the original, per z-score.
    #[arg(long, default_value_t = Target::default().similarity, value_name = "WEIGHT")]
    beta: f32,
    /// δ: weight of the way to the human fix.
    #[arg(long, default_value_t = Target::default().human, value_name = "WEIGHT")]
    delta: f32,
    /// γ: weight of the wrong edit where the right one is known.
    #[arg(long, default_value_t = Target::default().wrong_choice, value_name = "WEIGHT")]
    gamma: f32,
    /// Take every n-th program only.
    #[arg(long, default_value_t = 1, value_name = "N")]
    every: usize,
    /// Folder of the models: GRAPH.onnx, its side file, its card and the log of its training.
    #[arg(long, value_name = "FOLDER", required_if_eq("task", "fit"))]
    out: Option<PathBuf>,
    /// Bandit's weights of those programs, as `weigh.py` prints them: part of the training target.
    #[arg(long, value_name = "FILE")]
    bandit: Option<PathBuf>,
    /// First seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of seeds to train.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// Seed of the templates of the choice set.
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    choice_seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Task {
    /// Train and write models.
    Fit,
    /// Write every program with candidates, and what each candidate makes of it, for offline measures (`weigh.py`).
    Candidates,
    /// Write the choice set as JSON Lines, and how many choices there are of each sort.
    Choices,
    /// Test choosers on the held-out part of the choice set.
    Evaluate,
    /// Eq. 1 on programs of the corpus split by family and by weakness: trained, zeroed, shuffled, random, rule order, greedy.
    Programs,
}

fn graph(name: &str) -> Result<GraphKind, String> {
    GraphKind::from_name(name).ok_or_else(|| "one of cfg, ast, dfg".to_owned())
}

/// Writes to standard error and to a file.
struct Tee(File);

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        std::io::stderr().write_all(bytes)?;
        self.0.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let samples: Vec<_> = corpus::read(&cli.corpus)?.into_iter().step_by(cli.every.max(1)).collect();
    for &graph in &cli.graph {
        match (cli.task, &cli.out) {
            (Task::Fit, Some(out)) => {
                std::fs::create_dir_all(out)?;
                let file = out.join(graph.name());
                let mut log = Tee(File::create(file.with_extension("log"))?);
                let data = cli.data(&samples, graph, &mut log)?;
                write_model(&cli, &data, graph, &file, &mut log)?;
            }
            (Task::Fit, None) => anyhow::bail!("say where the models go with --out"),
            (task, _) => cli.show(task, &samples, graph)?,
        }
    }
    Ok(())
}

impl Cli {
    fn target(&self) -> Target {
        Target {
            findings: self.alpha,
            bandit: self.alpha_bandit,
            similarity: self.beta,
            human: self.delta,
            wrong_choice: self.gamma,
            ..Target::default()
        }
    }

    fn plan(&self, graph: GraphKind) -> Plan {
        Plan { graph, seed: self.seed, epochs: self.epochs, adversarial: self.adversarial }
    }

    fn data(&self, samples: &[Sample], graph: GraphKind, log: &mut dyn Write) -> anyhow::Result<Data> {
        let bandit = self.bandit.as_ref().map(std::fs::read).transpose().context("cannot read Bandit's weights")?;
        let bandit = bandit.map(|text| serde_json::from_slice(&text)).transpose().context("malformed weights")?;
        let drafts = choices::drafts(samples, self.choice_seed);
        prepare(samples, &drafts, graph, self.target(), bandit.as_ref(), log)
    }

    fn show(&self, task: Task, samples: &[Sample], graph: GraphKind) -> anyhow::Result<()> {
        let mut log = std::io::stderr();
        let mut out = std::io::stdout().lock();
        let data = self.data(samples, graph, &mut log)?;
        let plan = self.plan(graph);
        match task {
            Task::Candidates => {
                for site in data.sites.iter().filter(|site| site.program.language == Language::Python) {
                    for set in std::iter::once(Vec::new()).chain((0..site.edits.len()).map(|at| vec![at])) {
                        let code = site.text(&set);
                        writeln!(out, "{}", serde_json::json!({ "key": key(&code), "code": code }))?;
                    }
                }
            }
            Task::Choices => {
                for (site, label) in data.sites.iter().filter_map(|site| Some((site, site.label.as_ref()?))) {
                    writeln!(out, "{}", choices::json(site, label))?;
                }
                write!(log, "{}", choices::count(data.sites.iter(), &data.left))?;
            }
            Task::Evaluate => {
                writeln!(out, "## {}\n", graph.name())?;
                writeln!(out, "{}", trial::table(&data, plan, self.seeds, &mut log)?)?;
            }
            Task::Programs | Task::Fit => {
                for split in [Split::Family, Split::Weakness] {
                    writeln!(out, "{}", evaluate::table(&data, split, plan, self.seeds, &mut log)?)?;
                }
            }
        }
        Ok(())
    }
}

/// Trains every seed and writes the healthy model with the best validation, its side file and its card.
fn write_model(cli: &Cli, data: &Data, graph: GraphKind, file: &Path, log: &mut dyn Write) -> anyhow::Result<()> {
    let parts = evaluate::all(data);
    let plan = cli.plan(graph);
    let mut runs: Vec<Run> = Vec::new();
    for seed in plan.seed..plan.seed + cli.seeds.max(1) {
        let trained = fit(data, &parts.train, &parts.valid, Plan { seed, ..plan }, log)?;
        writeln!(
            log,
            "seed {seed}: value {:.4}, {:?}, deletion loses on {:.1} % of the validation sites; alarms: {:?}",
            trained.value,
            trained.health,
            100.0 * trained.deletion_loses,
            trained.health.alarms()
        )?;
        runs.push(Run { seed, trained });
    }
    let healthy = runs.iter().filter(|run| run.trained.health.alarms().is_empty());
    let kept = healthy.max_by(|one, other| one.trained.value.total_cmp(&other.trained.value));
    let kept = kept.context("health alarms rang for every seed: nothing is written")?;
    let model = onnx::export(&kept.trained.generator);
    let side = Side::of(graph, &model);
    std::fs::write(file.with_extension("onnx"), &model)?;
    std::fs::write(file.with_extension("json"), serde_json::to_string_pretty(&side)? + "\n")?;
    let card = card::card(data, plan, cli.target(), &runs, kept, model.len())?;
    std::fs::write(file.with_extension("md"), card)?;
    writeln!(log, "wrote {} ({} bytes) of seed {}", file.with_extension("onnx").display(), model.len(), kept.seed)?;
    Ok(())
}
