//! Long texts of one fragment: what they cost grows as their length does, whatever the fragment.

use super::analyse;
use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::work;

/// Most steps per byte; real code takes 50 to 100.
const MOST_PER_BYTE: usize = 3_000;

fn steps(language: Language, text: &str) -> usize {
    work::steps(|| {
        analyse(&Program::parse(language, text, &Limits::default()));
    })
}

/// Twice the length costs about twice as much, and no byte very much. A square would cost four times as much.
fn check(language: Language, fragments: &[&str]) {
    for fragment in fragments {
        check_between(language, ["", fragment, ""]);
    }
}

/// The same for what stands between a beginning and an end.
fn check_between(language: Language, [lead, fragment, tail]: [&str; 3]) {
    let of = |bytes: usize| steps(language, &[lead, &fragment.repeat(bytes / fragment.len()), tail].concat());
    let (short, long) = (of(20_000), of(40_000));
    assert!(long <= short * 16 / 5 + 100_000, "{} {fragment:?}: {short}, then {long}", language.name());
    assert!(long <= 40_000 * MOST_PER_BYTE, "{} {fragment:?}: {long}", language.name());
}

/// One statement that holds all, and one name that is assigned all along.
#[test]
fn one_statement_or_name() {
    for (language, parts) in [
        (Language::Python, ["x = [", "'/tmp/a', ", "]\n"]),
        (Language::Python, ["f(", "'/tmp/a', ", ")\n"]),
        (Language::Python, ["x = {", "'password': 'secret1234', ", "}\n"]),
        (Language::JavaScript, ["f(", "'/tmp/a', ", ");"]),
        (Language::Java, ["class A { void f(int x) {", "x = x * x;", "}}"]),
    ] {
        check_between(language, parts);
    }
}

#[test]
fn python() {
    check(
        Language::Python,
        &[
            "->",
            "x = {a: x}\n",
            "x = x + 1; ",
            "open('/tmp/a' + x)\n",
            "x = [x, x]\n",
            "def f(x): return f(x)\n",
            "x = f'{x}'\n",
            "if x: x = x\n",
            "os.system(x)\n",
            "a.b = a.b\n",
        ],
    );
}

#[test]
fn javascript() {
    check(
        Language::JavaScript,
        &[
            "->",
            "x = {a: x};",
            "`${x}`;",
            "x => ",
            "function f(x) { return f(x); }\n",
            "x[x] = x;",
            "db.query('a' + x);",
        ],
    );
}

#[test]
fn typescript() {
    check(Language::TypeScript, &["->", "<a>", "let x: a = x;"]);
}

#[test]
fn java() {
    check(Language::Java, &["->", "a = b + ", "int x = x * x;", "class A { void f() { f(); } }\n", "A<"]);
}

#[test]
fn go() {
    check(Language::Go, &["->", "x := x\n", "func f() { f() }\n"]);
}

#[test]
fn c() {
    check(Language::C, &["->", "int x = x * x;", "strcpy(x, y);", "#if A\n"]);
}

#[test]
fn cpp() {
    check(Language::Cpp, &["->", "A<", "x << y;", "std::string x = y;"]);
}

#[test]
fn php() {
    check(Language::Php, &["->", "$x = [$x];", "$x .= $x;"]);
}

#[test]
fn csharp() {
    check(Language::CSharp, &["<a ", "; )", "x => ", "int x = x;"]);
}

#[test]
fn ruby() {
    check(Language::Ruby, &["a:", "a: ", "x = x\n", "; )"]);
}

#[test]
fn rust() {
    check(Language::Rust, &["; )", "let x = x;", "&"]);
}

#[test]
fn bash() {
    check(Language::Bash, &["$(", "x=$x\n", "a | "]);
}
