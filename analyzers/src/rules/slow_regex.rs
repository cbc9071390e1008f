//! CWE-1333/400: regular expressions that take for ever.

mod ambiguity;
mod java;
mod more;
mod native;
mod range;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, cpp, example, java, java_row, javascript, javascript_row, python,
    python_row, row,
};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "slow-regex",
    cwe: &[1333, 400],
    severity: Severity::Medium,
    summary: "A regular expression can take exponential time, or is chosen by somebody else.",
    advice: "Write the expression without nested repetition, limit the input's length, and escape outside text with `re.escape`.",
    rows: &[
        c_row(&[Kind::Call, Kind::New], native::check),
        python_row(&[Kind::Call], python_call),
        javascript_row(&[Kind::Regex, Kind::New, Kind::Call], script::check),
        java_row(&[Kind::Call], java::call),
        row(
            &[Language::Php, Language::CSharp, Language::Ruby, Language::Rust],
            &[Kind::Call, Kind::New, Kind::Regex],
            more::check,
        ),
        row(&[Language::Ruby], &[Kind::Call, Kind::Binary, Kind::Subscript], more::matched),
    ],
    bad: &[
        c("#include <regex.h>\nint f(regex_t *r) { return regcomp(r, \"^(a+)+$\", REG_EXTENDED); }\n"),
        cpp(
            "#include <regex>\nbool f(const std::string &s) { std::regex e(\"^(a+)+$\"); return std::regex_match(s, e); }\n",
        ),
        javascript("const name = /^[A-z]+$/;\n"),
        example(
            Language::Rust,
            "async fn f(t: &str) { let p = reqwest::get(\"https://a.example\").await.unwrap().text().await.unwrap(); Regex::new(&p).unwrap().is_match(t); }\n",
        ),
        example(Language::Php, "<?php\nif (preg_match('/^(a+)+$/', $text)) { go(); }\n"),
        example(Language::CSharp, "class A { bool F(string t) { return Regex.IsMatch(t, \"^(a+)+$\"); } }\n"),
        example(
            Language::CSharp,
            "class A { bool F(string t) { return new Regex(Request.Query[\"p\"]).IsMatch(t); } }\n",
        ),
        example(Language::Ruby, "WORDS = /\\A(\\w+\\s?)*\\z/\n"),
        example(Language::Ruby, "def f\n  params[:name].gsub(/\\s+$/, '')\nend\n"),
        example(Language::Ruby, "def f(t)\n  t.match(Regexp.new(params[:p]))\nend\n"),
        java(
            "import java.util.regex.Pattern;\nclass A { Object f(javax.servlet.http.HttpServletRequest r, String t) { return Pattern.compile(r.getParameter(\"p\")).matcher(t).matches(); } }\n",
        ),
        java("class A { boolean f(String t) { return t.matches(\"(a+)+$\"); } }\n"),
        python("import re\ndef f(x):\n    return re.match(r'^(a+)+$', x)\n"),
        python("import re\nP = re.compile(r'([a-zA-Z]+)*$')\n"),
        python("import re\nfrom flask import request\ndef f(text):\n    return re.search(request.args['p'], text)\n"),
        python("import re\ndef f(x):\n    return re.fullmatch('(.*)*b', x)\n"),
        javascript("const words = /^(\\w+\\s?)*$/;\n"),
        javascript("app.get('/', (req, res) => { if (new RegExp(req.query.p).test(text)) res.end(); });\n"),
    ],
    good: &[
        c("#include <regex.h>\nint f(regex_t *r) { return regcomp(r, \"^[a-z]+$\", REG_EXTENDED); }\n"),
        javascript("const name = /^[A-Za-z0-9_.-]+$/;\n"),
        example(Language::Php, "<?php\nif (preg_match('/^[a-z]+$/', $text)) { go(); }\n"),
        example(
            Language::CSharp,
            "class A { bool F(string t) { return Regex.IsMatch(t, \"^(a+)+$\", RegexOptions.NonBacktracking); } }\n",
        ),
        example(
            Language::CSharp,
            "class A { bool F(string t) { return new Regex(Regex.Escape(Request.Query[\"p\"])).IsMatch(t); } }\n",
        ),
        example(Language::Ruby, "WORDS = /\\A\\w+(?:\\s\\w+)*\\z/\n"),
        example(Language::Ruby, "def f\n  params[:name].gsub(/\\A[a-z]+\\z/, '')\nend\n"),
        example(Language::Rust, "fn f(t: &str) -> bool { Regex::new(\"^(a+)+$\").unwrap().is_match(t) }\n"),
        java(
            "import java.util.regex.Pattern;\nclass A { Object f(javax.servlet.http.HttpServletRequest r, String t) { return Pattern.compile(Pattern.quote(r.getParameter(\"p\"))).matcher(t).matches(); } }\n",
        ),
        python("import re\ndef f(x):\n    return re.match(r'^[a-z]+$', x)\n"),
        python("import re\nP = re.compile(r'(\\d+-)*\\d+')\n"),
        python(
            "import re\nfrom flask import request\ndef f(text):\n    return re.search(re.escape(request.args['p']), text)\n",
        ),
        python("import re\nP = re.compile(r'(ab+c)+')\n"),
        javascript("const words = /^\\w+(?:\\s\\w+)*$/;\n"),
        javascript(
            "const escape = require('lodash').escapeRegExp;\napp.get('/', (req, res) => { new RegExp(escape(req.query.p)); });\n",
        ),
    ],
};

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let Some((head, name)) = path.rsplit_once('.') else { return };
    if !matches!(head, "re" | "regex")
        || !matches!(
            name,
            "match" | "fullmatch" | "search" | "compile" | "sub" | "subn" | "findall" | "finditer" | "split"
        )
    {
        return;
    }
    let Some(pattern) = context.argument(call, 0, "pattern") else { return };
    if let Some(text) = context.string(pattern) {
        if is_slow(text) {
            let message = "The regular expression repeats a repetition and can take exponential time.";
            found.push(context, Report::issue(call, concept::SLOW_REGEX, message).confidence(Confidence::Medium));
        }
        return;
    }
    if let Some(taint) = context
        .tainted(pattern, Purposes::REGEX)
        .filter(|taint| matches!(taint.origin.source, Source::Request | Source::Network))
    {
        let message = format!("The regular expression is made from {}.", taint.source());
        let report =
            Report::issue(call, concept::SLOW_REGEX, message).cwe(&[1333, 400, 625]).confidence(taint.confidence);
        found.push(context, report.trace(taint.trace));
    }
}

