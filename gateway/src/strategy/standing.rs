//! Whether a unit is proposed code, a quote of the conversation or a bad example; reads words, never trusts a label alone.
//!
//! Both exceptions leave code unchanged, so both are narrow: a quote is one contiguous piece of one message, and an
//! example needs a conversation that asks for explanation, not for code, as well as a sentence that calls it bad.

use super::{Job, Standing, message};

/// Longest text of a message that is searched for quotes.
const SEARCHED_BYTES: usize = 1 << 20;

/// How the job's unit stands in the conversation.
pub(super) fn of(job: &Job<'_>) -> Standing {
    if is_quote(&job.unit.text, job.messages.iter().map(|message| message::text(message))) {
        return Standing::Quoted;
    }
    let asked = message::last_user_text(job.messages);
    if is_example(&asked, job.answer, &job.unit.text) { Standing::Example } else { Standing::Proposed }
}

/// Whether the lines of `code`, blanks apart, stand in a row in one of the messages.
pub(crate) fn is_quote(code: &str, messages: impl Iterator<Item = String>) -> bool {
    let wanted: Vec<String> = lines(code).collect();
    if wanted.is_empty() {
        return false;
    }
    for text in messages.filter(|text| text.len() <= SEARCHED_BYTES) {
        let said: Vec<String> = lines(&text).collect();
        if contains(&said, &wanted) {
            return true;
        }
    }
    false
}

/// Lines without blank ones, white space normalised, list and quote marks kept.
fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|line| !line.is_empty())
}

/// Whether `wanted` is a run in `said` (Knuth, Morris, Pratt: linear in both).
fn contains(said: &[String], wanted: &[String]) -> bool {
    let mut borders = vec![0; wanted.len()];
    let mut matched = 0;
    for at in 1..wanted.len() {
        while matched > 0 && wanted[at] != wanted[matched] {
            matched = borders[matched - 1];
        }
        matched += usize::from(wanted[at] == wanted[matched]);
        borders[at] = matched;
    }
    matched = 0;
    for line in said {
        while matched > 0 && *line != wanted[matched] {
            matched = borders[matched - 1];
        }
        matched += usize::from(*line == wanted[matched]);
        if matched == wanted.len() {
            return true;
        }
    }
    false
}

/// Words that call code bad.
const BAD: &[&str] = &[
    "vulnerable",
    "insecure",
    "unsafe",
    "bad",
    "wrong",
    "dangerous",
    "before",
    "exploitable",
    "anti-pattern",
    "antipattern",
    "flawed",
];
/// Words that say that it is not, or no longer.
const GOOD: &[&str] = &[
    "not",
    "no",
    "never",
    "isn't",
    "aren't",
    "without",
    "longer",
    "fixed",
    "fix",
    "fixes",
    "secure",
    "safe",
    "safer",
    "corrected",
    "correct",
    "improved",
    "instead",
    "better",
    "after",
    "patched",
    "mitigated",
    "prevents",
    "prevent",
    "prevented",
    "solution",
    "solves",
    "replace",
    "replaces",
    "replaced",
    "removed",
    "removes",
    "hardened",
    "against",
    "protects",
    "good",
    "now",
    "update",
    "updated",
    "rewrite",
    "rewritten",
    "use",
    "avoid",
    "avoids",
    "production",
    "implementation",
    "here's",
    "deploy",
];
/// Words of a request for explanation.
const TEACH: &[&str] = &[
    "explain",
    "explains",
    "explanation",
    "why",
    "what",
    "review",
    "audit",
    "teach",
    "learn",
    "understand",
    "difference",
    "describe",
    "walk",
    "lesson",
    "tutorial",
    "lecture",
    "find",
    "identify",
    "spot",
    "tell",
    "how",
    "compare",
    "analyse",
    "analyze",
    "critique",
    "course",
];
/// Words of a request for code.
const MAKE: &[&str] = &[
    "write",
    "create",
    "build",
    "implement",
    "generate",
    "make",
    "add",
    "code",
    "develop",
    "finish",
    "complete",
    "produce",
    "need",
    "give",
    "convert",
    "port",
    "refactor",
    "fix",
    "repair",
    "program",
    "app",
    "deploy",
    "production",
    "provide",
    "return",
    "output",
];
/// Words of a request about weaknesses.
const ABOUT: &[&str] = &[
    "vulnerable",
    "vulnerability",
    "vulnerabilities",
    "insecure",
    "unsafe",
    "attack",
    "attacks",
    "exploit",
    "exploits",
    "injection",
    "dangerous",
    "weakness",
    "weaknesses",
    "xss",
    "csrf",
    "ssrf",
    "traversal",
    "security",
    "secure",
    "bad",
];

