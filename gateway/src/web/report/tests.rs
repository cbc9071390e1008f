use super::*;
use crate::exchange::{EditRecord, Position, Stages, StepRecord};

const BEFORE: &str = r#"import os
import sqlite3
import yaml
from flask import Flask, request

app = Flask(__name__)


# A long list of helpers, none of which matters here.
def first(value):
    return value


def second(value):
    return [value, value]


@app.route("/ping")
def ping():
    """Pings a host."""
    host = request.args.get("host", "localhost")
    os.system(f"ping -c 1 {host}")
    return "done"


@app.route("/user")
def user():
    connection = sqlite3.connect("users.db")
    name = request.args["name"]
    row = connection.execute("SELECT * FROM users WHERE name = '%s'" % name).fetchone()
    return {"user": row, "settings": yaml.load(open("settings.yml"), Loader=yaml.Loader)}
"#;

fn after() -> String {
    BEFORE
        .replace("import os\n", "import subprocess\n")
        .replace("os.system(f\"ping -c 1 {host}\")", "subprocess.run([\"ping\", \"-c\", \"1\", \"--\", host])")
        .replace("yaml.load(open(\"settings.yml\"), Loader=yaml.Loader)", "yaml.safe_load(open(\"settings.yml\"))")
}

fn finding(rule: &str, cwe: u16, start: (u32, u32), end: u32, message: &str) -> FindingRecord {
    FindingRecord {
        rule: rule.to_owned(),
        cwe: vec![cwe],
        class: "issue".to_owned(),
        severity: "high".to_owned(),
        confidence: "high".to_owned(),
        start: Position { line: start.0, column: start.1 },
        end: Position { line: start.0, column: end },
        message: message.to_owned(),
        advice: "Pass an argument list and no shell.".to_owned(),
        trace: vec![StepRecord { at: Position { line: 21, column: 12 }, note: "comes from the request".to_owned() }],
    }
}

/// An exchange with everything a report can show.
pub(in crate::web) fn sample() -> Record {
    let shell = finding("command-injection", 78, (22, 5), 35, "A shell runs text that the caller controls.");
    let sql = finding("sql-injection", 89, (30, 30), 73, "A query is put together from text that the caller controls.");
    let yaml = finding("unsafe-deserialisation", 502, (31, 38), 86, "The loader can create any object.");
    let audit = FindingRecord { class: "audit".to_owned(), ..finding("subprocess", 78, (1, 1), 10, "Runs programs.") };
    let unit = UnitRecord {
        language: "python".to_owned(),
        carrier: "fence".to_owned(),
        standing: "proposed".to_owned(),
        verdict: Verdict::Residual,
        before: Some(BEFORE.to_owned()),
        after: Some(after()),
        found: vec![shell, sql.clone(), yaml, audit],
        remaining: vec![sql],
        edits: vec![EditRecord {
            kind: "argument-vector".to_owned(),
            cwe: vec![78],
            summary: "run the program by an argument list".to_owned(),
        }],
        suppressions: vec!["nosec".to_owned()],
        status: "scanned".to_owned(),
        similarity: 0.93,
        ..UnitRecord::default()
    };
    let clean = UnitRecord {
        language: "javascript".to_owned(),
        carrier: "tool-argument".to_owned(),
        verdict: Verdict::Clean,
        before: Some("export function add(a, b) {\n  // plain\n  return a + b + 1;\n}\n".to_owned()),
        ..UnitRecord::default()
    };
    let call = |purpose: &str, error: Option<&str>| CallRecord {
        purpose: purpose.to_owned(),
        requirements: if purpose == "first" { vec![] } else { vec!["sql-parameters".to_owned()] },
        input_tokens: 359,
        output_tokens: 1_256,
        cost_micros: 4_210,
        elapsed_ms: 2_350,
        error: error.map(str::to_owned),
    };
    let stages = Stages {
        total_us: 4_812_000,
        upstream_us: 2_350_000,
        hold_us: 2_460_000,
        analyse_us: 730,
        rewrite_us: 2_100,
        verify_us: 1_400,
        ask_us: 2_350_000,
    };
    Record {
        id: "0123456789abcdef0123456789abcdef".to_owned(),
        time_ms: 1_795_176_903_000,
        policy: "default".to_owned(),
        mode: "repair".to_owned(),
        strategy: "promsec".to_owned(),
        model: "gpt-4o-mini".to_owned(),
        path: "/v1/chat/completions".to_owned(),
        streamed: true,
        verdict: Verdict::Residual,
        cache: CacheUse::Miss,
        units: vec![unit, clean],
        calls: vec![call("first", None), call("again", Some("the call took too long"))],
        unscanned: vec!["ruby: no analyzer reads it".to_owned()],
        variables: vec!["DATABASE_PASSWORD".to_owned()],
        stages,
        ..Record::default()
    }
}

