//! The soft graph: the program united with every node and edge that its candidates would add, each with a gate; with gates
//! of 0 and 1 it is the graph of the really realised program.
//!
//! Every quantity of the graph (feature, message gate, pooling weight) is `x_∅ + Σ_e π_e (x_e − x_∅)`, measured on the
//! program realised with each edit alone. For a sampled set S of several edits the rest `x_S − (…)` is added with the gate
//! `1 + Σ_{e ∈ S} (π_e − 1)`, so that the graph is exact at S and has the slope of `Π_{e ∈ S} π_e` there.

use std::collections::HashMap;

use burn::tensor::{Device, IndexingUpdateOp, Tensor};

use super::network::{Batch, Network, integers, matrix};
use super::realise::Realised;
use crate::encode::{FEATURES, Link, RELATIONS};

/// Longest middle part that is aligned exactly; beyond it nodes count as new.
const MOST_ALIGNED: usize = 1_200;

type Sparse<K> = HashMap<K, f32>;

/// Quantities of one version over the united rows.
#[derive(Default)]
struct Version {
    features: Sparse<(u32, u16)>,
    messages: Sparse<Link>,
    pooled: Sparse<u32>,
}

/// One slope: where, which gate, how much.
#[derive(Debug, Clone, Copy)]
struct Slope {
    at: u32,
    column: u16,
    gate: u32,
    by: f32,
}

/// A soft graph over some gates; several can be joined by [`Union`].
#[derive(Debug, Default)]
pub struct Soft {
    rows: u32,
    features: Vec<(u32, u16, f32)>,
    feature_slopes: Vec<Slope>,
    links: Vec<Link>,
    messages: Vec<f32>,
    message_slopes: Vec<Slope>,
    pooled: Vec<(u32, f32)>,
    pooled_slopes: Vec<Slope>,
}

impl Soft {
    /// The soft graph of a program: unedited, with each edit alone (gate = index), and with the sampled set.
    pub fn of(base: &Realised, singles: &[&Realised], set: &[usize], joint: Option<&Realised>) -> Self {
        let mut rows = Rows::of(base);
        let empty = rows.version(base);
        let alone: Vec<Version> = singles.iter().map(|single| rows.version(single)).collect();
        let rest = joint.map(|joint| rows.version(joint));
        let mut soft = Self { rows: rows.count, ..Self::default() };
        let views: Vec<&Sparse<(u32, u16)>> = alone.iter().map(|version| &version.features).collect();
        for ((row, column), base, slopes) in
            linear(&empty.features, &views, set, rest.as_ref().map(|rest| &rest.features))
        {
            soft.features.push((row, column, base));
            soft.feature_slopes.extend(slopes.into_iter().map(|(gate, by)| Slope { at: row, column, gate, by }));
        }
        let views: Vec<&Sparse<Link>> = alone.iter().map(|version| &version.messages).collect();
        for (link, base, slopes) in linear(&empty.messages, &views, set, rest.as_ref().map(|rest| &rest.messages)) {
            let at = soft.links.len() as u32;
            soft.links.push(link);
            soft.messages.push(base);
            soft.message_slopes.extend(slopes.into_iter().map(|(gate, by)| Slope { at, column: 0, gate, by }));
        }
        let views: Vec<&Sparse<u32>> = alone.iter().map(|version| &version.pooled).collect();
        for (row, base, slopes) in linear(&empty.pooled, &views, set, rest.as_ref().map(|rest| &rest.pooled)) {
            soft.pooled.push((row, base));
            soft.pooled_slopes.extend(slopes.into_iter().map(|(gate, by)| Slope { at: row, column: 0, gate, by }));
        }
        soft
    }
}

/// A key, its value at gates 0, and its slope by gate.
type Linear<K> = (K, f32, Vec<(u32, f32)>);

