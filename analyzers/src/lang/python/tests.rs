//! What lowering makes of Python.

use super::*;
use crate::lang::{Language, testing};

#[track_caller]
fn check(text: &str, expected: &str) {
    testing::check(Language::Python, text, expected);
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    assert_eq!(grammar().unknown(ROWS), Vec::<&str>::new());
}

#[test]
fn imports() {
    check(
        r"import os.path, sys as s
from .m import x as y, z
from . import q
from a.b import *
from __future__ import annotations",
        r"(Import (ImportItem os = os.path) (ImportItem s = sys)) (Import (ImportItem y = .m.x) (ImportItem z = .m.z)) (Import (ImportItem q = .q)) (Import (ImportItem * = a.b)) (Import (ImportItem annotations = __future__.annotations))",
    );
}

#[test]
fn functions_and_decorators() {
    check(
        r#"@app.route("/x", methods=["GET"])
async def f(a, b: int, c=1, d: str = "k", *args, e, **kw) -> None:
    return a, b"#,
        r#"(Function f decorator:(Decorator value:(Call callee:(Attribute route object:(Name app)) argument:(String "/x") argument:(Keyword methods value:(List (String "GET"))))) parameter:(Parameter a) parameter:(Parameter b type:(Type (Name int))) parameter:(Parameter c default:(Number 1)) parameter:(Parameter d type:(Type (Name str)) default:(String "k")) parameter:(Parameter args) parameter:(Parameter e) parameter:(Parameter kw) type:(Type (Null)) body:(Block (Return value:(Tuple (Name a) (Name b)))))"#,
    );
}

#[test]
fn classes() {
    check(
        r"class A(B, metaclass=M):
    x: int = 3
    y: str
    def m(self): pass",
        r"(Class A base:(Name B) base:(Keyword metaclass value:(Name M)) body:(Block (Assign target:(Name x) type:(Type (Name int)) value:(Number 3)) (Assign target:(Name y) type:(Type (Name str))) (Function m parameter:(Parameter self) body:(Block (Pass)))))",
    );
}

#[test]
fn assignments() {
    check(
        r"a = b = c[1:2], *d
x += 1
a.b.c = not -x ** 2",
        r"(Assign target:(Name a) target:(Name b) value:(Tuple (Subscript object:(Name c) index:(Slice (Number 1) (Number 2))) (Spread * value:(Name d)))) (AugAssign += target:(Name x) value:(Number 1)) (Assign target:(Attribute c object:(Attribute b object:(Name a))) value:(Unary not value:(Unary - value:(Binary ** left:(Name x) right:(Number 2)))))",
    );
}

#[test]
fn elif_chains() {
    check(
        r"if a:
    b
elif c:
    d
else:
    e",
        r"(If test:(Name a) body:(Block (ExprStatement value:(Name b))) else:(If test:(Name c) body:(Block (ExprStatement value:(Name d))) else:(Block (ExprStatement value:(Name e)))))",
    );
}

#[test]
fn try_statements() {
    check(
        r"try:
    a()
except (E, F) as e:
    raise X(e) from e
except:
    pass
else:
    b
finally:
    c",
        r"(Try body:(Block (ExprStatement value:(Call callee:(Name a)))) handler:(Handler type:(Tuple (Name E) (Name F)) target:(Name e) body:(Block (Raise value:(Call callee:(Name X) argument:(Name e)) (Name e)))) handler:(Handler body:(Block (Pass))) else:(Block (ExprStatement value:(Name b))) finally:(Block (ExprStatement value:(Name c))))",
    );
}

#[test]
fn with_statements() {
    check(
        r#"with open(p, "w") as f, lock:
    f.write(x)
with (open(a) as f, open(b) as g):
    pass"#,
        r#"(With (WithItem value:(Call callee:(Name open) argument:(Name p) argument:(String "w")) target:(Name f)) (WithItem value:(Name lock)) body:(Block (ExprStatement value:(Call callee:(Attribute write object:(Name f)) argument:(Name x))))) (With (WithItem value:(Call callee:(Name open) argument:(Name a)) target:(Name f)) (WithItem value:(Call callee:(Name open) argument:(Name b)) target:(Name g)) body:(Block (Pass)))"#,
    );
}

