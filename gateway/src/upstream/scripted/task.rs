//! What the scripted upstream knows: a task, how it is asked for, and what a careless and a careful author write.
//! Plain data and matching; no wire, no state.

use super::topic::Topic;

/// How an answer carries its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Prose around a labelled backtick fence.
    Fence,
    /// Prose around a labelled tilde fence.
    Tilde,
    /// A fence without a label.
    Unlabelled,
    /// Code alone, without prose or fence.
    Bare,
}

/// One weakness of a task's code, and the text that a careful author writes in its place.
#[derive(Debug)]
pub struct Weakness {
    /// What a requirement must speak about to be heeded.
    pub topic: Topic,
    /// Whether such a requirement is heeded; a stubborn answer keeps the weakness whatever is asked.
    pub heeded: bool,
    /// Careless text (occurs exactly once in the unit's code) and its careful replacement.
    pub parts: &'static [(&'static str, &'static str)],
}

/// One block of code in an answer.
#[derive(Debug)]
pub struct Unit {
    /// The sentence before it.
    pub before: &'static str,
    /// File name, for tool calls.
    pub path: &'static str,
    /// The careless code, with a newline at its end.
    pub code: &'static str,
    /// What is wrong with it.
    pub weaknesses: &'static [Weakness],
}

/// One thing that the script can be asked for.
#[derive(Debug)]
pub struct Task {
    /// Short name.
    pub name: &'static str,
    /// Fence label.
    pub language: &'static str,
    /// How the code is carried.
    pub shape: Shape,
    /// Several ways of asking for the same; the first is the one that the demo uses.
    pub phrasings: &'static [&'static str],
    /// Every group must have one of its words in a request for this task.
    pub keywords: &'static [&'static [&'static str]],
    /// The blocks of the answer.
    pub units: &'static [Unit],
    /// The sentence after the last block.
    pub after: &'static str,
}

impl Unit {
    /// The code that answers a request with these requirements.
    pub fn code(&self, required: &[Topic]) -> String {
        let mut code = self.code.to_owned();
        for weakness in self.weaknesses.iter().filter(|weakness| weakness.heeded && required.contains(&weakness.topic))
        {
            for (careless, careful) in weakness.parts {
                code = code.replacen(careless, careful, 1);
            }
        }
        code
    }
}

impl Task {
    /// How many keyword groups `words` (lower case) satisfies, if it satisfies all.
    fn score(&self, words: &str) -> Option<usize> {
        let has = |word: &&str| words.match_indices(*word).any(|(at, _)| !inside_word(words, at));
        self.keywords.iter().all(|group| group.iter().any(has)).then_some(self.keywords.len())
    }

    /// The task that `text` asks for: the one with the most specific match.
    pub fn asked(text: &str) -> Option<&'static Self> {
        let words = text.to_lowercase();
        all().filter_map(|task| Some((task.score(&words)?, task))).max_by_key(|(score, _)| *score).map(|(_, task)| task)
    }

    /// The task whose code `text` holds, recognised by the first line of code that defines something.
    pub fn shown(text: &str) -> Option<&'static Self> {
        all().find(|task| task.units.iter().any(|unit| unit.signature().is_some_and(|line| text.contains(line))))
    }
}

impl Unit {
    /// The first line that defines a function, class or route: every variant of the unit has it.
    pub(super) fn signature(&self) -> Option<&'static str> {
        const DEFINES: [&str; 6] = ["def ", "class ", "public class ", "function ", "app.get(", "router.get("];
        self.code.lines().find(|line| DEFINES.iter().any(|word| line.trim_start().starts_with(word))).map(str::trim)
    }
}

/// Every task of the script.
pub fn all() -> impl Iterator<Item = &'static Task> {
    super::python::TASKS.iter().chain(super::java::TASKS).chain(super::javascript::TASKS)
}

/// Whether the character before `at` belongs to the same word, so that "sum" is not found in "assume".
fn inside_word(text: &str, at: usize) -> bool {
    text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(char::is_alphanumeric)
}
