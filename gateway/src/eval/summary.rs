//! Rows summed up by strategy and graph: what tables and plots show. Plain data, no text.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Row;
use super::judge::{ACTIONABLE, Judgement, LEVELS};

/// The control that every gain is measured against.
pub const CONTROL: &str = "resample";
/// Most weaknesses of one program that the histogram tells apart.
const MOST_BINS: usize = 8;

/// One strategy with one graph, over all programs, models and seeds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// The strategy.
    pub strategy: String,
    /// The graph; `-` where none is read.
    pub graph: String,
    /// Runs: programs that parsed before, once for each model and seed.
    pub programs: u32,
    /// Runs left out because the program did not parse before, or the answer held no code.
    pub unparsed: u32,
    /// Runs without a result.
    pub errors: u32,
    /// Programs that were changed.
    pub changed: u32,
    /// Programs that no longer parse.
    pub failed: u32,
    /// Mean similarity to the original, all programs.
    pub similarity: f64,
    /// The same, of those changed.
    pub similarity_changed: Option<f64>,
    /// Calls of the model.
    pub queries: u64,
    /// Calls of the model that gave nothing.
    pub unanswered: u64,
    /// Prompt tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Dollars.
    pub cost_usd: f64,
    /// Mean time in milliseconds.
    pub time_ms: f64,
    /// The same, at the 95th percentile.
    pub time_ms_p95: f64,
    /// By judge.
    pub judges: BTreeMap<String, Judged>,
}

/// What one judge says of all programs of a summary.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Judged {
    /// Programs that it judged before.
    pub programs: u32,
    /// Programs that it could not judge afterwards; they count as they were before.
    pub unjudged: u32,
    /// Findings before, at the four levels.
    pub findings_before: [u64; 4],
    /// Findings after.
    pub findings_after: [u64; 4],
    /// Sum of k (distinct weaknesses of a program) before.
    pub k_before: [u64; 4],
    /// Sum of k after.
    pub k_after: [u64; 4],
    /// Programs with a finding at each level before.
    pub with: [u32; 4],
    /// Of these, programs without one after, which still parse.
    pub cleared: [u32; 4],
    /// Standard deviation over seeds of the cleared share at the level `actionable`; `None` with one seed.
    pub deviation: Option<f64>,
    /// Programs cleared (level `actionable`) after at most 1, 2, … iterations.
    pub cleared_by: Vec<u32>,
    /// Findings (level `actionable`) left after 1, 2, … iterations, a program that went on counted as it was before.
    pub findings_by: Vec<u64>,
    /// Programs by k before (level `actionable`): 0, 1, …; the last bin holds all above.
    pub histogram_before: Vec<u32>,
    /// Programs by k after.
    pub histogram_after: Vec<u32>,
    /// Programs with each weakness (level `actionable`) before and after.
    pub weaknesses: BTreeMap<u16, (u32, u32)>,
    /// Difference of the cleared share to the control's.
    pub gain: Option<Gain>,
}

/// A paired difference with its 95 % interval, clustered by program.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gain {
    /// The mean difference, in [-1, 1].
    pub mean: f64,
    /// Half the width of the interval.
    pub margin: f64,
}

impl Gain {
    /// Whether the interval holds no zero.
    pub fn is_clear(&self) -> bool {
        self.mean.abs() > self.margin
    }

    /// From the differences of each program.
    fn of(programs: &BTreeMap<&str, Vec<f64>>) -> Option<Self> {
        let count: usize = programs.values().map(Vec::len).sum();
        if programs.len() < 2 {
            return None;
        }
        let mean = programs.values().flatten().sum::<f64>() / count as f64;
        let square = |differences: &Vec<f64>| differences.iter().map(|value| value - mean).sum::<f64>().powi(2);
        let clusters = programs.len() as f64;
        let variance = programs.values().map(square).sum::<f64>() * clusters / (clusters - 1.0);
        Some(Self { mean, margin: 1.96 * variance.sqrt() / count as f64 })
    }
}

