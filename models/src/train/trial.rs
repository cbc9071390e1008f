//! What a generator is worth on the choice set, beside choosers that get the same candidates and the same Verify; the
//! split is fixed by cluster and source and never depends on a seed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use burn::tensor::Device;

use super::choices::{Label, Sort};
use super::evaluate::{Parts, lot, zeroed};
use super::fit::{Data, Plan, choose, fit};
use super::network::Parameters;
use super::random::Random;
use super::site::Site;

/// A source of which every choice is tested on and none trained on.
const HELD_SOURCE: &str = "eth-sri/SafeCoder";
/// One cluster in this many is kept for the test.
const TEST_SHARE: u64 = 2;
/// One family in this many of the rest stops the training early.
const VALID_SHARE: u64 = 6;
/// Resamples of the clusters.
const RESAMPLES: usize = 2_000;
/// The lead over the best baseline that earns the choice, in points of fixed-and-kept.
const LEAD: f32 = 5.0;

/// The parts of a trial; `test` holds choices only.
pub fn split(data: &Data) -> Parts {
    let is_tested = |site: &Site| {
        site.label.is_some() && (site.source == HELD_SOURCE || (lot(site.family as u64) / 3).is_multiple_of(TEST_SHARE))
    };
    let touched: BTreeSet<usize> = data.sites.iter().filter(|site| is_tested(site)).map(|site| site.family).collect();
    let mut parts = Parts::default();
    for (at, site) in data.sites.iter().enumerate() {
        if is_tested(site) {
            parts.test.push(at);
        } else if touched.contains(&site.family) {
            // Of a cluster that is tested on nothing is trained on.
        } else if (lot(site.family as u64) / 7).is_multiple_of(VALID_SHARE) {
            parts.valid.push(at);
        } else {
            parts.train.push(at);
        }
    }
    parts
}

/// What one chooser takes at one choice: `None` keeps.
type Chosen = Option<usize>;

/// What choices came to, each of them at one site.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    /// The choice is right.
    right: f32,
    /// A decoy is changed, before Verify.
    damaged: Option<f32>,
    /// A decoy is changed, and Verify accepts it.
    damaged_after: Option<f32>,
    /// What needs an edit gets the right one, and Verify accepts it.
    fixed: Option<f32>,
    /// Similarity to the original after Verify.
    similarity: f32,
}

fn mark(site: &Site, label: &Label, chosen: Chosen) -> Marks {
    let after = chosen.filter(|&at| site.singles[at].accepted);
    let one = |holds: bool| if holds { 1.0 } else { 0.0 };
    let (right, decoy) = (label.right.contains(&chosen), label.right.contains(&None));
    Marks {
        right: one(right),
        damaged: decoy.then(|| one(!right)),
        damaged_after: decoy.then(|| one(!label.right.contains(&after))),
        fixed: (!decoy).then(|| one(label.right.contains(&after))),
        similarity: after.map_or(1.0, |at| site.singles[at].similarity),
    }
}

/// Measured Δk of every option, greedy's only knowledge.
fn gains(site: &Site, label: &Label) -> Vec<f32> {
    label.options.iter().map(|option| option.map_or(0.0, |at| site.lowers_findings(at))).collect()
}

/// The options with the greatest measured Δk.
fn greediest(site: &Site, label: &Label) -> Vec<Chosen> {
    let gains = gains(site, label);
    let most = gains.iter().copied().fold(0.0, f32::max);
    label.options.iter().zip(gains).filter(|&(_, gain)| gain > most - 1e-4).map(|(&option, _)| option).collect()
}

/// The generator's probability of every option of every tested choice.
fn probabilities(data: &Data, of: &[usize], parameters: &Parameters, device: &Device) -> Vec<Vec<f32>> {
    let chosen = choose(parameters, data, of, device);
    let mut all = Vec::with_capacity(of.len());
    for (&at, odds) in of.iter().zip(&chosen.probabilities) {
        let site = &data.sites[at];
        let Some(label) = &site.label else { continue };
        let keep = 1.0 - site.groups[label.group].iter().map(|&edit| odds[edit]).sum::<f32>();
        all.push(label.options.iter().map(|option| option.map_or(keep, |edit| odds[edit])).collect());
    }
    all
}

/// The best of `among` by odds; near ties fall by lot.
fn best(label: &Label, odds: &[f32], among: &[Chosen], random: &mut Random) -> Chosen {
    let mut ranked: Vec<(i64, u64, Chosen)> = label
        .options
        .iter()
        .zip(odds)
        .filter(|(option, _)| among.contains(option))
        .map(|(&option, odds)| ((odds * 1e5).round() as i64, random.next(), option))
        .collect();
    ranked.sort_unstable();
    ranked.last().and_then(|&(_, _, option)| option)
}

