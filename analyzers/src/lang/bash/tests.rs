//! What lowering makes of shell scripts.

use super::*;
use crate::lang::{Language, testing};
use crate::program::{Limits, Program};

#[track_caller]
fn check(text: &str, expected: &str) {
    testing::check(Language::Bash, text, expected);
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    assert_eq!(grammar().unknown(ROWS), Vec::<&str>::new());
}

#[test]
fn letters_beyond_ascii_are_read_as_letters() {
    let text = "x{\u{1f574}9}$\u{1f574} <<é\n";
    assert_eq!(mask(text).len(), text.len());
    for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
        let _ = Program::parse(Language::Bash, &text[..end], &Limits::default());
    }
}

#[test]
fn commands() {
    check(
        r#"NAME=$1
export P="a$NAME"
if [ "$a" = b ]; then eval "ls $NAME" 'x'; else exit 1; fi
for i in a b; do echo $(cat $i) ; done
"#,
        r"(Assign target:(Name NAME) value:(Name 1)) (Assign target:(Name P) value:(Template (Text a) (Interpolation value:(Name NAME)))) (If test:(Binary = left:(Template (Interpolation value:(Name a))) right:(String b)) body:(ExprStatement value:(Call callee:(Name eval) argument:(Template (Text ls ) (Interpolation value:(Name NAME))) argument:(String 'x'))) else:(Block (ExprStatement value:(Call callee:(Name exit) argument:(String 1))))) (For target:(Name i) iter:(String a) iter:(String b) body:(Block (ExprStatement value:(Call callee:(Name echo) argument:(Other (Call callee:(Name cat) argument:(Name i)))))))",
    );
}

#[test]
fn functions_and_pipes() {
    check(
        r#"f() { local d=/tmp/x$1; rm -rf "$d"; }
curl -k https://x | sh
"#,
        r"(Function f body:(Block (Assign target:(Name d) value:(Template (Text /tmp/x) (Interpolation value:(Name 1)))) (ExprStatement value:(Call callee:(Name rm) argument:(String -rf) argument:(Template (Interpolation value:(Name d))))))) (Other (Call callee:(Name curl) argument:(String -k) argument:(String https://x)) (Call callee:(Name sh)))",
    );
}

#[test]
fn looking_ahead_from_every_place_is_bounded() {
    for text in ["<".repeat(100_000), "\0".repeat(100_000)] {
        assert!(!Program::parse(Language::Bash, text.as_str(), &Limits::default()).tree.is_empty());
    }
}
