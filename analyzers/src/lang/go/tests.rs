//! What lowering makes of Go.

use super::*;
use crate::lang::{Language, testing};

#[track_caller]
fn check(text: &str, expected: &str) {
    testing::check(Language::Go, text, expected);
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    assert_eq!(grammar().unknown(ROWS), Vec::<&str>::new());
}

#[test]
fn fragments_without_a_package() {
    check(
        "x := f(a)\nif err != nil {\n\treturn err\n}\n",
        r"(Assign target:(Name x) value:(Call callee:(Name f) argument:(Name a))) (If test:(Compare != left:(Name err) right:(Null)) body:(Block (Return value:(Name err))))",
    );
}

#[test]
fn imports() {
    check(
        "package p\n\nimport (\n\t\"net/http\"\n\tj \"encoding/json\"\n\t_ \"github.com/lib/pq\"\n\t\"github.com/golang-jwt/jwt/v5\"\n\t\"gopkg.in/yaml.v3\"\n\t\"github.com/mattn/go-sqlite3\"\n)\n",
        r"(Other) (Import (ImportItem http = net/http) (ImportItem j = encoding/json) (ImportItem _ = github.com/lib/pq) (ImportItem jwt = github.com/golang-jwt/jwt) (ImportItem yaml = gopkg.in/yaml) (ImportItem sqlite3 = github.com/mattn/go-sqlite3))",
    );
}

#[test]
fn declarations() {
    check(
        "var a, b = 1, \"x\"\nconst (\n\tc = 2\n\td string = `r\\n`\n)\nx, err := f(a)\ny += 1\nz++\ntype T struct {\n\tn, m int\n\tdb *sql.DB\n}\n",
        r#"(Assign target:(Tuple (Name a) (Name b)) value:(Tuple (Number 1) (String "x"))) (Assign target:(Name c) value:(Number 2)) (Assign target:(Name d) type:(Type (Name string)) value:(String `r\n`)) (Assign target:(Tuple (Name x) (Name err)) value:(Call callee:(Name f) argument:(Name a))) (AugAssign += target:(Name y) value:(Number 1)) (AugAssign ++ target:(Name z)) (Class T body:(Block (Assign target:(Tuple (Name n) (Name m)) type:(Type (Name int))) (Assign target:(Name db) type:(Type (Attribute DB object:(Name sql))))))"#,
    );
}

#[test]
fn functions() {
    check(
        "func (s *T) get(a, b string, rest ...int) (int, error) {\n\treturn 1, nil\n}\nfunc g[K any](k K) { go func() { h(k) }(); defer k.Close() }\n",
        r"(Function get parameter:(Parameter s type:(Type (Name T))) parameter:(Parameter a type:(Type (Name string))) parameter:(Parameter b type:(Type (Name string))) parameter:(Parameter rest type:(Type (Name int))) type:(Type (Name int)) type:(Type (Name error)) body:(Block (Return value:(Tuple (Number 1) (Null))))) (Function g parameter:(Parameter k type:(Type (Name K))) body:(Block (ExprStatement value:(Call callee:(Lambda body:(Block (ExprStatement value:(Call callee:(Name h) argument:(Name k))))))) (ExprStatement value:(Call callee:(Attribute Close object:(Name k))))))",
    );
}

#[test]
fn branches() {
    check(
        "if v, ok := m[k]; ok {\n\tf(v)\n} else if x > 1 {\n\tg()\n}\nswitch x := y.(type) {\ncase int, *T:\n\tf(x)\ndefault:\n}\nswitch {\ncase a > 1:\n\tf()\n\tfallthrough\ncase b:\n}\n",
        r"(Block (Assign target:(Tuple (Name v) (Name ok)) value:(Subscript object:(Name m) index:(Name k))) (If test:(Name ok) body:(Block (ExprStatement value:(Call callee:(Name f) argument:(Name v)))) else:(If test:(Compare > left:(Name x) right:(Number 1)) body:(Block (ExprStatement value:(Call callee:(Name g))))))) (Block (Assign target:(Name x) value:(Name y)) (Switch test:(Name y) (Case test:(Name int) test:(Name T) body:(Block (ExprStatement value:(Call callee:(Name f) argument:(Name x))))) (Case))) (Switch (Case test:(Compare > left:(Name a) right:(Number 1)) body:(Block (ExprStatement value:(Call callee:(Name f))) (Pass))) (Case test:(Name b)))",
    );
}

#[test]
fn loops() {
    check(
        "for i := 0; i < 3; i++ {\n}\nfor k, v := range m {\n\tf(k, v)\n}\nfor range ch {\n}\nfor x {\n\tbreak\n}\nouter:\nfor {\n\tcontinue outer\n}\nselect {\ncase v := <-ch:\n\tf(v)\ncase out <- 1:\n}\n",
        r"(For init:(Assign target:(Name i) value:(Number 0)) test:(Compare < left:(Name i) right:(Number 3)) update:(AugAssign ++ target:(Name i)) body:(Block)) (For target:(Tuple (Name k) (Name v)) iter:(Name m) body:(Block (ExprStatement value:(Call callee:(Name f) argument:(Name k) argument:(Name v))))) (For iter:(Name ch) body:(Block)) (While test:(Name x) body:(Block (Break))) (While body:(Block (Continue))) (Switch (Case body:(Block (Assign target:(Name v) value:(Unary <- value:(Name ch))) (ExprStatement value:(Call callee:(Name f) argument:(Name v))))) (Case body:(Block (AugAssign <- target:(Name out) value:(Number 1)))))",
    );
}

#[test]
fn expressions() {
    check(
        "f(&T{Name: \"a\", 1}, []int{1, 2}, map[string]int{\"a\": 1}, [2]T{{Name: \"b\"}}, x[1:n], s.a[0], y.(string), []byte(z), int64(n), !b, <-ch, 'c', args...)\n",
        r#"(ExprStatement value:(Call callee:(Name f) argument:(Unary & value:(New callee:(Name T) argument:(Keyword Name value:(String "a")) argument:(Number 1))) argument:(List (Number 1) (Number 2)) argument:(Dict (Pair key:(String "a") value:(Number 1))) argument:(List (New argument:(Keyword Name value:(String "b")))) argument:(Subscript object:(Name x) index:(Slice (Number 1) (Name n))) argument:(Subscript object:(Attribute a object:(Name s)) index:(Number 0)) argument:(Cast value:(Name y) type:(Type (Name string))) argument:(Cast type:(Type (Other (Name byte))) value:(Name z)) argument:(Cast type:(Type (Name int64)) value:(Name n)) argument:(Unary ! value:(Name b)) argument:(Unary <- value:(Name ch)) argument:(String 'c') argument:(Spread ... value:(Name args))))"#,
    );
}
