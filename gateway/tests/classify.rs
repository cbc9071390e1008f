//! How well the ranking of weaknesses does on labelled pairs, per source, beside two baselines that analyse nothing.
//!
//! Reads `../shared/data` beside the repository; says so and passes where it is absent. One half of the pairs (by hash)
//! teaches the baselines and gave the confidences of `classify.rs`, the other half is measured. Comments are stripped.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use analyzers::cwe::related;
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use gateway::classify;
use serde_json::Value;

/// Sources of pairs, as the data names them.
const SOURCES: [&str; 3] = ["eth-sri/sven", "eth-sri/SafeCoder", "fabiansdp/RethinkSecCodeEval"];
/// Greatest expected calibration error that passes.
const MOST_ERROR: f32 = 0.1;

struct Sample {
    source: &'static str,
    language: Language,
    code: String,
    cwe: Vec<u16>,
    insecure: bool,
    /// Whether it belongs to the half that is measured.
    measured: bool,
}

impl Sample {
    fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let source = value["source"].as_str()?.split('@').next()?;
        let source = SOURCES.into_iter().find(|known| *known == source)?;
        let cwe: Vec<u16> = value["cwe"].as_array()?.iter().filter_map(|cwe| cwe.as_u64()?.try_into().ok()).collect();
        let insecure = match value["role"].as_str()? {
            "insecure" => true,
            "secure" => false,
            _ => return None,
        };
        let pair = value["pair"].as_str().unwrap_or("None");
        let measured = (hash([source, pair].iter().flat_map(|part| part.bytes())) >> 32) % 2 == 1;
        let language = Language::from_label(value["language"].as_str()?)?;
        let code = without_comments(language, value["code"].as_str()?);
        (!cwe.is_empty()).then_some(Self { source, language, code, cwe, insecure, measured })
    }

    fn is(&self, cwe: u16) -> bool {
        self.cwe.iter().any(|&label| related(label, cwe))
    }
}

/// FNV-1a, so that the halves stay what they are.
fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The code without lines that are comments, and without what follows a comment's sign at the end of a line.
fn without_comments(language: Language, code: &str) -> String {
    let sign = language.comment();
    let ends = |line: &str| {
        let at = line.match_indices(sign).map(|(at, _)| at).find(|&at| {
            let before = line.get(..at).unwrap_or_default();
            before.trim().is_empty() || (before.ends_with(' ') && before.matches(['"', '\'', '`']).count() % 2 == 0)
        });
        at.unwrap_or(line.len())
    };
    let kept = |line: &str| line.get(..ends(line)).unwrap_or_default().to_owned();
    code.lines().map(kept).collect::<Vec<_>>().join("\n")
}

fn tokens(code: &str) -> impl Iterator<Item = &str> {
    code.split(|character: char| !character.is_alphanumeric() && character != '_').filter(|word| !word.is_empty())
}

/// Which weakness a bag of tokens speaks for: naive Bayes with one more of each token.
#[derive(Default)]
struct Bag<'s> {
    words: HashMap<&'s str, HashMap<u16, f32>>,
    totals: BTreeMap<u16, f32>,
    samples: BTreeMap<u16, f32>,
}

impl<'s> Bag<'s> {
    fn learn(&mut self, cwe: u16, code: &'s str) {
        *self.samples.entry(cwe).or_default() += 1.0;
        for token in tokens(code) {
            *self.words.entry(token).or_default().entry(cwe).or_default() += 1.0;
            *self.totals.entry(cwe).or_default() += 1.0;
        }
    }

    fn guess(&self, code: &str) -> Option<u16> {
        let mut scores: BTreeMap<u16, f32> = self.samples.iter().map(|(cwe, count)| (*cwe, count.ln())).collect();
        for counts in tokens(code).filter_map(|token| self.words.get(token)) {
            for (cwe, score) in &mut scores {
                let total = self.totals.get(cwe).copied().unwrap_or_default() + self.words.len() as f32;
                *score += ((counts.get(cwe).copied().unwrap_or_default() + 1.0) / total).ln();
            }
        }
        scores.into_iter().max_by(|one, other| one.1.total_cmp(&other.1)).map(|(cwe, _)| cwe)
    }
}

