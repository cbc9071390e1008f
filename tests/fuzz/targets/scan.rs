//! Any text in any language is read, analysed and drawn as graphs.
#![no_main]

use analyzers::graph::{GraphKind, build};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((language, text)) = fuzz::unit(data) else { return };
    let (program, _) = fuzz::analysed(language, text);
    let nodes = [GraphKind::Ast, GraphKind::Cfg, GraphKind::Dfg].map(|kind| build(&program, kind).graph.node_count());
    assert!(nodes.iter().all(|&count| count == nodes[0]), "the graphs differ in their nodes");
});
