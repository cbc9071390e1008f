//! All that is known of one request; plain data that the report reads.

use std::time::Duration;

use analyzers::finding::Finding;
use serde::{Deserialize, Serialize};

/// What became of a unit or an answer, from best to worst: the answer's verdict is the worst of its units'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No code.
    #[default]
    NotCode,
    /// Code without findings.
    Clean,
    /// Findings, reported and left as they are.
    Observed,
    /// What was found is mended.
    Secured,
    /// Code that was not read, or not to its end.
    Unscanned,
    /// Findings remain.
    Residual,
    /// Withheld.
    Blocked,
}

impl Verdict {
    /// Kebab-case name, as headers and reports spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotCode => "not-code",
            Self::Clean => "clean",
            Self::Observed => "observed",
            Self::Secured => "secured",
            Self::Unscanned => "unscanned",
            Self::Residual => "residual",
            Self::Blocked => "blocked",
        }
    }
}

/// How the prompt cache took part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CacheUse {
    /// Switched off, or no request for code.
    #[default]
    Off,
    /// Nothing known for this intent.
    Miss,
    /// Requirements were added up front.
    Hit,
}

impl CacheUse {
    /// Lower-case name, as headers spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Miss => "miss",
            Self::Hit => "hit",
        }
    }
}

/// All that is kept of one exchange; what the report reads. Written once, after the response.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// 128 random bits in lower-case hex.
    pub id: String,
    /// When the request came, milliseconds since 1970.
    pub time_ms: u64,
    /// Whose it is: the key's id, or the tenant's hash.
    pub tenant: String,
    /// The policy's name.
    pub policy: String,
    /// Mode and strategy in force.
    pub mode: String,
    /// The strategy in force.
    pub strategy: String,
    /// The model that the client named.
    pub model: String,
    /// The path of the request.
    pub path: String,
    /// Whether the answer was streamed.
    pub streamed: bool,
    /// Whether the client left before the end.
    pub cancelled: bool,
    /// The worst verdict of the units.
    pub verdict: Verdict,
    /// How the prompt cache took part.
    pub cache: CacheUse,
    /// Requirements that were added up front, by id.
    pub added_requirements: Vec<String>,
    /// Units in the order in which they were released.
    pub units: Vec<UnitRecord>,
    /// Upstream calls, the first one included.
    pub calls: Vec<CallRecord>,
    /// What was not scanned, and why.
    pub unscanned: Vec<String>,
    /// Inline code in prose that names something an edit removed.
    pub prose_mentions: Vec<String>,
    /// Environment variables that must now be configured.
    pub variables: Vec<String>,
    /// Where the time went.
    pub stages: Stages,
}

impl Record {
    /// Findings before and after, issues only.
    pub fn counts(&self) -> (usize, usize) {
        let issues = |findings: &[FindingRecord]| findings.iter().filter(|finding| finding.class == "issue").count();
        self.units
            .iter()
            .fold((0, 0), |(before, after), unit| (before + issues(&unit.found), after + issues(&unit.remaining)))
    }
}

/// Time per stage in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Stages {
    /// From the first byte of the request to the last of the answer.
    pub total_us: u64,
    /// Waiting for the upstream's first answer, to its end.
    pub upstream_us: u64,
    /// Holding: from the first held byte to its release, summed.
    pub hold_us: u64,
    /// Parsing and scanning.
    pub analyse_us: u64,
    /// Graph, model, edits.
    pub rewrite_us: u64,
    /// Verification of candidates.
    pub verify_us: u64,
    /// Extra calls.
    pub ask_us: u64,
}

/// One unit of code.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UnitRecord {
    /// The choice it stood in.
    pub choice: u32,
    /// Its language, or its label where no analyzer reads it.
    pub language: String,
    /// What it arrived in.
    pub carrier: String,
    /// How it stands in the conversation.
    pub standing: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// The code as the model wrote it; `None` where the policy keeps no code.
    pub before: Option<String>,
    /// The code as released, where it was changed.
    pub after: Option<String>,
    /// Findings of the original.
    pub found: Vec<FindingRecord>,
    /// Findings of what was released.
    pub remaining: Vec<FindingRecord>,
    /// Edits that the released code applies.
    pub edits: Vec<EditRecord>,
    /// Markers of suppression comments, reported and never obeyed.
    pub suppressions: Vec<String>,
    /// How much was read.
    pub status: String,
    /// Similarity of the released code to the original.
    pub similarity: f32,
    /// Rounds of the loop.
    pub iterations: u32,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FindingRecord {
    /// Rule id.
    pub rule: String,
    /// CWE numbers, the most specific first.
    pub cwe: Vec<u16>,
    /// `issue` or `audit`.
    pub class: String,
    /// Lower-case severity.
    pub severity: String,
    /// Lower-case confidence.
    pub confidence: String,
    /// Where it starts, from 1.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
    /// What is wrong.
    pub message: String,
    /// What to do instead.
    pub advice: String,
    /// Data flow from source to sink.
    pub trace: Vec<StepRecord>,
}

