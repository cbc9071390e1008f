//! Corpora: labelled programs from JSON Lines; never executed, only parsed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use analyzers::lang::Language;
use serde::Deserialize;

/// Longest program that is trained on, in bytes.
const MOST_BYTES: usize = 20_000;

/// What is known of a program's security.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Labelled insecure.
    Insecure,
    /// Labelled secure.
    Secure,
    /// Written by a model, not labelled.
    Generated,
    /// Anything else.
    #[serde(other)]
    Other,
}

/// One program.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Unique over the corpus.
    pub id: String,
    /// Where it comes from, without the commit.
    pub source: String,
    /// Its label.
    pub role: Role,
    /// The weaknesses it is about, by label.
    pub cwe: Vec<u16>,
    /// The same for two versions of one piece of code.
    pub pair: Option<String>,
    /// Its language.
    pub language: Language,
    /// Its text.
    pub code: String,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    source: String,
    language: String,
    role: Role,
    #[serde(default)]
    cwe: Vec<u16>,
    #[serde(default)]
    pair: Option<String>,
    #[serde(default)]
    code: Option<String>,
}

/// Reads every `*.jsonl` of the paths given (files or directories), in order of their names.
pub fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for file in files(paths)? {
        for line in BufReader::new(std::fs::File::open(&file)?).lines() {
            let Ok(line) = serde_json::from_str::<Line>(&line?) else { continue };
            let language = Language::from_label(&line.language).filter(|language| !language.is_data());
            let (Some(code), Some(language)) = (line.code, language) else { continue };
            if code.len() > MOST_BYTES {
                continue;
            }
            let source = line.source.split('@').next().unwrap_or_default().to_owned();
            let (id, role, cwe, pair) = (line.id, line.role, line.cwe, line.pair);
            samples.push(Sample { id, source, role, cwe, pair, language, code });
        }
    }
    anyhow::ensure!(!samples.is_empty(), "the corpus holds no program in a language that is analysed");
    Ok(samples)
}

fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut inside: Vec<PathBuf> = std::fs::read_dir(path)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| is_lines(path))
            .collect();
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl")
}
