use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::syntax::NodeId;

#[track_caller]
fn check(code: &str, expected: &str) {
    let program = Program::parse(Language::C, code, &Limits::default());
    assert_eq!(program.tree.outline(NodeId::ROOT, &program.text), expected, "{code}");
}

#[test]
fn every_row_names_a_node_of_the_grammar() {
    assert_eq!(super::grammar().unknown(super::ROWS), Vec::<&str>::new());
}

#[test]
fn several_declarators() {
    check(
        "char a[10] = \"x\", *p = NULL, b[2][3];",
        "(Module (Assign type:(Type (Name char)) target:(Name a) index:(Number 10) value:(String \"x\")) (Assign target:(Name p) value:(Null)) (Assign target:(Name b) index:(Number 2) index:(Number 3)))",
    );
}

#[test]
fn pointers_to_structures() {
    check(
        "static const struct foo *x = &y;",
        "(Module (Assign type:(Type (Name foo)) target:(Name x) value:(Unary & value:(Name y))))",
    );
}

#[test]
fn structures() {
    check(
        "struct p { int x; char name[8]; } q;",
        "(Module (Assign type:(Type (Class p body:(Block (Assign type:(Type (Name int)) target:(Name x)) (Assign type:(Type (Name char)) target:(Name name) index:(Number 8))))) target:(Name q)))",
    );
}

#[test]
fn type_names() {
    check(
        "typedef struct { int len; } item_t; typedef unsigned char byte; typedef char line[80];",
        "(Module (Class item_t body:(Block (Assign type:(Type (Name int)) target:(Name len)))) (Assign value:(Name unsigned char) target:(Name byte)) (Assign value:(Name char) target:(Name line) index:(Number 80)))",
    );
}

#[test]
fn enumerations() {
    check("enum { A = 3, B };", "(Module (Other (Assign target:(Name A) value:(Number 3)) (Assign target:(Name B))))");
}

#[test]
fn pointers_to_functions() {
    check(
        "int (*f)(const char *) = system;",
        "(Module (Assign type:(Type (Name int)) target:(Name f) value:(Name system)))",
    );
}

#[test]
fn prototypes() {
    check("int printf(const char *, ...);", "(Module (Other))");
}

#[test]
fn functions() {
    check(
        "static char *name(char *s, const int n, char buf[10], ...) { return s; }",
        "(Module (Function name type:(Type (Name char)) parameter:(Parameter s type:(Type (Name char))) parameter:(Parameter n type:(Type (Name int))) parameter:(Parameter buf type:(Type (Name char))) body:(Block (Return value:(Name s)))))",
    );
}

#[test]
fn directives() {
    check(
        "#include <stdio.h>\n#define SIZE (4 * 10)\n#define RUN(x, y) strcpy(x, y)\n#define TWO(x) do { f(x); g(); } while (0)\n#define NAME \"a\" \"b\"\n#define F system\n",
        "(Module (Import (ImportItem stdio.h = stdio.h)) (Assign target:(Name SIZE) value:(Binary * left:(Number 4) right:(Number 10))) (Function RUN parameter:(Parameter x) parameter:(Parameter y) body:(Block (Return value:(Call callee:(Name strcpy) argument:(Name x) argument:(Name y))))) (Function TWO parameter:(Parameter x) body:(Block (While body:(Block (ExprStatement value:(Call callee:(Name f) argument:(Name x))) (ExprStatement value:(Call callee:(Name g)))) test:(Number 0)))) (Assign target:(Name NAME) value:(Template (String \"a\") (String \"b\"))) (Assign target:(Name F) value:(Name system)))",
    );
}

#[test]
fn conditional_code() {
    check(
        "#ifdef X\nint a;\n#elif defined(Y)\nint b;\n#else\nint c;\n#endif\nvoid f(void) {\n#if 0\n g();\n#endif\n}",
        "(Module (If test:(Other) body:(Block (Assign type:(Type (Name int)) target:(Name a))) else:(If test:(Other) body:(Block (Assign type:(Type (Name int)) target:(Name b))) else:(Block (Assign type:(Type (Name int)) target:(Name c))))) (Function f type:(Type (Name void)) parameter:(Parameter type:(Type (Name void))) body:(Block (If test:(Number 0) body:(Block (ExprStatement value:(Call callee:(Name g))))))))",
    );
}

