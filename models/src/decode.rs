//! Scores → choices: a masked softmax per conflict group ("keep" is always one of its choices) and the best consistent
//! set of edits; never applies anything.

use analyzers::edit::Edit;

use crate::side::KEEP;

/// Sets of one component that are searched exactly; larger components go by beam.
const EXACT_SETS: usize = 4096;
/// Partial sets that the beam keeps.
const BEAM: usize = 32;

/// One conflict group: edits that exclude each other, and "keep".
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Indices of its edits, in catalogue order.
    pub edits: Vec<usize>,
    /// The generator's probability of each of them.
    pub probabilities: Vec<f32>,
    /// The probability of "keep".
    pub keep: f32,
}

/// The conflict groups of `edits`, in order of their first edit. `score(edit, choice)` is what the generator says of a
/// choice at the edit's node; where it says nothing the choice counts as 0.
pub fn groups(edits: &[Edit], score: impl Fn(usize, usize) -> Option<f32>) -> Vec<Group> {
    members(edits)
        .into_iter()
        .map(|members| {
            let mut logits: Vec<f32> =
                members.iter().map(|&at| score(at, edits[at].kind as usize).unwrap_or(0.0)).collect();
            logits.push(members.first().and_then(|&at| score(at, KEEP)).unwrap_or(0.0));
            let mut probabilities = softmax(&logits);
            let keep = probabilities.pop().unwrap_or(0.0);
            Group { edits: members, probabilities, keep }
        })
        .collect()
}

/// Indices of the edits of each conflict group, in order of the first edit.
pub fn members(edits: &[Edit]) -> Vec<Vec<usize>> {
    let mut order: Vec<u32> = Vec::new();
    let mut members: std::collections::HashMap<u32, Vec<usize>> = std::collections::HashMap::new();
    for (at, edit) in edits.iter().enumerate() {
        members.entry(edit.group).or_insert_with(|| {
            order.push(edit.group);
            Vec::new()
        });
        members.entry(edit.group).or_default().push(at);
    }
    order.into_iter().filter_map(|group| members.remove(&group)).collect()
}

/// Softmax that survives any finite input.
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - most).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// Whether two edits write to the same bytes.
pub fn overlap(one: &Edit, other: &Edit) -> bool {
    one.texts.iter().any(|first| {
        other.texts.iter().any(|second| {
            first.span.overlaps(second.span) || (first.span == second.span && !first.span.range().is_empty())
        })
    })
}

/// The set of edits, at most one per group and none overlapping another, with the highest sum of `weight(edit)` over
/// edits of positive weight. Exact inside components (groups whose edits overlap) of up to 4096 sets, by beam above.
pub fn best_set(edits: &[Edit], groups: &[Vec<usize>], weight: impl Fn(usize) -> f32) -> Vec<usize> {
    let mut chosen = Vec::new();
    for component in components(edits, groups) {
        let choices: Vec<&[usize]> = component.iter().map(|&group| groups[group].as_slice()).collect();
        let sets = choices.iter().fold(1usize, |sets, members| sets.saturating_mul(members.len() + 1));
        let wide = if sets <= EXACT_SETS { EXACT_SETS } else { BEAM };
        chosen.extend(search(edits, &choices, &weight, wide));
    }
    chosen.sort_unstable();
    chosen
}

/// Groups that are linked by overlapping edits.
fn components(edits: &[Edit], groups: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut ranges: Vec<(u32, u32, usize)> = groups
        .iter()
        .enumerate()
        .flat_map(|(group, members)| members.iter().map(move |&at| (group, at)))
        .flat_map(|(group, at)| edits[at].texts.iter().map(move |text| (text.span.start, text.span.end, group)))
        .collect();
    ranges.sort_unstable();
    let mut parent: Vec<usize> = (0..groups.len()).collect();
    fn root(parent: &mut [usize], mut at: usize) -> usize {
        while parent[at] != at {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        at
    }
    let mut reach: Option<(u32, usize)> = None;
    for (start, end, group) in ranges {
        match reach {
            Some((until, with)) if start < until => {
                let (one, other) = (root(&mut parent, group), root(&mut parent, with));
                parent[one.max(other)] = one.min(other);
                reach = Some((until.max(end), group));
            }
            _ => reach = Some((end, group)),
        }
    }
    let mut by_root: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
    for group in 0..groups.len() {
        let root = root(&mut parent, group);
        by_root.entry(root).or_default().push(group);
    }
    by_root.into_values().collect()
}

fn search(edits: &[Edit], groups: &[&[usize]], weight: &impl Fn(usize) -> f32, wide: usize) -> Vec<usize> {
    let mut partial: Vec<(f32, Vec<usize>)> = vec![(0.0, Vec::new())];
    for members in groups {
        let mut next = Vec::with_capacity(partial.len() * (members.len() + 1));
        for (sum, set) in &partial {
            next.push((*sum, set.clone()));
            for &at in *members {
                if weight(at) > 0.0 && !set.iter().any(|&taken| overlap(&edits[taken], &edits[at])) {
                    let mut set = set.clone();
                    set.push(at);
                    next.push((sum + weight(at), set));
                }
            }
        }
        next.sort_by(|one, other| other.0.total_cmp(&one.0));
        next.truncate(wide);
        partial = next;
    }
    partial.into_iter().next().map(|(_, set)| set).unwrap_or_default()
}
