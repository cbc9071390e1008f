//! Health alarms: ways in which a model fools its trainer; any of them fails the training.

use std::collections::HashMap;

use analyzers::edit::EditKind;

/// What validation saw of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// Share of groups in which "keep" won.
    pub keep: f32,
    /// The most frequent kind of edit and its share of the edits chosen, by one vote per family and kind.
    pub commonest: Option<(EditKind, f32)>,
    /// Mean cosine of the embeddings of the edit sites of different families.
    pub cosine: f32,
    /// Kinds of edit among the candidates.
    pub kinds: usize,
}

impl Health {
    /// Looks at the choices (family and kind of each edit chosen, number of groups) and at some embeddings.
    pub fn of(chosen: &[(usize, EditKind)], groups: usize, kinds: usize, embeddings: &[Vec<f32>]) -> Self {
        let keep = 1.0 - chosen.len() as f32 / groups.max(1) as f32;
        let mut votes: Vec<(usize, EditKind)> = chosen.to_vec();
        votes.sort_unstable();
        votes.dedup();
        let mut counts: HashMap<EditKind, usize> = HashMap::new();
        for &(_, kind) in &votes {
            *counts.entry(kind).or_default() += 1;
        }
        let commonest = counts
            .into_iter()
            .max_by_key(|&(kind, count)| (count, kind))
            .map(|(kind, count)| (kind, count as f32 / votes.len() as f32));
        Self { keep, commonest, cosine: cosine(embeddings), kinds }
    }

    /// The alarms that ring, one clause each.
    pub fn alarms(&self) -> Vec<String> {
        let mut alarms = Vec::new();
        if self.keep > 0.95 {
            alarms.push(format!("\"keep\" wins in {:.0} % of the groups", 100.0 * self.keep));
        }
        if self.keep < 0.05 {
            alarms.push(format!("\"keep\" wins in only {:.1} % of the groups", 100.0 * self.keep));
        }
        if let Some((kind, share)) = self.commonest
            && share > 0.8
            && self.kinds > 1
        {
            alarms.push(format!("{} is {:.0} % of the edits chosen", kind.name(), 100.0 * share));
        }
        if self.cosine > 0.98 {
            alarms.push(format!("embeddings have a mean cosine of {:.3}", self.cosine));
        }
        alarms
    }
}

fn cosine(embeddings: &[Vec<f32>]) -> f32 {
    let length = |of: &[f32]| of.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-9);
    let mut sum = 0.0;
    let mut pairs = 0;
    for (at, one) in embeddings.iter().enumerate() {
        for other in &embeddings[..at] {
            let product: f32 = one.iter().zip(other).map(|(one, other)| one * other).sum();
            sum += product / (length(one) * length(other));
            pairs += 1;
        }
    }
    if pairs == 0 { 0.0 } else { sum / pairs as f32 }
}

#[cfg(test)]
mod tests {
    use super::Health;
    use analyzers::edit::EditKind;

    fn check(chosen: &[(usize, EditKind)], groups: usize, embeddings: &[Vec<f32>], alarms: usize) {
        assert_eq!(Health::of(chosen, groups, 3, embeddings).alarms().len(), alarms);
    }

    #[test]
    fn models_that_fool_their_trainer_ring() {
        let apart = [vec![1.0, 0.0], vec![0.0, 1.0]];
        let same = [vec![1.0, 0.1], vec![1.0, 0.1]];
        let mixed = [(0, EditKind::SafeCallee), (1, EditKind::AddTimeout)];
        let one_kind = [(0, EditKind::SafeCallee), (1, EditKind::SafeCallee)];
        check(&mixed, 3, &apart, 0);
        check(&mixed, 100, &apart, 1);
        check(&mixed, 2, &apart, 1);
        check(&one_kind, 3, &apart, 1);
        check(&mixed, 3, &same, 1);
    }
}