/// Whether an expression can take exponential time.
fn is_slow(pattern: &str) -> bool {
    ambiguity::is_exponential(pattern).unwrap_or_else(|| nested_repetition(pattern))
}

/// `(x+)+` and its like: an unbounded repetition of a group whose content is one unbounded repetition (also as the last
/// part or an alternative), so that text can be cut up in many ways.
fn nested_repetition(pattern: &str) -> bool {
    let bytes = pattern.as_bytes();
    // Where each open group starts, and whether it holds nothing but repeated parts so far.
    let mut groups: Vec<Group> = Vec::new();
    let mut at = 0;
    while at < bytes.len().min(2_000) {
        match bytes[at] {
            b'\\' => {
                at += 2;
                part(&mut groups, bytes, &mut at);
                continue;
            }
            b'[' => {
                at += 1;
                if bytes.get(at) == Some(&b'^') {
                    at += 1;
                }
                if bytes.get(at) == Some(&b']') {
                    at += 1;
                }
                while at < bytes.len() && bytes[at] != b']' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
                part(&mut groups, bytes, &mut at);
                continue;
            }
            b'(' => {
                groups.push(Group { fixed: 0, repeated: 0, risky: false });
                at += 1;
                if bytes.get(at) == Some(&b'?') {
                    while at < bytes.len() && !matches!(bytes[at], b':' | b'=' | b'!' | b'>' | b')') {
                        at += 1;
                    }
                    if bytes.get(at) != Some(&b')') {
                        at += 1;
                    }
                }
                continue;
            }
            b')' => {
                let group = groups.pop().unwrap_or(Group { fixed: 0, repeated: 0, risky: false });
                at += 1;
                let ends = group.risky || (group.repeated > 0 && group.fixed == 0);
                let unbounded = repeats(bytes, &mut at);
                if unbounded && ends {
                    return true;
                }
                if let Some(outer) = groups.last_mut() {
                    if unbounded || ends && group.fixed == 0 {
                        outer.repeated += 1;
                    } else {
                        outer.fixed += 1;
                    }
                }
                continue;
            }
            b'|' => {
                if let Some(group) = groups.last_mut() {
                    group.risky |= group.repeated > 0 && group.fixed == 0;
                    (group.fixed, group.repeated) = (0, 0);
                }
            }
            b'^' | b'$' => {}
            _ => {
                at += 1;
                part(&mut groups, bytes, &mut at);
                continue;
            }
        }
        at += 1;
    }
    false
}

struct Group {
    fixed: u32,
    repeated: u32,
    risky: bool,
}

fn part(groups: &mut [Group], bytes: &[u8], at: &mut usize) {
    let optional = matches!(bytes.get(*at), Some(b'?'));
    let unbounded = repeats(bytes, at);
    if let Some(group) = groups.last_mut() {
        if unbounded {
            group.repeated += 1;
        } else if !optional {
            group.fixed += 1;
        }
    }
}

/// Reads a quantifier; whether it has no upper bound.
fn repeats(bytes: &[u8], at: &mut usize) -> bool {
    let unbounded = match bytes.get(*at) {
        Some(b'*' | b'+') => {
            *at += 1;
            true
        }
        Some(b'?') => {
            *at += 1;
            false
        }
        Some(b'{') => {
            let Some(end) = bytes[*at..].iter().take(16).position(|&byte| byte == b'}') else { return false };
            let open = bytes[*at + end - 1] == b',';
            *at += end + 1;
            open
        }
        _ => return false,
    };
    // Lazy and possessive forms.
    if let Some(b'?' | b'+') = bytes.get(*at) {
        *at += 1;
    }
    unbounded
}
