//! `[analyzers]`: external analyzers as written, and what they are once validated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use analyzers::lang::Language;
use serde::{Deserialize, Serialize};

use super::config::{choice, positive, refuse};
use super::{SettingsError, variable};
use crate::external::run::{Bounds, Isolation};

/// External analyzers and the bounds under which they run.
#[derive(Debug, Clone)]
pub struct External {
    /// The bounds.
    pub bounds: Bounds,
    /// Bandit's command.
    pub bandit: Vec<String>,
    /// Semgrep's command and its rules.
    pub semgrep: (Vec<String>, Vec<PathBuf>),
    /// SpotBugs.
    pub spotbugs: SpotBugs,
    /// CodeQL.
    pub codeql: CodeQl,
    /// Tools that print SARIF, by name.
    pub sarif: BTreeMap<String, Printer>,
}

/// SpotBugs and the compiler before it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SpotBugs {
    /// What starts it.
    pub command: Vec<String>,
    /// What starts the compiler.
    pub javac: Vec<String>,
    /// Plugins.
    pub plugins: Vec<PathBuf>,
    /// Libraries that units may use.
    pub class_path: Vec<PathBuf>,
}

/// CodeQL.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CodeQl {
    /// What starts it.
    pub command: Vec<String>,
    /// The query suite or pack; `{language}` stands for CodeQL's name of the language.
    pub suite: String,
    /// Languages whose queries are installed.
    pub languages: Vec<String>,
}

/// A tool that prints SARIF.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Printer {
    /// Program and arguments; `{file}` stands for the file.
    pub command: Vec<String>,
    /// Languages that it reads.
    pub languages: Vec<String>,
    /// The file that it writes; empty: it prints.
    #[serde(default)]
    pub output: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExternalConfig {
    timeout_seconds: u64,
    memory_bytes: u64,
    concurrent: usize,
    isolation: String,
    bandit: BanditConfig,
    semgrep: SemgrepConfig,
    spotbugs: SpotBugs,
    codeql: CodeQl,
    #[serde(default)]
    sarif: BTreeMap<String, Printer>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct BanditConfig {
    command: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SemgrepConfig {
    command: Vec<String>,
    rules: Vec<PathBuf>,
}

/// Analyzers that are there without being configured by name.
const NAMES: [&str; 4] = ["bandit", "semgrep", "spotbugs", "codeql"];

impl ExternalConfig {
    /// Every name that a policy may use beside the builtin.
    pub(super) fn names(&self) -> Vec<String> {
        NAMES.into_iter().map(str::to_owned).chain(self.sarif.keys().cloned()).collect()
    }

    pub(super) fn validate(self) -> Result<External, SettingsError> {
        positive("analyzers.timeout_seconds", self.timeout_seconds)?;
        positive("analyzers.memory_bytes", self.memory_bytes)?;
        positive("analyzers.concurrent", self.concurrent as u64)?;
        let commands = [
            ("bandit.command", &self.bandit.command),
            ("semgrep.command", &self.semgrep.command),
            ("spotbugs.command", &self.spotbugs.command),
            ("spotbugs.javac", &self.spotbugs.javac),
            ("codeql.command", &self.codeql.command),
        ];
        for (key, command) in commands {
            runnable(&format!("analyzers.{key}"), command)?;
        }
        for language in &self.codeql.languages {
            known("analyzers.codeql.languages", language)?;
        }
        for (name, printer) in &self.sarif {
            let key = format!("analyzers.sarif.{name}");
            if NAMES.contains(&name.as_str()) || name == "builtin" {
                return Err(refuse(&key, name, "a name that no other analyzer has"));
            }
            runnable(&format!("{key}.command"), &printer.command)?;
            printer.languages.iter().try_for_each(|language| known(&format!("{key}.languages"), language))?;
        }
        let absolute = |paths: Vec<PathBuf>| paths.into_iter().map(|path| here(&path)).collect();
        let environment =
            ["PATH", "JAVA_HOME"].into_iter().filter_map(|name| Some((name.to_owned(), variable(name)?))).collect();
        Ok(External {
            bounds: Bounds {
                timeout: Duration::from_secs(self.timeout_seconds),
                memory: self.memory_bytes,
                concurrent: self.concurrent,
                isolation: choice(
                    "analyzers.isolation",
                    &self.isolation,
                    &[("required", Isolation::Required), ("preferred", Isolation::Preferred)],
                )?,
                environment,
            },
            bandit: self.bandit.command,
            semgrep: (self.semgrep.command, absolute(self.semgrep.rules)),
            spotbugs: SpotBugs {
                plugins: absolute(self.spotbugs.plugins),
                class_path: absolute(self.spotbugs.class_path),
                ..self.spotbugs
            },
            codeql: self.codeql,
            sarif: self.sarif,
        })
    }
}

fn runnable(key: &str, command: &[String]) -> Result<(), SettingsError> {
    if command.first().is_some_and(|program| !program.is_empty()) {
        return Ok(());
    }
    Err(refuse(key, &format!("{command:?}"), "a program and its arguments, such as [\"bandit\"]"))
}

fn known(key: &str, language: &str) -> Result<(), SettingsError> {
    let names: Vec<_> = Language::ALL.into_iter().map(Language::name).collect();
    if names.contains(&language) {
        return Ok(());
    }
    Err(refuse(key, language, &format!("one of {}", names.join(", "))))
}

/// The path as seen from where the gateway was started: tools run elsewhere.
fn here(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
