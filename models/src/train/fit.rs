//! The training run: corpora → sites → generator against discriminator → the best parameters on held-out families.

use std::collections::HashMap;
use std::io::Write;
use std::rc::Rc;

use analyzers::graph::GraphKind;
use burn::tensor::Device;

use super::adam::Adam;
use super::choices::{Draft, Left};
use super::cluster;
use super::corpus::{Role, Sample};
use super::discriminator::{Discriminator, Example, area_under_curve};
use super::health::Health;
use super::loss::{self, Setting, Table};
use super::network::{Batch, HIDDEN, Network, Parameters, host};
use super::random::Random;
use super::realise::{self, Compact, Realised};
use super::similarity::{Histogram, Scale, similarity};
use super::site::{Known, Read, Site, Target};
use crate::side::{CHOICES, KEEP};

/// Programs in one batch.
const BATCH: usize = 24;
/// Programs of one family in one batch.
const OF_ONE_FAMILY: usize = 2;
/// Weight of the entropy of the choices.
const ENTROPY: f32 = 0.15;
/// Learning rate of the generator.
const RATE: f32 = 1e-3;
/// Epochs without a better validation after which training ends.
const PATIENCE: usize = 8;
/// Below this AUC on pairs of a held-out source the discriminator teaches nothing, and λ is 0.
const LEAST_AUC: f32 = 0.6;

/// What one training run is given.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Graph.
    pub graph: GraphKind,
    /// Seed of everything random.
    pub seed: u64,
    /// Most epochs.
    pub epochs: usize,
    /// λ, used where the discriminator can tell secure from insecure.
    pub adversarial: f32,
}

/// A prepared corpus.
pub struct Data {
    /// Programs with candidates.
    pub sites: Vec<Site>,
    /// Finding-free programs that are labelled secure or come without a label, with their source.
    pub plain: Vec<(String, Role, Realised)>,
    /// Secure and insecure halves of complete pairs, with their source: what the discriminator is tested on.
    pub halves: Vec<(String, Rc<Realised>, Rc<Realised>)>,
    /// Why drafts became no choices.
    pub left: Vec<Left>,
    /// z-scale of similarity.
    pub scale: Scale,
    /// What was read, in one sentence.
    pub summary: String,
}

/// Reads, analyses, clusters and measures a corpus, and the drafts of choices with it.
#[expect(clippy::implicit_hasher, reason = "the one caller reads it from JSON")]
pub fn prepare(
    samples: &[Sample],
    drafts: &[Draft],
    graph: GraphKind,
    target: Target,
    bandit: Option<&HashMap<String, f32>>,
    log: &mut dyn Write,
) -> anyhow::Result<Data> {
    let all = || samples.iter().map(|sample| (sample, None)).chain(drafts.iter().map(|own| (&own.sample, Some(own))));
    let signatures: Vec<_> = all().enumerate().map(|(at, (sample, _))| cluster::of(sample, at)).collect();
    let pairs: Vec<Option<String>> = all().map(|(sample, _)| sample.pair.clone()).collect();
    let families = cluster::families(&signatures, &pairs);
    let mut programs_of: HashMap<usize, f32> = HashMap::new();
    for family in &families {
        *programs_of.entry(*family).or_default() += 1.0;
    }

    let mut secure: HashMap<&str, Rc<Realised>> = HashMap::new();
    let mut insecure: HashMap<&str, (&str, Rc<Realised>)> = HashMap::new();
    for sample in samples {
        let Some(pair) = sample.pair.as_deref() else { continue };
        if !matches!(sample.role, Role::Secure | Role::Insecure) {
            continue;
        }
        let (_, _, _, realised) = realise::read(sample.language, sample.code.clone(), graph);
        if realised.graph.nodes() == 0 || realised.graph.nodes() > super::site::MOST_NODES {
            continue;
        }
        if sample.role == Role::Secure {
            secure.insert(pair, Rc::new(realised));
        } else {
            insecure.insert(pair, (&sample.source, Rc::new(realised)));
        }
    }
    let mut keys: Vec<&str> = insecure.keys().copied().filter(|pair| secure.contains_key(pair)).collect();
    keys.sort_unstable();
    let halves: Vec<_> = keys
        .iter()
        .map(|pair| (insecure[pair].0.to_owned(), Rc::clone(&secure[pair]), Rc::clone(&insecure[pair].1)))
        .collect();

    let mut sites = Vec::new();
    let mut plain = Vec::new();
    let mut left = Vec::new();
    for ((sample, draft), &family) in all().zip(&families) {
        let human: Option<&Histogram> = match (&sample.role, sample.pair.as_deref()) {
            (Role::Insecure, Some(pair)) => secure.get(pair).map(|half| &half.labels),
            _ => None,
        };
        match Site::of(sample, family, 1.0 / programs_of[&family], Known { human, bandit, draft }, graph, target) {
            Read::Site(site) => sites.push(*site),
            Read::Plain(realised) if realised.k == 0.0 && sample.role != Role::Insecure => {
                plain.push((sample.source.clone(), sample.role, realised));
            }
            Read::Left(reason) => left.extend(reason),
            Read::Plain(_) => {}
        }
    }
    let scale = scale(&sites);
    let summary = format!(
        "{} programs in {} families: {} with candidates ({} edits, {} groups), {} finding-free; {} complete pairs; S of random same-source pairs {:.3} ± {:.3}",
        families.len(),
        programs_of.len(),
        sites.len(),
        sites.iter().map(|site| site.edits.len()).sum::<usize>(),
        sites.iter().map(|site| site.groups.len()).sum::<usize>(),
        plain.len(),
        halves.len(),
        scale.mean,
        scale.deviation,
    );
    writeln!(log, "{summary}")?;
    Ok(Data { sites, plain, halves, left, scale, summary })
}

