//! What tools print is read whatever it is; findings are merged without double counting; runs are bounded.

use std::time::Duration;

use analyzers::program::Limits;
use analyzers::scan;

use super::bandit::Bandit;
use super::run::{Bounds, Isolation};
use super::sarif::Printer;
use super::spotbugs::SpotBugs;
use super::*;

fn python(code: &str) -> Program {
    Program::parse(Language::Python, code, &Limits::default())
}

fn sandbox(seconds: u64, isolation: Isolation) -> Arc<Sandbox> {
    Arc::new(Sandbox::new(Bounds {
        timeout: Duration::from_secs(seconds),
        memory: 4 << 30,
        concurrent: 2,
        isolation,
        environment: vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())],
    }))
}

/// A stand-in for a tool: a shell script that gets the file as its first argument.
fn tool(script: &str) -> Arc<dyn Analyzer> {
    let command = ["sh", "-c", script, "tool", "{file}"].map(str::to_owned).to_vec();
    Arc::new(Printer { name: "tool", command, languages: vec![Language::Python], output: None })
}

async fn opinion(script: &str, seconds: u64, code: &str) -> Opinion {
    let external = External::new(vec![tool(script)], sandbox(seconds, Isolation::Preferred));
    let program = python(code);
    let known = scan::analyse(&program).findings;
    external.opinion(&program, &known, Instant::now() + Duration::from_mins(1)).await
}

/// A SARIF log with one result.
fn log(rule: &str, result: &str) -> String {
    format!(r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"rules":[{rule}]}}}},"results":[{result}]}}]}}"#)
}

const AT_TWO: &str = r#""locations":[{"physicalLocation":{"region":{"startLine":2,"endLine":3}}}]"#;

