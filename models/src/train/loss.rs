//! The generator's loss, eq. 2–5 of PromSec with the sign that its text means: e(z) = exp(+z) over z = Q + β·S, so that
//! more fixed and more alike is better, and λ times the adversarial term on the soft graph.

use burn::tensor::activation::{log_sigmoid, log_softmax, softmax};
use burn::tensor::{Device, IndexingUpdateOp, Tensor};

use super::network::{Batch, Network, host, integers, matrix};
use super::random::Random;
use super::realise::{Compact, Realised};
use super::similarity::Scale;
use super::site::Site;
use super::soft::{Soft, Union};
use crate::encode::{Link, Tensors};
use crate::side::{CHOICES, KEEP};

/// Logit of a choice that a group does not have.
const IMPOSSIBLE: f32 = -1e4;
/// Other edit sets of the same program among the negatives.
const OTHER_SETS: usize = 3;
/// Other programs of the batch among the negatives.
const OTHER_PROGRAMS: usize = 2;

/// The groups of a batch of sites as rectangular tables.
pub struct Table {
    /// Position of every choice in the flattened scores, padded.
    positions: Vec<i64>,
    /// 0 where the choice exists.
    mask: Vec<f32>,
    groups: usize,
    width: usize,
    /// Per edit of the batch: its place among `positions`.
    edit_places: Vec<i64>,
    /// Per edit of the batch: its site.
    site_of_edit: Vec<i64>,
    /// Per site: its first edit.
    first_edits: Vec<usize>,
}

/// The base graphs of sites joined into one.
pub fn join(sites: &[&Site]) -> (Tensors, Vec<u32>) {
    let mut tensors = Tensors::default();
    let mut firsts = Vec::with_capacity(sites.len());
    for site in sites {
        let first = tensors.nodes() as u32;
        firsts.push(first);
        let graph: &Compact = &site.base.graph;
        tensors.features.extend(graph.tensors().features);
        let moved = |link: &Link| Link { from: first + link.from, to: first + link.to, relation: link.relation };
        tensors.links.extend(graph.links.iter().map(moved));
    }
    (tensors, firsts)
}

impl Table {
    /// The table of a batch whose sites start at the rows `firsts`.
    pub fn of(sites: &[&Site], firsts: &[u32]) -> Self {
        let width = 1 + sites.iter().flat_map(|site| site.groups.iter().map(Vec::len)).max().unwrap_or(0);
        let mut table = Self {
            positions: Vec::new(),
            mask: Vec::new(),
            groups: 0,
            width,
            edit_places: Vec::new(),
            site_of_edit: Vec::new(),
            first_edits: Vec::new(),
        };
        for (number, (site, &first)) in sites.iter().zip(firsts).enumerate() {
            let first_edit = table.edit_places.len();
            table.first_edits.push(first_edit);
            table.edit_places.resize(first_edit + site.edits.len(), 0);
            table.site_of_edit.resize(first_edit + site.edits.len(), number as i64);
            for group in &site.groups {
                let at =
                    |edit: usize, choice: usize| i64::from(first + site.rows[edit]) * CHOICES as i64 + choice as i64;
                let start = table.positions.len();
                for (place, &edit) in group.iter().enumerate() {
                    table.edit_places[first_edit + edit] = (start + place) as i64;
                    table.positions.push(at(edit, site.edits[edit].kind as usize));
                    table.mask.push(0.0);
                }
                table.positions.push(at(group[0], KEEP));
                table.mask.push(0.0);
                table.positions.resize(start + width, 0);
                table.mask.resize(start + width, IMPOSSIBLE);
                table.groups += 1;
            }
        }
        table
    }

    /// Probabilities `[groups, width]` under noise and a temperature.
    pub fn probabilities(&self, scores: Tensor<2>, noise: &[f32], temperature: f32, device: &Device) -> Tensor<2> {
        let [rows, columns] = scores.dims();
        let shape = [self.groups, self.width];
        let logits =
            scores.reshape([rows * columns, 1]).select(0, integers(self.positions.clone(), device)).reshape(shape);
        let added: Vec<f32> = self.mask.iter().zip(noise).map(|(mask, noise)| mask + noise).collect();
        softmax((logits + matrix(added, shape, device)) / temperature, 1)
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.positions.len()
    }

