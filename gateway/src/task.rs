//! The tasks beside chat, as JSON in and out: analyse, repair, classify; plain data, decides nothing.

use analyzers::lang::{Language, detect};
use bytes::Bytes;
use serde::Serialize;

use crate::classify::Likely;
use crate::error::Error;
use crate::exchange::{CallRecord, EditRecord, FindingRecord, Verdict};
use crate::wire::json;
use crate::wire::request::Asked;

/// What can be asked for, each at a path of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// What is wrong with a piece of code.
    Analyze,
    /// The same code, repaired.
    Secure,
    /// Which weaknesses it most likely has.
    Classify,
}

impl Task {
    /// Every task.
    pub const ALL: [Self; 3] = [Self::Analyze, Self::Secure, Self::Classify];

    /// The path that it is asked for at.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Analyze => "/api/analyze",
            Self::Secure => "/api/secure",
            Self::Classify => "/api/classify",
        }
    }

    /// The task of that path.
    pub fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.path() == path)
    }

    /// One sentence about it.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Analyze => "Analyses a piece of code and lists its findings.",
            Self::Secure => {
                "Repairs a piece of code: rewritten and, where a model is named, asked for again; released only when verified."
            }
            Self::Classify => "Ranks the weaknesses (CWE) that a piece of code most likely has.",
        }
    }

    /// The fields that a request may have.
    pub fn fields(self) -> impl Iterator<Item = &'static Field> {
        FIELDS.iter().filter(move |field| field.tasks.contains(&self))
    }
}

/// One field of a request; all are strings.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub about: &'static str,
    /// Whether a request must have it.
    pub needed: bool,
    tasks: &'static [Task],
}

const CODE: &str = "code";
const LANGUAGE: &str = "language";
const FILENAME: &str = "filename";
const PROMPT: &str = "prompt";
const MODEL: &str = "model";
const MODE: &str = "mode";
const STRATEGY: &str = "strategy";

/// Every field of a request.
const FIELDS: &[Field] = &[
    Field { name: CODE, about: "The code.", needed: true, tasks: &Task::ALL },
    Field {
        name: LANGUAGE,
        about: "Its language, as a fence or flag would name it; told from the file name or the code if left out.",
        needed: false,
        tasks: &Task::ALL,
    },
    Field { name: FILENAME, about: "Its file name, which may tell the language.", needed: false, tasks: &Task::ALL },
    Field {
        name: PROMPT,
        about: "What the code was asked for with; a model that is asked again gets it.",
        needed: false,
        tasks: &[Task::Secure],
    },
    Field {
        name: MODEL,
        about: "The upstream's name of the model that may be asked; without one the code is rewritten only.",
        needed: false,
        tasks: &[Task::Secure],
    },
    Field {
        name: MODE,
        about: "observe, repair or enforce, as far as the policy lets requests choose.",
        needed: false,
        tasks: &[Task::Secure],
    },
    Field {
        name: STRATEGY,
        about: "How it is secured, as far as the policy lets requests choose.",
        needed: false,
        tasks: &[Task::Secure],
    },
];

/// A request for a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The code.
    pub code: String,
    /// Its language.
    pub language: Language,
    /// What it was asked for with.
    pub prompt: Option<String>,
    /// The model that may be asked.
    pub model: Option<String>,
    /// Mode and strategy.
    pub asked: Asked,
}

