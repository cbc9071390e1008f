use std::collections::BTreeSet;

use super::{Edge, GraphKind, build};
use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::syntax::NodeId;

fn parse(code: &str) -> Program {
    Program::parse(Language::Python, code, &Limits::default())
}

fn line(program: &Program, node: NodeId) -> usize {
    program.text[..program.tree.span(node).start as usize].matches('\n').count() + 1
}

/// Control flow as `from>to` pairs of lines with a letter for the kind; the module is line 0.
#[track_caller]
fn flow(code: &str, expected: &str) {
    let program = parse(code);
    let graph = build(&program, GraphKind::Cfg).graph;
    let at = |node: NodeId| if node == NodeId::ROOT { 0 } else { line(&program, node) };
    let found: BTreeSet<String> = graph
        .edge_indices()
        .filter_map(|edge| {
            let (from, to) = graph.edge_endpoints(edge)?;
            let letter = match graph[edge] {
                Edge::Next => 'n',
                Edge::True => 't',
                Edge::False => 'f',
                Edge::Back => 'b',
                Edge::Exception => 'x',
                Edge::Child | Edge::Flow => return None,
            };
            Some(format!("{}>{}{letter}", at(graph[from]), at(graph[to])))
        })
        .collect();
    let expected: BTreeSet<String> = expected.split_whitespace().map(str::to_owned).collect();
    assert_eq!(found, expected, "{code}");
}

#[test]
fn branches_join() {
    flow("a()\nb()\n", "0>1n 1>2n");
    flow("if a:\n    b()\nelse:\n    c()\nd()\n", "0>1n 1>2t 1>4f 2>5n 4>5n");
    flow("if a:\n    b()\nelif c:\n    d()\ne()\n", "0>1n 1>2t 1>3f 3>4t 2>5n 4>5n 3>5f");
    flow("if False:\n    b()\nc()\n", "0>1n 1>3f 2>3n");
}

#[test]
fn loops_go_back() {
    flow("for x in y:\n    a()\nb()\n", "0>1n 1>2t 2>1b 1>3f");
    flow(
        "while x:\n    if y:\n        break\n    a()\nelse:\n    b()\nc()\n",
        "0>1n 1>2t 2>3t 2>4f 4>1b 1>6f 6>7n 3>7n",
    );
    flow("while True:\n    continue\na()\n", "0>1n 1>2t 2>1b");
}

#[test]
fn exceptions_find_their_handlers() {
    flow(
        "try:\n    a()\nexcept A:\n    b()\nexcept B:\n    c()\nfinally:\n    d()\ne()\n",
        "0>1n 1>2n 2>3x 3>4n 3>5f 5>6n 2>8n 4>8n 6>8n 3>8x 4>8x 5>8x 6>8x 8>9n",
    );
    flow("def f():\n    try:\n        return a()\n    finally:\n        b()\n", "0>1n 2>3n 3>5n 3>5x");
    flow("def f():\n    raise A\n    b()\n", "0>1n");
}

#[test]
fn cases_and_contexts() {
    flow("with a as b:\n    c()\nd()\n", "0>1n 1>2n 2>3n");
    flow(
        "match a:\n    case 1:\n        b()\n    case _:\n        c()\nd()\n",
        "0>1n 1>2t 1>4t 2>3n 4>5n 3>6n 5>6n 1>6f",
    );
}

/// Definition → use pairs of names as `name:line>line`.
#[track_caller]
fn uses(code: &str, expected: &str) {
    let program = parse(code);
    let data = super::dfg::build(&program);
    let mut found = BTreeSet::new();
    for node in program.tree.ids() {
        let is_use = program.tree.kind(node) == crate::syntax::Kind::Name
            && program.tree.field(node) != crate::syntax::Field::Target;
        for &at in data.definitions_of(node).iter().filter(|_| is_use) {
            let definition = data.definitions[at as usize].node;
            let name = program.tree.text(node, &program.text);
            found.insert(format!("{name}:{}>{}", line(&program, definition), line(&program, node)));
        }
    }
    let expected: BTreeSet<String> = expected.split_whitespace().map(str::to_owned).collect();
    assert_eq!(found, expected, "{code}");
}

#[test]
fn definitions_reach_their_uses() {
    uses("a = 1\na = 2\nf(a)\n", "a:2>3");
    uses("a = 1\nif b:\n    a = 2\nf(a)\n", "a:1>4 a:3>4");
    uses("a = 1\nwhile b:\n    f(a)\n    a = 2\n", "a:1>3 a:4>3");
    uses("a, b = x, y\nf(b)\n", "b:1>2");
    uses("def f(a):\n    return a\n", "a:1>2");
    uses("a = 1\ndef f():\n    return a\n", "a:1>3");
    uses("a = []\na.append(b)\nf(a)\n", "a:1>2 a:1>3 a:2>3");
    uses("with x as a:\n    f(a)\n", "a:1>2");
    uses("for a in x:\n    f(a)\n", "a:1>2");
    uses("try:\n    a = 1\n    g()\nexcept E:\n    f(a)\n", "a:2>5");
    uses("a = 1\nb = [a for a in a]\n", "a:2>2");
    uses("a = 1\na += 2\nf(a)\n", "a:1>3 a:2>3");
}

#[test]
fn kinds_share_their_nodes() {
    let program = parse("import os\ndef f(x):\n    if x:\n        os.system(f'ls {x}')\n    return [y for y in x]\n");
    let nodes = |kind| build(&program, kind).graph.raw_nodes().iter().map(|node| node.weight).collect::<Vec<_>>();
    let ast = nodes(GraphKind::Ast);
    assert!(ast.len() > 15);
    assert_eq!(ast, nodes(GraphKind::Cfg));
    assert_eq!(ast, nodes(GraphKind::Dfg));
    // A tree: every node but the root has one parent.
    assert_eq!(build(&program, GraphKind::Ast).graph.edge_count(), ast.len() - 1);
}

#[test]
fn hostile_shapes_stay_small() {
    let long = |line: &str| line.repeat(3_000);
    let chain = (1..3_000).map(|at| format!("a{at} = a{}\n", at - 1)).collect::<Vec<_>>().concat();
    let ladder = format!("if a:\n    b()\n{}", long("elif a:\n    b()\n"));
    let nested = (0..300).map(|depth| format!("{}while a:\n", " ".repeat(depth))).collect::<Vec<_>>().concat();
    for code in
        [long("a = a + 1\n"), chain, ladder, nested, long("try:\n    a()\nexcept:\n    b()\n"), "f(".repeat(3_000)]
    {
        let program = parse(&code);
        for kind in [GraphKind::Ast, GraphKind::Cfg, GraphKind::Dfg] {
            let graph = build(&program, kind).graph;
            assert!(graph.edge_count() <= 40 * program.tree.len() + 100, "{} edges", graph.edge_count());
        }
    }
}