fn scale(sites: &[Site]) -> Scale {
    let mut random = Random::new(3);
    let mut values = Vec::new();
    for _ in 0..4_000 {
        let one = &sites[random.below(sites.len().max(1)).min(sites.len().saturating_sub(1))];
        let other = &sites[random.below(sites.len())];
        if one.source == other.source && one.family != other.family {
            values.push(similarity(&one.base.labels, &other.base.labels));
        }
    }
    Scale::of(&values)
}

/// What training came to.
pub struct Trained {
    /// The generator.
    pub generator: Parameters,
    /// The λ that was used, 0 where the discriminator could not tell secure from insecure.
    pub adversarial: f32,
    /// AUC of the discriminator on pairs of the held-out source, and that source.
    pub auc: (f32, String),
    /// Health on the validation sites.
    pub health: Health,
    /// Share of validation sites where the deleted sink ranks below the faithful edit.
    pub deletion_loses: f32,
    /// Mean value of the choices on the validation sites, at its best.
    pub value: f32,
}

/// Trains on `train`, stops by `valid` (indices of sites; no family is in both).
pub fn fit(data: &Data, train: &[usize], valid: &[usize], plan: Plan, log: &mut dyn Write) -> anyhow::Result<Trained> {
    anyhow::ensure!(!train.is_empty() && !valid.is_empty(), "the corpus has too few programs with candidate edits");
    let device = Device::flex();
    let learning = device.clone().autodiff();
    let mut random = Random::new(plan.seed);
    let mut generator = Parameters::random(CHOICES, &mut random);
    // A kind of edit that training never sees is worth what edits are worth on the whole; "keep" starts high.
    if let Some(head) = generator.get_mut("head_weight") {
        head.values.fill(0.0);
    }
    if let Some(bias) = generator.get_mut("head_bias") {
        bias.values[KEEP] = 1.0;
    }
    let mut adam = Adam::new(&generator, RATE, 1e-3);
    let (mut discriminator, auc) = warm_up(data, &mut random, &device);
    let adversarial = if auc.0 > LEAST_AUC { plan.adversarial } else { 0.0 };
    writeln!(log, "seed {}: discriminator AUC {:.3} on pairs of {} → λ = {adversarial}", plan.seed, auc.0, auc.1)?;

    let mut best = (f32::NEG_INFINITY, generator.clone());
    let mut since = 0;
    for epoch in 0..plan.epochs {
        let temperature = (1.0 - 0.7 * epoch as f32 / plan.epochs.max(2) as f32).max(0.3);
        let mut sum = 0.0;
        let batches = batches(data, train, &mut random);
        for batch in &batches {
            let sites: Vec<&Site> = batch.iter().map(|&at| &data.sites[at]).collect();
            let network = Network::of(&generator, true, &learning);
            let critic = (adversarial > 0.0).then(|| Network::of(&discriminator.parameters, false, &learning));
            let setting = Setting {
                temperature,
                scale: data.scale,
                adversarial,
                entropy: ENTROPY,
                discriminator: critic.as_ref(),
            };
            let loss = loss::generator(&network, &sites, setting, &mut random, &learning);
            sum += host(loss.value.clone()).first().copied().unwrap_or(0.0);
            let gradients = loss.value.backward();
            adam.step(&mut generator, &network, &gradients);
            if adversarial > 0.0 {
                teach(&mut discriminator, data, &sites, &loss.sets, &mut random, &device);
            }
        }
        data.sites.iter().for_each(Site::forget_many);
        let value = mean_value(data, valid, &choose(&generator, data, valid, &device));
        writeln!(
            log,
            "seed {} epoch {epoch:2}: loss {:.4}, validation value {value:.4}, temperature {temperature:.2}, discriminator accuracy {:.2}",
            plan.seed,
            sum / batches.len().max(1) as f32,
            discriminator.accuracy
        )?;
        if value > best.0 + 1e-4 {
            best = (value, generator.clone());
            since = 0;
        } else {
            since += 1;
            if since >= PATIENCE {
                break;
            }
        }
    }
    let (value, generator) = best;
    let health = examine(&generator, data, valid, &device);
    let deletion_loses = deletion_loses(data, valid);
    Ok(Trained { generator, adversarial, auc, health, deletion_loses, value })
}

