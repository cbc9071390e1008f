//! Time of the graph model: inference for graphs of 50 and 200 nodes, and the whole rewrite of a 60-line Python unit.

use analyzers::graph::{self, GraphKind};
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan::analyse;
use divan::{Bencher, black_box};
use models::encode::{FEATURES, Link, Tensors, encode};
use models::rewriter::{Backend, Chooser, Options, Rewriter};
use models::session::Pool;
use models::side;

/// A service as a model would write it: four weaknesses among ordinary code.
const UNIT: &str = include_str!("unit.py");

fn main() {
    divan::main();
}

fn backend() -> Backend {
    Backend::Tract
}

fn ring(nodes: usize) -> Tensors {
    let mut features = vec![0.0; nodes * FEATURES];
    let mut links = Vec::new();
    for row in 0..nodes {
        for column in [row % 60, 64 + row % 20, 90 + row % 50] {
            features[row * FEATURES + column] = 1.0;
        }
        let from = row as u32;
        for (step, relation) in [(1, 0), (7, 2)] {
            let to = ((row + step) % nodes) as u32;
            links.push(Link { from, to, relation });
            links.push(Link { from: to, to: from, relation: relation + 1 });
        }
    }
    Tensors { features, links }
}

#[divan::bench(args = [50, 200, 1000])]
fn inference(bencher: Bencher<'_, '_>, nodes: usize) {
    let model = side::load(GraphKind::Cfg, None).expect("the built-in weights fit");
    let pool = Pool::open(model, &backend()).expect("the built-in weights open");
    let tensors = ring(nodes);
    bencher.bench(|| pool.run(black_box(&tensors)).expect("a valid graph runs"));
}

fn unit() -> Program {
    Program::parse(Language::Python, UNIT, &Limits::default())
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    bencher.bench(unit);
}

#[divan::bench]
fn analysis(bencher: Bencher<'_, '_>) {
    let program = unit();
    bencher.bench(|| analyse(black_box(&program)));
}

#[divan::bench]
fn graph_and_encoding(bencher: Bencher<'_, '_>) {
    let program = unit();
    bencher.bench(|| encode(&program, &graph::build(black_box(&program), GraphKind::Cfg)));
}

#[divan::bench(args = [Chooser::Gan, Chooser::Greedy, Chooser::RuleOrder])]
fn rewrite(bencher: Bencher<'_, '_>, chooser: Chooser) {
    let options = Options { graph: GraphKind::Cfg, backend: backend(), chooser, weights: None };
    let rewriter = Rewriter::new(options).expect("the built-in weights load");
    let program = unit();
    let analysis = analyse(&program);
    let rewritten = rewriter.rewrite(&program, &analysis).expect("the model runs");
    assert!(rewritten.verified.is_some(), "the unit has faithful edits");
    bencher.bench(|| rewriter.rewrite(black_box(&program), &analysis).expect("the model runs"));
}

#[divan::bench]
fn scores_of_the_unit(bencher: Bencher<'_, '_>) {
    let options = Options { graph: GraphKind::Cfg, backend: backend(), chooser: Chooser::Gan, weights: None };
    let rewriter = Rewriter::new(options).expect("the built-in weights load");
    let program = unit();
    let edits = analyzers::rewrite::candidates(&program, &analyse(&program));
    bencher.bench(|| rewriter.probabilities(black_box(&program), &edits).expect("the model runs"));
}