#[test]
fn sarif_is_read_as_tools_write_it() {
    use Confidence::{High as Sure, Low as Unsure, Medium as Likely};
    let check = |rule: &str, result: &str, cwe: &[u16], severity: Severity, confidence: Confidence| {
        let hits = sarif::read(log(rule, result).as_bytes()).expect("it is SARIF");
        assert_eq!(hits.len(), 1, "{hits:?}");
        let hit = &hits[0];
        assert_eq!((hit.cwe.as_slice(), hit.severity, hit.confidence), (cwe, severity, confidence), "{rule}");
        assert_eq!((hit.first, hit.last), (2, 3));
    };
    // CodeQL: tags, a score and a precision, by index.
    check(
        r#"{"id":"py/x","properties":{"tags":["security","external/cwe/cwe-089"],"security-severity":"8.8","precision":"high"}}"#,
        &format!(r#"{{"ruleId":"py/x","ruleIndex":0,{AT_TWO}}}"#),
        &[89],
        Severity::High,
        Sure,
    );
    // Semgrep: long tags, the level of the rule.
    check(
        r#"{"id":"a.b","defaultConfiguration":{"level":"error"},"properties":{"tags":["CWE-78: Improper Neutralization","LOW CONFIDENCE"]}}"#,
        &format!(r#"{{"ruleId":"a.b",{AT_TWO}}}"#),
        &[78],
        Severity::High,
        Likely,
    );
    // SpotBugs: relationships to a taxonomy.
    check(
        r#"{"id":"X","relationships":[{"target":{"id":"79","toolComponent":{"name":"CWE"}}}]}"#,
        &format!(r#"{{"ruleId":"X","ruleIndex":0,"level":"note",{AT_TWO}}}"#),
        &[79],
        Severity::Low,
        Likely,
    );
    // What the code itself suppresses counts; properties of the result are stronger.
    check(
        r#"{"id":"Y","properties":{"cwe":"CWE-22"}}"#,
        &format!(
            r#"{{"ruleId":"Y","suppressions":[{{"kind":"inSource"}}],"properties":{{"confidence":"LOW"}},{AT_TWO}}}"#
        ),
        &[22],
        Severity::Medium,
        Unsure,
    );
    for broken in ["", "[]", "{", "null", r#"{"runs":[{}]}"#, "Traceback (most recent call last)"] {
        assert_eq!(sarif::read(broken.as_bytes()), Err(Failure::Unreadable), "{broken}");
    }
    let passed = log("", &format!(r#"{{"ruleId":"Z","kind":"pass",{AT_TWO}}}"#));
    assert_eq!(sarif::read(passed.as_bytes()), Ok(Vec::new()));
}

#[test]
fn bandit_reminders_show_no_harm() {
    let bandit = Bandit { command: vec!["bandit".into()] };
    let report = |test: &str| {
        format!(
            r#"{{"errors":[],"results":[{{"test_id":"{test}","issue_severity":"LOW","issue_confidence":"HIGH","issue_cwe":{{"id":78,"link":""}},"line_number":1,"line_range":[1,2],"code":"x","filename":"unit.py"}}]}}"#
        )
    };
    let class = |test: &str| bandit.read(report(test).as_bytes()).expect("it is a report")[0].class;
    assert_eq!([class("B404"), class("B603"), class("B602")], [Class::Audit, Class::Audit, Class::Issue]);
    let broken =
        br#"{"errors":[{"filename":"unit.py","reason":"syntax error while parsing AST from file"}],"results":[]}"#;
    assert_eq!(bandit.read(broken), Err(Failure::Uncompilable));
}

#[test]
fn java_units_are_named_after_their_class() {
    let spotbugs = SpotBugs { command: vec![], javac: vec![], plugins: vec![], class_path: vec![] };
    let check = |code: &str, name: &str| {
        let program = Program::parse(Language::Java, code, &Limits::default());
        assert_eq!(spotbugs.file(&program).as_deref(), Some(name), "{code}");
    };
    check("class B {}\npublic class A { class C {} }\n", "A.java");
    check("class B {}\nclass A {}\n", "B.java");
    check("int x = 1;\n", "Unit.java");
    check("public class ../../x {}\n", "x.java");
}

#[tokio::test]
async fn findings_are_merged_without_counting_twice() {
    let code = "import os\nos.system('ls ' + input())\nx = 1\n";
    let same = log(r#"{"id":"S","properties":{"cwe":78}}"#, &format!(r#"{{"ruleId":"S",{AT_TWO}}}"#));
    let merged = opinion(&format!("printf '%s' '{same}'"), 20, code).await;
    assert!(merged.findings.is_empty() && merged.failed.is_empty(), "{merged:?}");
    let other = log(
        r#"{"id":"O<b>","properties":{"cwe":502}}"#,
        &format!(r#"{{"ruleId":"O<b>",{AT_TWO}}},{{"ruleId":"O<b>",{AT_TWO}}}"#),
    );
    let merged = opinion(&format!("printf '%s' '{other}'"), 20, code).await;
    assert_eq!(merged.findings.len(), 1, "{merged:?}");
    let finding = &merged.findings[0];
    assert_eq!((finding.rule, finding.cwe, finding.message.as_str()), ("tool", &[502_u16][..], "tool reports Ob."));
    assert_eq!(&code[finding.span.range()], "os.system('ls ' + input())\nx = 1");
}

#[tokio::test]
async fn runs_are_bounded_and_see_only_their_file() {
    let failed = |opinion: &Opinion| opinion.failed.first().map(|&(_, failure)| failure);
    assert_eq!(failed(&opinion("sleep 60", 1, "x = 1\n").await), Some(Failure::Timeout));
    assert_eq!(failed(&opinion("exit 3", 20, "x = 1\n").await), Some(Failure::Failed));
    assert_eq!(failed(&opinion("echo nothing to read", 20, "x = 1\n").await), Some(Failure::Unreadable));
    assert_eq!(failed(&opinion("exec no-such-program", 20, "x = 1\n").await), Some(Failure::Unavailable));
    // The code is in the file, nothing else is in the folder, no variable of ours is seen.
    let seen = "[ \"$(cat $1)\" = 'x = 1' ] && [ \"$(ls)\" = unit.py ] && [ -z \"$CARGO\" ] && echo '{\"runs\":[]}'";
    assert_eq!(failed(&opinion(seen, 20, "x = 1\n").await), None);
    let isolated = sandbox(20, Isolation::Required);
    let external = External::new(vec![tool("[ $(grep -c : /proc/net/dev) = 1 ] && echo '{\"runs\":[]}'")], isolated);
    let alone = external.opinion(&python("x = 1\n"), &[], Instant::now() + Duration::from_mins(1)).await;
    assert!(matches!(failed(&alone), None | Some(Failure::Unavailable)), "{alone:?}");
}
