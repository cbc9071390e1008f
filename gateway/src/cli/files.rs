//! The source files that a command line names: single files, directories walked within bounds, or standard input.
//!
//! Walking is the `ignore` crate's: it reads `.gitignore` and its kin as git does, in parallel, without recursion.

use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};

use super::detect::{self, Interpreter};

/// Longest file that is read unless the command line says otherwise, in bytes.
pub(super) const LONGEST_FILE: u64 = 8 << 20;
/// Most files of one run.
const MOST_FILES: usize = 200_000;
/// How much of a file without a telling name is read to know its language.
const HEAD: u64 = 16 << 10;
/// Directories that hold other people's or generated code. Hidden directories are skipped as well.
const SKIPPED: &[&str] =
    &["node_modules", "target", "__pycache__", "venv", "site-packages", "bower_components", "dist", "build", "vendor"];
/// Hidden entries that are read all the same: what configures workflows, and where secrets use to stand.
const SHOWN: &[&str] =
    &[".github", ".circleci", ".gitlab-ci.yml", ".env", ".npmrc", ".pypirc", ".docker", ".devcontainer", ".travis.yml"];
/// Files that package managers write.
const LOCKS: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "composer.lock",
    "Cargo.lock",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
];
/// Ignore files of our own, beside git's.
const IGNORE_FILE: &str = ".sallyportignore";

/// What a command line asks for.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// Files, directories, `-`.
    pub(super) paths: &'a [PathBuf],
    /// The language of all of them.
    pub(super) language: Option<Language>,
    /// Globs of what is left out.
    pub(super) exclude: &'a [String],
    /// Whether ignore files and the list of foreign directories count.
    pub(super) ignore: bool,
    /// Whether named files of unknown language are passed over.
    pub(super) skip_unknown: bool,
    /// The name of what comes on standard input.
    pub(super) stdin_name: Option<&'a Path>,
    /// Longest file in bytes.
    pub(super) longest: u64,
    /// Threads.
    pub(super) jobs: usize,
}

impl<'a> Wanted<'a> {
    /// `paths` with everything else as usual.
    pub(super) fn new(paths: &'a [PathBuf], language: Option<Language>) -> Self {
        Self {
            paths,
            language,
            exclude: &[],
            ignore: true,
            skip_unknown: false,
            stdin_name: None,
            longest: LONGEST_FILE,
            jobs: cores(),
        }
    }
}

/// Threads that the machine runs at a time.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Source {
    /// Its path, or none for standard input.
    pub(super) path: Option<PathBuf>,
    /// Its language, as far as its name or head told.
    pub(super) language: Language,
    /// Whether the command line said so.
    forced: bool,
    /// The path as reports spell it.
    name: String,
    /// What standard input held.
    held: Option<Vec<u8>>,
}

impl Source {
    /// The path as reports spell it; standard input is `-` unless it was given a name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its program; `Err` says why it cannot be read. Files that are not UTF-8 cannot.
    pub(super) fn program(&self, longest: u64) -> Result<Program, String> {
        let bytes = match (&self.held, &self.path) {
            (Some(bytes), _) => bytes.clone(),
            (None, Some(path)) => {
                std::fs::File::open(path).map_err(|error| error.to_string()).and_then(|file| read(file, longest))?
            }
            (None, None) => Vec::new(),
        };
        let text = String::from_utf8(bytes)
            .map_err(|error| format!("not UTF-8 (byte {}), left as it is", error.utf8_error().valid_up_to()))?;
        Ok(self.parse(text, longest))
    }

    /// `text` as this source's program: in the language of its name, unless its content plainly is of another.
    pub(super) fn parse(&self, text: String, longest: u64) -> Program {
        let limits = Limits { bytes: usize::try_from(longest).unwrap_or(usize::MAX), ..Limits::default() };
        if self.forced {
            return Program::parse(self.language, text, &limits);
        }
        let named = match detect::interpreter(&text) {
            Interpreter::Known(language) => language,
            Interpreter::Unnamed | Interpreter::Other => self.language,
        };
        let program = Program::parse(named, text, &limits);
        if !program.tree.has_errors() {
            return program;
        }
        let Some(other) = detect::strong(&program.text).filter(|other| *other != named) else { return program };
        let second = Program::parse(other, program.text.as_str(), &limits);
        if second.tree.has_errors() { program } else { second }
    }
}