/// Batches with at most two programs of a family, each site once per epoch as far as that allows.
fn batches(data: &Data, train: &[usize], random: &mut Random) -> Vec<Vec<usize>> {
    let mut order = train.to_vec();
    random.shuffle(&mut order);
    let count = order.len().div_ceil(BATCH);
    let mut batches: Vec<Vec<usize>> = vec![Vec::new(); count];
    for at in order {
        let family = data.sites[at].family;
        let room = |batch: &&mut Vec<usize>| {
            batch.len() < BATCH
                && batch.iter().filter(|&&other| data.sites[other].family == family).count() < OF_ONE_FAMILY
        };
        if let Some(batch) = batches.iter_mut().find(room) {
            batch.push(at);
        }
    }
    batches.retain(|batch| batch.len() > 1);
    batches
}

/// Trains the discriminator on the pairs of all sources but one and measures it on that one.
fn warm_up(data: &Data, random: &mut Random, device: &Device) -> (Discriminator, (f32, String)) {
    let mut discriminator = Discriminator::new(random);
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (source, _, _) in &data.halves {
        *counts.entry(source).or_default() += 1;
    }
    // The smallest source with enough pairs is held out.
    let held = counts.iter().filter(|&(_, &count)| count >= 50).min_by_key(|&(source, &count)| (count, *source));
    let Some((&held, _)) = held.filter(|_| counts.len() > 1) else { return (discriminator, (0.5, "no source".into())) };
    let (inside, outside): (Vec<_>, Vec<_>) = data.halves.iter().partition(|(source, _, _)| source != held);
    for _ in 0..400 {
        let mut examples = Vec::new();
        for _ in 0..12 {
            let (_, secure, insecure) = inside[random.below(inside.len())];
            examples.push(Example { graph: &secure.graph, real: true, weight: 1.0 });
            examples.push(Example { graph: &insecure.graph, real: false, weight: 1.0 });
        }
        discriminator.learn(&examples, device);
    }
    let judge = |graphs: Vec<&Compact>| discriminator.judge(&graphs, device);
    let secure = judge(outside.iter().take(200).map(|(_, secure, _)| &secure.graph).collect());
    let insecure = judge(outside.iter().take(200).map(|(_, _, insecure)| &insecure.graph).collect());
    let auc = area_under_curve(&secure, &insecure);
    (discriminator, (auc, held.to_owned()))
}

/// One discriminator step: secure halves and finding-free programs against hard-realised choices, and the untouched
/// insecure programs at half weight.
fn teach(
    discriminator: &mut Discriminator,
    data: &Data,
    sites: &[&Site],
    sets: &[Vec<usize>],
    random: &mut Random,
    device: &Device,
) {
    let outcomes: Vec<_> = sites.iter().zip(sets).map(|(site, set)| site.outcome(set)).collect();
    let mut examples = Vec::new();
    for ((site, set), outcome) in sites.iter().zip(sets).zip(&outcomes) {
        if !set.is_empty() {
            examples.push(Example { graph: &outcome.realised.graph, real: false, weight: 1.0 });
        }
        if site.role != Role::Secure {
            examples.push(Example { graph: &site.base.graph, real: false, weight: 0.5 });
        }
    }
    for site in sites {
        let secure: Vec<_> = data.halves.iter().filter(|(source, _, _)| *source == site.source).collect();
        let plain: Vec<_> = data.plain.iter().filter(|(source, _, _)| *source == site.source).collect();
        if random.below(2) == 0 && !secure.is_empty() {
            examples.push(Example { graph: &secure[random.below(secure.len())].1.graph, real: true, weight: 1.0 });
        } else if !plain.is_empty() {
            examples.push(Example { graph: &plain[random.below(plain.len())].2.graph, real: true, weight: 1.0 });
        }
    }
    discriminator.learn(&examples, device);
}

