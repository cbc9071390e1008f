//! What the targets share: how bytes are read as a unit, and what holds of every unit, whatever it is.

#[cfg(feature = "gateway")]
pub mod gateway;

use analyzers::graph::{GraphKind, build};
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan::{Analysis, analyse};

/// Between the two texts of one input: the record separator of ASCII, which code does not hold.
const SEPARATOR: u8 = 0x1e;

/// The language that the first byte picks (`A` is the first) and the rest as text.
pub fn unit(data: &[u8]) -> Option<(Language, String)> {
    let (&first, rest) = data.split_first()?;
    let language = Language::ALL[usize::from(first.wrapping_sub(b'A')) % Language::ALL.len()];
    Some((language, String::from_utf8_lossy(rest).into_owned()))
}

/// [`unit`] with a second text of the same language.
pub fn pair(data: &[u8]) -> Option<(Language, String, String)> {
    let at = data.iter().position(|&byte| byte == SEPARATOR)?;
    let (language, before) = unit(&data[..at])?;
    Some((language, before, String::from_utf8_lossy(&data[at + 1..]).into_owned()))
}

/// Reads and analyses a unit, and holds what was found to what is true of every unit.
pub fn analysed(language: Language, text: String) -> (Program, Analysis) {
    let program = Program::parse(language, text, &Limits::default());
    well_formed(&program);
    let analysis = analyse(&program);
    for finding in &analysis.findings {
        assert!(finding.node.index() < program.tree.len(), "a finding of {} outside the tree", finding.rule);
        assert!(program.text.get(finding.span.range()).is_some(), "a finding of {} off its text", finding.rule);
    }
    assert!(analysis.k().is_finite() && analysis.k() >= 0.0);
    (program, analysis)
}

/// [`analysed`], and its graphs, which are all over one set of nodes.
pub fn drawn(language: Language, text: String) {
    let (program, _) = analysed(language, text);
    let nodes = [GraphKind::Ast, GraphKind::Cfg, GraphKind::Dfg].map(|kind| build(&program, kind).graph.node_count());
    assert!(nodes.iter().all(|&count| count == nodes[0]), "the graphs differ in their nodes");
}

/// Pre-order, properly nested, inside the parent, on character borders.
fn well_formed(program: &Program) {
    let Program { tree, text, .. } = program;
    assert!(!tree.is_empty(), "there is always a module");
    for id in tree.ids() {
        assert!(text.get(tree.span(id).range()).is_some(), "span of {id:?}");
        assert!(text.get(tree.name_span(id).range()).is_some(), "name of {id:?}");
        assert!(id < tree.end(id));
        if let Some(above) = tree.parent(id) {
            assert!(above < id && tree.end(id) <= tree.end(above), "{id:?} outside {above:?}");
            assert!(tree.span(above).contains(tree.span(id)), "{id:?} outside {above:?}");
        }
    }
}