/// A chooser's marks: by seed, by tested choice.
type Row = (&'static str, Vec<Vec<Marks>>);

const TRAINED: &str = "gGAN, trained, alone";
const TIES: &str = "greedy, ties by the gGAN";
const BASELINES: [&str; 4] = ["greedy by measured Δk", "rule order", "random", "gGAN, zeroed"];

/// Trains with every seed, tests on the held-out choices and prints the table and what METHOD's rule says of it.
pub fn table(data: &Data, plan: Plan, seeds: u64, log: &mut dyn std::io::Write) -> anyhow::Result<String> {
    let parts = split(data);
    anyhow::ensure!(!parts.test.is_empty(), "the split leaves no choice for the test");
    let device = Device::flex();
    let labelled: Vec<(&Site, &Label)> =
        parts.test.iter().filter_map(|&at| Some((&data.sites[at], data.sites[at].label.as_ref()?))).collect();
    let run = |choose: &mut dyn FnMut(usize, &Site, &Label) -> Chosen| -> Vec<Marks> {
        labelled.iter().enumerate().map(|(at, &(site, label))| mark(site, label, choose(at, site, label))).collect()
    };
    let mut rows: Vec<Row> = Vec::new();
    let mut add = |name: &'static str, marks: Vec<Marks>| match rows.iter_mut().find(|(known, _)| *known == name) {
        Some((_, seeds)) => seeds.push(marks),
        None => rows.push((name, vec![marks])),
    };
    let mut alarms = Vec::new();
    let mut lambda = Vec::new();
    for seed in plan.seed..plan.seed + seeds.max(1) {
        let mut random = Random::new(seed + 1_000);
        let trained = fit(data, &parts.train, &parts.valid, Plan { seed, ..plan }, log)?;
        alarms.extend(trained.health.alarms().into_iter().map(|alarm| format!("seed {seed}: {alarm}")));
        lambda.push(format!("seed {seed}: AUC {:.3} → λ = {}", trained.auc.0, trained.adversarial));
        let odds = probabilities(data, &parts.test, &trained.generator, &device);
        add(TRAINED, run(&mut |at, _, label| best(label, &odds[at], &label.options, &mut random)));
        add(TIES, run(&mut |at, site, label| best(label, &odds[at], &greediest(site, label), &mut random)));
        if trained.adversarial > 0.0 {
            let without = fit(data, &parts.train, &parts.valid, Plan { seed, adversarial: 0.0, ..plan }, log)?;
            let odds = probabilities(data, &parts.test, &without.generator, &device);
            add("gGAN, λ = 0, alone", run(&mut |at, _, label| best(label, &odds[at], &label.options, &mut random)));
        }
        add(BASELINES[0], run(&mut |_, site, label| greediest(site, label)[0]));
        add(BASELINES[1], run(&mut |_, _, label| label.options[1]));
        add(BASELINES[2], run(&mut |_, _, label| label.options[random.below(label.options.len())]));
        let nothing = probabilities(data, &parts.test, &zeroed(&trained.generator), &device);
        add(BASELINES[3], run(&mut |at, _, label| best(label, &nothing[at], &label.options, &mut random)));
        add("keep always", run(&mut |_, _, _| None));
    }
    let sample = Sample::of(&labelled);
    let mut text = String::new();
    let clusters = sample.clusters.len();
    writeln!(
        text,
        "{} sites to train, {} to stop, {} choices in {clusters} clusters to test ({}); seeds {}–{}.\n",
        parts.train.len(),
        parts.valid.len(),
        labelled.len(),
        Sort::ALL
            .map(|sort| format!("{} {}", sort.name(), labelled.iter().filter(|own| own.1.sort == sort).count()))
            .join(", "),
        plan.seed,
        plan.seed + seeds.max(1) - 1
    )?;
    writeln!(
        text,
        "| chooser | accuracy | fixed and kept | decoys damaged, before Verify | decoys damaged, after Verify | similarity |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|")?;
    for (name, marks) in &rows {
        let percent = |of: Of| sample.interval(marks, None, of).percent();
        writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {:.3} |",
            percent(right),
            percent(fixed),
            percent(damaged),
            percent(damaged_after),
            sample.interval(marks, None, similarity).mean
        )?;
    }
    writeln!(text, "\nBy sort, accuracy in %:\n")?;
    writeln!(text, "| chooser | {} |", Sort::ALL.map(Sort::name).join(" | "))?;
    writeln!(text, "|---|---|---|---|---|")?;
    for (name, marks) in &rows {
        let cells = Sort::ALL.map(|sort| {
            let own: Vec<f32> = marks
                .iter()
                .flat_map(|marks| marks.iter().zip(&labelled))
                .filter(|(_, (_, label))| label.sort == sort)
                .map(|(marks, _)| marks.right)
                .collect();
            if own.is_empty() {
                "–".to_owned()
            } else {
                format!("{:.0}", 100.0 * own.iter().sum::<f32>() / own.len() as f32)
            }
        });
        writeln!(text, "| {name} | {} |", cells.join(" | "))?;
    }
    text += &verdict(&rows, &sample)?;
    writeln!(text, "\nλ: {}.", lambda.join("; "))?;
    writeln!(text, "Health alarms: {}.", if alarms.is_empty() { "none".to_owned() } else { alarms.join("; ") })?;
    Ok(text)
}

