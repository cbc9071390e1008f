//! What there is to say about each rule, derived from the rules themselves: for the command line, SARIF and the pages.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use analyzers::coverage;
use analyzers::finding::Severity;
use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::rule::{Example, Rule};
use analyzers::rules::RULES;
use analyzers::scan;

/// One rule and what its rows and examples say beside its own words.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The rule.
    pub(crate) rule: &'static Rule,
    /// Languages that it has rows for.
    pub(crate) languages: Vec<&'static str>,
    /// Severities of its own and of what it finds in its examples, the highest first.
    pub(crate) severities: Vec<Severity>,
    /// CWE numbers of its own, then those of what it finds in its examples.
    pub(crate) cwes: Vec<u16>,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| RULES.iter().map(|rule| Entry::of(rule)).collect());

/// Every rule, in the order of the list. The first call reads all examples.
pub(crate) fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// The rule of an id, or the id that is most like it.
pub(crate) fn find(id: &str) -> Result<&'static Rule, &'static str> {
    let like = |rule: &&&'static Rule| similar::TextDiff::from_chars(id, rule.id).ratio();
    let nearest = || RULES.iter().max_by(|left, right| like(left).total_cmp(&like(right))).map_or("", |rule| rule.id);
    RULES.iter().copied().find(|rule| rule.id.eq_ignore_ascii_case(id.trim())).ok_or_else(nearest)
}

impl Entry {
    /// What is known of a rule.
    pub(crate) fn of(rule: &'static Rule) -> Self {
        let mut severities = BTreeSet::from([rule.severity]);
        let mut cwes = rule.cwe.to_vec();
        for example in rule.bad {
            let program = Program::parse(example.language, example.code, &Limits::default());
            for finding in scan::analyse(&program).issues().filter(|finding| finding.rule == rule.id) {
                severities.insert(finding.severity);
                cwes.extend(finding.cwe.iter().copied().filter(|cwe| !rule.cwe.contains(cwe)));
            }
        }
        if let Some(others) = cwes.get_mut(rule.cwe.len()..) {
            others.sort_unstable();
        }
        cwes.dedup();
        Self { rule, languages: languages(rule), severities: severities.into_iter().rev().collect(), cwes }
    }

    /// Its severities as one piece of text.
    pub(crate) fn severity_text(&self) -> String {
        join(self.severities.iter().map(|severity| severity.name()), " or ")
    }
}

/// Languages that a rule has rows for, in the order of all languages.
pub(crate) fn languages(rule: &Rule) -> Vec<&'static str> {
    let has = |language: &Language| rule.rows.iter().any(|row| row.languages.contains(language));
    Language::ALL.iter().filter(|language| has(language)).map(|language| language.name()).collect()
}

/// Where a CWE number is explained.
pub(crate) fn cwe_address(cwe: u16) -> String {
    format!("https://cwe.mitre.org/data/definitions/{cwe}.html")
}

/// Advice and examples of a rule in Markdown, without a heading.
pub(crate) fn markdown_body(rule: &Rule, cwes: &[u16]) -> String {
    let mut text = format!("{}\n\n**Instead:** {}\n\n", rule.summary, rule.advice);
    let links = cwes.iter().map(|cwe| format!("[CWE-{cwe}]({})", cwe_address(*cwe)));
    // Writing to text cannot fail.
    let _ = writeln!(text, "Weakness: {}", join(links, ", "));
    for (title, examples) in [("Reported", rule.bad), ("Not reported", rule.good)] {
        for (language, examples) in by_language(examples) {
            let _ = write!(text, "\n{title}, {language}:\n");
            for example in examples {
                let fence = fence(example.code);
                let _ = write!(text, "\n{fence}{language}\n{}\n{fence}\n", example.code.trim_matches('\n'));
            }
        }
    }
    text
}