/// Each key with its value at gates 0 and its slopes by gate, in the order of the keys.
fn linear<K: std::hash::Hash + Eq + Copy + Ord>(
    empty: &Sparse<K>,
    alone: &[&Sparse<K>],
    set: &[usize],
    joint: Option<&Sparse<K>>,
) -> Vec<Linear<K>> {
    let mut keys: Vec<K> = empty.keys().chain(alone.iter().flat_map(|version| version.keys())).copied().collect();
    keys.extend(joint.into_iter().flat_map(|version| version.keys()).copied());
    keys.sort_unstable();
    keys.dedup();
    let value = |version: &Sparse<K>, key: &K| version.get(key).copied().unwrap_or(0.0);
    keys.into_iter()
        .map(|key| {
            let base = value(empty, &key);
            let mut slopes: Vec<f32> = alone.iter().map(|version| value(version, &key) - base).collect();
            let mut at_zero = base;
            if let Some(joint) = joint {
                let rest = value(joint, &key) - base - set.iter().map(|&at| slopes[at]).sum::<f32>();
                at_zero += rest * (1.0 - set.len() as f32);
                for &at in set {
                    slopes[at] += rest;
                }
            }
            let slopes = slopes
                .into_iter()
                .enumerate()
                .filter(|(_, by)| *by != 0.0)
                .map(|(gate, by)| (gate as u32, by))
                .collect();
            (key, at_zero, slopes)
        })
        .collect()
}

/// United rows: those of the unedited program first, then what versions add.
struct Rows<'r> {
    base: &'r Realised,
    added: HashMap<(u64, u32), u32>,
    count: u32,
}

impl<'r> Rows<'r> {
    fn of(base: &'r Realised) -> Self {
        Self { base, added: HashMap::new(), count: base.keys.len() as u32 }
    }

    fn version(&mut self, of: &Realised) -> Version {
        let mut times: HashMap<u64, u32> = HashMap::new();
        let places: Vec<u32> = align(&self.base.keys, &of.keys)
            .into_iter()
            .zip(&of.keys)
            .map(|(row, &key)| {
                row.unwrap_or_else(|| {
                    let time = times.entry(key).or_insert(0);
                    *time += 1;
                    *self.added.entry((key, *time)).or_insert_with(|| {
                        self.count += 1;
                        self.count - 1
                    })
                })
            })
            .collect();
        let mut version = Version::default();
        for (row, &place) in places.iter().enumerate() {
            for &column in of.graph.ones(row) {
                version.features.insert((place, column), 1.0);
            }
            if of.graph.pooled[row] {
                version.pooled.insert(place, 1.0);
            }
        }
        for link in &of.graph.links {
            let link = Link { from: places[link.from as usize], to: places[link.to as usize], relation: link.relation };
            *version.messages.entry(link).or_insert(0.0) += 1.0;
        }
        version
    }
}

/// For each key of `new` the row of the same node in `old`: longest common subsequence after equal ends.
fn align(old: &[u64], new: &[u64]) -> Vec<Option<u32>> {
    let head = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(one, other)| one == other).count();
    let mut rows: Vec<Option<u32>> = vec![None; new.len()];
    for (at, row) in rows.iter_mut().enumerate().take(head) {
        *row = Some(at as u32);
    }
    for back in 1..=tail {
        rows[new.len() - back] = Some((old.len() - back) as u32);
    }
    let (left, right) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    if left.is_empty() || right.is_empty() || left.len() > MOST_ALIGNED || right.len() > MOST_ALIGNED {
        return rows;
    }
    let width = right.len() + 1;
    let mut table = vec![0u16; (left.len() + 1) * width];
    for one in (0..left.len()).rev() {
        for other in (0..right.len()).rev() {
            table[one * width + other] = if left[one] == right[other] {
                table[(one + 1) * width + other + 1] + 1
            } else {
                table[(one + 1) * width + other].max(table[one * width + other + 1])
            };
        }
    }
    let (mut one, mut other) = (0, 0);
    while one < left.len() && other < right.len() {
        if left[one] == right[other] {
            rows[head + other] = Some((head + one) as u32);
            one += 1;
            other += 1;
        } else if table[(one + 1) * width + other] >= table[one * width + other + 1] {
            one += 1;
        } else {
            other += 1;
        }
    }
    rows
}

/// Several soft graphs joined into one batch, on a device.
pub struct Union {
    batch: Batch,
    feature_slopes: Slopes,
    message_slopes: Slopes,
    pooled: Tensor<2>,
    pooled_slopes: Slopes,
    graph_of_row: Vec<i64>,
    graphs: usize,
}

struct Slopes {
    /// Positions in the flattened quantity.
    at: Vec<i64>,
    gate: Vec<i64>,
    by: Vec<f32>,
}

impl Slopes {
    fn new() -> Self {
        Self { at: Vec::new(), gate: Vec::new(), by: Vec::new() }
    }

