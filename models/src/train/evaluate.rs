//! What a trained generator is worth: eq. 1 after at most 1, 2, 3 edits chosen without re-analysis, beside choosers that
//! get the same candidates and the same Verify; never tuned on what it prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use burn::tensor::Device;

use super::fit::{Data, Plan, choose, fit};
use super::network::Parameters;
use super::random::Random;
use super::site::Site;
use crate::side::CHOICES;

/// Most edits that a chooser may take.
const BUDGETS: [usize; 3] = [1, 2, 3];
/// One weakness in this many is kept for the test.
const TEST_SHARE: u64 = 3;
/// One family in this many of the rest stops the training early.
const VALID_SHARE: u64 = 6;

/// How the corpus is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Weaknesses of the test are absent from training, and so is every family that has a program among them.
    Weakness,
    /// Families of the test are absent from training.
    Family,
}

/// Indices of sites for training, early stopping and the test.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// Trained on.
    pub train: Vec<usize>,
    /// Early stopping.
    pub valid: Vec<usize>,
    /// Tested on.
    pub test: Vec<usize>,
    /// Weaknesses of the test.
    pub weaknesses: BTreeSet<u16>,
}

pub(super) fn lot(value: u64) -> u64 {
    Random::new(value.wrapping_mul(0x9E37_79B9)).next()
}

/// Splits once and for all: it does not depend on a seed.
pub fn split(data: &Data, by: Split) -> Parts {
    let mut parts = Parts::default();
    let mut touched = BTreeSet::new();
    if by == Split::Weakness {
        let all: BTreeSet<u16> = data.sites.iter().map(|site| site.cwe).collect();
        parts.weaknesses =
            all.into_iter().filter(|&cwe| lot(u64::from(cwe) + 101).is_multiple_of(TEST_SHARE)).collect();
        let tested = data.sites.iter().filter(|site| parts.weaknesses.contains(&site.cwe));
        touched = tested.map(|site| site.family).collect();
    }
    // Choices are tested by their own trial.
    for (at, site) in data.sites.iter().enumerate().filter(|(_, site)| site.label.is_none()) {
        let family = lot(site.family as u64);
        let tested = match by {
            Split::Weakness => parts.weaknesses.contains(&site.cwe),
            Split::Family => family.is_multiple_of(TEST_SHARE),
        };
        if tested {
            parts.test.push(at);
        } else if touched.contains(&site.family) {
            // Of a family that has programs on both sides nothing is trained on.
        } else if (family / 7).is_multiple_of(VALID_SHARE) {
            parts.valid.push(at);
        } else {
            parts.train.push(at);
        }
    }
    parts
}

/// All but the families that stop the training early: what the released weights are trained on.
pub fn all(data: &Data) -> Parts {
    let mut parts = Parts::default();
    for (at, site) in data.sites.iter().enumerate() {
        if (lot(site.family as u64) / 7).is_multiple_of(VALID_SHARE) {
            parts.valid.push(at);
        } else {
            parts.train.push(at);
        }
    }
    parts
}

/// A chooser's wishes for one site: edits of distinct groups, the most wanted first.
type Wishes = Vec<Vec<usize>>;

/// The preferred edit of each group, where it beats "keep", by its odds against "keep"; ties fall by lot.
fn by_probability(data: &Data, of: &[usize], parameters: &Parameters, random: &mut Random, device: &Device) -> Wishes {
    let chosen = choose(parameters, data, of, device);
    of.iter()
        .zip(&chosen.probabilities)
        .map(|(&at, probabilities)| {
            let mut wishes: Vec<(f32, u64, usize)> = Vec::new();
            for group in &data.sites[at].groups {
                let keep = 1.0 - group.iter().map(|&edit| probabilities[edit]).sum::<f32>();
                let mut options: Vec<(f32, u64, Option<usize>)> =
                    group.iter().map(|&edit| (probabilities[edit], random.next(), Some(edit))).collect();
                options.push((keep, random.next(), None));
                for option in &mut options {
                    option.0 = (option.0 * 1e5).round();
                }
                options.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
                if let (probability, lot, Some(edit)) = options[0] {
                    wishes.push((probability / keep.max(1e-6), lot, edit));
                }
            }
            wishes.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
            wishes.into_iter().map(|(_, _, edit)| edit).collect()
        })
        .collect()
}

fn at_random(data: &Data, of: &[usize], random: &mut Random) -> Wishes {
    of.iter()
        .map(|&at| {
            let mut wishes: Vec<usize> = Vec::new();
            for group in &data.sites[at].groups {
                wishes.extend(group.get(random.below(group.len() + 1)));
            }
            random.shuffle(&mut wishes);
            wishes
        })
        .collect()
}

fn in_rule_order(data: &Data, of: &[usize]) -> Wishes {
    of.iter().map(|&at| data.sites[at].groups.iter().map(|group| group[0]).collect()).collect()
}

/// The edit of each group that alone lowers k most: one analysis per candidate, which the others do not spend.
fn by_measured(data: &Data, of: &[usize]) -> Wishes {
    of.iter()
        .map(|&at| {
            let site = &data.sites[at];
            let gain = |edit: usize| {
                let single = &site.singles[edit];
                if single.accepted { site.base.k - single.realised.k } else { 0.0 }
            };
            let best = |group: &Vec<usize>| {
                group.iter().copied().rev().max_by(|&one, &other| gain(one).total_cmp(&gain(other)))
            };
            let mut wishes: Vec<usize> = site.groups.iter().filter_map(best).filter(|&edit| gain(edit) > 0.0).collect();
            wishes.sort_by(|&one, &other| gain(other).total_cmp(&gain(one)));
            wishes
        })
        .collect()
}

