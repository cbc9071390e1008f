//! The encoder: what it sees, what it must not see, and what it refuses.

use analyzers::graph::{self, GraphKind};
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};

use super::{Encoding, FEATURES, Link, MAX_NODES, RELATIONS, Refusal, Tensors, encode};
use crate::rewriter::Backend;
use crate::session::Pool;
use crate::side;

fn encoded(language: Language, text: &str, kind: GraphKind) -> Encoding {
    let program = Program::parse(language, text, &Limits::default());
    encode(&program, &graph::build(&program, kind))
}

fn same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|text| encoded(Language::Python, text, GraphKind::Cfg).tensors);
    one == other
}

#[test]
fn names_comments_and_positions_are_not_seen() {
    let code = "import os\ndef f(a):\n    b = a + 'x y'\n    os.system(b)\n";
    assert!(same(code, "import os\ndef renamed(value):\n    text = value + 'p q'\n    os.system(text)\n"));
    assert!(same(
        code,
        "# nosec\nimport os\n\n\ndef f(a):\n    # CWE-78 is fixed here\n    b = a + 'x y'\n    os.system(b)  # safe\n"
    ));
}

#[test]
fn what_is_called_and_with_what_is_seen() {
    let code = "import os\ndef f(a):\n    os.system(a)\n";
    assert!(!same(code, "import os\ndef f(a):\n    os.remove(a)\n"));
    assert!(!same(code, "import os\ndef f(a):\n    os.system('ls')\n"));
    assert!(same(code, "from os import system as run\ndef f(a):\n    run(a)\n") || !same(code, "x = 1\n"));
}

#[test]
fn every_graph_of_every_language_passes_validation() {
    let texts = [
        (
            Language::Python,
            "import os\nfor a in range(3):\n    try:\n        os.system(a)\n    except OSError:\n        pass\n",
        ),
        (
            Language::Java,
            "class A { void f(String a) throws Exception { Runtime.getRuntime().exec(a); if (a == null) return; } }",
        ),
        (
            Language::JavaScript,
            "const cp = require('child_process'); function f(a) { cp.exec(`ls ${a}`); return a ? 1 : 2; }",
        ),
        (
            Language::Go,
            "package p\nfunc f(a string) error { if err := exec.Command(a).Run(); err != nil { return err }; return nil }",
        ),
        (Language::Python, "x"),
        (Language::Python, "def f(:\n  os.system(a"),
    ];
    for (language, text) in texts {
        for kind in [GraphKind::Ast, GraphKind::Cfg, GraphKind::Dfg] {
            let encoding = encoded(language, text, kind);
            assert_eq!(encoding.tensors.validate(), Ok(()), "{language:?} {kind:?} {text}");
            assert_eq!(encoding.tensors.nodes(), encoding.nodes.len());
            let rows: std::collections::HashSet<Vec<bool>> = encoding
                .tensors
                .features
                .chunks(FEATURES)
                .map(|row| row.iter().map(|&value| value > 0.0).collect())
                .collect();
            assert!(text.len() < 4 || rows.len() > 1, "node features do not vary");
        }
    }
}

/// A change that makes a valid graph hostile, and what is said of it.
type Case<'c> = (&'c dyn Fn(&mut Tensors), Refusal);

fn valid() -> Tensors {
    Tensors { features: vec![0.5; 3 * FEATURES], links: vec![Link { from: 0, to: 2, relation: 1 }] }
}

#[test]
fn hostile_graphs_are_refused_before_the_backend_sees_them() {
    let model = side::load(GraphKind::Cfg, None).expect("the built-in weights fit");
    let pool = Pool::open(model, &Backend::Tract).expect("the built-in weights open");
    let link = |from, to, relation| Link { from, to, relation };
    let cases: [Case<'_>; 9] = [
        (&|graph| graph.features.clear(), Refusal::Empty),
        (&|graph| graph.features.push(0.0), Refusal::Shape),
        (&|graph| graph.features[4] = f32::NAN, Refusal::NotFinite),
        (&|graph| graph.features[4] = f32::INFINITY, Refusal::NotFinite),
        (&|graph| graph.links.clear(), Refusal::Edge),
        (&|graph| graph.links.push(link(3, 0, 0)), Refusal::Edge),
        (&|graph| graph.links.push(link(0, u32::MAX, 0)), Refusal::Edge),
        (&|graph| graph.links.push(link(0, 0, RELATIONS as u8)), Refusal::Edge),
        (&|graph| graph.features.resize((MAX_NODES + 1) * FEATURES, 0.0), Refusal::TooLarge),
    ];
    for (change, expected) in cases {
        let mut graph = valid();
        change(&mut graph);
        assert_eq!(graph.validate(), Err(expected));
        assert!(pool.run(&graph).is_err());
        assert!(pool.run(&valid()).is_ok(), "the model still runs after {expected:?}");
    }
}
