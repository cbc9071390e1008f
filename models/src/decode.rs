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

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
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

#[cfg(test)]
mod tests {
    use super::{best_set, groups, members, overlap, softmax};
    use analyzers::edit::{Edit, EditKind, TextEdit};
    use analyzers::syntax::{NodeId, Span};

    fn edit(kind: EditKind, group: u32, spans: &[(usize, usize)]) -> Edit {
        Edit {
            kind,
            node: NodeId::ROOT,
            group,
            cwe: &[],
            summary: "",
            texts: spans
                .iter()
                .map(|&(start, end)| TextEdit { span: Span::new(start, end), text: String::new() })
                .collect(),
            imports: Vec::new(),
            helper: None,
            variables: Vec::new(),
        }
    }

    fn check(edits: &[Edit], weights: &[f32], expected: &[usize]) {
        assert_eq!(best_set(edits, &members(edits), |at| weights[at]), expected);
    }

    #[test]
    fn the_best_set_takes_one_edit_of_a_group_and_none_that_overlap() {
        let kinds = [EditKind::ArgumentVector, EditKind::QuoteArgument];
        let same = [edit(kinds[0], 1, &[(0, 4)]), edit(kinds[1], 1, &[(0, 4)])];
        check(&same, &[0.2, 0.7], &[1]);
        check(&same, &[0.0, 0.0], &[]);
        let apart = [edit(kinds[0], 1, &[(0, 4)]), edit(kinds[0], 2, &[(8, 9)])];
        check(&apart, &[0.2, 0.1], &[0, 1]);
        let chain = [edit(kinds[0], 1, &[(0, 4)]), edit(kinds[0], 2, &[(3, 6)]), edit(kinds[0], 3, &[(5, 9)])];
        check(&chain, &[0.5, 0.8, 0.5], &[0, 2]);
        check(&chain, &[0.5, 1.1, 0.5], &[1]);
        let inserts = [edit(kinds[0], 1, &[(4, 4)]), edit(kinds[1], 2, &[(4, 4)])];
        check(&inserts, &[0.5, 0.5], &[0, 1]);
        check(&[], &[], &[]);
    }

    #[test]
    fn the_exact_search_finds_what_trying_everything_finds() {
        let mut state = 7_u64;
        let mut next = |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        for _ in 0..200 {
            let edits: Vec<Edit> = (0..7)
                .map(|_| {
                    let start = next(20) as usize;
                    edit(EditKind::SafeCallee, next(5) as u32, &[(start, start + 1 + next(6) as usize)])
                })
                .collect();
            let weights: Vec<f32> = (0..7).map(|_| next(100) as f32 / 100.0).collect();
            let sum = |set: &[usize]| set.iter().map(|&at| weights[at]).sum::<f32>();
            let consistent = |set: &[usize]| {
                set.iter().enumerate().all(|(place, &one)| {
                    set[..place]
                        .iter()
                        .all(|&other| edits[one].group != edits[other].group && !overlap(&edits[one], &edits[other]))
                })
            };
            let best = (0..1_u32 << 7)
                .map(|bits| (0..7).filter(|at| bits >> at & 1 == 1).collect::<Vec<usize>>())
                .filter(|set| consistent(set))
                .map(|set| sum(&set))
                .fold(0.0, f32::max);
            let found = best_set(&edits, &members(&edits), |at| weights[at]);
            assert!(consistent(&found));
            assert!((sum(&found) - best).abs() < 1e-5, "{} instead of {best}", sum(&found));
        }
    }

    #[test]
    fn many_overlapping_edits_are_searched_in_bounded_time() {
        let edits: Vec<Edit> =
            (0..400).map(|at| edit(EditKind::SafeCallee, at, &[(at as usize, at as usize + 3)])).collect();
        let found = best_set(&edits, &members(&edits), |_| 1.0);
        assert!(found.len() >= 100, "{}", found.len());
    }

    #[test]
    fn probabilities_of_a_group_and_keep_sum_to_one_whatever_the_scores() {
        let edits = [
            edit(EditKind::SafeCallee, 1, &[]),
            edit(EditKind::SafeOption, 1, &[]),
            edit(EditKind::AddTimeout, 2, &[]),
        ];
        for score in [-1e30, 0.0, 3.0, 1e30] {
            for group in groups(&edits, |at, _| (at == 0).then_some(score)) {
                let sum: f32 = group.probabilities.iter().sum::<f32>() + group.keep;
                assert!((sum - 1.0).abs() < 1e-5, "{sum}");
            }
        }
        assert!(softmax(&[]).is_empty());
    }
}
