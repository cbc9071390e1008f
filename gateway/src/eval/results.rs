//! The results file: one row a line, appended as programs are done, so that a run that was cut off goes on from there.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Mutex;

use anyhow::Context as _;

use super::Row;

/// The file's name in the folder of a run.
pub const NAME: &str = "results.jsonl";

/// An open results file. A row is written whole or not at all.
#[derive(Debug)]
pub struct Results {
    file: Mutex<File>,
    /// Rows that were there already, by key.
    pub earlier: BTreeMap<String, Row>,
}

impl Results {
    /// Opens the file in `folder`; with `resume` its rows are kept, otherwise it begins empty. Rows with an error are done
    /// again, and a line that was cut off is forgotten.
    pub fn open(folder: &Path, resume: bool) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let failed = || format!("cannot open {}", path.display());
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(!resume);
        let mut file = options.open(&path).with_context(failed)?;
        let mut earlier = BTreeMap::new();
        if resume {
            for line in BufReader::new(&file).lines() {
                let Ok(row) = serde_json::from_str::<Row>(&line.with_context(failed)?) else { continue };
                if row.error.is_none() {
                    earlier.insert(row.key.clone(), row);
                }
            }
            let kept = earlier.values().filter_map(|row| serde_json::to_string(row).ok());
            let new = path.with_extension("jsonl.tmp");
            std::fs::write(&new, kept.map(|line| line + "\n").collect::<String>())
                .and_then(|()| std::fs::rename(&new, &path))
                .with_context(failed)?;
            file = OpenOptions::new().append(true).open(&path).with_context(failed)?;
        }
        file.seek(SeekFrom::End(0)).with_context(failed)?;
        Ok(Self { file: Mutex::new(file), earlier })
    }

    /// Appends a row.
    pub fn add(&self, row: &Row) -> anyhow::Result<()> {
        let mut line = serde_json::to_string(row).context("a row cannot be written")?;
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(line.as_bytes()).context("a row cannot be written")
    }
}
