//! Trainer of the gGAN: `train` writes weights, `train evaluate` prints what they are worth.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use models::side::Side;
use models::train::evaluate::{self, Split};
use models::train::fit::{Data, Plan, fit, prepare};
use models::train::site::Target;
use models::train::{corpus, onnx};

/// Trains the graph model that chooses among edits.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    train: Option<Train>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Trains several seeds on a fixed split and prints them beside zeroed, shuffled, random, rule order and greedy.
    Evaluate(Evaluate),
}

#[derive(Debug, Args)]
struct Common {
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
}

#[derive(Debug, Args)]
struct Train {
    #[command(flatten)]
    common: Common,
    /// Where the model goes; its side file gets the extension `json`.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Args)]
struct Evaluate {
    #[command(flatten)]
    common: Common,
    /// Number of seeds.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let mut log = std::io::stderr().lock();
    match (cli.command, cli.train) {
        (Some(Command::Evaluate(evaluate)), _) => {
            let (data, plan) = evaluate.common.read(0, &mut log)?;
            for split in [Split::Family, Split::Weakness] {
                let table = evaluate::table(&data, split, plan, evaluate.seeds, &mut log)?;
                writeln!(std::io::stdout(), "{table}")?;
            }
            Ok(())
        }
        (None, Some(train)) => train.run(&mut log),
        (None, None) => anyhow::bail!("say --corpus PATH… --out FILE, or evaluate --corpus PATH…"),
    }
}

impl Common {
    fn read(&self, seed: u64, log: &mut dyn Write) -> anyhow::Result<(Data, Plan)> {
        let graph = analyzers::graph::GraphKind::from_name(&self.graph).context("no such graph")?;
        let samples: Vec<_> = corpus::read(&self.corpus)?.into_iter().step_by(self.every.max(1)).collect();
        let target = Target::default();
        let data = prepare(&samples, graph, target, log)?;
        Ok((data, Plan { graph, seed, epochs: self.epochs, adversarial: self.adversarial, target }))
    }
}

impl Train {
    fn run(&self, log: &mut dyn Write) -> anyhow::Result<()> {
        let (data, plan) = self.common.read(self.seed, log)?;
        let parts = evaluate::all(&data);
        let trained = fit(&data, &parts.train, &parts.valid, plan, log)?;
        writeln!(log, "{:?}; deletion loses on {:.1} % of the validation sites", trained.health, 100.0 * trained.deletion_loses)?;
        let alarms = trained.health.alarms();
        anyhow::ensure!(alarms.is_empty(), "health alarms, nothing written: {}", alarms.join("; "));
        let model = onnx::export(&trained.generator);
        let side = Side::of(plan.graph, &model);
        std::fs::write(&self.out, &model).with_context(|| format!("cannot write {}", self.out.display()))?;
        std::fs::write(self.out.with_extension("json"), serde_json::to_string_pretty(&side)? + "\n")?;
        writeln!(log, "wrote {} ({} bytes)", self.out.display(), model.len())?;
        Ok(())
    }
}
