//! What lowering makes of Rust.

use super::*;
use crate::lang::{Language, testing};

#[track_caller]
fn check(text: &str, expected: &str) {
    testing::check(Language::Rust, text, expected);
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    assert_eq!(grammar().unknown(ROWS), Vec::<&str>::new());
}

#[test]
fn items_and_expressions() {
    check(
        r#"use std::process::{Command, Stdio as S};
const K: &str = "k";
#[get("/x")]
async fn f(id: String, q: web::Query<I>) -> R { let mut out = Command::new("sh").arg(format!("ls {id}", 1)).output()?; unsafe { *p = 1; } if let Some(v) = o { return v; } out.x += 1; }
"#,
        r#"(Import (ImportItem Command = std.process.Command) (ImportItem S = std.process.Stdio)) (Assign target:(Name K) type:(Type (Name str)) value:(String "k")) (Function f parameter:(Parameter id type:(Type (Name String))) parameter:(Parameter q type:(Type (Name Query))) type:(Type (Name R)) body:(Block (Assign target:(Name out) value:(Call callee:(Attribute output object:(Call callee:(Attribute arg object:(Call callee:(Attribute new object:(Name Command)) argument:(String "sh"))) argument:(Call callee:(Name format) argument:(Template (Text ls {) (Interpolation value:(Name id)) (Text })) argument:(Number 1)))))) (With (Name unsafe) body:(Block (Assign target:(Unary * value:(Name p)) value:(Number 1)))) (If test:(Assign target:(Tuple type:(Name Some) (Name v)) value:(Name o)) body:(Block (Return value:(Name v)))) (AugAssign += target:(Attribute x object:(Name out)) value:(Number 1))))"#,
    );
}

#[test]
fn methods_and_matches() {
    check(
        r##"impl A for B { fn m(&self) { match r { Ok(v) => v[0], _ => S { a: 1 } }; let c = |a| a as u8; for i in 0..2 { g::<T>(b"x", r#"y"#); } } }
"##,
        r##"(Class B base:(Name A) body:(Block (Function m parameter:(Parameter self) body:(Block (Switch test:(Name r) (Case test:(Tuple type:(Name Ok) (Name v)) body:(Subscript object:(Name v) index:(Number 0))) (Case body:(New callee:(Name S) argument:(Keyword a value:(Number 1))))) (Pass) (Assign target:(Name c) value:(Lambda parameter:(Parameter a) body:(Cast value:(Name a) type:(Type (Name u8))))) (For target:(Name i) iter:(Other (Number 0) (Number 2)) body:(Block (ExprStatement value:(Call callee:(Name g) argument:(String b"x") argument:(String r#"y"#)))))))))"##,
    );
}

#[test]
fn arguments_of_macros() {
    check(
        "x = format!(\"a {} {}\", q.name, get(&p[1], \"b\"));\n",
        r#"(Assign target:(Name x) value:(Call callee:(Name format) argument:(String "a {} {}") argument:(Attribute name object:(Name q)) argument:(Call callee:(Name get) argument:(Subscript object:(Name p) index:(Number 1)) argument:(String "b"))))"#,
    );
    check(
        "println!(\"{x}\", x = a => b, c);\n",
        r"(ExprStatement value:(Call callee:(Name println) argument:(Template (Text {) (Interpolation value:(Name x)) (Text })) argument:(Name x) argument:(Name a) argument:(Name b) argument:(Name c)))",
    );
}