/// Probabilities of every edit and, per site, of the set that the generator prefers.
pub struct Chosen {
    /// By site: probability of each edit.
    pub probabilities: Vec<Vec<f32>>,
    /// By site: the most probable choice of every group, without those where "keep" won.
    pub sets: Vec<Vec<usize>>,
}

/// What a generator chooses without noise.
pub fn choose(generator: &Parameters, data: &Data, of: &[usize], device: &Device) -> Chosen {
    let network = Network::of(generator, false, device);
    let mut chosen = Chosen { probabilities: Vec::new(), sets: Vec::new() };
    for part in of.chunks(BATCH) {
        let sites: Vec<&Site> = part.iter().map(|&at| &data.sites[at]).collect();
        let (tensors, firsts) = loss::join(&sites);
        let table = Table::of(&sites, &firsts);
        let scores = network.forward(&Batch::of(&tensors, device)).scores;
        let probabilities = host(table.probabilities(scores, &vec![0.0; table.cells()], 1.0, device));
        chosen.sets.extend(table.sets(&sites, &table.hard(&probabilities)));
        chosen.probabilities.extend(table.by_edit(&sites, &probabilities));
    }
    chosen
}

/// Mean value of the generator's choices: of all it would do, and of the one edit it is surest of.
fn mean_value(data: &Data, of: &[usize], chosen: &Chosen) -> f32 {
    let mut sum = 0.0;
    let mut weight = 0.0;
    for ((&at, set), odds) in of.iter().zip(&chosen.sets).zip(&chosen.probabilities) {
        let site = &data.sites[at];
        let value = |set: &[usize]| match set {
            [] => site.value_of_keeping(data.scale),
            _ => site.value(&site.outcome(set), data.scale),
        };
        let surest = set.iter().copied().max_by(|&one, &other| odds[one].total_cmp(&odds[other]));
        sum += site.weight * (value(set) + value(surest.as_slice())) / 2.0;
        weight += site.weight;
    }
    sum / weight.max(1e-9)
}

fn examine(generator: &Parameters, data: &Data, valid: &[usize], device: &Device) -> Health {
    let chosen = choose(generator, data, valid, device);
    let mut picked = Vec::new();
    let mut kinds = std::collections::HashSet::new();
    let mut groups = 0;
    for (&at, set) in valid.iter().zip(&chosen.sets) {
        let site = &data.sites[at];
        groups += site.groups.len();
        kinds.extend(site.edits.iter().map(|edit| edit.kind));
        picked.extend(set.iter().map(|&edit| (site.family, site.edits[edit].kind)));
    }
    let network = Network::of(generator, false, device);
    let mut seen = std::collections::HashSet::new();
    let sites: Vec<&Site> =
        valid.iter().map(|&at| &data.sites[at]).filter(|site| seen.insert(site.family)).take(64).collect();
    let mut embeddings = Vec::new();
    for site in sites {
        let rows = host(network.rows(&Batch::of(&site.base.graph.tensors(), device)));
        let start = site.rows[0] as usize * 2 * HIDDEN;
        embeddings.push(rows[start..start + 2 * HIDDEN].to_vec());
    }
    Health::of(&picked, groups, kinds.len(), &embeddings)
}

/// Share of sites where deleting the sink is worth less than the best faithful edit (or, where none is, than keeping).
pub fn deletion_loses(data: &Data, of: &[usize]) -> f32 {
    let mut loses = 0;
    let mut count = 0;
    for site in of.iter().map(|&at| &data.sites[at]) {
        let Some(deleted) = &site.deleted else { continue };
        let keep = site.value_of_keeping(data.scale);
        let best = site.singles.iter().map(|single| site.value(single, data.scale)).fold(keep, f32::max);
        count += 1;
        loses += usize::from(site.value(deleted, data.scale) < best);
    }
    loses as f32 / count.max(1) as f32
}
