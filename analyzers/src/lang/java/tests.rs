//! What lowering makes of Java.

use super::*;
use crate::lang::{Language, testing};

#[track_caller]
fn check(text: &str, expected: &str) {
    testing::check(Language::Java, text, expected);
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    assert_eq!(grammar().unknown(ROWS), Vec::<&str>::new());
}

#[test]
fn imports() {
    check(
        r"package a.b;
import java.util.Random;
import static java.lang.Math.max;
import java.sql.*;
",
        r"(Other) (Import (ImportItem Random = java.util.Random)) (Import (ImportItem max = java.lang.Math.max)) (Import (ImportItem * = java.sql))",
    );
}

#[test]
fn classes_and_members() {
    check(
        r#"@RestController
public class A extends B implements C, D {
  private static final String KEY = "k\n", OTHER = null;
  @Value("${x}") int n;
  public A(final int x, String... rest) { super(x); this.n = x; }
  @GetMapping(value = "/x", method = {"a", "b"}) <T> List<String> f(@RequestParam String q, int[] a) throws E { return g(q).h(1).i; }
  static { f(); }
  enum K { X, Y(1) }
}
"#,
        r#"(Class A decorator:(Decorator value:(Name RestController)) base:(Name B) base:(Name C) base:(Name D) body:(Block (Assign type:(Type (Name String)) target:(Name KEY) value:(String "k\n")) (Assign target:(Name OTHER) value:(Null)) (Assign decorator:(Decorator value:(Call callee:(Name Value) argument:(String "${x}"))) type:(Type (Name int)) target:(Name n)) (Function A parameter:(Parameter x type:(Type (Name int))) parameter:(Parameter rest type:(Type (Name String))) body:(Block (ExprStatement value:(Call callee:(Name super) argument:(Name x))) (Assign target:(Attribute n object:(Name this)) value:(Name x)))) (Function f decorator:(Decorator value:(Call callee:(Name GetMapping) argument:(Keyword value value:(String "/x")) argument:(Keyword method value:(List (String "a") (String "b"))))) type:(Type (Subscript object:(Name List) index:(Name String))) parameter:(Parameter q decorator:(Decorator value:(Name RequestParam)) type:(Type (Name String))) parameter:(Parameter a type:(Type (Other (Name int)))) body:(Block (Return value:(Attribute i object:(Call callee:(Attribute h object:(Call callee:(Name g) argument:(Name q))) argument:(Number 1)))))) (Block (ExprStatement value:(Call callee:(Name f)))) (Class K body:(Block (Other X) (Other Y argument:(Number 1))))))"#,
    );
}

#[test]
fn statements() {
    check(
        r#"if (a && b < 1) x = 1; else if (c) { y += 2; } else z();
for (int i = 0, j = 1; i < n; i++) continue;
for (String s : list) { break; }
while (true) { n--; }
do { f(); } while (x != y);
outer: for (;;) {}
synchronized (lock) { f(); }
throw new E("m", e);
assert x : "m";
"#,
        r#"(If test:(Boolean && left:(Name a) right:(Compare < left:(Name b) right:(Number 1))) body:(Assign target:(Name x) value:(Number 1)) else:(If test:(Name c) body:(Block (AugAssign += target:(Name y) value:(Number 2))) else:(ExprStatement value:(Call callee:(Name z))))) (For init:(Assign type:(Type (Name int)) target:(Name i) value:(Number 0)) init:(Assign target:(Name j) value:(Number 1)) test:(Compare < left:(Name i) right:(Name n)) update:(AugAssign ++ target:(Name i)) body:(Continue)) (For type:(Type (Name String)) target:(Name s) iter:(Name list) body:(Block (Break))) (While test:(Bool true) body:(Block (AugAssign -- target:(Name n)))) (While body:(Block (ExprStatement value:(Call callee:(Name f)))) test:(Compare != left:(Name x) right:(Name y))) (For body:(Block)) (With (Name lock) body:(Block (ExprStatement value:(Call callee:(Name f))))) (Raise value:(New callee:(Name E) argument:(String "m") argument:(Name e))) (Assert test:(Name x) value:(String "m"))"#,
    );
}

