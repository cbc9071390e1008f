//! Data sets: JSON Lines (also gzipped), JSON arrays, CSV. Reads, never runs anything that stands in them.

mod csv;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use analyzers::lang::Language;
use anyhow::{Context as _, bail};
use serde_json::{Map, Value};

/// Longest line or CSV file in bytes.
const LONGEST: u64 = 256 << 20;
/// Most programs of one data set.
const MOST: usize = 1_000_000;

/// One program to repair or to have written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name, unique in the data set.
    pub id: String,
    /// Its language, as far as the data set says.
    pub language: Option<Language>,
    /// What is asked for; empty where only code is given.
    pub prompt: String,
    /// The code to repair; `None`: the model writes it.
    pub code: Option<String>,
}

/// A data set.
#[derive(Debug, Default)]
pub struct Dataset {
    /// What can be run.
    pub items: Vec<Item>,
    /// Records with neither code nor a prompt.
    pub skipped: usize,
}

/// Only records whose field has this value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    field: String,
    value: String,
}

impl Filter {
    /// Reads `FIELD=VALUE`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (field, value) = text.split_once('=').ok_or_else(|| "FIELD=VALUE is needed".to_owned())?;
        Ok(Self { field: field.trim().to_owned(), value: value.trim().to_owned() })
    }

    /// Whether the record is wanted.
    fn admits(&self, record: &Map<String, Value>) -> bool {
        let is = |value: &Value| match value {
            Value::String(text) => *text == self.value,
            other => serde_json::to_string(other).is_ok_and(|text| text == self.value),
        };
        match record.get(&self.field) {
            Some(Value::Array(values)) => values.iter().any(is),
            Some(value) => is(value),
            None => false,
        }
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}={}", self.field, self.value)
    }
}

/// Reads a file; which form it has says its name: `.jsonl`, `.json`, `.csv`, each also with `.gz`.
pub fn read(path: &Path, filters: &[Filter]) -> anyhow::Result<Dataset> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let mut set = Dataset::default();
    let mut take = |record: Map<String, Value>| -> anyhow::Result<()> {
        if filters.iter().all(|filter| filter.admits(&record)) {
            set.add(&record);
        }
        if set.items.len() > MOST {
            bail!("more than {MOST} programs");
        }
        Ok(())
    };
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    match plain.rsplit('.').next() {
        Some("jsonl" | "ndjson") => for_each_line(path, &mut take)?,
        Some("json") => {
            let records: Vec<Map<String, Value>> =
                serde_json::from_str(&text(path)?).context("no JSON array of objects")?;
            records.into_iter().try_for_each(take)?;
        }
        Some("csv") => csv::records(&text(path)?)?.into_iter().try_for_each(take)?,
        _ => bail!("a data set is a folder of code, or a .jsonl, .json or .csv file (also .gz)"),
    }
    set.name_apart();
    Ok(set)
}

/// Calls `take` with every object of a JSON Lines file.
pub fn for_each_line(
    path: &Path,
    take: &mut dyn FnMut(Map<String, Value>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut lines = BufReader::new(open(path)?);
    let mut number = 0_usize;
    let mut line = Vec::new();
    loop {
        line.clear();
        number += 1;
        if lines.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let record = serde_json::from_slice(&line).with_context(|| format!("line {number} is no JSON object"))?;
        take(record).with_context(|| format!("line {number}"))?;
    }
}

fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    Ok(if packed { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) })
}

fn text(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    open(path)?.take(LONGEST).read_to_string(&mut text).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text)
}

impl Dataset {
    fn add(&mut self, record: &Map<String, Value>) {
        let field = |names: &[&str]| {
            let text = |name: &&str| record.get(*name)?.as_str().filter(|text| !text.trim().is_empty());
            names.iter().find_map(text).map(str::to_owned)
        };
        let code = field(&["code"]);
        let prompt = field(&["prompt", "description", "task", "instruction"]);
        if code.is_none() && prompt.is_none() {
            self.skipped += 1;
            return;
        }
        self.items.push(Item {
            id: field(&["id", "name", "path"]).unwrap_or_else(|| (self.items.len() + 1).to_string()),
            language: field(&["language", "lang"]).and_then(|name| Language::from_label(&name)),
            prompt: prompt.unwrap_or_default(),
            code,
        });
    }

    /// Gives items with the name of an earlier one a name of their own.
    pub fn name_apart(&mut self) {
        let mut seen = std::collections::HashMap::<String, usize>::new();
        for item in &mut self.items {
            let times = seen.entry(item.id.clone()).or_default();
            *times += 1;
            if *times > 1 {
                item.id = format!("{}#{times}", item.id);
            }
        }
    }
}
