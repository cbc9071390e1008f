//! A program with candidate edits and what each of them, and each sampled set, was measured to do; never a guess.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use analyzers::edit::Edit;
use analyzers::finding::{Class, Confidence, Finding, Severity};
use analyzers::graph::GraphKind;
use analyzers::lang::Language;
use analyzers::program::Program;
use analyzers::scan::Analysis;
use analyzers::syntax::NodeId;
use analyzers::verify::Rejection;
use analyzers::{rewrite, verify};

use super::choices::{self, Draft, Label, Left};
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
    /// γ, and δ the other way: for the wrong edit of a choice whose right one is known.
    pub wrong_choice: f32,
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
            wrong_choice: 1.5,
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
    /// By edit: whether it passes the syntax checks, those of Verify that do not count findings.
    pub syntax: Vec<bool>,
    /// What is right here, where that is known.
    pub label: Option<Label>,
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
    /// What it is to be as a choice.
    pub draft: Option<&'k Draft>,
}

/// The name of a text in files of offline measures.
pub fn key(text: &str) -> String {
    let mut digest = crate::side::digest(text.as_bytes());
    digest.truncate(32);
    digest
}

/// The catalogue's edits, and for a choice those of its concept at its core where the analyzer reports nothing there.
fn offered(program: &Program, analysis: &Analysis, draft: Option<&Draft>) -> Vec<Edit> {
    let found = rewrite::candidates(program, analysis);
    let Some(Draft { core, concept: Some(concept), .. }) = draft else { return found };
    let tree = &program.tree;
    let is_there = |edit: &Edit| {
        let own = tree.span(edit.node).range();
        own.start < core.end && core.start < own.end
    };
    if found.iter().any(is_there) {
        return found;
    }
    let inside = |node: &NodeId| {
        let own = tree.span(*node).range();
        core.start <= own.start && own.end <= core.end
    };
    let supposed = |node| Finding {
        rule: "choice",
        cwe: &[],
        class: Class::Issue,
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        span: tree.span(node),
        node,
        message: String::new(),
        advice: "",
        trace: Vec::new(),
        concept,
        bandit: Vec::new(),
    };
    let mut supposing = analysis.clone();
    supposing.findings = tree.ids().filter(inside).map(supposed).collect();
    rewrite::candidates(program, &supposing)
}

/// What [`Site::of`] made of a sample.
pub enum Read {
    /// It has candidates.
    Site(Box<Site>),
    /// It has none; it may serve as an example of finding-free code.
    Plain(Realised),
    /// It is too large or did not parse, or was to be a choice and is none.
    Left(Option<Left>),
}

impl Site {
    /// Reads a program, lists its candidates and measures each alone.
    pub fn of(sample: &Sample, family: usize, weight: f32, known: Known<'_>, kind: GraphKind, target: Target) -> Read {
        let (program, analysis, encoding, base) = realise::read(sample.language, sample.code.clone(), kind);
        if base.graph.nodes() == 0 || base.graph.nodes() > MOST_NODES || program.tree.has_errors() {
            return Read::Left(known.draft.map(|_| Left::NoSite));
        }
        let mut edits = offered(&program, &analysis, known.draft);
        edits.truncate(MOST_EDITS);
        edits.retain(|edit| encoding.row(&program, edit.node).is_some());
        if edits.is_empty() {
            return if known.draft.is_some() { Read::Left(Some(Left::NoSite)) } else { Read::Plain(base) };
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
            syntax: Vec::new(),
            label: None,
            kind,
            target,
            labelled: sample.cwe.clone(),
            human: known.human.cloned(),
            bandit: Vec::new(),
            joint: RefCell::default(),
        };
        site.bandit = (0..site.edits.len()).map(|at| site.lowers(at, known).unwrap_or(0.0)).collect();
        let measured: Vec<(Outcome, bool)> = (0..site.edits.len()).map(|at| site.realise(&[at])).collect();
        site.syntax = measured.iter().map(|&(_, syntax)| syntax).collect();
        site.singles = measured.into_iter().map(|(outcome, _)| Rc::new(outcome)).collect();
        site.deleted = site.delete();
        if let Some(draft) = known.draft {
            match choices::label(draft, &site) {
                Ok(label) => site.learn_from(label),
                Err(left) => return Read::Left(Some(left)),
            }
        }
        Read::Site(Box::new(site))
    }

    /// Takes up what is right: it is part of the target of every set from now on.
    fn learn_from(&mut self, label: Label) {
        self.label = Some(label);
        let worth: Vec<f32> = (0..self.edits.len()).map(|at| self.right_or_wrong(&[at])).collect();
        for (single, worth) in self.singles.iter_mut().zip(worth) {
            if let Some(single) = Rc::get_mut(single) {
                single.quality += worth;
            }
        }
        self.joint.borrow_mut().clear();
    }

    /// The part of the target that a known choice decides: cases gained by the right edit, lost by a wrong one.
    fn right_or_wrong(&self, set: &[usize]) -> f32 {
        let Some(label) = &self.label else { return 0.0 };
        let members = &self.groups[label.group];
        let of_group = set.iter().filter(|at| members.contains(at));
        let sign = |at: &usize| if label.right.contains(&Some(*at)) { 1.0 } else { -1.0 };
        self.target.wrong_choice * of_group.map(sign).sum::<f32>()
    }

    /// How far one edit alone lowers k, nothing where Verify refuses it.
    pub fn lowers_findings(&self, edit: usize) -> f32 {
        let single = &self.singles[edit];
        if single.accepted { self.base.k - single.realised.k } else { 0.0 }
    }

    /// What a set of edits does, measured once.
    pub fn outcome(&self, set: &[usize]) -> Rc<Outcome> {
        if let [only] = set {
            return Rc::clone(&self.singles[*only]);
        }
        if let Some(known) = self.joint.borrow().get(set) {
            return Rc::clone(known);
        }
        let outcome = Rc::new(self.realise(set).0);
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

    /// The outcome of a set, and whether it passes the syntax checks.
    fn realise(&self, set: &[usize]) -> (Outcome, bool) {
        let edits: Vec<&Edit> = set.iter().map(|&at| &self.edits[at]).collect();
        let text = self.text(set);
        let refused = match verify::rewrite(&self.program, &self.analysis, text.clone(), &edits) {
            Ok(verified) => {
                let (_, realised) = realise::measure(&verified.program, &verified.analysis, self.kind);
                return (self.judge(realised, true, set), true);
            }
            Err(refused) => refused,
        };
        let (_, _, _, realised) = realise::read(self.program.language, text, self.kind);
        (self.judge(realised, set.is_empty(), set), refused == Rejection::NotLower)
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
        quality += self.right_or_wrong(set);
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
