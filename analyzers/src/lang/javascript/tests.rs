//! What lowering makes of JavaScript.

use super::*;
use crate::lang::{Language, testing};

#[track_caller]
fn check(text: &str, expected: &str) {
    testing::check(Language::JavaScript, text, expected);
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    assert_eq!(grammar().unknown(ROWS), Vec::<&str>::new());
}

#[test]
fn imports() {
    check(
        r#"import cp, { exec as e, default as d } from "node:child_process";
import * as fs from 'fs';
import "side";
export default app;
export const a = 1;
export function f() {}
export { x };
"#,
        r"(Import (ImportItem cp = child_process) (ImportItem e = child_process.exec) (ImportItem d = child_process)) (Import (ImportItem fs = fs)) (Import) (ExprStatement value:(Name app)) (Assign target:(Name a) value:(Number 1)) (Function f body:(Block))",
    );
}

#[test]
fn declarations_and_patterns() {
    check(
        r#"const { exec, spawn: s, x = 1, ...others } = require('child_process'), [a, , b] = list;
let u;
function f(a, { b, c: d }, e = 1, [g], ...rest) { return a; }
const h = async (x) => { await g(x); }, k = y => ({ y, [z]: 1, "w": 2, m() {} });
({ a, b } = c);
"#,
        r#"(Assign target:(Dict (Name exec) (Pair key:(String spawn) value:(Name s)) (Pair value:(Name x) default:(Number 1)) (Spread ... value:(Name others))) value:(Call callee:(Name require) argument:(String 'child_process'))) (Assign target:(List (Name a) (Name b)) value:(Name list)) (Assign target:(Name u)) (Function f parameter:(Parameter a) parameter:(Parameter target:(Dict (Name b) (Pair key:(String c) value:(Name d)))) parameter:(Parameter e default:(Number 1)) parameter:(Parameter target:(List (Name g))) parameter:(Parameter rest) body:(Block (Return value:(Name a)))) (Assign target:(Name h) value:(Lambda parameter:(Parameter x) body:(Block (ExprStatement value:(Await value:(Call callee:(Name g) argument:(Name x))))))) (Assign target:(Name k) value:(Lambda parameter:(Parameter y) body:(Dict (Pair key:(String y) value:(Name y)) (Pair key:(Name z) value:(Number 1)) (Pair key:(String "w") value:(Number 2)) (Function m body:(Block))))) (ExprStatement value:(Assign target:(Dict (Name a) (Name b)) value:(Name c)))"#,
    );
}