#[test]
fn strings() {
    check(
        r#"s = f"select {a!r:>{w}} {{x}} {b.c}" "tail" r'\d'
t = "a" 'b'
u = f"abc""#,
        r#"(Assign target:(Name s) value:(Template (Template (Text select ) (Interpolation !r:>{w} value:(Name a) (Interpolation value:(Name w))) (Text  {{x}} ) (Interpolation value:(Attribute c object:(Name b)))) (String "tail") (String r'\d'))) (Assign target:(Name t) value:(Template (String "a") (String 'b'))) (Assign target:(Name u) value:(String f"abc"))"#,
    );
}

#[test]
fn python_2_statements() {
    check(
        r#"print "x", y
exec code in ns"#,
        r#"(ExprStatement value:(Call callee:(Name print) argument:(String "x") argument:(Name y))) (ExprStatement value:(Call callee:(Name exec) argument:(Name code) argument:(Name ns)))"#,
    );
}

#[test]
fn comprehensions() {
    check(
        r"l = [f(x) for x in y if x > 1 for z in x]
d = {k: v for k, v in z}
g = sum(x for x in y)",
        r"(Assign target:(Name l) value:(Comprehension value:(Call callee:(Name f) argument:(Name x)) (For target:(Name x) iter:(Name y)) (If test:(Compare > left:(Name x) right:(Number 1))) (For target:(Name z) iter:(Name x)))) (Assign target:(Name d) value:(Comprehension value:(Pair key:(Name k) value:(Name v)) (For target:(Tuple (Name k) (Name v)) iter:(Name z)))) (Assign target:(Name g) value:(Call callee:(Name sum) argument:(Comprehension value:(Name x) (For target:(Name x) iter:(Name y)))))",
    );
}

#[test]
fn walrus_and_comparisons() {
    check(
        r"if (n := len(a)) > 3 and a < b <= c or d is not None:
    pass",
        r"(If test:(Boolean or left:(Boolean and left:(Compare > left:(Assign target:(Name n) value:(Call callee:(Name len) argument:(Name a))) right:(Number 3)) right:(Compare < left:(Name a) right:(Name b) right:(Name c))) right:(Compare is not left:(Name d) right:(Null))) body:(Block (Pass)))",
    );
}

#[test]
fn match_statements() {
    check(
        r#"match x:
    case {"a": 1}:
        pass
    case Point(x=0) | [a, *b] if z:
        y
    case a.b as c: pass"#,
        r#"(Switch test:(Name x) (Case test:(Other (String "a") (Number 1)) body:(Block (Pass))) (Case test:(Other (Other (Name Point) (Other (Name x) (Number 0))) (List (Name a) (Other (Name b)))) test:(Name z) body:(Block (ExprStatement value:(Name y)))) (Case test:(Other value:(Attribute b object:(Name a)) value:(Name c)) body:(Block (Pass))))"#,
    );
}

#[test]
fn other_forms() {
    check(
        r#"f = lambda x, *a, y=1: x + y
del a, b[1]
assert x, "m"
global q, r
for i, j in e: continue
while True: break
x = a if b else c
await f(*a, **k)
yield x
r = yield from g"#,
        r#"(Assign target:(Name f) value:(Lambda parameter:(Parameter x) parameter:(Parameter a) parameter:(Parameter y default:(Number 1)) body:(Binary + left:(Name x) right:(Name y)))) (Delete target:(Name a) target:(Subscript object:(Name b) index:(Number 1))) (Assert test:(Name x) value:(String "m")) (Global (Name q) (Name r)) (For target:(Tuple (Name i) (Name j)) iter:(Name e) body:(Block (Continue))) (While test:(Bool True) body:(Block (Break))) (Assign target:(Name x) value:(Conditional body:(Name a) test:(Name b) else:(Name c))) (ExprStatement value:(Await value:(Call callee:(Name f) argument:(Spread * value:(Name a)) argument:(Spread ** value:(Name k))))) (ExprStatement value:(Yield value:(Name x))) (Assign target:(Name r) value:(Yield value:(Name g)))"#,
    );
}

