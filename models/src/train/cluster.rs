//! Near-duplicate families: programs whose shapes nearly agree, whatever their names, comments and literals say.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use analyzers::program::{Limits, Program};

use super::choices;
use super::corpus::Sample;

/// Nodes in one shingle.
const SHINGLE: usize = 6;
/// Hash functions of a signature.
const HASHES: usize = 48;
/// Rows of one band: two programs meet in some band when their shingles agree to about 70 %.
const BAND: usize = 6;

/// A MinHash signature of the kinds of a program's nodes.
pub fn signature(program: &Program) -> [u64; HASHES] {
    let kinds: Vec<u8> = program.tree.ids().map(|node| program.tree.kind(node) as u8).collect();
    let mut signature = [u64::MAX; HASHES];
    for shingle in kinds.windows(SHINGLE.min(kinds.len().max(1))) {
        let mut hasher = DefaultHasher::new();
        shingle.hash(&mut hasher);
        let base = hasher.finish();
        for (at, least) in signature.iter_mut().enumerate() {
            let mixed = (base ^ (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
            *least = (*least).min(mixed ^ (mixed >> 32));
        }
    }
    signature
}

/// The signature of a sample. Programs of one template are kin by their name alone: their layouts would make kin of all.
pub fn of(sample: &Sample, number: usize) -> [u64; HASHES] {
    if sample.source == choices::TEMPLATES {
        return std::array::from_fn(|at| (number as u64) << 8 | at as u64);
    }
    signature(&Program::parse(sample.language, sample.code.clone(), &Limits::default()))
}

/// The family of each program: those that share a band, and the halves of a pair, transitively.
pub fn families(signatures: &[[u64; HASHES]], pairs: &[Option<String>]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..signatures.len()).collect();
    let mut seen: HashMap<(usize, &[u64]), usize> = HashMap::new();
    for (at, signature) in signatures.iter().enumerate() {
        for (band, rows) in signature.chunks(BAND).enumerate() {
            match seen.get(&(band, rows)) {
                Some(&other) => join(&mut parent, at, other),
                None => {
                    seen.insert((band, rows), at);
                }
            }
        }
    }
    let mut halves: HashMap<&str, usize> = HashMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        let Some(pair) = pair.as_deref() else { continue };
        match halves.get(pair) {
            Some(&other) => join(&mut parent, at, other),
            None => {
                halves.insert(pair, at);
            }
        }
    }
    (0..signatures.len()).map(|at| root(&mut parent, at)).collect()
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

fn join(parent: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(parent, one), root(parent, other));
    parent[one.max(other)] = one.min(other);
}

#[cfg(test)]
mod tests {
    use super::{families, signature};
    use analyzers::lang::Language;
    use analyzers::program::{Limits, Program};

    #[test]
    fn renamed_copies_are_one_family_and_other_programs_another() {
        let texts = [
            "import os\ndef f(a, b):\n    c = a + b\n    if c:\n        os.system(c)\n    return [c, a, b]\n",
            "import sys\ndef g(x, y):\n    z = x + y\n    if z:\n        sys.exit(z)\n    return [z, x, y]\n",
            "class A:\n    def m(self):\n        try:\n            yield {k: v for k, v in self.d.items()}\n        finally:\n            pass\n",
        ];
        let signatures: Vec<_> =
            texts.iter().map(|&text| signature(&Program::parse(Language::Python, text, &Limits::default()))).collect();
        let families = families(&signatures, &[None, None, None]);
        assert_eq!(families[0], families[1]);
        assert_ne!(families[0], families[2]);
    }
}
