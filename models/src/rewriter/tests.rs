//! The rewriter on real programs: every chooser, hostile units, threads, wrong options.

use analyzers::graph::GraphKind;
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan::analyse;

use super::{Backend, Chooser, Options, Rewriter};

const SHELL: &str = "import os\n\ndef show(host):\n    os.system(\"ping -c 1 \" + host)\n    return host\n\ndef other(host):\n    os.system(f\"ping {host}\")\n";
const SEVERAL: &str = "import requests\nimport yaml\n\ndef load(text, address):\n    data = yaml.load(text, Loader=yaml.Loader)\n    page = requests.get(address, verify=False)\n    return data, page\n";
const QUERY: &str = "import sqlite3\n\ndef find(name):\n    base = sqlite3.connect(\"a.db\")\n    cursor = base.cursor()\n    cursor.execute(\"SELECT id FROM users WHERE name = '%s'\" % name)\n    return cursor.fetchall()\n";
const CLEAN: &str = "def add(one, other):\n    return one + other\n";

fn rewriter(chooser: Chooser) -> Rewriter {
    let options = Options { graph: GraphKind::Cfg, backend: Backend::Tract, chooser, weights: None };
    Rewriter::new(options).expect("the built-in weights load")
}

fn rewritten(rewriter: &Rewriter, text: &str) -> Option<(f32, f32, String)> {
    let program = Program::parse(Language::Python, text, &Limits::default());
    let analysis = analyse(&program);
    let rewritten = rewriter.rewrite(&program, &analysis).expect("the model runs");
    let verified = rewritten.verified?;
    assert!(!rewritten.applied.is_empty());
    assert!(rewritten.considered.len() >= rewritten.applied.len());
    assert!(rewritten.considered.iter().all(|(_, weight)| weight.is_finite() && *weight > 0.0));
    assert!((0.0..=1.0).contains(&verified.similarity));
    Some((analysis.k(), verified.analysis.k(), verified.program.text))
}

#[test]
fn every_chooser_lowers_k_and_a_second_rewrite_changes_nothing() {
    for chooser in [Chooser::Gan, Chooser::Greedy, Chooser::RuleOrder] {
        let rewriter = rewriter(chooser);
        for text in [SHELL, SEVERAL, QUERY] {
            let (before, after, text) = rewritten(&rewriter, text).expect("there is a faithful edit");
            assert!(after < before, "{chooser:?}: {before} → {after}");
            assert!(rewritten(&rewriter, &text).is_none(), "{chooser:?} is not idempotent on\\n{text}");
        }
        assert!(rewritten(&rewriter, CLEAN).is_none());
    }
}

#[test]
fn every_graph_has_weights_that_choose() {
    for graph in [GraphKind::Ast, GraphKind::Cfg, GraphKind::Dfg] {
        let options = Options { graph, backend: Backend::Tract, chooser: Chooser::Gan, weights: None };
        let rewriter = Rewriter::new(options).expect("the built-in weights load");
        for text in [SHELL, SEVERAL, QUERY] {
            let (before, after, text) = rewritten(&rewriter, text).expect("there is a faithful edit");
            assert!(after < before, "{}: {before} → {after}:\n{text}", graph.name());
        }
    }
}

#[test]
fn all_that_can_be_fixed_is_fixed_at_once() {
    let (_, after, text) = rewritten(&rewriter(Chooser::Gan), SHELL).expect("there is a faithful edit");
    assert!(after.abs() < 1e-6, "k is still {after}:\n{text}");
}

#[test]
fn hostile_units_are_survived() {
    let rewriter = rewriter(Chooser::Gan);
    let deep = format!("x = {}1{}", "(".repeat(3_000), ")".repeat(3_000));
    let many = "os.system(a + b)\n".repeat(600);
    for text in ["", "\u{0}\u{ffff}", "def", "import os\nos.system(", &deep, &many] {
        for language in Language::ALL {
            let program = Program::parse(language, text, &Limits::default());
            let analysis = analyse(&program);
            assert!(rewriter.rewrite(&program, &analysis).is_ok());
        }
    }
}

#[test]
fn many_threads_share_one_rewriter() {
    let rewriter = rewriter(Chooser::Gan);
    let expected = rewritten(&rewriter, SEVERAL);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert_eq!(rewritten(&rewriter, SEVERAL), expected);
                }
            });
        }
    });
}

fn refused(change: impl FnOnce(&mut Options), expected: &str) {
    let mut options = Options { graph: GraphKind::Cfg, backend: Backend::Tract, chooser: Chooser::Gan, weights: None };
    change(&mut options);
    let error = Rewriter::new(options).expect_err("the options are refused").to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn what_cannot_be_loaded_says_what_to_do() {
    refused(|options| options.weights = Some("/nowhere/model.onnx".into()), "cannot be read");
    // The other tests of this process run tract: a second backend is refused, never mixed in.
    rewriter(Chooser::Gan);
    refused(|options| options.backend = Backend::OnnxRuntime("/nowhere/libonnxruntime.so".into()), "restart");
}
