//! What lowering makes of Go.

use super::*;
use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::syntax::NodeId;

#[track_caller]
fn check(text: &str, expected: &str) {
    let program = Program::parse(Language::Go, text, &Limits::default());
    let outline = program.tree.outline(NodeId::ROOT, text);
    let body = outline.strip_prefix("(Module ").and_then(|rest| rest.strip_suffix(')')).unwrap_or(&outline);
    assert_eq!(body, expected);
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    assert_eq!(grammar().unknown(ROWS), Vec::<&str>::new());
}

#[test]
fn fragments_without_a_package() {
    check(
        "x := f(a)\nif err != nil {\n\treturn err\n}\n",
        r#"(Assign target:(Name x) value:(Call callee:(Name f) argument:(Name a))) (If test:(Compare != left:(Name err) right:(Null)) body:(Block (Return value:(Name err))))"#,
    );
}