impl Wanted {
    /// Reads the body of a request; what is wrong is told by the field's name, never by its content.
    pub fn read(task: Task, body: &Bytes) -> Result<Self, Error> {
        let object = || Error::bad_request("the body must be one JSON object");
        let text = std::str::from_utf8(body).map_err(|_| object())?;
        let mut given: Vec<(&'static str, String)> = Vec::new();
        let mut walk = json::members(text, 0);
        for member in walk.by_ref() {
            let Some(field) = task.fields().find(|field| field.name == member.key) else {
                let names: Vec<_> = task.fields().map(|field| field.name).collect();
                return Err(Error::bad_request(format!("the fields of this request are {}", names.join(", "))));
            };
            let value = text.get(member.value).unwrap_or_default();
            given.retain(|(name, _)| *name != field.name);
            if value == "null" && !field.needed {
                continue;
            }
            let value = value.starts_with('"').then(|| json::decode(value)).flatten();
            let value = value.ok_or_else(|| wrong(field.name, format!("`{}` must be a string", field.name)))?;
            given.push((field.name, value.into_owned()));
        }
        if !walk.is_whole() || text.get(walk.end()..).is_none_or(|rest| !rest.trim().is_empty()) {
            return Err(object());
        }
        let mut take = |name: &str| {
            let at = given.iter().position(|(known, _)| *known == name)?;
            Some(given.swap_remove(at).1)
        };
        let code = take(CODE).ok_or_else(|| wrong(CODE, "`code` is needed".to_owned()))?;
        if code.trim().is_empty() {
            return Err(wrong(CODE, "`code` must not be empty".to_owned()));
        }
        let (label, filename) = (take(LANGUAGE), take(FILENAME));
        let (prompt, model) = (take(PROMPT), take(MODEL));
        let filled = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
        Ok(Self {
            language: language(label.as_deref(), filename.as_deref(), &code)?,
            code,
            prompt: filled(prompt),
            model: filled(model),
            asked: Asked { report: false, mode: take(MODE), strategy: take(STRATEGY) },
        })
    }
}

fn wrong(param: &'static str, message: String) -> Error {
    Error::BadRequest { message, param: Some(param) }
}

/// The language that is named, or that the file name or the code tells.
fn language(label: Option<&str>, filename: Option<&str>, code: &str) -> Result<Language, Error> {
    let names = || Language::ALL.map(Language::name).join(", ");
    if let Some(label) = label {
        let known = Language::from_label(label);
        return known.ok_or_else(|| wrong(LANGUAGE, format!("`language` must be one of {}", names())));
    }
    let by_name = filename.and_then(Language::from_path);
    by_name.or_else(|| detect::language(code)).ok_or_else(|| {
        wrong(LANGUAGE, format!("the language does not show in the code: name it in `language`, one of {}", names()))
    })
}

/// What is found in a piece of code.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Analyzed {
    /// The language that it was read as.
    pub language: String,
    /// How much was read: `scanned`, `partial` or `failed`.
    pub status: String,
    /// `clean`, `observed` or `unscanned`.
    pub verdict: Verdict,
    /// The weighted count of findings.
    pub k: f32,
    /// Findings, those of the policy's other analyzers included.
    pub findings: Vec<FindingRecord>,
    /// Markers of suppression comments, reported and never obeyed.
    pub suppressions: Vec<String>,
    /// Analyzers that had nothing to say, and why.
    pub unjudged: Vec<String>,
}

/// A repaired piece of code.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Secured {
    /// The report's id; `null` where the policy keeps none.
    pub report: Option<String>,
    /// `clean`, `observed`, `secured`, `unscanned`, `residual` or `blocked`.
    pub verdict: Verdict,
    /// The language that it was read as.
    pub language: String,
    /// The mode in force.
    pub mode: String,
    /// The strategy in force.
    pub strategy: String,
    /// The code as it is released: repaired, as it came where nothing was to be changed, `null` where it is withheld.
    pub code: Option<String>,
    /// Whether the code differs from what came.
    pub changed: bool,
    /// Findings of the code as it came, and of what is released.
    pub findings: BeforeAfter,
    /// Edits that the released code applies.
    pub edits: Vec<EditRecord>,
    /// Markers of suppression comments, reported and never obeyed.
    pub suppressions: Vec<String>,
    /// What was not scanned, and why.
    pub unscanned: Vec<String>,
    /// Environment variables that must now be configured.
    pub config: Vec<String>,
    /// Similarity of the released code to the original, in [0, 1].
    pub similarity: f32,
    /// Rounds of the loop.
    pub iterations: u32,
    /// Calls of the model.
    pub calls: Vec<CallRecord>,
    /// What they cost in dollars, by the price table.
    pub cost_usd: f64,
}

/// Findings before and after.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct BeforeAfter {
    /// Of the code as it came.
    pub before: Vec<FindingRecord>,
    /// Of what is released.
    pub after: Vec<FindingRecord>,
}

/// Weaknesses of a piece of code, ranked.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Classified {
    /// The language that it was read as.
    pub language: String,
    /// How much was read: `scanned`, `partial` or `failed`.
    pub status: String,
    /// The most likely first.
    pub weaknesses: Vec<Likely>,
}

#[cfg(test)]
mod tests;