/// What a command line named.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Files to read, sorted, without repeats.
    pub(super) sources: Vec<Source>,
    /// What could not be read, and why.
    pub(super) problems: Vec<String>,
}

/// Finds the files that `wanted` names. Inside a directory, files of unknown language are passed over.
pub(super) fn find(wanted: &Wanted<'_>) -> Found {
    let mut found = Found::default();
    let excluded = match exclusions(wanted.exclude) {
        Ok(excluded) => excluded,
        Err(problem) => {
            found.problems.push(problem);
            return found;
        }
    };
    for path in wanted.paths {
        if path.as_os_str() == "-" {
            match standard_input(wanted) {
                Ok(source) => found.sources.push(source),
                Err(problem) => found.problems.push(problem),
            }
            continue;
        }
        match std::fs::metadata(path) {
            Err(error) => found.problems.push(format!("{}: {error}", path.display())),
            Ok(metadata) if metadata.is_dir() => walk(path, wanted, &excluded, &mut found),
            Ok(_) if excluded.matched(plain(path), false).is_ignore() => {}
            Ok(_) => match named(path, wanted) {
                Ok(Some(source)) => found.sources.push(source),
                Ok(None) if wanted.skip_unknown => {}
                Ok(None) => {
                    found.problems.push(format!("{}: unknown language, name it with --language", path.display()));
                }
                Err(error) => found.problems.push(format!("{}: {error}", path.display())),
            },
        }
    }
    found.sources.sort();
    found.sources.dedup();
    found.problems.sort();
    found
}

/// What the globs leave out, relative to where the command runs.
fn exclusions(globs: &[String]) -> Result<Override, String> {
    let mut builder = OverrideBuilder::new(".");
    for glob in globs {
        // The crate's own meaning is the opposite: what is named is kept.
        builder.add(&format!("!{glob}")).map_err(|error| format!("--exclude: {error}"))?;
    }
    builder.build().map_err(|error| format!("--exclude: {error}"))
}

fn standard_input(wanted: &Wanted<'_>) -> Result<Source, String> {
    let bytes = read(std::io::stdin().lock(), wanted.longest).map_err(|error| format!("-: {error}"))?;
    let name = wanted.stdin_name.map_or_else(|| "-".to_owned(), spelled);
    let detected = || detect::asked(wanted.stdin_name, &String::from_utf8_lossy(&bytes));
    match wanted.language.or_else(detected) {
        Some(language) => {
            Ok(Source { path: None, language, forced: wanted.language.is_some(), name, held: Some(bytes) })
        }
        None => Err(format!("{name}: unknown language, name it with --language")),
    }
}

/// A file that the command line names itself.
fn named(path: &Path, wanted: &Wanted<'_>) -> Result<Option<Source>, String> {
    let language = match wanted.language.or_else(|| by_name(path)) {
        Some(language) => Some(language),
        None => detect::asked(None, &head(path)?),
    };
    Ok(language.map(|language| source(path, language, wanted)))
}

fn source(path: &Path, language: Language, wanted: &Wanted<'_>) -> Source {
    let forced = wanted.language.is_some();
    Source { path: Some(plain(path).to_owned()), language, forced, name: spelled(path), held: None }
}

fn by_name(path: &Path) -> Option<Language> {
    Language::from_path(&path.file_name()?.to_string_lossy())
}

