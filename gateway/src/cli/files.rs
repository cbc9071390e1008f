//! The source files that a command line names: single files, directories walked within bounds, or standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use analyzers::lang::Language;

/// Longest file that is read, in bytes; longer ones are reported as failed.
pub(super) const LONGEST_FILE: u64 = 8 << 20;
/// Most files of one run.
const MOST_FILES: usize = 200_000;
/// Deepest directory below a named one.
const DEEPEST: usize = 64;
/// Directories that hold other people's or generated code. Hidden directories are skipped as well.
const SKIPPED: &[&str] =
    &["node_modules", "target", "__pycache__", "venv", "site-packages", "bower_components", "dist", "build", "vendor"];

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// Its path, or none for standard input.
    pub(super) path: Option<PathBuf>,
    /// Its language.
    pub(super) language: Language,
}

impl Source {
    /// The path as reports spell it; standard input is `-`.
    pub(super) fn name(&self) -> String {
        self.path.as_ref().map_or_else(|| "-".to_owned(), |path| path.to_string_lossy().into_owned())
    }

    /// Its text, with invalid UTF-8 replaced; `Err` says why it cannot be read.
    pub(super) fn read(&self) -> Result<Text, String> {
        let bytes = match &self.path {
            None => read_bounded(std::io::stdin().lock()),
            Some(path) => std::fs::File::open(path).map_err(|error| error.to_string()).and_then(read_bounded),
        }?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Text { text, exact: true }),
            Err(error) => Ok(Text { text: String::from_utf8_lossy(error.as_bytes()).into_owned(), exact: false }),
        }
    }
}

/// The text of a file.
#[derive(Debug)]
pub(super) struct Text {
    /// The text.
    pub(super) text: String,
    /// Whether it is the file's content byte for byte; otherwise it must not be written back.
    pub(super) exact: bool,
}

/// What a command line named.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Files to read, sorted, without repeats.
    pub(super) sources: Vec<Source>,
    /// What could not be read, and why.
    pub(super) problems: Vec<String>,
}

/// Finds the files that `paths` name. A file that is named itself needs a known extension or `language`; inside a
/// directory other files are passed over.
pub(super) fn find(paths: &[PathBuf], language: Option<Language>) -> Found {
    let mut found = Found::default();
    for path in paths {
        if path.as_os_str() == "-" {
            match language {
                Some(language) => found.sources.push(Source { path: None, language }),
                None => found.problems.push("-: --language is needed for standard input".to_owned()),
            }
            continue;
        }
        match std::fs::metadata(path) {
            Err(error) => found.problems.push(format!("{}: {error}", path.display())),
            Ok(metadata) if metadata.is_dir() => walk(path, language, 0, &mut found),
            Ok(_) => match language.or_else(|| Language::from_path(&path.to_string_lossy())) {
                Some(language) => found.sources.push(Source { path: Some(path.clone()), language }),
                None => found.problems.push(format!("{}: unknown language, name it with --language", path.display())),
            },
        }
    }
    found.sources.sort_by(|a, b| a.path.cmp(&b.path));
    found.sources.dedup();
    found
}

/// Adds the files below `directory`. Symbolic links are not followed.
fn walk(directory: &Path, wanted: Option<Language>, depth: usize, found: &mut Found) {
    if depth > DEEPEST {
        found.problems.push(format!("{}: nested too deeply", directory.display()));
        return;
    }
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => {
            found.problems.push(format!("{}: {error}", directory.display()));
            return;
        }
    };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if kind.is_dir() && !name.starts_with('.') && !SKIPPED.contains(&name.as_ref()) {
            walk(&path, wanted, depth + 1, found);
        } else if kind.is_file()
            && let Some(language) = Language::from_path(&name)
            && wanted.is_none_or(|wanted| wanted == language)
        {
            if found.sources.len() >= MOST_FILES {
                found
                    .problems
                    .push(format!("{}: more than {MOST_FILES} files, the rest is left out", directory.display()));
                return;
            }
            found.sources.push(Source { path: Some(path), language });
        }
    }
}

/// Applies `work` to every item on all cores; results keep the order of the items.
pub(super) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(items.len().max(1));
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let run = || {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let Some(item) = items.get(at) else { return done };
                done.push((at, work(item)));
            }
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(run)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)))
            .collect()
    });
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

fn read_bounded(reader: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    reader.take(LONGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(format!("longer than {LONGEST_FILE} bytes"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_walked_without_foreign_code() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        for file in ["a.py", "sub/B.java", "sub/c.txt", "node_modules/d.js", ".git/e.py", "sub/deep/f.mjs"] {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap_or(root.path()))?;
            std::fs::write(path, "")?;
        }
        let names = |language| -> Vec<String> {
            let found = find(&[root.path().to_owned()], language);
            let relative = |source: &Source| {
                source
                    .path
                    .as_ref()
                    .and_then(|path| path.strip_prefix(root.path()).ok())
                    .map(|path| path.display().to_string())
            };
            found.sources.iter().filter_map(relative).collect()
        };
        assert_eq!(names(None), ["a.py", "sub/B.java", "sub/deep/f.mjs"]);
        assert_eq!(names(Some(Language::Java)), ["sub/B.java"]);
        Ok(())
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        assert_eq!(find(&["-".into()], None).problems.len(), 1);
        assert_eq!(find(&["/nonexistent/file.py".into()], None).problems.len(), 1);
    }

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<usize> = (0..1_000).collect();
        assert_eq!(in_parallel(&items, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
    }
}
