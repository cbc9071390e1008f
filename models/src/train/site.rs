//! A program with candidate edits and what each of them, and each sampled set, was measured to do; never a guess.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use analyzers::edit::Edit;
use analyzers::graph::GraphKind;
use analyzers::lang::Language;
use analyzers::program::Program;
use analyzers::scan::Analysis;
use analyzers::{rewrite, verify};

use super::corpus::{Role, Sample};
use super::realise::{self, Realised};
use super::similarity::{Histogram, Scale, similarity};
use crate::decode;

/// Most edits of one program.
const MOST_EDITS: usize = 24;
/// Sets of one program whose outcomes are remembered.
const MOST_REMEMBERED: usize = 40;
/// Largest graph, in nodes.
pub const MOST_NODES: usize = 1_500;

/// Weights of the target Q and of the similarity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// α: per 3 points of k, about one finding of medium severity.
    pub findings: f32,
    /// α₂: per 3 points of k over Bandit's findings, measured offline.
    pub bandit: f32,
    /// β: per z-score of similarity to the original.
    pub similarity: f32,
    /// δ: for going all the way to the human fix.
    pub human: f32,
    /// γ: for a candidate that Verify refuses.
    pub refused: f32,
    /// γ: per edit that "fixes" what the human author left in the secure half.
    pub false_alarm: f32,
    /// γ: per call or statement that is gone.
    pub lost_action: f32,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            findings: 1.0,
            bandit: 0.5,
            similarity: 0.05,
            human: 1.0,
            refused: 1.5,
            false_alarm: 1.5,
            lost_action: 2.0,
        }
    }
}

/// A set of edits, realised and measured.
#[derive(Debug)]
pub struct Outcome {
    /// The program that it makes.
    pub realised: Realised,
    /// Whether Verify accepts it.
    pub accepted: bool,
    /// Similarity to the original in [0, 1].
    pub similarity: f32,
    /// Q of METHOD, section 3.
    pub quality: f32,
}

/// A program with candidates.
#[derive(Debug)]
pub struct Site {
    /// Where it comes from.
    pub source: String,
    /// Its label.
    pub role: Role,
    /// The weakness it is filed under.
    pub cwe: u16,
    /// Its near-duplicate family.
    pub family: usize,
    /// Its weight in the loss: one over the size of its family.
    pub weight: f32,
    /// The program.
    pub program: Program,
    /// Its analysis.
    pub analysis: Analysis,
    /// The candidates.
    pub edits: Vec<Edit>,
    /// Their conflict groups.
    pub groups: Vec<Vec<usize>>,
    /// The graph row that each stands on.
    pub rows: Vec<u32>,
    /// The program unedited.
    pub base: Realised,
    /// Each candidate alone.
    pub singles: Vec<Rc<Outcome>>,
    /// The program with a candidate's statement deleted.
    pub deleted: Option<Outcome>,
    kind: GraphKind,
    target: Target,
    labelled: Vec<u16>,
    human: Option<Histogram>,
    /// How far each edit alone lowers k over Bandit's findings; 0 where that was not measured.
    bandit: Vec<f32>,
    joint: RefCell<HashMap<Vec<usize>, Rc<Outcome>>>,
}

/// What is known of a program beyond its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'k> {
    /// The secure half of its pair.
    pub human: Option<&'k Histogram>,
    /// k over Bandit's findings, by [`key`] of the text.
    pub bandit: Option<&'k HashMap<String, f32>>,
}

/// The name of a text in files of offline measures.
pub fn key(text: &str) -> String {
    let mut digest = crate::side::digest(text.as_bytes());
    digest.truncate(32);
    digest
}

/// What [`Site::of`] made of a sample.
pub enum Read {
    /// It has candidates.
    Site(Box<Site>),
    /// It has none; it may serve as an example of finding-free code.
    Plain(Realised),
    /// It is too large or did not parse.
    Left,
}

impl Site {
    /// Reads a program, lists its candidates and measures each alone.
    pub fn of(sample: &Sample, family: usize, weight: f32, known: Known<'_>, kind: GraphKind, target: Target) -> Read {
        let (program, analysis, encoding, base) = realise::read(sample.language, sample.code.clone(), kind);
        if base.graph.nodes() == 0 || base.graph.nodes() > MOST_NODES || program.tree.has_errors() {
            return Read::Left;
        }
        let mut edits = rewrite::candidates(&program, &analysis);
        edits.truncate(MOST_EDITS);
        edits.retain(|edit| encoding.row(&program, edit.node).is_some());
        if edits.is_empty() {
            return Read::Plain(base);
        }
        let rows = edits.iter().filter_map(|edit| encoding.row(&program, edit.node)).collect();
        let cwe = sample.cwe.first().copied().unwrap_or_else(|| edits[0].cwe.first().copied().unwrap_or(0));
        let mut site = Self {
            source: sample.source.clone(),
            role: sample.role,
            cwe,
            family,
            weight,
            groups: decode::members(&edits),
            program,
            analysis,
            edits,
            rows,
            base,
            singles: Vec::new(),
            deleted: None,
            kind,
            target,
            labelled: sample.cwe.clone(),
            human: known.human.cloned(),
            bandit: Vec::new(),
            joint: RefCell::default(),
        };
        site.bandit = (0..site.edits.len()).map(|at| site.lowers(at, known).unwrap_or(0.0)).collect();
        site.singles = (0..site.edits.len()).map(|at| Rc::new(site.realise(&[at]))).collect();
        site.deleted = site.delete();
        Read::Site(Box::new(site))
    }