    /// Adds every slope times its gate to a flattened quantity.
    fn apply(&self, to: Tensor<2>, gates: &Tensor<2>, device: &Device) -> Tensor<2> {
        if self.at.is_empty() {
            return to;
        }
        let [rows, columns] = to.dims();
        let by = matrix(self.by.clone(), [self.by.len(), 1], device);
        let added = gates.clone().select(0, integers(self.gate.clone(), device)) * by;
        to.reshape([rows * columns, 1])
            .select_assign(0, integers(self.at.clone(), device), added, IndexingUpdateOp::Add)
            .reshape([rows, columns])
    }
}

impl Union {
    /// Joins soft graphs; `first_gates` says where the gates of each start in the batch's gates.
    pub fn of(graphs: &[Soft], first_gates: &[usize], device: &Device) -> Self {
        let rows: usize = graphs.iter().map(|graph| graph.rows as usize).sum();
        let mut features = vec![0.0; rows * FEATURES];
        let (mut gather, mut scatter, mut messages) = (Vec::new(), Vec::new(), Vec::new());
        let mut pooled = vec![0.0; rows];
        let (mut feature_slopes, mut message_slopes, mut pooled_slopes) = (Slopes::new(), Slopes::new(), Slopes::new());
        let mut graph_of_row = Vec::with_capacity(rows);
        let mut first = 0usize;
        for (number, (graph, &gate)) in graphs.iter().zip(first_gates).enumerate() {
            let link = messages.len();
            for &(row, column, value) in &graph.features {
                features[(first + row as usize) * FEATURES + usize::from(column)] = value;
            }
            for slope in &graph.feature_slopes {
                feature_slopes.at.push(((first + slope.at as usize) * FEATURES + usize::from(slope.column)) as i64);
                feature_slopes.gate.push((gate + slope.gate as usize) as i64);
                feature_slopes.by.push(slope.by);
            }
            for path in &graph.links {
                gather.push((first as i64 + i64::from(path.from)) * RELATIONS as i64 + i64::from(path.relation));
                scatter.push(first as i64 + i64::from(path.to));
            }
            messages.extend_from_slice(&graph.messages);
            for (slopes, into, start) in
                [(&graph.message_slopes, &mut message_slopes, link), (&graph.pooled_slopes, &mut pooled_slopes, first)]
            {
                for slope in slopes {
                    into.at.push((start + slope.at as usize) as i64);
                    into.gate.push((gate + slope.gate as usize) as i64);
                    into.by.push(slope.by);
                }
            }
            for &(row, value) in &graph.pooled {
                pooled[first + row as usize] = value;
            }
            graph_of_row.extend(std::iter::repeat_n(number as i64, graph.rows as usize));
            first += graph.rows as usize;
        }
        let edges = messages.len();
        let batch = Batch {
            features: matrix(features, [rows, FEATURES], device),
            gather: integers(gather, device),
            scatter: integers(scatter, device),
            gates: Some(matrix(messages, [edges, 1], device)),
        };
        let pooled = matrix(pooled, [rows, 1], device);
        Self { batch, feature_slopes, message_slopes, pooled, pooled_slopes, graph_of_row, graphs: graphs.len() }
    }

    /// Pooled embeddings `[graphs, 2 × HIDDEN]` under gates `[G, 1]`.
    pub fn embed(&self, network: &Network, gates: &Tensor<2>, device: &Device) -> Tensor<2> {
        let batch = Batch {
            features: self.feature_slopes.apply(self.batch.features.clone(), gates, device),
            gates: self.batch.gates.clone().map(|of| self.message_slopes.apply(of, gates, device)),
            ..self.batch.clone()
        };
        let weights = self.pooled_slopes.apply(self.pooled.clone(), gates, device);
        pool(network.rows(&batch), weights, &self.graph_of_row, self.graphs, device)
    }
}

/// Weighted mean of the rows of each graph.
pub fn pool(rows: Tensor<2>, weights: Tensor<2>, graph_of_row: &[i64], graphs: usize, device: &Device) -> Tensor<2> {
    let [_, width] = rows.dims();
    let graph_of_row = integers(graph_of_row.to_vec(), device);
    let sum = |of: Tensor<2>, width: usize| {
        Tensor::<2>::zeros([graphs, width], device).select_assign(0, graph_of_row.clone(), of, IndexingUpdateOp::Add)
    };
    let total = sum(weights.clone(), 1).clamp_min(1e-6);
    sum(rows * weights, width) / total
}
