//! Reaching definitions of every scope as bit sets; what is too large is left out, never guessed.

use crate::graph::Edge;
use crate::graph::cfg::ControlFlow;

use super::{Definition, Value};

/// Most machine words of reaching-definition sets that one scope may take.
const MOST_WORDS: usize = 300_000;

/// Most passes over a scope before it is treated flow-insensitively.
const MOST_PASSES: usize = 12;

/// Reaching definitions of one scope as bit sets, one row per vertex.
#[derive(Debug)]
pub(super) struct Reaching {
    first: u32,
    words: usize,
    bits: Vec<u64>,
}

impl Reaching {
    /// Whether the definition at this place of the scope reaches the vertex.
    pub(super) fn holds(&self, vertex: u32, place: u32) -> bool {
        let at = (vertex.wrapping_sub(self.first)) as usize * self.words + place as usize / 64;
        self.bits.get(at).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }
}

/// The place of every definition among those of its scope.
pub(super) fn places(scopes: usize, definitions: &[Definition]) -> Vec<u32> {
    let mut counts = vec![0_u32; scopes];
    let next = |definition: &Definition| {
        let count = &mut counts[definition.scope as usize];
        *count += 1;
        *count - 1
    };
    definitions.iter().map(next).collect()
}

/// Reaching definitions of every scope.
pub(super) fn reach(
    control: &ControlFlow,
    definitions: &[Definition],
    places: &[u32],
    by_symbol: &[Vec<u32>],
) -> Vec<Option<Reaching>> {
    let count = control.nodes.len();
    let mut dead = vec![false; control.dead.iter().map(|&(_, to)| to.index()).max().unwrap_or(0)];
    for &(from, to) in &control.dead {
        dead[from.index()..to.index()].fill(true);
    }
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); control.scopes.len()];
    let mut at_vertex: Vec<(u32, u32)> = Vec::with_capacity(definitions.len());
    for (at, definition) in definitions.iter().enumerate() {
        members[definition.scope as usize].push(at as u32);
        let own_scope = control.scope_of[definition.vertex as usize] == definition.scope;
        // What never runs defines nothing.
        if dead.get(definition.node.index()) == Some(&true) {
            continue;
        }
        if own_scope && !matches!(definition.value, Value::Parameter(_)) {
            at_vertex.push((definition.vertex, at as u32));
        }
    }
    at_vertex.sort_unstable();
    let mut incoming: Vec<(u32, u32, Edge)> = control.edges.iter().map(|&(from, to, edge)| (to, from, edge)).collect();
    incoming.sort_unstable_by_key(|&(to, from, _)| (to, from));
    let starts = |list: &[u32]| -> Vec<u32> {
        let mut starts = vec![0_u32; count + 1];
        for &vertex in list {
            starts[vertex as usize + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        starts
    };
    let incoming_starts = starts(&incoming.iter().map(|&(to, ..)| to).collect::<Vec<_>>());
    let defined_starts = starts(&at_vertex.iter().map(|&(vertex, _)| vertex).collect::<Vec<_>>());

    let mut ranges = vec![(u32::MAX, 0_u32); control.scopes.len()];
    for (vertex, &scope) in control.scope_of.iter().enumerate() {
        let range = &mut ranges[scope as usize];
        *range = (range.0.min(vertex as u32), range.1.max(vertex as u32 + 1));
    }
    members
        .into_iter()
        .enumerate()
        .map(|(scope, members)| {
            let (first, end) = ranges[scope];
            let words = members.len().div_ceil(64);
            if first >= end || words == 0 || (end - first) as usize * words > MOST_WORDS {
                return None;
            }
            let mut reaching = Reaching { first, words, bits: vec![0; (end - first) as usize * words] };
            let mut entry = vec![0_u64; words];
            for (bit, &at) in members.iter().enumerate() {
                let definition = &definitions[at as usize];
                let foreign = control.scope_of[definition.vertex as usize] as usize != scope;
                if (matches!(definition.value, Value::Parameter(_)) && !definition.inline) || foreign {
                    entry[bit / 64] |= 1 << (bit % 64);
                }
            }
            let mut out = reaching.bits.clone();
            let mut state = vec![0_u64; words];
            for _ in 0..MOST_PASSES {
                let mut changed = false;
                for vertex in first..end {
                    state.fill(0);
                    if scope == 0 && vertex == 0 {
                        state.copy_from_slice(&entry);
                    }
                    let range =
                        incoming_starts[vertex as usize] as usize..incoming_starts[vertex as usize + 1] as usize;
                    for &(_, from, edge) in &incoming[range] {
                        if from < first || from >= end || edge == Edge::Child {
                            merge(&mut state, &entry);
                            continue;
                        }
                        let row = (from - first) as usize * words;
                        merge(&mut state, &out[row..row + words]);
                        if edge == Edge::Exception {
                            merge(&mut state, &reaching.bits[row..row + words]);
                        }
                    }
                    let row = (vertex - first) as usize * words;
                    reaching.bits[row..row + words].copy_from_slice(&state);
                    let range = defined_starts[vertex as usize] as usize..defined_starts[vertex as usize + 1] as usize;
                    for &(_, at) in &at_vertex[range.clone()] {
                        let definition = &definitions[at as usize];
                        if definition.strong && !definition.inline {
                            // What another function gives the name may come at any time.
                            let own = |at: u32| {
                                let other = &definitions[at as usize];
                                let inside = matches!(other.value, Value::Parameter(_))
                                    || control.scope_of[other.vertex as usize] as usize == scope;
                                (inside && other.scope as usize == scope).then(|| places[at as usize])
                            };
                            kill(&mut state, &by_symbol[definition.symbol as usize], own);
                        }
                    }
                    for &(_, at) in &at_vertex[range] {
                        if definitions[at as usize].scope as usize == scope {
                            let bit = places[at as usize];
                            state[bit as usize / 64] |= 1 << (bit % 64);
                        }
                    }
                    if out[row..row + words] != state[..] {
                        out[row..row + words].copy_from_slice(&state);
                        changed = true;
                    }
                }
                if !changed {
                    return Some(reaching);
                }
            }
            None
        })
        .collect()
}

fn merge(into: &mut [u64], from: &[u64]) {
    for (word, add) in into.iter_mut().zip(from) {
        *word |= add;
    }
}

/// Clears the places that `own` tells of a symbol's definitions.
fn kill(state: &mut [u64], symbol: &[u32], own: impl Fn(u32) -> Option<u32>) {
    // A symbol with very many definitions is left alone: the result only grows.
    for bit in symbol.iter().take(256).filter_map(|&at| own(at)) {
        if let Some(word) = state.get_mut(bit as usize / 64) {
            *word &= !(1 << (bit % 64));
        }
    }
}
