//! Issues in a folder of real code, which is taken to be clean: how many per thousand lines, and which.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use analyzers::finding::{Class, Severity};
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan;

/// Prints every issue of medium severity and above in a folder, and their number per thousand lines.
pub(crate) fn print(folder: &Path) {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let (mut lines, mut issues) = (0, 0);
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for path in files {
        let Some(language) = path.to_str().and_then(Language::from_path) else { continue };
        let Ok(code) = std::fs::read_to_string(&path) else { continue };
        lines += code.lines().count();
        let program = Program::parse(language, code.as_str(), &Limits::default());
        let findings = scan::analyse(&program).findings.into_iter();
        for finding in findings.filter(|finding| finding.class == Class::Issue && finding.severity >= Severity::Medium)
        {
            issues += 1;
            *rules.entry(finding.rule).or_default() += 1;
            let before = code.get(..finding.span.start as usize).unwrap_or_default();
            let line = before.matches('\n').count();
            let text = code.lines().nth(line).unwrap_or_default().trim();
            println!(
                "{}:{} {} {}/{} {text}",
                path.display(),
                line + 1,
                finding.rule,
                finding.severity.name(),
                finding.confidence.name()
            );
        }
    }
    println!(
        "{issues} issues of medium severity and above in {lines} lines: {:.2} per thousand",
        f64::from(issues) * 1e3 / lines.max(1) as f64
    );
    for (rule, count) in rules {
        println!("    {rule:<24} {count}");
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}