    /// Mean entropy of the groups, weighted as their sites are.
    fn entropy(&self, soft: Tensor<2>, sites: &[&Site], device: &Device) -> Tensor<1> {
        let total: f32 = sites.iter().map(|site| site.weight).sum();
        let weights = sites.iter().flat_map(|site| {
            let own = site.weight / total / site.groups.len() as f32;
            std::iter::repeat_n(own, site.groups.len())
        });
        let weights = matrix(weights.collect(), [self.groups, 1], device);
        (soft.clone() * soft.clamp_min(1e-9).log() * weights).sum().neg()
    }

    /// The most probable choice of every group as ones.
    pub fn hard(&self, probabilities: &[f32]) -> Vec<f32> {
        let mut hard = vec![0.0; probabilities.len()];
        for (row, ones) in probabilities.chunks(self.width).zip(hard.chunks_mut(self.width)) {
            let best = row.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1)).map_or(0, |(at, _)| at);
            ones[best] = 1.0;
        }
        hard
    }

    /// The edits that a table of ones takes, by site.
    pub fn sets(&self, sites: &[&Site], hard: &[f32]) -> Vec<Vec<usize>> {
        let taken = |at: usize| hard[self.edit_places[at] as usize] > 0.5;
        sites
            .iter()
            .zip(&self.first_edits)
            .map(|(site, &first)| (0..site.edits.len()).filter(|&edit| taken(first + edit)).collect())
            .collect()
    }

    /// The cell of every edit, by site.
    pub fn places(&self, sites: &[&Site]) -> Vec<Vec<usize>> {
        let place = |at: usize| self.edit_places[at] as usize;
        sites
            .iter()
            .zip(&self.first_edits)
            .map(|(site, &first)| (first..first + site.edits.len()).map(place).collect())
            .collect()
    }

    /// What is added to the logit of every cell: 0 where the choice exists.
    pub fn mask(&self) -> &[f32] {
        &self.mask
    }

    /// Groups and choices of the widest of them.
    pub fn shape(&self) -> [usize; 2] {
        [self.groups, self.width]
    }

    /// The probability of every edit, by site.
    pub fn by_edit(&self, sites: &[&Site], probabilities: &[f32]) -> Vec<Vec<f32>> {
        let probability = |places: Vec<usize>| places.into_iter().map(|place| probabilities[place]).collect();
        self.places(sites).into_iter().map(probability).collect()
    }
}

/// What the loss needs beside the networks.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'s> {
    /// Gumbel–softmax temperature.
    pub temperature: f32,
    /// z-scale of similarity.
    pub scale: Scale,
    /// λ.
    pub adversarial: f32,
    /// Weight of the entropy of the choices, which keeps the logits of an edit a measure of what it is worth.
    pub entropy: f32,
    /// The discriminator, fixed.
    pub discriminator: Option<&'s Network>,
}

/// The loss of one batch and the sets that were sampled.
pub struct Loss {
    /// One value.
    pub value: Tensor<1>,
    /// Sampled edits by site.
    pub sets: Vec<Vec<usize>>,
}

/// Samples one choice per group (straight-through Gumbel: hard forward, soft backward) and scores it.
pub fn generator(
    network: &Network,
    sites: &[&Site],
    setting: Setting<'_>,
    random: &mut Random,
    device: &Device,
) -> Loss {
    let (tensors, firsts) = join(sites);
    let table = Table::of(sites, &firsts);
    let scores = network.forward(&Batch::of(&tensors, device)).scores;
    let noise: Vec<f32> = (0..table.cells()).map(|_| random.gumbel()).collect();
    let soft = table.probabilities(scores, &noise, setting.temperature, device);
    from_probabilities(&table, soft, sites, setting, random, device)
}

/// The loss as a function of the groups' probabilities, whose most probable choices are taken.
pub fn from_probabilities(
    table: &Table,
    soft: Tensor<2>,
    sites: &[&Site],
    setting: Setting<'_>,
    random: &mut Random,
    device: &Device,
) -> Loss {
    let hard = table.hard(&host(soft.clone()));
    let sets = table.sets(sites, &hard);
    let gates = soft.clone() - soft.clone().detach() + matrix(hard, [table.groups, table.width], device);
    let value = from_gates(table, gates, &sets, sites, setting, random, device);
    let value = value - table.entropy(soft, sites, device) * setting.entropy;
    Loss { value, sets }
}

