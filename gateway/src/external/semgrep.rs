//! Semgrep with local rule files: nothing is fetched, nothing is sent, `nosemgrep` comments are ignored.

use std::path::PathBuf;

use analyzers::lang::Language;
use analyzers::program::Program;

use super::run::Command;
use super::{Analyzer, Failure, Hit, sarif};

/// Semgrep by its command line and the rules that it follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Semgrep {
    /// What starts it.
    pub command: Vec<String>,
    /// Rule files or folders.
    pub rules: Vec<PathBuf>,
}

impl Analyzer for Semgrep {
    fn name(&self) -> &'static str {
        "semgrep"
    }

    fn file(&self, program: &Program) -> Option<String> {
        Some(format!("unit.{}", program.language.extension()))
    }

    fn commands(&self, _: Language, file: &str) -> Vec<Command> {
        let mut arguments = vec![
            "scan",
            "--sarif",
            "--quiet",
            "--metrics=off",
            "--disable-version-check",
            "--disable-nosem",
            "--no-git-ignore",
            "--jobs=1",
        ];
        let rules: Vec<String> = self.rules.iter().map(|path| format!("--config={}", path.display())).collect();
        arguments.extend(rules.iter().map(String::as_str));
        arguments.push(file);
        vec![Command::new(&self.command, &arguments, &[0, 1])]
    }

    fn read(&self, output: &[u8]) -> Result<Vec<Hit>, Failure> {
        sarif::read(output)
    }
}