/// A column of rows that have something in common.
fn groups(rows: &[Row], by: impl Fn(&Row) -> (String, String)) -> Vec<((String, String), Vec<&Row>)> {
    let mut groups: Vec<((String, String), Vec<&Row>)> = Vec::new();
    for row in rows {
        let name = by(row);
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, group)) => group.push(row),
            None => groups.push((name, vec![row])),
        }
    }
    groups
}

/// One summary for each strategy and graph, in the order of the rows.
pub fn by_strategy(rows: &[Row]) -> Vec<Summary> {
    let control: Vec<&Row> = rows.iter().filter(|row| row.strategy == CONTROL && row.parsed).collect();
    groups(rows, |row| (row.strategy.clone(), row.graph.clone()))
        .into_iter()
        .map(|((strategy, graph), group)| {
            let compared = if strategy == CONTROL { &[][..] } else { &control[..] };
            Summary { strategy, graph, ..summed(&group, compared) }
        })
        .collect()
}

/// Programs and cleared share (level `actionable`) of each strategy for each model.
pub fn by_model(rows: &[Row], judge: &str) -> Vec<(String, String, Judged)> {
    groups(rows, |row| (row.model.clone(), row.strategy.clone()))
        .into_iter()
        .filter_map(|((model, strategy), group)| {
            summed(&group, &[]).judges.remove(judge).map(|judged| (model, strategy, judged))
        })
        .collect()
}

fn summed(rows: &[&Row], control: &[&Row]) -> Summary {
    let whole: Vec<&Row> = rows.iter().copied().filter(|row| row.parsed && row.error.is_none()).collect();
    let count = |of: &dyn Fn(&Row) -> bool| whole.iter().filter(|row| of(row)).count() as u32;
    let mean = |values: Vec<f64>| {
        let count = values.len();
        (count > 0).then(|| values.into_iter().sum::<f64>() / count as f64)
    };
    let mut times: Vec<f64> = whole.iter().map(|row| row.time_us as f64 / 1e3).collect();
    times.sort_by(f64::total_cmp);
    let late = times.get((times.len() * 95).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0.0);
    let names: std::collections::BTreeSet<&String> = whole.iter().flat_map(|row| row.before.keys()).collect();
    Summary {
        programs: whole.len() as u32,
        unparsed: rows.iter().filter(|row| !row.parsed && row.error.is_none()).count() as u32,
        errors: rows.iter().filter(|row| row.error.is_some()).count() as u32,
        changed: count(&|row| row.changed),
        failed: count(&|row| row.failed),
        similarity: mean(whole.iter().map(|row| f64::from(row.similarity)).collect()).unwrap_or(1.0),
        similarity_changed: mean(whole.iter().filter(|row| row.changed).map(|row| f64::from(row.similarity)).collect()),
        queries: whole.iter().map(|row| u64::from(row.queries)).sum(),
        unanswered: whole.iter().map(|row| u64::from(row.unanswered)).sum(),
        input_tokens: whole.iter().map(|row| row.input_tokens).sum(),
        output_tokens: whole.iter().map(|row| row.output_tokens).sum(),
        cost_usd: whole.iter().map(|row| row.cost_micros as f64 / 1e6).sum(),
        time_ms: mean(times).unwrap_or(0.0),
        time_ms_p95: late,
        judges: names.into_iter().map(|name| (name.clone(), judged(&whole, name, control))).collect(),
        ..Summary::default()
    }
}

/// What a judge says of a row before and after; what failed or could not be judged counts as it was before.
fn sides<'a>(row: &'a Row, judge: &str) -> Option<(&'a Judgement, &'a Judgement, bool)> {
    let before = row.before.get(judge).filter(|before| before.failed.is_none())?;
    let after = row.after.get(judge).filter(|after| after.failed.is_none() && !row.failed);
    Some((before, after.unwrap_or(before), after.is_some()))
}

fn at(levels: &[u32; 4], level: usize) -> u32 {
    levels.get(level).copied().unwrap_or(0)
}

/// Whether a judge finds the program cleared at a level; `None` where there was nothing to clear.
fn cleared(row: &Row, judge: &str, level: usize) -> Option<bool> {
    let (before, after, known) = sides(row, judge)?;
    (at(&before.findings, level) > 0).then(|| known && at(&after.findings, level) == 0)
}

