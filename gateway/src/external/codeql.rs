//! CodeQL by the contract of its command line: a database without a build, then a suite, then SARIF.

use analyzers::lang::Language;
use analyzers::program::Program;

use super::run::Command;
use super::{Analyzer, Failure, Hit, sarif};

/// CodeQL by its command line and a query suite per language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeQl {
    /// What starts it.
    pub command: Vec<String>,
    /// The query suite or pack; `{language}` stands for CodeQL's name of the language.
    pub suite: String,
    /// Languages whose queries are installed, by our names.
    pub languages: Vec<String>,
}

/// What CodeQL calls a language: it has one extractor for languages that are read alike.
fn extractor(language: Language) -> &'static str {
    match language.name() {
        "c" | "cpp" => "cpp",
        "javascript" | "typescript" => "javascript",
        name => name,
    }
}

impl Analyzer for CodeQl {
    fn name(&self) -> &'static str {
        "codeql"
    }

    fn file(&self, program: &Program) -> Option<String> {
        let known = self.languages.iter().any(|language| language == program.language.name());
        known.then(|| format!("source/unit.{}", program.language.extension()))
    }

    fn commands(&self, language: Language, _: &str) -> Vec<Command> {
        let suite = self.suite.replace("{language}", extractor(language));
        let language = format!("--language={}", extractor(language));
        let create =
            ["database", "create", "database", &language, "--source-root=source", "--build-mode=none", "--threads=1"];
        let analyze =
            ["database", "analyze", "database", &suite, "--format=sarif-latest", "--output=found.sarif", "--threads=1"];
        vec![
            Command::new(&self.command, &create, &[0]).or(Failure::Uncompilable),
            Command::new(&self.command, &analyze, &[0]).into_file("found.sarif"),
        ]
    }

    fn read(&self, output: &[u8]) -> Result<Vec<Hit>, Failure> {
        sarif::read(output)
    }
}