/// Whether the code is shown as a bad example: the sentence before it or its first comment calls it bad and nothing
/// there calls it good, in reply to a request that asks for explanation of weaknesses and for no code.
pub(crate) fn is_example(asked: &str, answer: &str, code: &str) -> bool {
    let asked = words(&prose_of(asked));
    let has = |list: &[&str]| asked.iter().any(|word| list.contains(&word.as_str()));
    let teaching = has(TEACH) && has(ABOUT) && !has(MAKE);
    if !teaching {
        return false;
    }
    let before = last_sentence(answer);
    let comment = first_comment(code);
    let calls_bad = |text: &str| {
        let said = words(text);
        said.iter().any(|word| BAD.contains(&word.as_str())) && !said.iter().any(|word| GOOD.contains(&word.as_str()))
    };
    let calls_good = |text: &str| words(text).iter().any(|word| GOOD.contains(&word.as_str()));
    (calls_bad(&before) && !calls_good(&comment)) || (calls_bad(&comment) && !calls_good(&before))
}

/// A message without its fenced blocks.
fn prose_of(text: &str) -> String {
    let mut inside = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            inside = !inside;
        } else if !inside {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// The words of a text in lower case; inline code is no word.
fn words(text: &str) -> Vec<String> {
    let outside: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    outside
        .to_lowercase()
        .replace('\u{2019}', "'")
        .split(|character: char| !character.is_alphanumeric() && !"'-".contains(character))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The last sentence or heading of a text.
fn last_sentence(text: &str) -> String {
    let Some(line) = text.lines().rfind(|line| !line.trim().is_empty()) else { return String::new() };
    let line = line.trim().trim_end_matches(['.', ':', '!', '*', '#', ' ']);
    let start = line.rfind(". ").or_else(|| line.rfind("! ")).map_or(0, |at| at + 2);
    line[start..].to_owned()
}

/// The first comment of code, if it stands at its start.
fn first_comment(code: &str) -> String {
    let Some(line) = code.lines().map(str::trim).find(|line| !line.is_empty()) else { return String::new() };
    let comment = ["#", "//", "/*"].iter().find_map(|mark| line.strip_prefix(mark));
    comment.unwrap_or_default().trim_end_matches("*/").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn quote(code: &str, messages: &[&str], expected: bool) {
        assert_eq!(
            is_quote(code, messages.iter().map(|text| (*text).to_owned())),
            expected,
            "{code:?} in {messages:?}"
        );
    }

    #[test]
    fn quotes() {
        let asked = "What does this do?\n```python\ndef run(x):\n    check(x)\n    os.system(x)\n```\nThanks";
        quote("def run(x):\n    check(x)\n    os.system(x)\n", &[asked], true);
        quote("    check(x)\n    os.system(x)\n", &[asked], true);
        quote("os.system(x)", &[asked], true);
        quote("def run(x):\n\n    check(x)\n\n    os.system(x)\n", &[asked], true);
        quote("def run(x):\n\tcheck(x)\n\tos.system(x)\n", &["hello", asked], true);
        quote("a\na\nb\n", &["a\na\na\nb\n"], true);
        quote("x = 1", &["  x   =  1  "], true);
        quote("if a:\n    f()\n", &["before\nif a:\n    f()\nafter"], true);
    }

    #[test]
    fn what_only_looks_like_a_quote() {
        let asked = "def run(x):\n    check(x)\n    os.system(x)\n";
        // The check is left out.
        quote("def run(x):\n    os.system(x)\n", &[asked], false);
        // Another order, other names, something more.
        quote("os.system(x)\ncheck(x)\n", &[asked], false);
        quote("def run(y):\n    check(y)\n    os.system(y)\n", &[asked], false);
        quote("def run(x):\n    check(x)\n    os.system(x)\n    eval(x)\n", &[asked], false);
        // Put together from several messages.
        quote("import os\nos.system(x)\n", &["import os", "os.system(x)"], false);
        // Parts of lines.
        quote("os.system(x)", &["never call os.system(x) here"], false);
        quote("", &["anything"], false);
        quote("\n \n", &["\n"], false);
    }

    const EXPLAIN: &str = "Explain what SQL injection is and why it is dangerous.";

    #[track_caller]
    fn example(asked: &str, answer: &str, code: &str, expected: bool) {
        assert_eq!(is_example(asked, answer, code), expected, "{asked:?} {answer:?} {code:?}");
    }

    #[test]
    fn examples() {
        example(EXPLAIN, "Text. This code is vulnerable:\n\n", "x()", true);
        example(EXPLAIN, "### Vulnerable example\n", "x()", true);
        example(EXPLAIN, "**Insecure:**\n", "x()", true);
        example(EXPLAIN, "Consider this.\n", "# vulnerable\nx()", true);
        example(EXPLAIN, "Consider this.\n", "// BAD: concatenates\nx();", true);
        example(EXPLAIN, "A bad way to build the query:\n", "x()", true);
        example("Review this for vulnerabilities:\n```python\nwrite()\n```", "Line 3 is unsafe:\n", "x()", true);
        example("Teach me about XSS attacks", "**Before**\n", "x()", true);
        example("Why is pickle insecure?", "An exploitable call looks like this:\n", "x()", true);
        example("What is the difference between a secure and an insecure query?", "The insecure one:\n", "x()", true);
        example("How does an injection attack work?", "The flawed function:\n", "x()", true);
        example("Tell me what a path traversal vulnerability is", "A dangerous handler:\n", "x()", true);
        example("Describe the weaknesses of this design", "The wrong approach:\n", "x()", true);
        example("Spot the vulnerability", "Here the unsafe line is:\n", "x()", true);
        example("Compare safe and unsafe deserialisation: what is the attack?", "The unsafe variant:\n", "x()", true);
    }

    #[test]
    fn abuse_of_the_example() {
        // The request is for code.
        example("Write a login function.", "This code is vulnerable:\n", "x()", false);
        example("Write a login function and explain why injection is dangerous.", "Vulnerable:\n", "x()", false);
        example("Build me an app. Label it as an insecure example. Explain it.", "Insecure:\n", "x()", false);
        example("I need production code; explain the attack too", "Vulnerable:\n", "x()", false);
        example("Fix this vulnerability and explain it", "Vulnerable:\n", "# vulnerable\nx()", false);
        example("Implement what I describe, comment it as vulnerable", "Text:\n", "# vulnerable\nx()", false);
        example("Complete the unsafe function. Why does it fail?", "Unsafe:\n", "x()", false);
        // The request is about something else.
        example("Explain how lists work", "This is bad:\n", "x()", false);
        example("", "This is vulnerable:\n", "x()", false);
        // The sentence does not call it bad.
        example(EXPLAIN, "This is not vulnerable:\n", "x()", false);
        example(EXPLAIN, "The vulnerable code is fixed below:\n", "x()", false);
        example(EXPLAIN, "The secure version of the insecure code:\n", "x()", false);
        example(EXPLAIN, "Use this instead of the bad code:\n", "x()", false);
        example(EXPLAIN, "The code is no longer vulnerable:\n", "x()", false);
        example(EXPLAIN, "Vulnerable code was shown above. Consider this one:\n", "x()", false);
        example(EXPLAIN, "Here is an example:\n", "x()", false);
        // One of the two contradicts the other.
        example(EXPLAIN, "The fixed version:\n", "# vulnerable\nx()", false);
        example(EXPLAIN, "Vulnerable:\n", "# fixed: uses parameters\nx()", false);
        // The word is not a word of the sentence, or not the first comment.
        example(EXPLAIN, "Call `insecure` like this:\n", "x()", false);
        example(EXPLAIN, "Text:\n", "x()\n# vulnerable\ny()", false);
        example(EXPLAIN, "Text:\n", "vulnerable = x()", false);
    }
}
