//! SpotBugs, for Java, with plugins such as FindSecBugs: the unit is compiled first; what cannot compile says so.

use std::path::PathBuf;

use analyzers::cwe;
use analyzers::lang::Language;
use analyzers::program::Program;
use analyzers::syntax::{Kind, NodeId};

use super::run::Command;
use super::{Analyzer, Failure, Hit, sarif};

/// SpotBugs and the compiler before it, by their command lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpotBugs {
    /// What starts SpotBugs' text interface.
    pub command: Vec<String>,
    /// What starts the compiler.
    pub javac: Vec<String>,
    /// Plugins.
    pub plugins: Vec<PathBuf>,
    /// Libraries that units may use.
    pub class_path: Vec<PathBuf>,
}

impl Analyzer for SpotBugs {
    fn name(&self) -> &'static str {
        "spotbugs"
    }

    fn file(&self, program: &Program) -> Option<String> {
        if program.language != Language::Java {
            return None;
        }
        let tree = &program.tree;
        let is_public = |class: NodeId| tree.text(class, &program.text).trim_start().starts_with("public ");
        let classes = || tree.children(NodeId::ROOT).filter(|&node| tree.kind(node) == Kind::Class);
        let class = classes().find(|&class| is_public(class)).or_else(|| classes().next());
        let name = class.map_or("Unit", |class| tree.name(class, &program.text));
        let plain = !name.is_empty() && name.chars().all(|char| char.is_alphanumeric() || char == '_');
        Some(format!("{}.java", if plain { name } else { "Unit" }))
    }

    fn commands(&self, _: Language, file: &str) -> Vec<Command> {
        let path = joined(&self.class_path);
        let plugins = joined(&self.plugins);
        let compile = ["-proc:none", "-nowarn", "-g", "-d", "classes", "-cp", &path, file];
        // Annotations in the code cannot silence it: the visitor that heeds them is left out.
        let mut find =
            vec!["-textui", "-effort:max", "-low", "-sarif=found.sarif", "-omitVisitors", "NoteSuppressedWarnings"];
        if !plugins.is_empty() {
            find.extend(["-pluginList", &plugins]);
        }
        if !path.is_empty() {
            find.extend(["-auxclasspath", &path]);
        }
        find.push("classes");
        vec![
            Command::new(&self.javac, &compile, &[0]).or(Failure::Uncompilable),
            Command::new(&self.command, &find, &[0]).into_file("found.sarif"),
        ]
    }

    fn read(&self, output: &[u8]) -> Result<Vec<Hit>, Failure> {
        let mut hits = sarif::read(output)?;
        // Most of its own patterns are about quality: only those that name a weakness count.
        hits.retain(|hit| hit.cwe.iter().any(|&cwe| cwe::in_scope(cwe)));
        Ok(hits)
    }
}

fn joined(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(":")
}