#[test]
fn indented_fragments() {
    check(
        r"    x = 1
    os.system(cmd)
  y = 2",
        r"(Assign target:(Name x) value:(Number 1)) (ExprStatement value:(Call callee:(Attribute system object:(Name os)) argument:(Name cmd))) (Assign target:(Name y) value:(Number 2))",
    );
}

#[test]
fn calls_cut_at_the_end() {
    check(
        r#"def f(x):
    os.system("ls " + x"#,
        r#"(Function f parameter:(Parameter x) (Error (Call callee:(Attribute system object:(Name os)) argument:(Binary + left:(String "ls ") right:(Name x)))) body:(Block))"#,
    );
}

#[test]
fn fragments_cut_at_the_start() {
    check(
        r" + x)
    return subprocess.run(cmd, shell=True)

def g():
    try:
        y = eval(z)",
        r"(Error (Unary + value:(Name x)) (Return value:(Call callee:(Attribute run object:(Name subprocess)) argument:(Name cmd) argument:(Keyword shell value:(Bool True))))) (Function g body:(Block (Try body:(Block (Assign target:(Name y) value:(Call callee:(Name eval) argument:(Name z)))))))",
    );
}

#[test]
fn interpreter_sessions() {
    check(
        r#">>> import os
>>> def f(x):
...     return os.popen(x)
...
>>> f("a")
<output é>"#,
        r#"(Import (ImportItem os = os)) (Function f parameter:(Parameter x) body:(Block (Return value:(Call callee:(Attribute popen object:(Name os)) argument:(Name x))))) (ExprStatement value:(Call callee:(Name f) argument:(String "a")))"#,
    );
}

#[test]
fn python_2_handlers() {
    check(
        r"except Exception, e:
    pass",
        r"(Error (Tuple (Name Exception) (Name e))) (Pass)",
    );
}

#[test]
fn literals_and_types() {
    check(
        r#"x = {**a, "b": [1, 2.0, None, True], 'c': {1}}
assert(isinstance(x, int))
raise E, "m"
type X = int
def f[T](x: List[T], y: a.b) -> Dict[str, int]: ...
a: List[int] = []"#,
        r#"(Assign target:(Name x) value:(Dict (Spread ** value:(Name a)) (Pair key:(String "b") value:(List (Number 1) (Number 2.0) (Null) (Bool True))) (Pair key:(String 'c') value:(Set (Number 1))))) (Assert test:(Call callee:(Name isinstance) argument:(Name x) argument:(Name int))) (Raise value:(Tuple (Name E) (String "m"))) (Other (Type (Name X)) (Type (Name int))) (Function f parameter:(Parameter x type:(Type (Subscript object:(Name List) index:(Type (Name T))))) parameter:(Parameter y type:(Type (Attribute b object:(Name a)))) type:(Type (Subscript object:(Name Dict) index:(Type (Name str)) index:(Type (Name int)))) body:(Block (ExprStatement value:(Other)))) (Assign target:(Name a) type:(Type (Subscript object:(Name List) index:(Type (Name int)))) value:(List))"#,
    );
}

#[test]
fn long_texts_are_blank_where_errors_are_counted() {
    let check = |text: &str, expected: &str| assert_eq!(super::without_long_texts(text), expected);
    check("x = 1\n", "x = 1\n");
    check("'''a\nb'''\nx = 'c'\n", "'''  \n  '''\nx = 'c'\n".replace("'''  \n  '''", "''' \n '''").as_str());
    check("# '''\nx = 1\n'''a'''\n", "# '''\nx = 1\n''' '''\n");
    check("x = '\"\"\"'\ny = \"\"\"a\"\"\"\n", "x = '\"\"\"'\ny = \"\"\" \"\"\"\n");
    check("x = '''a\n", "x = '''a\n");
}

#[test]
fn long_texts_of_long_files_are_no_code() {
    let prose =
        "        It is said of them that they do what they say, and nothing else:\n\n            x = eval(text)\n\n";
    let code = format!("def f():\n    \"\"\"Do.\n\n{}    \"\"\"\n    return 1\n", prose.repeat(400));
    let program =
        crate::program::Program::parse(crate::lang::Language::Python, code, &crate::program::Limits::default());
    let calls = program.tree.ids().filter(|&node| program.tree.kind(node) == crate::syntax::Kind::Call);
    assert_eq!(calls.count(), 0);
}