#[test]
fn classes() {
    check(
        r"@dec
class A extends B { static x = 1; #p = 2; constructor(y) { super(y); this.z = y; } async *m() { yield 1; } static { f(); } }
",
        r"(Class A decorator:(Decorator value:(Name dec)) base:(Name B) body:(Block (Assign target:(Name x) value:(Number 1)) (Assign target:(Name #p) value:(Number 2)) (Function constructor parameter:(Parameter y) body:(Block (ExprStatement value:(Call callee:(Name super) argument:(Name y))) (Assign target:(Attribute z object:(Name this)) value:(Name y)))) (Function m body:(Block (ExprStatement value:(Yield value:(Number 1))))) (Block (ExprStatement value:(Call callee:(Name f))))))",
    );
}

#[test]
fn statements() {
    check(
        r"if (a && b === 1) x = 1; else if (c) { y += 2 } else z();
for (let i = 0; i < n; i++) continue;
for (;;) { break; }
for (const [k, v] of list) f(k);
for (x in o) {}
while (a ?? b) n--;
do { f() } while (x !== y)
switch (x) { case 1: f(); break; default: g(); }
try { a() } catch ({ message }) { throw new E(message) } finally { b() }
try { a() } catch { }
outer: while (1) { continue outer; }
;
",
        r"(If test:(Boolean && left:(Name a) right:(Compare === left:(Name b) right:(Number 1))) body:(Assign target:(Name x) value:(Number 1)) else:(If test:(Name c) body:(Block (AugAssign += target:(Name y) value:(Number 2))) else:(ExprStatement value:(Call callee:(Name z))))) (For init:(Assign target:(Name i) value:(Number 0)) test:(Compare < left:(Name i) right:(Name n)) update:(AugAssign ++ target:(Name i)) body:(Continue)) (For body:(Block (Break))) (For target:(List (Name k) (Name v)) iter:(Name list) body:(ExprStatement value:(Call callee:(Name f) argument:(Name k)))) (For target:(Name x) iter:(Name o) body:(Block)) (While test:(Boolean ?? left:(Name a) right:(Name b)) body:(AugAssign -- target:(Name n))) (While body:(Block (ExprStatement value:(Call callee:(Name f)))) test:(Compare !== left:(Name x) right:(Name y))) (Switch test:(Name x) (Case test:(Number 1) body:(Block (ExprStatement value:(Call callee:(Name f))) (Break))) (Case body:(Block (ExprStatement value:(Call callee:(Name g)))))) (Try body:(Block (ExprStatement value:(Call callee:(Name a)))) handler:(Handler target:(Dict (Name message)) body:(Block (Raise value:(New callee:(Name E) argument:(Name message))))) finally:(Block (ExprStatement value:(Call callee:(Name b))))) (Try body:(Block (ExprStatement value:(Call callee:(Name a)))) handler:(Handler body:(Block))) (While test:(Number 1) body:(Block (Continue))) (Pass)",
    );
}

#[test]
fn expressions() {
    check(
        r#"a?.b?.[c]?.(d, ...e);
x = y = typeof z, delete o.p;
const t = `a${b.c}\n${d}` + `plain` + 'q' + /r/g;
tag`x${y}`;
(0, cp.exec)(x);
const o = a ? undefined : null;
(function named(p) { return p })();
new (f())(1);
import("x").then(m => m.f);
if ((m = re.exec(s)) !== null) {}
"#,
        r#"(ExprStatement value:(Call callee:(Subscript object:(Attribute b object:(Name a)) index:(Name c)) argument:(Name d) argument:(Spread ... value:(Name e)))) (Assign target:(Name x) value:(Assign target:(Name y) value:(Unary typeof value:(Name z)))) (ExprStatement value:(Unary delete value:(Attribute p object:(Name o)))) (Assign target:(Name t) value:(Binary + left:(Binary + left:(Binary + left:(Template (Text a) (Interpolation value:(Attribute c object:(Name b))) (Text \n) (Interpolation value:(Name d))) right:(String `plain`)) right:(String 'q')) right:(Regex))) (ExprStatement value:(Call callee:(Name tag) argument:(Template (Text x) (Interpolation value:(Name y))))) (ExprStatement value:(Call callee:(Tuple (Number 0) (Attribute exec object:(Name cp))) argument:(Name x))) (Assign target:(Name o) value:(Conditional test:(Name a) body:(Null) else:(Null))) (ExprStatement value:(Call callee:(Lambda named parameter:(Parameter p) body:(Block (Return value:(Name p)))))) (ExprStatement value:(New callee:(Call callee:(Name f)) argument:(Number 1))) (ExprStatement value:(Call callee:(Attribute then object:(Call callee:(Name import) argument:(String "x"))) argument:(Lambda parameter:(Parameter m) body:(Attribute f object:(Name m))))) (If test:(Compare !== left:(Assign target:(Name m) value:(Call callee:(Attribute exec object:(Name re)) argument:(Name s))) right:(Null)) body:(Block))"#,
    );
}

#[test]
fn jsx() {
    check(
        r#"const v = <div className="a" dangerouslySetInnerHTML={{ __html: x }}>{y}<b/></div>;
"#,
        r#"(Assign target:(Name v) value:(Other (Other div (Keyword className value:(String "a")) (Keyword dangerouslySetInnerHTML value:(Dict (Pair key:(String __html) value:(Name x))))) (Name y) (Other b)))"#,
    );
}

#[test]
fn cut_code() {
    check(
        r"app.get('/x', (req, res) => {
  exec(`ls ${req.query.d}`, (e
",
        r"(Error (Call callee:(Attribute get object:(Name app)) argument:(String '/x') argument:(Name req) argument:(Name res) argument:(Call callee:(Name exec) argument:(Template (Text ls ) (Interpolation value:(Attribute d object:(Attribute query object:(Name req))))) argument:(Name e))))",
    );
}