/// Confidences beside what came true.
#[derive(Default)]
struct Calibration(Vec<(f32, bool)>);

impl Calibration {
    /// Expected calibration error over ten bins.
    fn error(&self) -> f32 {
        let mut bins = [(0.0, 0.0); 10];
        for (confidence, right) in &self.0 {
            if let Some(bin) = bins.get_mut(((confidence * 10.0) as usize).min(9)) {
                bin.0 += confidence;
                bin.1 += f32::from(u8::from(*right));
            }
        }
        bins.iter().map(|(said, right): &(f32, f32)| (said - right).abs()).sum::<f32>() / self.0.len().max(1) as f32
    }
}

#[test]
fn the_ranking_is_better_than_what_analyses_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/train");
    let files = ["python.jsonl", "other.jsonl"].map(|name| std::fs::read_to_string(folder.join(name)).ok());
    let [Some(python), Some(other)] = &files else {
        println!("../shared/data is not here: nothing is measured");
        return;
    };
    let samples: Vec<Sample> = python.lines().chain(other.lines()).filter_map(Sample::read).collect();
    let mut all = Calibration::default();
    println!("source                        n  said  top-1  top-3  source-only  tokens    ECE");
    for source in SOURCES {
        let of_source = || samples.iter().filter(|sample| sample.source == source);
        let mut bag = Bag::default();
        for sample in of_source().filter(|sample| sample.insecure && !sample.measured) {
            bag.learn(sample.cwe.first().copied().unwrap_or_default(), &sample.code);
        }
        let usual = bag.samples.iter().max_by(|one, other| one.1.total_cmp(other.1)).map(|(cwe, _)| *cwe);
        let (mut count, mut said, mut first, mut three, mut only, mut by_tokens) = (0, 0, 0, 0, 0, 0);
        let mut calibration = Calibration::default();
        for sample in of_source().filter(|sample| sample.measured) {
            let program = Program::parse(sample.language, sample.code.as_str(), &Limits::default());
            let ranking = classify::rank(&analyzers::scan::analyse(&program).findings, &program.text);
            let outcomes = ranking.iter().map(|likely| (likely.confidence, sample.is(likely.cwe)));
            if !sample.insecure {
                // What else a secure sample may have is not labelled.
                calibration.0.extend(outcomes.filter(|outcome| outcome.1).map(|outcome| (outcome.0, false)));
                continue;
            }
            calibration.0.extend(outcomes);
            let right = |most: usize| ranking.iter().take(most).any(|likely| sample.is(likely.cwe));
            count += 1;
            said += usize::from(!ranking.is_empty());
            first += usize::from(right(1));
            three += usize::from(right(3));
            only += usize::from(usual.is_some_and(|cwe| sample.is(cwe)));
            by_tokens += usize::from(bag.guess(&sample.code).is_some_and(|cwe| sample.is(cwe)));
        }
        let share = |part: usize| part as f32 / count.max(1) as f32;
        println!(
            "{source:28} {count:4}  {:.2}   {:.2}   {:.2}         {:.2}    {:.2}   {:.3}",
            share(said),
            share(first),
            share(three),
            share(only),
            share(by_tokens),
            calibration.error()
        );
        assert!(first > only, "{source}: the usual weakness of the source does no worse");
        all.0.extend(calibration.0);
    }
    println!("expected calibration error over all sources: {:.3} ({} weaknesses told)", all.error(), all.0.len());
    // Tokens know the words of a source's weaknesses, not whether the code has one.
    assert!(all.error() <= MOST_ERROR, "confidences are no longer true: measure them again");
}