/// The loss as a function of the gates `[groups, width]` around the sets that were taken.
pub fn from_gates(
    table: &Table,
    gates: Tensor<2>,
    sets: &[Vec<usize>],
    sites: &[&Site],
    setting: Setting<'_>,
    random: &mut Random,
    device: &Device,
) -> Tensor<1> {
    let gates = gates.reshape([table.cells(), 1]).select(0, integers(table.edit_places.clone(), device));
    let weights: Vec<f32> = sites.iter().map(|site| site.weight).collect();
    let total: f32 = weights.iter().sum();
    let weights = matrix(weights.into_iter().map(|weight| weight / total).collect(), [sites.len(), 1], device);

    let chosen = values(table, &gates, sites, sets, setting.scale, device);
    let rivals = negatives(sites, sets, setting.scale, random, device);
    let logits = log_softmax(Tensor::cat(vec![chosen, rivals], 1), 1);
    let loss = (logits.slice([0..sites.len(), 0..1]).neg() * weights.clone()).sum();
    match setting.discriminator {
        Some(discriminator) if setting.adversarial > 0.0 => {
            let union = united(sites, sets, &table.first_edits, device);
            let said = discriminator.head(union.embed(discriminator, &gates, device));
            loss + (log_sigmoid(said).neg() * weights).sum() * setting.adversarial
        }
        _ => loss,
    }
}

/// Q + β·S of the chosen sets `[P, 1]`: exact at the sampled set, with the slope of every gate there.
fn values(
    table: &Table,
    gates: &Tensor<2>,
    sites: &[&Site],
    sets: &[Vec<usize>],
    scale: Scale,
    device: &Device,
) -> Tensor<2> {
    let mut constants = Vec::with_capacity(sites.len());
    let mut slopes = Vec::new();
    for (site, set) in sites.iter().zip(sets) {
        let keep = site.value_of_keeping(scale);
        let mut own: Vec<f32> = site.singles.iter().map(|single| site.value(single, scale) - keep).collect();
        let mut constant = keep;
        if set.len() > 1 {
            let rest = site.value(&site.outcome(set), scale) - keep - set.iter().map(|&at| own[at]).sum::<f32>();
            constant += rest * (1.0 - set.len() as f32);
            for &at in set {
                own[at] += rest;
            }
        }
        constants.push(constant);
        slopes.extend(own);
    }
    let edits = slopes.len();
    let added = gates.clone() * matrix(slopes, [edits, 1], device);
    let sites_of_edits = integers(table.site_of_edit.clone(), device);
    matrix(constants, [sites.len(), 1], device).select_assign(0, sites_of_edits, added, IndexingUpdateOp::Add)
}

/// Values of the negatives `[P, K]`: unedited, other sets, the sink deleted, other programs.
fn negatives(sites: &[&Site], sets: &[Vec<usize>], scale: Scale, random: &mut Random, device: &Device) -> Tensor<2> {
    let width = 2 + OTHER_SETS + OTHER_PROGRAMS;
    let mut values = Vec::with_capacity(sites.len() * width);
    for (site, set) in sites.iter().zip(sets) {
        let start = values.len();
        values.push(site.value_of_keeping(scale));
        values.extend(site.deleted.as_ref().map(|deleted| site.value(deleted, scale)));
        let mut others: Vec<usize> = (0..site.singles.len()).filter(|&at| set.as_slice() != [at]).collect();
        random.shuffle(&mut others);
        values.extend(others.iter().take(OTHER_SETS).map(|&at| site.value(&site.singles[at], scale)));
        for _ in 0..OTHER_PROGRAMS {
            let other = sites[random.below(sites.len())];
            if other.family != site.family {
                values.push(site.value_of_other(other, scale));
            }
        }
        values.resize(start + width, IMPOSSIBLE);
    }
    matrix(values, [sites.len(), width], device)
}

/// The soft graphs of a batch, exact at the sampled sets.
pub fn united(sites: &[&Site], sets: &[Vec<usize>], first_edits: &[usize], device: &Device) -> Union {
    let graphs: Vec<Soft> = sites
        .iter()
        .zip(sets)
        .map(|(site, set)| {
            let singles: Vec<&Realised> = site.singles.iter().map(|single| &single.realised).collect();
            let joint = (set.len() > 1).then(|| site.outcome(set));
            Soft::of(&site.base, &singles, set, joint.as_ref().map(|joint| &joint.realised))
        })
        .collect();
    Union::of(&graphs, first_edits, device)
}
