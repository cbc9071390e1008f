use super::analyse;
use crate::lang::Language;
use crate::program::{Limits, Program};

fn markers(language: Language, code: &str, expected: &[&str]) {
    let program = Program::parse(language, code, &Limits::default());
    let found: Vec<_> = analyse(&program).suppressions.iter().map(|suppression| suppression.marker).collect();
    assert_eq!(found, expected, "{code}");
}

#[test]
fn suppressions_are_reported() {
    markers(Language::Python, "x = 1  # nosec\n", &["nosec"]);
    markers(Language::Python, "x = 1  # NOQA: S602\n", &["noqa"]);
    markers(Language::Python, "x = 1  # the nosecond rule\n", &[]);
    markers(Language::Python, "x = 'nosec'\n", &[]);
}
