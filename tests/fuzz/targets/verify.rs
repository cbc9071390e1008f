//! Any text as an answer in place of any other: refused, or better than what it replaces.
#![no_main]

use analyzers::verify::{self, Goal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((language, before, after)) = fuzz::pair(data) else { return };
    let (program, found) = fuzz::analysed(language, before);
    assert!(verify::answer(&program, &found, program.text.clone(), Goal::Lower).is_err(), "the same is not better");
    assert!(verify::rewrite(&program, &found, after.clone(), &[]).is_err(), "without edits nothing is mended");
    for goal in [Goal::Lower, Goal::NotHigher] {
        let Ok(passed) = verify::answer(&program, &found, after.clone(), goal) else { continue };
        let (k, most) = (passed.analysis.k(), found.k());
        assert!(if goal == Goal::Lower { k < most } else { k < most + 1e-3 }, "{k} for {most}");
        assert!(passed.analysis.issues().count() <= found.issues().count(), "no finding is gained");
        assert!(program.tree.has_errors() || !passed.program.tree.has_errors(), "what passes parses");
        assert!((0.0..=1.0).contains(&passed.similarity), "similarity {}", passed.similarity);
    }
});
