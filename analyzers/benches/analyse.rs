//! Time of each stage for one unit of sixty lines, and of all together.

use analyzers::graph::{GraphKind, build};
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::resolve::Names;
use analyzers::scan::analyse;
use analyzers::taint::Flow;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// A web service as a model writes one: some of everything, sixty lines.
const UNIT: &str = include_str!("unit.py");

fn read() -> Program {
    Program::parse(Language::Python, UNIT, &Limits::default())
}

#[divan::bench]
fn parse_and_resolve(bencher: Bencher<'_, '_>) {
    bencher.bench(|| Program::parse(Language::Python, black_box(UNIT), &Limits::default()));
}

#[divan::bench]
fn names(bencher: Bencher<'_, '_>) {
    let program = read();
    bencher.bench(|| Names::of(Language::Python, black_box(&program.tree), &program.text));
}

#[divan::bench(args = ["ast", "cfg", "dfg"])]
fn graph(bencher: Bencher<'_, '_>, kind: &str) {
    let program = read();
    let kind = GraphKind::from_name(kind).unwrap_or(GraphKind::Cfg);
    bencher.bench(|| build(black_box(&program), kind));
}

#[divan::bench]
fn taint(bencher: Bencher<'_, '_>) {
    let program = read();
    bencher.bench(|| Flow::of(black_box(&program)));
}

#[divan::bench]
fn rules_with_taint(bencher: Bencher<'_, '_>) {
    let program = read();
    bencher.bench(|| analyse(black_box(&program)));
}

#[divan::bench]
fn whole(bencher: Bencher<'_, '_>) {
    bencher.bench(|| analyse(&Program::parse(Language::Python, black_box(UNIT), &Limits::default())));
}
