//! Recorded answers of real models, found by prompt; plain data.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};

use super::dataset::for_each_line;

/// One recorded response: several choices to one prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Model and temperature, as tables spell them.
    pub name: String,
    /// The model.
    pub model: String,
    /// The sampling temperature.
    pub temperature: f64,
    /// The text of each choice.
    pub choices: Vec<String>,
    /// Prompt tokens.
    pub input_tokens: u64,
    /// Output tokens of all choices.
    pub output_tokens: u64,
}

impl Recording {
    /// The text of a choice; past the last it begins anew, so that every strategy meets the same order.
    pub fn choice(&self, index: usize) -> &str {
        index.checked_rem(self.choices.len()).and_then(|index| self.choices.get(index)).map_or("", String::as_str)
    }

    /// Output tokens of one choice.
    pub fn tokens_each(&self) -> u64 {
        self.output_tokens / (self.choices.len().max(1) as u64)
    }
}

/// Recordings by prompt.
#[derive(Debug, Default)]
pub struct Recordings(BTreeMap<String, Vec<Arc<Recording>>>);

impl Recordings {
    /// Reads a file of objects with `request` and `response`, or all such files (`.jsonl`) of a folder.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let mut recordings = Self::default();
        if path.is_dir() {
            let entries = std::fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
            let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
            files.sort();
            for file in files {
                recordings.add(&file)?;
            }
        } else {
            recordings.add(path)?;
        }
        if recordings.0.is_empty() {
            bail!("{} holds no recorded answers (objects with request and response)", path.display());
        }
        Ok(recordings)
    }

    fn add(&mut self, file: &Path) -> anyhow::Result<()> {
        for_each_line(file, &mut |record| {
            if let Some((prompt, recording)) = recording(&record) {
                self.0.entry(prompt).or_default().push(Arc::new(recording));
            }
            Ok(())
        })
    }

    /// What was recorded for a prompt.
    pub fn of(&self, prompt: &str) -> &[Arc<Recording>] {
        self.0.get(prompt.trim()).map_or(&[], Vec::as_slice)
    }
}

fn recording(record: &Map<String, Value>) -> Option<(String, Recording)> {
    let (request, response) = (record.get("request")?, record.get("response")?);
    let prompt = request.get("messages")?.as_array()?.last()?.get("content")?.as_str()?.trim().to_owned();
    let content = |choice: &Value| choice.pointer("/message/content").and_then(Value::as_str).map(str::to_owned);
    let choices: Vec<String> = response.get("choices")?.as_array()?.iter().filter_map(content).collect();
    let model = request.get("model")?.as_str()?.to_owned();
    let temperature = request.get("temperature").and_then(Value::as_f64).unwrap_or(1.0);
    let tokens = |name: &str| response.pointer(name).and_then(Value::as_u64).unwrap_or(0);
    (!choices.is_empty()).then(|| {
        let name = format!("{model} t={temperature}");
        let (input_tokens, output_tokens) = (tokens("/usage/prompt_tokens"), tokens("/usage/completion_tokens"));
        (prompt, Recording { name, model, temperature, choices, input_tokens, output_tokens })
    })
}