pub(super) fn zeroed(of: &Parameters) -> Parameters {
    let mut zeroed = of.clone();
    zeroed.0.iter_mut().for_each(|matrix| matrix.values.fill(0.0));
    zeroed
}

fn shuffled(of: &Parameters, random: &mut Random) -> Parameters {
    let mut shuffled = of.clone();
    shuffled.0.iter_mut().for_each(|matrix| random.shuffle(&mut matrix.values));
    shuffled
}

/// What a chooser reached: eq. 1, the target Q, and whether anything changed.
#[derive(Debug, Clone, Copy, Default)]
struct Reached {
    value: f32,
    quality: f32,
    unchanged: f32,
}

fn reach(site: &Site, wishes: &[usize], budget: usize) -> Reached {
    let mut set: Vec<usize> = wishes.iter().copied().take(budget).collect();
    set.sort_unstable();
    let unchanged = Reached { value: site.base.k, quality: 0.0, unchanged: 1.0 };
    if set.is_empty() {
        return unchanged;
    }
    let outcome = site.outcome(&set);
    if !outcome.accepted {
        return unchanged;
    }
    Reached { value: outcome.realised.k + (1.0 - outcome.similarity), quality: outcome.quality, unchanged: 0.0 }
}

/// Mean over families of the mean over their programs.
fn mean(data: &Data, of: &[usize], wishes: &Wishes, budget: usize) -> Reached {
    let mut families: BTreeMap<usize, (Reached, f32)> = BTreeMap::new();
    for (&at, wishes) in of.iter().zip(wishes) {
        let site = &data.sites[at];
        let reached = reach(site, wishes, budget);
        let (sum, count) = families.entry(site.family).or_default();
        sum.value += reached.value;
        sum.quality += reached.quality;
        sum.unchanged += reached.unchanged;
        *count += 1.0;
    }
    let count = families.len().max(1) as f32;
    families.into_values().fold(Reached::default(), |mean, (sum, own)| Reached {
        value: mean.value + sum.value / own / count,
        quality: mean.quality + sum.quality / own / count,
        unchanged: mean.unchanged + sum.unchanged / own / count,
    })
}

/// Trains with every seed on one split and prints the table of METHOD, section 3, in Markdown.
pub fn table(data: &Data, by: Split, plan: Plan, seeds: u64, log: &mut dyn std::io::Write) -> anyhow::Result<String> {
    let parts = split(data, by);
    anyhow::ensure!(!parts.test.is_empty(), "the split leaves no program for the test");
    let device = Device::flex();
    let mut rows: BTreeMap<(usize, &str), Vec<[Reached; 3]>> = BTreeMap::new();
    let tested = &parts.test;
    let mut add = |order: usize, name: &'static str, wishes: &Wishes| {
        let reached = BUDGETS.map(|budget| mean(data, tested, wishes, budget));
        rows.entry((order, name)).or_default().push(reached);
    };
    add(0, "unedited", &vec![Vec::new(); tested.len()]);
    add(5, "rule order", &in_rule_order(data, tested));
    add(6, "greedy by measured Δk (an analysis per candidate)", &by_measured(data, tested));
    for seed in 0..seeds {
        let trained = fit(data, &parts.train, &parts.valid, Plan { seed, ..plan }, log)?;
        let mut random = Random::new(seed + 1_000);
        add(1, "gGAN, trained", &by_probability(data, tested, &trained.generator, &mut random, &device));
        add(2, "gGAN, zeroed", &by_probability(data, tested, &zeroed(&trained.generator), &mut random, &device));
        let mixed = shuffled(&trained.generator, &mut random);
        add(3, "gGAN, shuffled", &by_probability(data, tested, &mixed, &mut random, &device));
        add(4, "random", &at_random(data, tested, &mut random));
    }
    let families: BTreeSet<usize> = tested.iter().map(|&at| data.sites[at].family).collect();
    let mut text = String::new();
    let what = match by {
        Split::Weakness => {
            format!("by weakness (test: CWE {:?}, absent from training with their families)", parts.weaknesses)
        }
        Split::Family => "by near-duplicate family".to_owned(),
    };
    writeln!(
        text,
        "Split {what}: {} programs to train, {} to stop, {} in {} families to test; {seeds} seeds; {CHOICES} choices.\n",
        parts.train.len(),
        parts.valid.len(),
        tested.len(),
        families.len()
    )?;
    writeln!(text, "| chooser | eq. 1, ≤ 1 edit | ≤ 2 edits | ≤ 3 edits | target Q, ≤ 3 edits | ĉ = c |")?;
    writeln!(text, "|---|---|---|---|---|---|")?;
    let mut best: Vec<(f32, &str)> = Vec::new();
    for ((_, name), seeds) in &rows {
        let cell = |of: &dyn Fn(&[Reached; 3]) -> f32| {
            let values: Vec<f32> = seeds.iter().map(of).collect();
            let mean = values.iter().sum::<f32>() / values.len() as f32;
            let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>()
                / values.len().max(2).saturating_sub(1) as f32;
            if values.len() > 1 { format!("{mean:.3} ± {:.3}", spread.sqrt()) } else { format!("{mean:.3}") }
        };
        writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} |",
            cell(&|row| row[0].value),
            cell(&|row| row[1].value),
            cell(&|row| row[2].value),
            cell(&|row| row[2].quality),
            cell(&|row| row[2].unchanged),
        )?;
        best.push((seeds.iter().map(|row| row[2].value).sum::<f32>() / seeds.len() as f32, name));
    }
    best.sort_by(|one, other| one.0.total_cmp(&other.0));
    let order: Vec<String> = best.iter().map(|(value, name)| format!("{name} ({value:.3})")).collect();
    writeln!(text, "\nBest to worst by eq. 1 after at most 3 edits: {}.", order.join("; "))?;
    Ok(text)
}
