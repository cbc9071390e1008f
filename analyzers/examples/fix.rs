//! Rewrites many Python units in catalogue order: JSON lines `{"id", "code"}` in, `{"id", "code", "left", "refused"}` out.
//!
//! The baseline "rules in order" of the evaluation: every edit is verified, none is weighed.

use std::io::{BufRead, Write};

use analyzers::edit::Edit;
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::{rewrite, scan, verify};

const ROUNDS: usize = 8;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let Ok(record) = serde_json::from_str::<serde_json::Value>(&line?) else { continue };
        let language = record["language"].as_str().and_then(Language::from_label).unwrap_or(Language::Python);
        let (code, left, refused) = fix(language, record["code"].as_str().unwrap_or_default());
        writeln!(out, "{}", serde_json::json!({ "id": record["id"], "code": code, "left": left, "refused": refused }))?;
    }
    Ok(())
}

fn fix(language: Language, text: &str) -> (String, Vec<String>, Vec<String>) {
    let mut program = Program::parse(language, text, &Limits::default());
    let mut analysis = scan::analyse(&program);
    let mut refused = Vec::new();
    for _ in 0..ROUNDS {
        let edits = rewrite::candidates(&program, &analysis);
        let mut taken: Vec<&Edit> = Vec::new();
        let mut best = None;
        for edit in &edits {
            if taken.iter().any(|known| known.group == edit.group) {
                continue;
            }
            let mut set = taken.clone();
            set.push(edit);
            match verify::rewrite(&program, &analysis, rewrite::apply(&program, &set), &set) {
                Ok(verified)
                    if best
                        .as_ref()
                        .is_none_or(|best: &verify::Verified| verified.analysis.k() < best.analysis.k()) =>
                {
                    best = Some(verified);
                    taken = set;
                }
                Ok(_) => {}
                Err(why) => refused.push(format!("{} {why:?}", edit.kind.name())),
            }
        }
        match best {
            Some(verified) => (program, analysis) = (verified.program, verified.analysis),
            None => break,
        }
    }
    let left = analysis
        .issues()
        .map(|finding| format!("{} {} @{}", finding.rule, finding.concept, finding.span.start))
        .collect();
    (program.text, left, refused)
}