#[test]
fn statements() {
    check(
        "void f() { again: x = *p++; y->z[2].w = sizeof(int) + sizeof x; if (a) goto again; else return; for (i = 0, j = 1; i < n; i++) ; switch (c) { case 'a': f(); break; default: g(); } }",
        "(Module (Function f type:(Type (Name void)) body:(Block (Block again (Assign target:(Name x) value:(Unary * value:(AugAssign ++ target:(Name p))))) (Assign target:(Attribute w object:(Subscript object:(Attribute z object:(Name y)) index:(Number 2))) value:(Binary + left:(Unary sizeof type:(Type (Name int))) right:(Unary sizeof value:(Name x)))) (If test:(Name a) body:(Break again) else:(Return)) (For init:(Assign target:(Name i) value:(Number 0)) init:(Assign target:(Name j) value:(Number 1)) test:(Compare < left:(Name i) right:(Name n)) update:(AugAssign ++ target:(Name i)) body:(Pass)) (Switch test:(Name c) body:(Block (Case test:(String 'a') body:(Block (ExprStatement value:(Call callee:(Name f))) (Break))) (Case body:(Block (ExprStatement value:(Call callee:(Name g))))))))))",
    );
}

#[test]
fn expressions() {
    check(
        "void f() { s = (struct t){ .a = 1, [2] = 3 }; a = b ? c : (char)d; x = (1, 2); ; do x--; while (x); }",
        "(Module (Function f type:(Type (Name void)) body:(Block (Assign target:(Name s) value:(Cast type:(Type (Name t)) value:(List (Pair key:(Name a) value:(Number 1)) (Pair key:(Number 2) value:(Number 3))))) (Assign target:(Name a) value:(Conditional test:(Name b) body:(Name c) else:(Cast type:(Type (Name char)) value:(Name d)))) (Assign target:(Name x) value:(Tuple (Number 1) (Number 2))) (Pass) (While body:(AugAssign -- target:(Name x)) test:(Name x)))))",
    );
}

#[test]
fn code_cut_at_the_end() {
    check(
        "\tstrcpy(buf, argv[1]);\n\tif (x) {\n\t\tsprintf(b, \"%s\", x);\n",
        "(Module (ExprStatement value:(Call callee:(Name strcpy) argument:(Name buf) argument:(Subscript object:(Name argv) index:(Number 1)))) (If test:(Name x) body:(Block (ExprStatement value:(Call callee:(Name sprintf) argument:(Name b) argument:(String \"%s\") argument:(Name x))))))",
    );
}

#[test]
fn code_cut_at_the_start() {
    check(
        "x, \"y\");\n  } else if (z)\n   std(gets(buf), 1\n",
        "(Module (If test:(Name) body:(Block (ExprStatement value:(Call callee:(Name) argument:(Name x) argument:(String \"y\")))) else:(If test:(Name z) body:(ExprStatement value:(Call callee:(Name std) argument:(Call callee:(Name gets) argument:(Name buf)) argument:(Number 1))))))",
    );
}

#[test]
fn statements_behind_a_second_else_are_survived() {
    let text = "#if A\n#else\n#enif A\n#ee\nls#endif\nint a : 3; union { int x;";
    for end in 0..=text.len() {
        let tree = Program::parse(Language::C, &text[..end], &Limits::default()).tree;
        assert!(tree.ids().all(|id| tree.span(id).start <= tree.span(id).end), "{}", &text[..end]);
    }
}

#[test]
fn code_cut_around_a_block() {
    check(
        "\t\t(void) snprintf(buf, sizeof (buf), \"%s%llu\", path,\n\t\t    (u_longlong_t)value);\n\t\tpath = buf;\n\t}\n\tchar str[64];\n\tstrcpy(str,path);\n",
        "(Module (ExprStatement value:(Cast type:(Type (Name void)) value:(Call callee:(Name snprintf) argument:(Name buf) argument:(Unary sizeof value:(Name buf)) argument:(String \"%s%llu\") argument:(Name path) argument:(Cast type:(Type (Name u_longlong_t)) value:(Name value))))) (Assign target:(Name path) value:(Name buf)) (Assign type:(Type (Name char)) target:(Name str) index:(Number 64)) (ExprStatement value:(Call callee:(Name strcpy) argument:(Name str) argument:(Name path))))",
    );
}