    /// What a set of edits does, measured once.
    pub fn outcome(&self, set: &[usize]) -> Rc<Outcome> {
        if let [only] = set {
            return Rc::clone(&self.singles[*only]);
        }
        if let Some(known) = self.joint.borrow().get(set) {
            return Rc::clone(known);
        }
        let outcome = Rc::new(self.realise(set));
        self.joint.borrow_mut().insert(set.to_vec(), Rc::clone(&outcome));
        outcome
    }

    /// Forgets what sets of several edits did, once there are many of them.
    pub fn forget_many(&self) {
        if self.joint.borrow().len() > MOST_REMEMBERED {
            self.joint.borrow_mut().clear();
        }
    }

    fn lowers(&self, edit: usize, known: Known<'_>) -> Option<f32> {
        let weight = |text: &str| known.bandit?.get(&key(text)).copied();
        Some(weight(&self.program.text)? - weight(&self.text(&[edit]))?)
    }

    /// The text after a set of edits.
    pub fn text(&self, set: &[usize]) -> String {
        let edits: Vec<&Edit> = set.iter().map(|&at| &self.edits[at]).collect();
        if edits.is_empty() { self.program.text.clone() } else { rewrite::apply(&self.program, &edits) }
    }

    fn realise(&self, set: &[usize]) -> Outcome {
        let edits: Vec<&Edit> = set.iter().map(|&at| &self.edits[at]).collect();
        let text = self.text(set);
        if let Ok(verified) = verify::rewrite(&self.program, &self.analysis, text.clone(), &edits) {
            let (_, realised) = realise::measure(&verified.program, &verified.analysis, self.kind);
            return self.judge(realised, true, set);
        }
        let (_, _, _, realised) = realise::read(self.program.language, text, self.kind);
        self.judge(realised, set.is_empty(), set)
    }

    fn judge(&self, realised: Realised, accepted: bool, set: &[usize]) -> Outcome {
        let target = &self.target;
        let similar = similarity(&self.base.labels, &realised.labels);
        let mut quality = if accepted { target.findings * (self.base.k - realised.k) / 3.0 } else { -target.refused };
        if accepted {
            quality += target.bandit * set.iter().map(|&at| self.bandit[at]).sum::<f32>() / 3.0;
        }
        if let Some(human) = &self.human {
            let before = similarity(&self.base.labels, human);
            let nearer = (similarity(&realised.labels, human) - before) / (1.0 - before).max(0.02);
            quality += target.human * nearer.clamp(-1.0, 1.0);
        }
        if self.role == Role::Secure {
            let alarms =
                set.iter().filter(|&&at| self.edits[at].cwe.iter().any(|cwe| self.labelled.contains(cwe))).count();
            quality -= target.false_alarm * alarms as f32;
        }
        quality -= target.lost_action * self.base.actions.saturating_sub(realised.actions).min(3) as f32;
        Outcome { realised, accepted, similarity: similar, quality }
    }

    /// Negative (c): the statement of the first candidate is gone. Its findings are gone too, and it must lose.
    fn delete(&self) -> Option<Outcome> {
        let tree = &self.program.tree;
        let statement = tree.statement(self.edits.first()?.node);
        let nothing = if self.program.language == Language::Python { "pass" } else { ";" };
        let mut text = self.program.text.clone();
        text.replace_range(tree.span(statement).range(), nothing);
        let (_, _, _, realised) = realise::read(self.program.language, text, self.kind);
        Some(self.judge(realised, true, &[]))
    }

    /// The value that the contrastive loss compares: Q + β·S.
    pub fn value(&self, outcome: &Outcome, scale: Scale) -> f32 {
        (outcome.quality + self.target.similarity * scale.z(outcome.similarity)).clamp(-8.0, 8.0)
    }

    /// The value of leaving the program alone.
    pub fn value_of_keeping(&self, scale: Scale) -> f32 {
        (self.target.similarity * scale.z(1.0)).clamp(-8.0, 8.0)
    }

    /// Negative (d): the value of answering with another program.
    pub fn value_of_other(&self, other: &Self, scale: Scale) -> f32 {
        let similar = similarity(&self.base.labels, &other.base.labels);
        let lost = self.base.actions.saturating_sub((similar * self.base.actions as f32) as usize).min(3);
        let quality = self.target.findings * (self.base.k - other.base.k) / 3.0 - self.target.lost_action * lost as f32;
        (quality + self.target.similarity * scale.z(similar)).clamp(-8.0, 8.0)
    }
}