fn judged(rows: &[&Row], judge: &str, control: &[&Row]) -> Judged {
    let mut sum =
        Judged { histogram_before: vec![0; MOST_BINS], histogram_after: vec![0; MOST_BINS], ..Judged::default() };
    let rounds = rows.iter().map(|row| row.iterations).max().unwrap_or(0).max(1) as usize;
    sum.cleared_by = vec![0; rounds];
    sum.findings_by = vec![0; rounds];
    for row in rows {
        let Some((before, after, known)) = sides(row, judge) else { continue };
        sum.programs += 1;
        sum.unjudged += u32::from(!known && !row.failed);
        for level in 0..LEVELS.len() {
            let add = |sums: &mut [u64; 4], levels: &[u32; 4]| {
                if let Some(sum) = sums.get_mut(level) {
                    *sum += u64::from(at(levels, level));
                }
            };
            add(&mut sum.findings_before, &before.findings);
            add(&mut sum.findings_after, &after.findings);
            add(&mut sum.k_before, &before.k);
            add(&mut sum.k_after, &after.k);
            if let (Some(cleared), Some(with), Some(total)) =
                (cleared(row, judge, level), sum.with.get_mut(level), sum.cleared.get_mut(level))
            {
                *with += 1;
                *total += u32::from(cleared);
            }
        }
        for (histogram, k) in [(&mut sum.histogram_before, before), (&mut sum.histogram_after, after)] {
            if let Some(bin) = histogram.get_mut((at(&k.k, ACTIONABLE) as usize).min(MOST_BINS - 1)) {
                *bin += 1;
            }
        }
        for cwe in &before.cwe {
            sum.weaknesses.entry(*cwe).or_default().0 += 1;
        }
        for cwe in &after.cwe {
            sum.weaknesses.entry(*cwe).or_default().1 += 1;
        }
        let last = row.iterations.max(1) as usize;
        for (round, (cleared_by, findings_by)) in sum.cleared_by.iter_mut().zip(&mut sum.findings_by).enumerate() {
            let done = round + 1 >= last;
            *cleared_by += u32::from(done && cleared(row, judge, ACTIONABLE) == Some(true));
            *findings_by += u64::from(at(&if done { after } else { before }.findings, ACTIONABLE));
        }
    }
    sum.deviation = deviation(rows, judge);
    sum.gain = gain(rows, judge, control);
    sum
}

/// Standard deviation of the cleared share over seeds.
fn deviation(rows: &[&Row], judge: &str) -> Option<f64> {
    let mut seeds = BTreeMap::<u32, (u32, u32)>::new();
    for row in rows {
        if let Some(cleared) = cleared(row, judge, ACTIONABLE) {
            let seed = seeds.entry(row.seed).or_default();
            *seed = (seed.0 + u32::from(cleared), seed.1 + 1);
        }
    }
    let shares: Vec<f64> = seeds.values().map(|(part, whole)| f64::from(*part) / f64::from(*whole)).collect();
    let count = shares.len() as f64;
    let mean = shares.iter().sum::<f64>() / count;
    (shares.len() > 1).then(|| (shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt())
}

/// The difference to the control over programs that both have.
fn gain(rows: &[&Row], judge: &str, control: &[&Row]) -> Option<Gain> {
    let known: BTreeMap<(&str, &str, u32), bool> = control
        .iter()
        .filter_map(|row| Some(((row.id.as_str(), row.model.as_str(), row.seed), cleared(row, judge, ACTIONABLE)?)))
        .collect();
    let mut programs = BTreeMap::<&str, Vec<f64>>::new();
    for row in rows {
        let pair = known.get(&(row.id.as_str(), row.model.as_str(), row.seed));
        if let (Some(theirs), Some(own)) = (pair, cleared(row, judge, ACTIONABLE)) {
            programs.entry(&row.id).or_default().push(f64::from(u8::from(own)) - f64::from(u8::from(*theirs)));
        }
    }
    Gain::of(&programs)
}
