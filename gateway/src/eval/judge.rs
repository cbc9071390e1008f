//! Judges: the builtin analyzer, always, and external ones by name; each counts at four levels. Judges the text alone and
//! knows nothing of what the gateway thought of it.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex};

use analyzers::finding::{Class, Severity, Status};
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan;
use serde::{Deserialize, Serialize};

use crate::external::run::Sandbox;
use crate::external::{Analyzer, Failure};

/// The builtin judge's name.
pub const BUILTIN: &str = "builtin";
/// The levels, from all to few. `all`: every finding; `quiet`: without the noisiest reminders (Bandit's B404, imports, and
/// B101, asserts); `actionable`: without any reminder that stays on correct code (class `audit`); `medium`: severity
/// MEDIUM and above.
pub const LEVELS: [&str; 4] = ["all", "quiet", "actionable", "medium"];
/// The level by which a program counts as cleared unless a column says otherwise.
pub const ACTIONABLE: usize = 2;
/// Bandit's tests that report what nearly every program has.
const NOISIEST: [&str; 2] = ["B404", "B101"];

/// What one judge says of one program.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Judgement {
    /// Findings at each level.
    pub findings: [u32; 4],
    /// k as the papers count it at each level: distinct weaknesses (CWE) of the program.
    pub k: [u32; 4],
    /// Distinct weaknesses at the level `actionable`.
    pub cwe: Vec<u16>,
    /// Why there is no judgement; never counts as clean.
    pub failed: Option<String>,
}

/// One finding as a judge counts it.
struct Counted {
    cwe: Vec<u16>,
    noisy: bool,
    class: Class,
    severity: Severity,
}

impl Judgement {
    fn of(found: &[Counted]) -> Self {
        let reaches = |finding: &Counted, level: usize| match level {
            0 => true,
            1 => !finding.noisy,
            2 => finding.class == Class::Issue,
            _ => finding.severity >= Severity::Medium,
        };
        let mut judgement = Self::default();
        for level in 0..LEVELS.len() {
            let there = || found.iter().filter(|finding| reaches(finding, level));
            let mut weaknesses: Vec<u16> = there().filter_map(|finding| finding.cwe.first().copied()).collect();
            weaknesses.sort_unstable();
            weaknesses.dedup();
            if let (Some(findings), Some(k)) = (judgement.findings.get_mut(level), judgement.k.get_mut(level)) {
                *findings = there().count() as u32;
                *k = weaknesses.len() as u32;
            }
            if level == ACTIONABLE {
                judgement.cwe = weaknesses;
            }
        }
        judgement
    }

    fn failure(failure: Failure) -> Self {
        Self { failed: Some(failure.to_string()), ..Self::default() }
    }
}

/// What all judges say, by name, and whether the program parses.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Opinions {
    /// By judge.
    pub by_judge: BTreeMap<String, Judgement>,
    /// Whether it parses as a whole.
    pub parses: bool,
}

/// The judges of a run; remembers what they said.
#[derive(Debug)]
pub struct Judges {
    external: Vec<Arc<dyn Analyzer>>,
    sandbox: Arc<Sandbox>,
    limits: Limits,
    known: Mutex<HashMap<u64, Opinions>>,
}

impl Judges {
    /// The builtin and those of `analyzers` that `names` has. `Err` names one that there is not.
    pub fn new(
        names: &[String],
        (analyzers, sandbox): (Vec<Arc<dyn Analyzer>>, Arc<Sandbox>),
        limits: Limits,
    ) -> Result<Self, String> {
        let known = |name: &&String| *name == BUILTIN || analyzers.iter().any(|analyzer| analyzer.name() == *name);
        if let Some(unknown) = names.iter().find(|name| !known(name)) {
            let all: Vec<&str> = analyzers.iter().map(|analyzer| analyzer.name()).collect();
            return Err(format!("no judge `{unknown}`; there are {BUILTIN}, {}", all.join(", ")));
        }
        let external =
            analyzers.into_iter().filter(|analyzer| names.iter().any(|name| name == analyzer.name())).collect();
        Ok(Self { external, sandbox, limits, known: Mutex::default() })
    }

    /// Their names, the builtin's first.
    pub fn names(&self) -> Vec<&'static str> {
        std::iter::once(BUILTIN).chain(self.external.iter().map(|analyzer| analyzer.name())).collect()
    }

    /// What they say of a program.
    pub async fn judge(&self, language: Language, text: &str) -> Opinions {
        let mut hasher = DefaultHasher::new();
        (language, text).hash(&mut hasher);
        let key = hasher.finish();
        if let Some(known) = self.known().get(&key) {
            return known.clone();
        }
        let (owned, limits) = (text.to_owned(), self.limits);
        let read = tokio::task::spawn_blocking(move || {
            let program = Program::parse(language, owned, &limits);
            let analysis = scan::analyse(&program);
            (program, analysis)
        });
        let Ok((program, analysis)) = read.await else { return Opinions::default() };
        let found: Vec<Counted> = analysis
            .findings
            .iter()
            .map(|finding| Counted {
                cwe: finding.cwe.to_vec(),
                noisy: !finding.bandit.is_empty() && finding.bandit.iter().all(|test| NOISIEST.contains(test)),
                class: finding.class,
                severity: if finding.class == Class::Issue { finding.severity } else { Severity::Low },
            })
            .collect();
        let mut opinions = Opinions { parses: analysis.status == Status::Scanned, ..Opinions::default() };
        opinions.by_judge.insert(BUILTIN.to_owned(), Judgement::of(&found));
        for analyzer in &self.external {
            let judgement = self.ask(analyzer.as_ref(), &program).await;
            if let Some(judgement) = judgement {
                let uncompilable = Failure::Uncompilable.to_string();
                // A compiler's word counts for more than a parser that mends errors; of Java it may only lack libraries.
                opinions.parses &=
                    language != Language::Python || judgement.failed.as_deref() != Some(uncompilable.as_str());
                opinions.by_judge.insert(analyzer.name().to_owned(), judgement);
            }
        }
        self.known().insert(key, opinions.clone());
        opinions
    }

    async fn ask(&self, analyzer: &dyn Analyzer, program: &Program) -> Option<Judgement> {
        let file = analyzer.file(program)?;
        let commands = analyzer.commands(program.language, &file);
        let output = self.sandbox.run(&commands, &file, &program.text).await;
        let hits = match output.and_then(|output| analyzer.read(&output)) {
            Ok(hits) => hits,
            Err(failure) => return Some(Judgement::failure(failure)),
        };
        let found: Vec<Counted> = hits
            .into_iter()
            .map(|hit| Counted {
                cwe: hit.cwe,
                noisy: NOISIEST.contains(&hit.rule.as_str()),
                class: hit.class,
                severity: hit.severity,
            })
            .collect();
        Some(Judgement::of(&found))
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Opinions>> {
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
