//! What changed since a revision, asked of git: programs and arguments, never a shell; nothing in the repository is run.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::baseline::absolute;

/// The files that differ from a revision, in one repository.
#[derive(Debug)]
pub(super) struct Changes {
    top: PathBuf,
    commit: String,
    /// Changed files, relative to the top, with their path in the revision; new files have none.
    files: HashMap<PathBuf, Option<PathBuf>>,
}

impl Changes {
    /// Changes since `base` of the repository that `place` (a file or directory) is in. `base...` means where the
    /// current branch left `base`.
    pub(super) fn since(base: &str, place: &Path) -> Result<Self, String> {
        let folder = if place.is_dir() { place } else { place.parent().unwrap_or(place) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let top = git(folder, &["rev-parse", "--show-toplevel"])
            .map_err(|error| format!("--diff needs a git repository: {error}"))?;
        let top = path_of(top.trim_ascii_end());
        let top = std::fs::canonicalize(&top).unwrap_or(top);
        let commit = commit(&top, base)?;
        let mut files = HashMap::new();
        let listed = git(
            &top,
            &[
                "diff",
                "--name-status",
                "-z",
                "-M",
                "--no-ext-diff",
                "--no-textconv",
                "--ignore-submodules",
                &commit,
                "--",
            ],
        )?;
        let mut words = listed.split(|byte| *byte == 0).filter(|word| !word.is_empty());
        while let (Some(status), Some(path)) = (words.next(), words.next()) {
            let path = path_of(path);
            match status.first() {
                Some(b'D') => {}
                Some(b'R' | b'C') => {
                    if let Some(new) = words.next() {
                        files.insert(path_of(new), Some(path));
                    }
                }
                Some(b'A') => {
                    files.insert(path, None);
                }
                _ => {
                    files.insert(path.clone(), Some(path));
                }
            }
        }
        let others = git(&top, &["ls-files", "--others", "--exclude-standard", "-z"])?;
        for path in others.split(|byte| *byte == 0).filter(|path| !path.is_empty()) {
            files.insert(path_of(path), None);
        }
        Ok(Self { top, commit, files })
    }

    /// Whether a file differs; `Err` if it is in no place that git knows.
    pub(super) fn has(&self, file: &Path) -> Result<bool, String> {
        Ok(self.files.contains_key(&self.inside(file)?))
    }

    /// The file's text in the revision; `None` for a new file.
    pub(super) fn before(&self, file: &Path) -> Result<Option<String>, String> {
        let Some(Some(old)) = self.files.get(&self.inside(file)?) else { return Ok(None) };
        let mut object = std::ffi::OsString::from(format!("{}:", self.commit));
        object.push(old);
        let bytes = git(&self.top, &[OsStr::new("cat-file"), OsStr::new("blob"), &object])?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn inside(&self, file: &Path) -> Result<PathBuf, String> {
        absolute(file)
            .strip_prefix(&self.top)
            .map(Path::to_owned)
            .map_err(|_| format!("{}: outside the repository {}", file.display(), self.top.display()))
    }
}

/// The commit that a revision names.
fn commit(top: &Path, base: &str) -> Result<String, String> {
    let (name, fork) = base.strip_suffix("...").map_or((base, false), |name| (name, true));
    if name.is_empty() || name.starts_with('-') {
        return Err(format!("--diff: {base:?} is no revision"));
    }
    let found = git(top, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")])
        .map_err(|_| format!("--diff: there is no revision {name:?} in {}", top.display()))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    let commit = text(&found);
    if !fork {
        return Ok(commit);
    }
    git(top, &["merge-base", &commit, "HEAD"])
        .map(|found| text(&found))
        .map_err(|_| format!("--diff: HEAD and {name:?} have no common commit"))
}

/// Runs git and returns what it printed.
fn git<A: AsRef<OsStr>>(folder: &Path, arguments: &[A]) -> Result<Vec<u8>, String> {
    let done = Command::new("git")
        .args([
            "--no-optional-locks",
            "--literal-pathspecs",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.quotePath=false",
        ])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    if done.status.success() {
        return Ok(done.stdout);
    }
    let told = String::from_utf8_lossy(&done.stderr);
    Err(told.lines().next().unwrap_or("git failed").trim_start_matches("fatal: ").to_owned())
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