/// A place in a unit, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// Where the byte offsets of a text stand; each is found in bounded time, however long the text or its lines are.
#[derive(Debug)]
pub struct Places<'t> {
    text: &'t str,
    /// Where each line starts.
    lines: Vec<usize>,
    /// Characters before every stretch of [`STRETCH`] bytes.
    characters: Vec<usize>,
}

/// Bytes between two counts of characters.
const STRETCH: usize = 1024;

impl<'t> Places<'t> {
    /// Reads the lines of a text.
    pub fn of(text: &'t str) -> Self {
        let lines = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        let mut count = 0;
        let characters = text.as_bytes().chunks(STRETCH).map(|stretch| {
            let before = count;
            count += starts(stretch);
            before
        });
        Self { text, lines, characters: characters.collect() }
    }

    /// The place of a byte offset; one inside a character is where that starts, one behind the text its end.
    pub fn at(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|line| self.lines.get(line)).copied().unwrap_or(0);
        let column = self.characters_before(offset) - self.characters_before(start) + 1;
        Position { line: line as u32, column: column as u32 }
    }

    fn characters_before(&self, offset: usize) -> usize {
        let stretch = offset / STRETCH;
        let rest = self.text.as_bytes().get(stretch * STRETCH..offset).unwrap_or_default();
        match self.characters.get(stretch) {
            Some(before) => before + starts(rest),
            // Only the end of a text of whole stretches has none.
            None => stretch.checked_sub(1).map_or(0, |last| self.characters_before(last * STRETCH) + self.last(last)),
        }
    }

    /// Characters that start in a stretch.
    fn last(&self, stretch: usize) -> usize {
        starts(self.text.as_bytes().get(stretch * STRETCH..).unwrap_or_default())
    }
}

/// Bytes that start a character.
fn starts(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// One step of a data flow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StepRecord {
    /// Where.
    pub at: Position,
    /// What happens there.
    pub note: String,
}

/// One edit that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EditRecord {
    /// Its name in the shared vocabulary.
    pub kind: String,
    /// CWE numbers it is meant for.
    pub cwe: Vec<u16>,
    /// What it does.
    pub summary: String,
}

/// One upstream call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CallRecord {
    /// `first`, `again`, `block`, `describe`, `find`, `generate`.
    pub purpose: String,
    /// Requirements in its prompt, by id.
    pub requirements: Vec<String>,
    /// Prompt tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Price in millionths of a dollar.
    pub cost_micros: u64,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// Why it gave nothing.
    pub error: Option<String>,
}

impl FindingRecord {
    /// A finding of a unit whose text has these places.
    pub fn new(finding: &Finding, places: &Places<'_>) -> Self {
        Self {
            rule: finding.rule.to_owned(),
            cwe: finding.cwe.to_vec(),
            class: finding.class.name().to_owned(),
            severity: finding.severity.name().to_owned(),
            confidence: finding.confidence.name().to_owned(),
            start: places.at(finding.span.start as usize),
            end: places.at(finding.span.end as usize),
            message: finding.message.clone(),
            advice: finding.advice.to_owned(),
            trace: finding
                .trace
                .iter()
                .map(|step| StepRecord { at: places.at(step.span.start as usize), note: step.note.clone() })
                .collect(),
        }
    }
}

/// Whole microseconds of a duration.
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Places, Position, STRETCH, Verdict};

    #[test]
    fn positions_count_characters_from_one() {
        let check = |text: &str, offset: usize, line: u32, column: u32| {
            assert_eq!(Places::of(text).at(offset), Position { line, column }, "{text:?} at {offset}");
        };
        check("", 0, 1, 1);
        check("ab\ncd", 4, 2, 2);
        check("ä\nöx", 5, 2, 2);
        check("ä", 1, 1, 1);
        check("ab", 99, 1, 3);
        check("a\n", 2, 2, 1);
    }

    #[test]
    fn long_lines_are_counted_alike() {
        for (text, size) in [("ä", 2), ("x", 1), ("€", 3)] {
            for count in [STRETCH - 1, STRETCH, STRETCH + 1, 3 * STRETCH] {
                let line = format!("a\n{}", text.repeat(count));
                let places = Places::of(&line);
                for character in [0, 1, count / 2, count - 1, count] {
                    let expected = Position { line: 2, column: character as u32 + 1 };
                    assert_eq!(places.at(2 + character * size), expected, "{text} {count} {character}");
                }
            }
        }
    }

    #[test]
    fn verdicts_are_spelt_as_in_headers() {
        let all = [
            Verdict::NotCode,
            Verdict::Clean,
            Verdict::Observed,
            Verdict::Secured,
            Verdict::Unscanned,
            Verdict::Residual,
            Verdict::Blocked,
        ];
        assert!(all.is_sorted());
        for verdict in all {
            assert_eq!(serde_json::to_value(verdict).expect("a string"), verdict.name());
        }
    }
}
