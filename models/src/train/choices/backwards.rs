//! The catalogue backwards: secure code with one safe form taken out again; only texts, the analyzer decides what came of it.

use std::ops::Range;

use analyzers::lang::Language;

use super::{Answer, Draft, Sort};
use crate::train::corpus::{Role, Sample};

/// Most places of one program that are turned back.
const MOST_OF_ONE: usize = 4;

/// One way back.
enum Back {
    /// The text becomes another; the module it needs is imported.
    Text(&'static str, &'static str, &'static str),
    /// The call gives way to its first argument.
    Unwrap(&'static str),
    /// The keyword argument that starts so goes.
    Drop(&'static str),
}

use Back::{Drop, Text, Unwrap};

const PYTHON: &[Back] = &[
    Text("yaml.safe_load(", "yaml.load(", ""),
    Text("ast.literal_eval(", "eval(", ""),
    Text("secrets.choice(", "random.choice(", "random"),
    Text("secrets.randbelow(", "random.randrange(", "random"),
    Text("secrets.SystemRandom(", "random.Random(", "random"),
    Text("secrets.token_hex(16)", "'%032x' % random.getrandbits(128)", "random"),
    Text("hashlib.sha256(", "hashlib.md5(", ""),
    Text("hashlib.sha256(", "hashlib.sha1(", ""),
    Text("hashlib.sha512(", "hashlib.sha1(", ""),
    Text("json.loads(", "pickle.loads(", "pickle"),
    Text("json.load(", "pickle.load(", "pickle"),
    Text("tempfile.mkstemp(", "tempfile.mktemp(", ""),
    Text("debug=False", "debug=True", ""),
    Text("verify=True", "verify=False", ""),
    Text("autoescape=True", "autoescape=False", ""),
    Text("0o600", "0o777", ""),
    Text("0o700", "0o777", ""),
    Text("'127.0.0.1'", "'0.0.0.0'", ""),
    Text("\"127.0.0.1\"", "\"0.0.0.0\"", ""),
    Text("defusedxml.ElementTree", "xml.etree.ElementTree", ""),
    Text("resolve_entities=False", "resolve_entities=True", ""),
    Text("yaml.SafeLoader", "yaml.Loader", ""),
    Text("httponly=True", "httponly=False", ""),
    Text("secure=True", "secure=False", ""),
    Text("ssl.create_default_context(", "ssl._create_unverified_context(", ""),
    Unwrap("html.escape("),
    Unwrap("escape("),
    Unwrap("markupsafe.escape("),
    Unwrap("shlex.quote("),
    Unwrap("secure_filename("),
    Unwrap("os.path.basename("),
    Drop("timeout="),
    Drop("usedforsecurity="),
    Drop("filter="),
    Drop("httponly="),
];

const SCRIPT: &[Back] = &[
    Text("crypto.randomBytes(", "Math.random(", ""),
    Text("'sha256'", "'md5'", ""),
    Text("'sha512'", "'sha1'", ""),
    Text("textContent", "innerHTML", ""),
    Text("rejectUnauthorized: true", "rejectUnauthorized: false", ""),
    Text("httpOnly: true", "httpOnly: false", ""),
];

const C: &[Back] = &[Text("snprintf(", "sprintf(", ""), Text("fgets(", "gets(", ""), Text("strncpy(", "strcpy(", "")];

/// Every program that a person is known to have written securely, one safe form less each time.
pub(super) fn drafts(samples: &[Sample]) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for sample in samples.iter().filter(|sample| sample.role == Role::Secure) {
        let table = match sample.language {
            Language::Python => PYTHON,
            Language::JavaScript | Language::TypeScript => SCRIPT,
            Language::C | Language::Cpp => C,
            _ => continue,
        };
        let found = table.iter().flat_map(|back| turn(back, &sample.code));
        drafts.extend(found.take(MOST_OF_ONE).enumerate().map(|(number, (code, core))| {
            let mut turned = sample.clone();
            turned.id = format!("{}-back-{number}", sample.id);
            turned.role = Role::Other;
            turned.code = code;
            // It belongs to the family of what it was made from.
            turned.pair = Some(sample.pair.clone().unwrap_or_else(|| sample.id.clone()));
            let answer = Answer::Nearest(sample.code.clone());
            Draft { sample: turned, sort: Sort::Inverse, core, concept: None, answer }
        }));
    }
    drafts
}

fn turn(back: &Back, code: &str) -> Option<(String, Range<usize>)> {
    let (at, end, text, module) = match *back {
        Text(from, to, module) => {
            let at = whole(code, from)?;
            (at, at + from.len(), to.to_owned(), module)
        }
        Unwrap(callee) => {
            let at = whole(code, callee)?;
            let inner = at + callee.len();
            let end = argument_end(&code[inner..]) + inner;
            let closed = code[end..].starts_with(')');
            closed.then(|| (at, end + 1, code[inner..end].to_owned(), ""))?
        }
        Drop(name) => {
            let at = whole(code, name)?;
            let end = argument_end(&code[at..]) + at;
            let start = code[..at].trim_end().strip_suffix(',')?.len();
            (start, end, String::new(), "")
        }
    };
    let mut turned = format!("{}{text}{}", &code[..at], &code[end..]);
    let mut core = at..(at + text.len()).max(at + 1).min(turned.len());
    let import = format!("import {module}\n");
    if !module.is_empty() && !code.contains(import.as_str()) {
        turned.insert_str(0, &import);
        core = core.start + import.len()..core.end + import.len();
    }
    Some((turned, core))
}

/// Where a text stands that is not the tail of a longer name.
fn whole(code: &str, text: &str) -> Option<usize> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    code.match_indices(text).map(|(at, _)| at).find(|&at| {
        let line = code[..at].rfind('\n').map_or(0, |at| at + 1);
        let text_starts_word = text.starts_with(char::is_alphanumeric);
        let free = !text_starts_word || !code[..at].ends_with(is_word);
        free && !code[line..at].contains(['#', '"']) && !code[line..at].trim_start().starts_with("from ")
    })
}

/// Length of one argument: up to a comma or a closing bracket of its own level.
fn argument_end(text: &str) -> usize {
    let mut depth = 0usize;
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') if depth > 0 => depth -= 1,
            (None, b')' | b']' | b'}' | b',') if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{Back, turn};

    fn check(back: &Back, code: &str, expected: &str) {
        let (turned, core) = turn(back, code).expect("the form is there");
        assert_eq!(turned, expected);
        assert!(core.end <= turned.len() && turned.is_char_boundary(core.start));
    }

    #[test]
    fn safe_forms_are_taken_out() {
        check(&Back::Unwrap("html.escape("), "x = a + html.escape(f(b, ')'))\n", "x = a + f(b, ')')\n");
        check(&Back::Drop("timeout="), "get(url, timeout=max(3, 4), a=1)", "get(url, a=1)");
        check(&Back::Text("json.loads(", "pickle.loads(", "pickle"), "json.loads(a)", "import pickle\npickle.loads(a)");
        assert!(turn(&Back::Unwrap("escape("), "unescape(a)").is_none());
    }
}
