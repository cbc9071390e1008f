//! What lowering makes of C#.

use super::*;
use crate::lang::{Language, testing};

#[track_caller]
fn check(text: &str, expected: &str) {
    testing::check(Language::CSharp, text, expected);
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    assert_eq!(grammar().unknown(ROWS), Vec::<&str>::new());
}

#[test]
fn members_and_creations() {
    check(
        r#"using IO = System.IO;
class A : B { const string K = "k"; public int P { get; set; } = 1;
 [HttpGet("x")] public string F([FromQuery] string q, int n = 3) {
  var c = new Cmd("a" + q) { Text = $"b {q:X}" };
  if (c?.Run(out var z) is string s) return (string)o; else foreach (var x in xs) { throw new E(); }
 } }
"#,
        r#"(Import (ImportItem IO = System.IO)) (Class A base:(Name B) body:(Block (Assign type:(Type (Name string)) target:(Name K) value:(String "k")) (Assign type:(Type (Name int)) target:(Name P) value:(Number 1)) (Block (Function get) (Function set)) (Function F decorator:(Decorator value:(Call callee:(Name HttpGet) argument:(String "x"))) type:(Type (Name string)) parameter:(Parameter q decorator:(Decorator value:(Call callee:(Name FromQuery))) type:(Type (Name string))) parameter:(Parameter n type:(Type (Name int)) default:(Number 3)) body:(Block (Assign target:(Name c) value:(New callee:(Name Cmd) argument:(Binary + left:(String "a") right:(Name q)) argument:(Keyword Text value:(Template (Text b ) (Interpolation value:(Name q)))))) (If test:(Compare is left:(Call callee:(Attribute Run object:(Name c)) argument:(Name z)) right:(Other (Name string) (Name s))) body:(Return value:(Cast type:(Type (Name string)) value:(Name o))) else:(For target:(Name x) iter:(Name xs) body:(Block (Raise value:(New callee:(Name E))))))))))"#,
    );
}

#[test]
fn statements_at_the_top() {
    check(
        r#"using var d = new X();
try { await d.Go(y: 1); } catch (IOException e) when (e.Ok) { } finally { d[0] = @"c:\x"; }
var t = a switch { 1 => "x", _ => "y" };
"#,
        r#"(Assign target:(Name d) value:(New callee:(Name X))) (Try body:(Block (ExprStatement value:(Await value:(Call callee:(Attribute Go object:(Name d)) argument:(Keyword y value:(Number 1)))))) handler:(Handler type:(Type (Name IOException)) target:(Name e) (Attribute Ok object:(Name e)) body:(Block)) finally:(Block (Assign target:(Subscript object:(Name d) index:(Number 0)) value:(String @"c:\x")))) (Assign target:(Name t) value:(Switch test:(Name a) (Case test:(Number 1) body:(String "x")) (Case test:(Name _) body:(String "y"))))"#,
    );
}

#[test]
fn generic_methods() {
    check(
        "var x = c.Query<User>(q); var y = Get<int>(z);\n",
        r"(Assign target:(Name x) value:(Call callee:(Attribute Query object:(Name c)) argument:(Name q))) (Assign target:(Name y) value:(Call callee:(Name Get) argument:(Name z)))",
    );
}