#[test]
fn try_statements() {
    check(
        r"try (Connection c = ds.getConnection(); r) { c.f(); } catch (A | B e) { throw e; } finally { d(); }
",
        r"(Try resource:(Assign type:(Type (Name Connection)) target:(Name c) value:(Call callee:(Attribute getConnection object:(Name ds)))) resource:(Name r) body:(Block (ExprStatement value:(Call callee:(Attribute f object:(Name c))))) handler:(Handler type:(Type (Name A) (Name B)) target:(Name e) body:(Block (Raise value:(Name e)))) finally:(Block (ExprStatement value:(Call callee:(Name d)))))",
    );
}

#[test]
fn switches() {
    check(
        r"switch (x) { case 1: f(); g(); break; case 2: default: h(); }
int y = switch (x) { case A, B -> 1; default -> { yield 2; } };
",
        r"(Switch test:(Name x) (Case test:(Number 1) body:(Block (ExprStatement value:(Call callee:(Name f))) (ExprStatement value:(Call callee:(Name g))) (Break))) (Case test:(Number 2)) (Case body:(Block (ExprStatement value:(Call callee:(Name h)))))) (Assign type:(Type (Name int)) target:(Name y) value:(Switch test:(Name x) (Case test:(Name A) test:(Name B) body:(ExprStatement value:(Number 1))) (Case body:(Block (ExprStatement value:(Number 2))))))",
    );
}

#[test]
fn expressions() {
    check(
        r#"Object o = (String) a.b.c[1];
String[] s = new String[]{"a", b}, t = {"c"};
int[] u = new int[3];
f = a ? b : c;
list.forEach(x -> g(x)); h((int a, String b) -> { return a; }); k(String::valueOf);
new Thread(new Runnable() { public void run() { f(); } }).start();
String q = "a" + 'b' + """
  text""";
boolean z = x instanceof String && !y;
java.util.Random r = new java.util.Random();
int n = 0x1F + 07 + 1_000L;
"#,
        r#"(Assign type:(Type (Name Object)) target:(Name o) value:(Cast type:(Type (Name String)) value:(Subscript object:(Attribute c object:(Attribute b object:(Name a))) index:(Number 1)))) (Assign type:(Type (Other (Name String))) target:(Name s) value:(List (String "a") (Name b))) (Assign target:(Name t) value:(List (String "c"))) (Assign type:(Type (Other (Name int))) target:(Name u) value:(List)) (Assign target:(Name f) value:(Conditional test:(Name a) body:(Name b) else:(Name c))) (ExprStatement value:(Call callee:(Attribute forEach object:(Name list)) argument:(Lambda parameter:(Parameter x) body:(Call callee:(Name g) argument:(Name x))))) (ExprStatement value:(Call callee:(Name h) argument:(Lambda parameter:(Parameter a type:(Type (Name int))) parameter:(Parameter b type:(Type (Name String))) body:(Block (Return value:(Name a)))))) (ExprStatement value:(Call callee:(Name k) argument:(Attribute valueOf object:(Name String)))) (ExprStatement value:(Call callee:(Attribute start object:(New callee:(Name Thread) argument:(New callee:(Name Runnable) body:(Block (Function run type:(Type (Name void)) body:(Block (ExprStatement value:(Call callee:(Name f))))))))))) (Assign type:(Type (Name String)) target:(Name q) value:(Binary + left:(Binary + left:(String "a") right:(String 'b')) right:(String """
  text"""))) (Assign type:(Type (Name boolean)) target:(Name z) value:(Boolean && left:(Compare instanceof left:(Name x) right:(Name String)) right:(Unary ! value:(Name y)))) (Assign type:(Type (Attribute Random object:(Attribute util object:(Name java)))) target:(Name r) value:(New callee:(Attribute Random object:(Attribute util object:(Name java))))) (Assign type:(Type (Name int)) target:(Name n) value:(Binary + left:(Binary + left:(Number 0x1F) right:(Number 07)) right:(Number 1_000L)))"#,
    );
}

#[test]
fn cut_code() {
    check(
        r#"public void f(String x) {
  Runtime.getRuntime().exec("ls " + x
"#,
        r#"(Function f type:(Type (Name void)) parameter:(Parameter x type:(Type (Name String))) body:(Block (ExprStatement value:(Call callee:(Attribute exec object:(Call callee:(Attribute getRuntime object:(Name Runtime)))) argument:(Binary + left:(String "ls ") right:(Name x))))))"#,
    );
}