/// The beginning of a file, without a character that is cut in two; empty for one that holds no text.
fn head(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(HEAD).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let whole = match std::str::from_utf8(&bytes) {
        Ok(_) => bytes.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => 0,
    };
    bytes.truncate(whole);
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

/// Adds the files below `directory`. Symbolic links are not followed, so that nothing is read twice or for ever.
fn walk(directory: &Path, wanted: &Wanted<'_>, excluded: &Override, found: &mut Found) {
    let skips = wanted.ignore;
    let mut builder = WalkBuilder::new(directory);
    builder
        .standard_filters(wanted.ignore)
        .hidden(false)
        .require_git(false)
        .follow_links(false)
        .threads(wanted.jobs)
        .filter_entry(move |entry| {
            entry.depth() == 0 || (!is_hidden(entry) && !(skips && (is_foreign(entry) || is_lock(entry))))
        });
    if wanted.ignore {
        builder.add_custom_ignore_filename(IGNORE_FILE);
    }
    let collected = Mutex::new(std::mem::take(found));
    let count = AtomicUsize::new(0);
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    add(&collected, |found| found.problems.push(error.to_string()));
                    return WalkState::Continue;
                }
            };
            let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
            if entry.depth() > 0 && excluded.matched(plain(entry.path()), is_directory).is_ignore() {
                return WalkState::Skip;
            }
            match met(&entry, wanted) {
                Ok(None) => {}
                Err(problem) => add(&collected, |found| found.problems.push(problem)),
                Ok(Some(_)) if count.fetch_add(1, Ordering::Relaxed) >= MOST_FILES => {
                    let problem =
                        format!("{}: more than {MOST_FILES} files, the rest is left out", directory.display());
                    add(&collected, |found| found.problems.push(problem));
                    return WalkState::Quit;
                }
                Ok(Some(source)) => add(&collected, |found| found.sources.push(source)),
            }
            WalkState::Continue
        })
    });
    *found = collected.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
}

fn add(found: &Mutex<Found>, change: impl FnOnce(&mut Found)) {
    change(&mut found.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
}

/// What an entry of a directory is to us.
fn met(entry: &DirEntry, wanted: &Wanted<'_>) -> Result<Option<Source>, String> {
    if !entry.file_type().is_some_and(|kind| kind.is_file()) {
        return Ok(None);
    }
    let path = entry.path();
    let language = match by_name(path) {
        Some(language) => Some(language),
        None if path.extension().is_none() => {
            let head = head(path).map_err(|error| format!("{}: {error}", path.display()))?;
            detect::met(&head)
        }
        None => None,
    };
    let language = language.filter(|language| wanted.language.is_none_or(|wanted| wanted == *language));
    Ok(language.map(|language| source(path, language, wanted)))
}

/// Whether an entry is hidden, and none of those that hold workflows, variables or tokens.
fn is_hidden(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    name.starts_with('.') && !SHOWN.contains(&&*name) && !name.starts_with(".env.")
}

/// Whether a file was written by a package manager: it is long and holds versions.
fn is_lock(entry: &DirEntry) -> bool {
    LOCKS.contains(&&*entry.file_name().to_string_lossy())
}

fn is_foreign(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir()) && SKIPPED.contains(&&*entry.file_name().to_string_lossy())
}

/// A path without `./` at its start.
fn plain(path: &Path) -> &Path {
    let rest = path.strip_prefix(Component::CurDir).unwrap_or(path);
    if rest.as_os_str().is_empty() { path } else { rest }
}

/// A path as reports spell it: nothing in it can steer a terminal.
fn spelled(path: &Path) -> String {
    let clean = |character: char| if character.is_control() { char::REPLACEMENT_CHARACTER } else { character };
    plain(path).to_string_lossy().chars().map(clean).collect()
}

/// Applies `work` to every item by `jobs` threads; results keep the order of the items.
pub(super) fn in_parallel<T: Sync, R: Send>(items: &[T], jobs: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = jobs.clamp(1, items.len().max(1));
    let next = AtomicUsize::new(0);
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let run = || {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
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

fn read(reader: impl Read, longest: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    reader.take(longest.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > longest {
        return Err(format!("longer than {longest} bytes"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
