//! Fixed texts of `config/prompts` that strategies ask with; nothing that is filled into one is ever remembered.

use analyzers::finding::Finding;
use analyzers::lang::Language;

use super::prompt;
use crate::requirement::{self, RequirementId};

/// Longest text of a model that is quoted in a prompt, in bytes.
const NOTES_BYTES: usize = 8 << 10;

/// A text with gaps: a line `version N`, an empty line, then the text.
#[derive(Debug)]
pub(super) struct Wording {
    source: &'static str,
}

/// What the gaps of a text are filled with.
#[derive(Debug)]
pub(super) struct Gaps<'a> {
    /// The code that is to be mended.
    pub(super) code: &'a str,
    pub(super) language: Language,
    /// What is found in it.
    pub(super) findings: &'a [&'a Finding],
    /// What is demanded of the next answer.
    pub(super) requirements: &'a [RequirementId],
    /// What the model said of the code.
    pub(super) notes: &'a str,
    /// The running score.
    pub(super) score: i64,
}

impl Wording {
    /// Over the text of a file.
    pub(super) const fn new(source: &'static str) -> Self {
        Self { source }
    }

    fn text(&self) -> &'static str {
        self.source.split_once("\n\n").map_or("", |(_, text)| text.trim_end())
    }

    /// Whether it states requirements: only then is there something to learn from its success.
    pub(super) fn states_requirements(&self) -> bool {
        self.text().contains("{requirements}")
    }

    /// Whether it quotes what the model said before.
    pub(super) fn quotes_notes(&self) -> bool {
        self.text().contains("{notes}")
    }

    /// The text with its gaps filled; what is filled in is not read again.
    pub(super) fn filled(&self, gaps: &Gaps<'_>) -> String {
        let mut filled = String::new();
        let mut rest = self.text();
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, more)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            filled.push_str(&gaps.of(name));
            rest = more;
        }
        filled + rest
    }
}

impl Gaps<'_> {
    fn of(&self, name: &str) -> String {
        match name {
            "language" => self.language.name().to_owned(),
            "marker" => self.language.comment().to_owned(),
            "code" => prompt::fenced(self.code, self.language),
            "commented" => self.commented(self.code),
            "weaknesses" => self.weaknesses(),
            "weaknesses_commented" => self.commented(&self.weaknesses()),
            "advice_commented" => self.commented(&self.lines(|finding| format!("- {}", finding.advice))),
            "requirements" => requirement::text(self.requirements).trim_end().to_owned(),
            "notes" => self.notes[..self.notes.floor_char_boundary(NOTES_BYTES)].trim().to_owned(),
            "score" => self.score.to_string(),
            unknown => format!("{{{unknown}}}"),
        }
    }

    /// What is found, by the names of weaknesses and rules alone.
    fn weaknesses(&self) -> String {
        self.lines(|finding| match finding.cwe.first() {
            Some(cwe) => format!("- CWE-{cwe} ({})", finding.rule),
            None => format!("- {}", finding.rule),
        })
    }

    /// A line for each finding, each once, at most as many as a prompt states requirements.
    fn lines(&self, line: impl Fn(&Finding) -> String) -> String {
        let mut lines: Vec<String> = Vec::new();
        for finding in self.findings {
            let line = line(finding);
            if lines.len() < requirement::MOST && !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines.join("\n")
    }

    /// `text` as comments, each line its own: no line of it can close a fence.
    fn commented(&self, text: &str) -> String {
        let marker = self.language.comment();
        let lines: Vec<String> = text.lines().map(|line| format!("{marker} {line}").trim_end().to_owned()).collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every file of the folder.
    fn files() -> Vec<(String, String)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/prompts");
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        let mut files: Vec<_> = entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                Some((path.file_stem()?.to_str()?.to_owned(), std::fs::read_to_string(path).ok()?))
            })
            .collect();
        files.sort();
        files
    }

    #[test]
    fn every_text_is_versioned_and_knows_its_gaps() {
        let gaps = Gaps {
            code: "x = '{score}'\n",
            language: Language::Python,
            findings: &[],
            requirements: &[RequirementId("yaml")],
            notes: "{code}",
            score: -2,
        };
        let files = files();
        assert_eq!(files.len(), 10);
        for (name, source) in files {
            assert!(source.starts_with("version 1\n\n"), "{name}");
            let wording = Wording::new(source.leak());
            let text = wording.filled(&gaps);
            assert!(
                !text.is_empty() && text.replace("{score}", "").replace("{code}", "").find('{').is_none(),
                "{text}"
            );
            assert!(!wording.text().contains("prompt"), "a scripted model would describe the code: {name}");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        let gaps = Gaps {
            code: "a\n\n{notes}",
            language: Language::Java,
            findings: &[],
            requirements: &[],
            notes: "{score}",
            score: 0,
        };
        assert_eq!(
            Wording::new("version 1\n\n{commented}{ {x} {notes}").filled(&gaps),
            "// a\n//\n// {notes}{ {x} {score}"
        );
        let long = "ü".repeat(NOTES_BYTES);
        assert_eq!(Gaps { notes: &long, ..gaps }.of("notes").len(), NOTES_BYTES);
    }
}