#[test]
fn shows_what_became_of_each_finding() {
    let page = page(&sample(), Place::Served);
    for part in [
        "2 weaknesses fixed, 1 left",
        ">fixed</span>",
        ">left</span>",
        "https://cwe.mitre.org/data/definitions/89.html",
        "href=\"#u1b22\"",
        "id=\"u1b22\"",
        "unchanged lines",
        "DATABASE_PASSWORD",
        "nosec",
        "the call took too long",
        "/api/reports/0123456789abcdef0123456789abcdef",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn a_file_links_to_nothing_of_the_gateway() {
    let page = page(&sample(), Place::File);
    assert!(!page.contains("href=\"/") && !page.contains("src="));
}

/// Everything that comes from outside is escaped, wherever it stands.
#[test]
fn nothing_from_outside_becomes_markup() {
    const EVIL: &str = "\"'><script>alert(1)</script>&amp;";
    let mut value = serde_json::to_value(sample()).expect("JSON");
    poison(&mut value, EVIL);
    let record: Record = serde_json::from_value(value).expect("a record");
    assert!(record.model == EVIL && record.units[0].before.as_deref() == Some(EVIL));
    for place in [Place::Served, Place::File] {
        let page = page(&record, place);
        assert!(!page.contains("<script") && !page.contains("\"'>"));
        assert!(page.contains("&lt;script&gt;"));
    }
}

/// Puts `text` in the place of every string but the words that choose what is shown.
fn poison(value: &mut serde_json::Value, text: &str) {
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| poison(item, text)),
        serde_json::Value::Object(fields) => {
            let fixed = ["verdict", "cache", "class", "language"];
            let others = fields.iter_mut().filter(|(name, _)| !fixed.contains(&name.as_str()));
            others.for_each(|(_, item)| poison(item, text));
        }
        serde_json::Value::String(string) => text.clone_into(string),
        _ => {}
    }
}

#[test]
fn headlines_count_in_words() {
    let check = |verdict, found: usize, remaining: usize, expected: &str| {
        let issue = FindingRecord { class: "issue".to_owned(), ..FindingRecord::default() };
        let (found, remaining) = (vec![issue.clone(); found], vec![issue; remaining]);
        let unit = UnitRecord { found, remaining, ..UnitRecord::default() };
        assert_eq!(headline(&Record { verdict, units: vec![unit], ..Record::default() }), expected);
    };
    check(Verdict::Clean, 0, 0, "No weakness was found");
    check(Verdict::Secured, 1, 0, "1 weakness found and fixed");
    check(Verdict::Residual, 3, 1, "2 weaknesses fixed, 1 left");
    check(Verdict::Residual, 2, 2, "2 weaknesses found and not fixed");
    check(Verdict::Blocked, 1, 1, "Withheld: 1 weakness left");
    check(Verdict::Observed, 2, 2, "2 weaknesses found and left as they are");
    check(Verdict::Unscanned, 0, 0, "Some of the code could not be scanned");
}

#[test]
fn any_record_has_a_page() {
    let page = page(&Record::default(), Place::File);
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
}
