//! Trainer of the gGAN: `train` writes weights, `train evaluate` prints what they are worth.

use std::io::Write;
use std::path::{Path, PathBuf};

use analyzers::graph::GraphKind;
use anyhow::Context;
use clap::{Parser, ValueEnum};
use models::side::Side;
use models::train::evaluate::{self, Split};
use models::train::fit::{Data, Plan, Trained, fit, prepare};
use models::train::site::{Target, key};
use models::train::{corpus, onnx};

/// Trains the graph model that chooses among edits.
#[derive(Debug, Parser)]
struct Cli {
    /// What to do.
    #[arg(value_enum, default_value_t = Task::Fit)]
    task: Task,
    /// JSON Lines files, or directories of them.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    corpus: Vec<PathBuf>,
    /// Graph that the model reads.
    #[arg(long, default_value = "cfg", value_parser = ["cfg", "ast", "dfg"])]
    graph: String,
    /// Most epochs.
    #[arg(long, default_value_t = 30)]
    epochs: usize,
    /// Weight of the adversarial term where the discriminator can tell secure from insecure code.
    #[arg(long, default_value_t = 0.1, value_name = "LAMBDA")]
    adversarial: f32,
    /// Take every n-th program only.
    #[arg(long, default_value_t = 1, value_name = "N")]
    every: usize,
    /// Where the model goes; its side file gets the extension `json`.
    #[arg(long, value_name = "FILE", required_if_eq("task", "fit"))]
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
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Task {
    /// Train and write a model.
    Fit,
    /// Write every program with candidates, and what each candidate makes of it, for offline measures (`weigh.py`).
    Candidates,
    /// Train several seeds on fixed splits and print them beside zeroed, shuffled, random, rule order and greedy.
    Evaluate,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let mut log = std::io::stderr().lock();
    let (data, plan) = cli.read(&mut log)?;
    match (cli.task, &cli.out) {
        (Task::Fit, Some(out)) => write_model(&data, plan, cli.seeds, out, &mut log),
        (Task::Candidates, _) => {
            let mut out = std::io::stdout().lock();
            for site in &data.sites {
                for set in std::iter::once(Vec::new()).chain((0..site.edits.len()).map(|at| vec![at])) {
                    let code = site.text(&set);
                    writeln!(out, "{}", serde_json::json!({ "key": key(&code), "code": code }))?;
                }
            }
            Ok(())
        }
        (Task::Fit, None) => anyhow::bail!("say where the model goes with --out"),
        (Task::Evaluate, _) => {
            for split in [Split::Family, Split::Weakness] {
                let table = evaluate::table(&data, split, plan, cli.seeds, &mut log)?;
                writeln!(std::io::stdout(), "{table}")?;
            }
            Ok(())
        }
    }
}

impl Cli {
    fn read(&self, log: &mut dyn Write) -> anyhow::Result<(Data, Plan)> {
        let graph = GraphKind::from_name(&self.graph).context("no such graph")?;
        let samples: Vec<_> = corpus::read(&self.corpus)?.into_iter().step_by(self.every.max(1)).collect();
        let target = Target::default();
        let bandit = self.bandit.as_ref().map(std::fs::read).transpose().context("cannot read Bandit's weights")?;
        let bandit = bandit.map(|text| serde_json::from_slice(&text)).transpose().context("malformed weights")?;
        let data = prepare(&samples, graph, target, bandit.as_ref(), log)?;
        Ok((data, Plan { graph, seed: self.seed, epochs: self.epochs, adversarial: self.adversarial }))
    }
}

/// Trains every seed and writes the healthy model with the best validation.
fn write_model(data: &Data, plan: Plan, seeds: u64, out: &Path, log: &mut dyn Write) -> anyhow::Result<()> {
    let parts = evaluate::all(data);
    let mut best: Option<Trained> = None;
    for seed in plan.seed..plan.seed + seeds.max(1) {
        let trained = fit(data, &parts.train, &parts.valid, Plan { seed, ..plan }, log)?;
        let alarms = trained.health.alarms();
        writeln!(
            log,
            "seed {seed}: value {:.4}, {:?}, deletion loses on {:.1} % of the validation sites; alarms: {alarms:?}",
            trained.value,
            trained.health,
            100.0 * trained.deletion_loses
        )?;
        if alarms.is_empty() && best.as_ref().is_none_or(|best| best.value < trained.value) {
            best = Some(trained);
        }
    }
    let trained = best.context("health alarms rang for every seed: nothing is written")?;
    let model = onnx::export(&trained.generator);
    let side = Side::of(plan.graph, &model);
    std::fs::write(out, &model).with_context(|| format!("cannot write {}", out.display()))?;
    std::fs::write(out.with_extension("json"), serde_json::to_string_pretty(&side)? + "\n")?;
    writeln!(log, "wrote {} ({} bytes) of value {:.4}", out.display(), model.len(), trained.value)?;
    Ok(())
}
