//! What the catalogue proposes for any text is applied and judged; what passes parses and gains no finding.
#![no_main]

use std::collections::BTreeMap;

use analyzers::edit::Edit;
use analyzers::program::Program;
use analyzers::scan::Analysis;
use analyzers::{rewrite, verify};
use libfuzzer_sys::fuzz_target;

/// Most edits of one input that are tried alone.
const MOST: usize = 12;

fuzz_target!(|data: &[u8]| {
    let Some((language, text)) = fuzz::unit(data) else { return };
    let (program, analysis) = fuzz::analysed(language, text);
    let edits = rewrite::candidates(&program, &analysis);
    for edit in edits.iter().take(MOST) {
        judge(&program, &analysis, &[edit]);
    }
    // The first of every group at once.
    let mut first: BTreeMap<u32, &Edit> = BTreeMap::new();
    for edit in &edits {
        first.entry(edit.group).or_insert(edit);
    }
    if first.len() > 1 {
        judge(&program, &analysis, &first.into_values().collect::<Vec<_>>());
    }
});

fn judge(before: &Program, found: &Analysis, edits: &[&Edit]) {
    let text = rewrite::apply(before, edits);
    let Ok(passed) = verify::rewrite(before, found, text.clone(), edits) else { return };
    let (program, analysis) = fuzz::analysed(before.language, text);
    assert_eq!(program.text, passed.program.text);
    assert_eq!(analysis.findings, passed.analysis.findings, "the same text is judged the same");
    assert!(before.tree.has_errors() || !program.tree.has_errors(), "what passes parses");
    assert!(before.tree.truncated() || !program.tree.truncated(), "what passes is read as far as before");
    assert!(analysis.k() < found.k(), "what passes is better");
    for finding in analysis.issues() {
        let count = |analysis: &Analysis| analysis.issues().filter(|other| other.rule == finding.rule).count();
        assert!(count(&analysis) <= count(found), "what passes gains no finding of {}", finding.rule);
    }
    assert!((0.0..=1.0).contains(&passed.similarity), "similarity {}", passed.similarity);
}