/// The reference of all rules in Markdown: a table, then a section for each.
pub(crate) fn markdown() -> String {
    let mut text = "# Rules\n\nDerived from the rules by `sallyport scan --rules --format markdown`.\n\n\
                    | rule | weakness | severity | languages | what is wrong |\n|---|---|---|---|---|\n"
        .to_owned();
    for entry in entries() {
        let rule = entry.rule;
        let cwes = join(entry.cwes.iter().map(|cwe| format!("CWE-{cwe}")), ", ");
        let summary = rule.summary.replace('|', "\\|");
        let _ = writeln!(
            text,
            "| [{id}](#{id}) | {cwes} | {} | {} | {summary} |",
            entry.severity_text(),
            entry.languages.join(", "),
            id = rule.id,
        );
    }
    text.push_str(&coverage_markdown());
    for entry in entries() {
        let _ = write!(
            text,
            "\n## {}\n\nSeverity {}; {}.\n\n{}",
            entry.rule.id,
            entry.severity_text(),
            entry.languages.join(", "),
            markdown_body(entry.rule, &entry.cwes)
        );
    }
    text
}

/// Which rules show which class of weaknesses in which language, as a table in Markdown.
fn coverage_markdown() -> String {
    let mut text = "\n# Coverage\n\nThe rules whose examples in a language are reported with a weakness of the class; \
                    `–` where it does not exist, `open` where it is not looked for yet.\n\n| class | weakness |"
        .to_owned();
    let languages = coverage::FIRST_CLASS;
    for language in languages {
        let _ = write!(text, " {} |", language.name());
    }
    text.push_str("\n|---|---|");
    text.push_str(&"---|".repeat(languages.len()));
    text.push('\n');
    for (weakness, shown) in coverage::table() {
        let cwes = join(weakness.cwe.iter().map(|cwe| format!("CWE-{cwe}")), ", ");
        let _ = write!(text, "| {}: {} | {cwes} |", weakness.name, weakness.about);
        for language in languages {
            let absent =
                coverage::ABSENT.iter().any(|row| row.weakness == weakness.name && row.languages.contains(language));
            let cell = match shown.get(language) {
                Some(rules) => join(rules.iter().map(|id| format!("[{id}](#{id})")), ", "),
                None if absent => "–".to_owned(),
                None => "open".to_owned(),
            };
            let _ = write!(text, " {cell} |");
        }
        text.push('\n');
    }
    text.push_str("\nWhat does not exist:\n\n");
    for row in coverage::ABSENT {
        let names = join(row.languages.iter().map(|language| language.name()), ", ");
        let _ = writeln!(text, "- {} in {names}: {}.", row.weakness, row.reason);
    }
    text
}

/// Examples by language, in the order of all languages.
pub(crate) fn by_language(examples: &'static [Example]) -> impl Iterator<Item = (&'static str, Vec<&'static Example>)> {
    Language::ALL.iter().filter_map(move |language| {
        let of: Vec<&Example> = examples.iter().filter(|example| example.language == *language).collect();
        (!of.is_empty()).then_some((language.name(), of))
    })
}

/// A fence that is longer than any in `code`.
fn fence(code: &str) -> String {
    let longest = code.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(3.max(longest + 1))
}

fn join(parts: impl Iterator<Item = impl AsRef<str>>, between: &str) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push_str(between);
        }
        text.push_str(part.as_ref());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_an_entry_with_all_its_parts() {
        for (entry, rule) in entries().iter().zip(RULES) {
            assert_eq!(entry.rule.id, rule.id);
            assert!(!entry.languages.is_empty() && entry.cwes.starts_with(rule.cwe), "{}", rule.id);
            assert!(entry.severities.contains(&rule.severity), "{}", rule.id);
        }
        let text = markdown();
        assert!(RULES.iter().all(|rule| text.contains(&format!("\n## {}\n", rule.id)) && text.contains(rule.advice)));
    }

    #[test]
    fn rules_are_found_by_id() {
        assert_eq!(find("SQL-Injection").map(|rule| rule.id), Ok("sql-injection"));
        assert_eq!(find("sql-injektion").map(|rule| rule.id), Err("sql-injection"));
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("x"), "```");
        assert_eq!(fence("a ``` b"), "````");
    }
}
