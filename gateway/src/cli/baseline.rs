//! A file of findings that are known and not to be told again. It holds no code.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::fingerprint::{self, Fingerprint};

/// The form that is written; a file of a later one is refused.
const VERSION: u32 = 1;
/// Longest file that is read, in bytes.
const LONGEST: u64 = 256 << 20;

/// The file.
#[derive(Debug, Serialize, Deserialize)]
struct Document {
    version: u32,
    findings: BTreeSet<Entry>,
}

/// One finding, known by the file (relative to the baseline's folder) and its fingerprint; the rule is for readers.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Entry {
    path: String,
    rule: String,
    fingerprint: String,
}

/// Known findings by file.
#[derive(Debug, Default)]
pub(super) struct Baseline {
    files: HashMap<String, HashMap<String, usize>>,
    folder: PathBuf,
}

impl Baseline {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let file = std::fs::File::open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                format!("{}: no such baseline, make it with --write-baseline", path.display())
            }
            _ => failed(&error),
        })?;
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text).map_err(|error| failed(&error))?;
        let document: Document =
            serde_json::from_str(&text).map_err(|error| failed(&format_args!("no baseline: {error}")))?;
        if document.version != VERSION {
            return Err(failed(&format_args!("a baseline of version {}, not {VERSION}", document.version)));
        }
        let mut prints: HashMap<String, Vec<Fingerprint>> = HashMap::new();
        for entry in document.findings {
            let print = Fingerprint::parse(&entry.fingerprint)
                .ok_or_else(|| failed(&format_args!("no fingerprint: {:?}", entry.fingerprint)))?;
            prints.entry(entry.path).or_default().push(print);
        }
        let files = prints.into_iter().map(|(path, prints)| (path, fingerprint::counts(&prints))).collect();
        Ok(Self { files, folder: folder(path) })
    }

    /// What is known of a file.
    pub(super) fn of(&self, file: &Path) -> HashMap<String, usize> {
        self.files.get(&relative(file, &self.folder)).cloned().unwrap_or_default()
    }
}

/// Writes the findings of `files`: path, and each finding's rule and fingerprint.
pub(super) fn write<'f>(
    path: &Path,
    files: impl Iterator<Item = (&'f Path, Vec<(&'static str, &'f Fingerprint)>)>,
) -> Result<usize, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let folder = folder(path);
    let mut findings = BTreeSet::new();
    for (file, found) in files {
        let file = relative(file, &folder);
        for (rule, fingerprint) in found {
            let entry = Entry { path: file.clone(), rule: rule.to_owned(), fingerprint: fingerprint.to_string() };
            findings.insert(entry);
        }
    }
    let count = findings.len();
    let document = Document { version: VERSION, findings };
    let mut text = serde_json::to_string_pretty(&document).map_err(|error| failed(error.into()))?;
    text.push('\n');
    // In one step: an interruption leaves the old file or the new one.
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let new = path.with_file_name(name);
    std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, path)).map_err(|error| {
        // The error that matters is the first one.
        let _ = std::fs::remove_file(&new);
        failed(error)
    })?;
    Ok(count)
}

/// The folder that a baseline's paths are relative to.
fn folder(baseline: &Path) -> PathBuf {
    let parent = baseline.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned())
}

/// A file's path below `folder` with `/` between its parts; as it is where it is elsewhere.
pub(super) fn relative(file: &Path, folder: &Path) -> String {
    let whole = absolute(file);
    let path = whole.strip_prefix(folder).unwrap_or(&whole);
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/").replacen("//", "/", 1)
}

/// A file's absolute path; links in its folder's path are resolved, the file itself may be one.
pub(super) fn absolute(file: &Path) -> PathBuf {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (std::fs::canonicalize(parent), file.file_name()) {
        (Ok(parent), Some(name)) => parent.join(name),
        _ => file.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(line: char) -> Fingerprint {
        Fingerprint { line: line.to_string().repeat(16), index: 1 }
    }

    #[test]
    fn what_was_written_is_known() -> Result<(), String> {
        let root = tempfile::tempdir().map_err(|error| error.to_string())?;
        let baseline = root.path().join("known.json");
        let (a, b) = (root.path().join("a.py"), root.path().join("sub/b.py"));
        std::fs::create_dir(root.path().join("sub")).map_err(|error| error.to_string())?;
        let (first, second) = (print('a'), print('b'));
        let files = [(&*a, vec![("weak-hash", &first)]), (&*b, vec![("weak-hash", &first), ("debug-mode", &second)])];
        assert_eq!(write(&baseline, files.into_iter()), Ok(3));
        let known = Baseline::read(&baseline)?;
        assert_eq!(known.of(&a), HashMap::from([(first.line.clone(), 1)]));
        assert_eq!(known.of(&b).len(), 2);
        assert_eq!(known.of(&root.path().join("c.py")).len(), 0);
        let text = std::fs::read_to_string(&baseline).map_err(|error| error.to_string())?;
        assert!(text.contains("\"sub/b.py\"") && text.ends_with("}\n"), "{text}");
        Ok(())
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        let refused = |text: &str, part: &str| {
            let file = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(file.path(), text).expect("written");
            let error = Baseline::read(file.path()).expect_err("refused");
            assert!(error.contains(part), "{error}");
        };
        refused("[]", "no baseline");
        refused(r#"{"version": 2, "findings": []}"#, "version 2");
        let entry = r#"{"version": 1, "findings": [{"path": "a", "rule": "b", "fingerprint": "c"}]}"#;
        refused(entry, "no fingerprint");
        assert!(Baseline::read(Path::new("/nonexistent/x")).expect_err("refused").contains("--write-baseline"));
    }
}