/// METHOD's rule: fixed-and-kept at least 5 points above the best baseline, the interval above 0, damage not higher.
fn verdict(rows: &[Row], sample: &Sample) -> anyhow::Result<String> {
    let of = |name: &str| rows.iter().find(|(known, _)| *known == name).map(|(_, marks)| marks);
    let mean = |name: &str, by: Of| of(name).map_or(0.0, |marks| sample.interval(marks, None, by).mean);
    let mut text = String::from("\n");
    let baseline = BASELINES.into_iter().max_by(|one, other| mean(one, fixed).total_cmp(&mean(other, fixed)));
    let Some(baseline) = baseline else { return Ok(text) };
    for name in [TRAINED, TIES] {
        let Some(marks) = of(name) else { continue };
        let lead = sample.interval(marks, of(baseline), fixed);
        let damage = mean(name, damaged_after) - mean(baseline, damaged_after);
        let earned = 100.0 * lead.mean >= LEAD && lead.low > 0.0 && damage <= 1e-6;
        writeln!(
            text,
            "**{name}: {}.** Fixed-and-kept is {:+.1} points [{:+.1}, {:+.1}] against the best baseline ({baseline}), damage on decoys after Verify {:+.1} points. Earned takes ≥ {LEAD:.0} points, an interval above 0 and no more damage.\n",
            if earned { "earned" } else { "not earned" },
            100.0 * lead.mean,
            100.0 * lead.low,
            100.0 * lead.high,
            100.0 * damage
        )?;
    }
    Ok(text)
}

type Of = fn(&Marks) -> Option<f32>;

#[expect(clippy::unnecessary_wraps, reason = "one shape for every mark")]
fn right(of: &Marks) -> Option<f32> {
    Some(of.right)
}

#[expect(clippy::unnecessary_wraps, reason = "one shape for every mark")]
fn similarity(of: &Marks) -> Option<f32> {
    Some(of.similarity)
}

fn fixed(of: &Marks) -> Option<f32> {
    of.fixed
}

fn damaged(of: &Marks) -> Option<f32> {
    of.damaged
}

fn damaged_after(of: &Marks) -> Option<f32> {
    of.damaged_after
}

/// A mean with its 95 % interval by bootstrap over clusters.
#[derive(Debug, Clone, Copy)]
struct Interval {
    mean: f32,
    low: f32,
    high: f32,
}

impl Interval {
    fn percent(self) -> String {
        format!("{:.1} % [{:.1}, {:.1}]", 100.0 * self.mean, 100.0 * self.low, 100.0 * self.high)
    }
}

/// The tested choices by cluster.
struct Sample {
    clusters: Vec<Vec<usize>>,
}

impl Sample {
    fn of(labelled: &[(&Site, &Label)]) -> Self {
        let mut clusters: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, (site, _)) in labelled.iter().enumerate() {
            clusters.entry(site.family).or_default().push(at);
        }
        Self { clusters: clusters.into_values().collect() }
    }

    /// The mean over clusters of the mean over their choices and the seeds, less that of `against`.
    fn interval(&self, marks: &[Vec<Marks>], against: Option<&Vec<Vec<Marks>>>, of: Of) -> Interval {
        let mean = |marks: &[Vec<Marks>], cluster: &[usize]| {
            let values: Vec<f32> =
                marks.iter().flat_map(|seed| cluster.iter().filter_map(|&at| of(&seed[at]))).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f32>() / values.len() as f32)
        };
        let values: Vec<f32> = self
            .clusters
            .iter()
            .filter_map(|cluster| {
                let against = against.map_or(Some(0.0), |against| mean(against, cluster))?;
                Some(mean(marks, cluster)? - against)
            })
            .collect();
        bootstrap(&values)
    }
}

fn bootstrap(values: &[f32]) -> Interval {
    let average = |sum: f32| sum / values.len().max(1) as f32;
    let mean = average(values.iter().sum());
    if values.is_empty() {
        return Interval { mean, low: mean, high: mean };
    }
    let mut random = Random::new(11);
    let mut means: Vec<f32> =
        (0..RESAMPLES).map(|_| average((0..values.len()).map(|_| values[random.below(values.len())]).sum())).collect();
    means.sort_by(f32::total_cmp);
    let at = |share: f32| means[((RESAMPLES - 1) as f32 * share) as usize];
    Interval { mean, low: at(0.025), high: at(0.975) }
}

#[cfg(test)]
mod tests {
    use super::bootstrap;

    #[test]
    fn the_interval_narrows_with_agreement_and_holds_the_mean() {
        let same = bootstrap(&[1.0; 20]);
        assert!((same.low - 1.0).abs() < 1e-6 && (same.high - 1.0).abs() < 1e-6);
        let mixed: Vec<f32> = (0..40u8).map(|at| f32::from(at % 2)).collect();
        let mixed = bootstrap(&mixed);
        assert!(mixed.low > 0.3 && mixed.low < 0.45 && mixed.high > 0.55 && mixed.high < 0.7, "{mixed:?}");
        assert!(bootstrap(&[]).mean.abs() < 1e-6);
    }
}
