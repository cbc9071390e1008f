//! Whole samples as data: what is found is rewritten until nothing changes, parses, and behaves as before where it can run.

use crate::lang::Language;
use crate::rewrite::tests::fix;

/// What Node prints for a program, or `None` where there is no Node.
fn node(code: &str) -> Option<String> {
    let output = std::process::Command::new("node").args(["-e", code]).output().ok()?;
    assert!(output.status.success(), "{}\n{code}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The cases of a file: a line with `===` at its start begins one.
fn cases(file: &str) -> Vec<String> {
    let mut cases: Vec<String> = Vec::new();
    for line in file.split_inclusive('\n') {
        match (line.strip_prefix("=== "), cases.last_mut()) {
            (Some(head), _) => cases.push(head.to_owned()),
            (None, Some(case)) => case.push_str(line),
            (None, None) => {}
        }
    }
    cases
}

/// `=== name` and, behind `|`, the concepts that are left; the sample, `---`, what becomes of it and, for JavaScript, `+++` and code that prints. Without `---` the
/// sample is kept as it is, whatever is found in it.
fn check(language: Language, file: &str) {
    let mut wrong = Vec::new();
    for case in &cases(file) {
        let (name, rest) = case.split_once('\n').expect("a case has a name");
        let (name, expected) = name.split_once(" | ").unwrap_or((name, ""));
        let Some((before, rest)) = rest.split_once("---\n") else {
            let (fixed, left) = fix(language, rest);
            if fixed != rest || left.is_empty() {
                wrong.push(format!("{name} is not kept: left {left:?}\n{fixed}"));
            }
            continue;
        };
        let (after, call) = rest.split_once("+++\n").map_or((rest, None), |(after, call)| (after, Some(call)));
        let (fixed, left) = fix(language, before);
        if fixed != after || left.join(", ") != expected {
            wrong.push(format!("{name}: left {left:?}\n{fixed}"));
            continue;
        }
        assert_eq!(fix(language, &fixed).0, fixed, "{name} a second time");
        let crlf = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(fix(language, &crlf(before)).0, crlf(after), "{name} with CRLF");
        if let Some(call) = call.filter(|_| language == Language::JavaScript)
            && let Some(printed) = node(&format!("{before}\n{call}"))
        {
            assert_eq!(node(&format!("{after}\n{call}")), Some(printed), "{name} behaves differently");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn samples_of_javascript() {
    check(Language::JavaScript, include_str!("cases/javascript.txt"));
}

#[test]
fn samples_of_typescript() {
    check(Language::TypeScript, include_str!("cases/typescript.txt"));
}

#[test]
fn samples_of_java() {
    check(Language::Java, include_str!("cases/java.txt"));
}

#[test]
fn samples_of_go() {
    check(Language::Go, include_str!("cases/go.txt"));
}
