use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::syntax::NodeId;

#[track_caller]
fn check(language: Language, text: &str, expected: &str) {
    let program = Program::parse(language, text, &Limits::default());
    let outline = program.tree.outline(NodeId::ROOT, text);
    let short = outline
        .replace("key:", "")
        .replace("value:", "")
        .replace("(Module ", "")
        .replace("(String ", "(")
        .replace("Pair", ":");
    assert_eq!(short.strip_suffix(')').unwrap_or(&short), expected, "{text}");
}

fn clean(language: Language, text: &str) -> bool {
    let program = Program::parse(language, text, &Limits::default());
    !program.tree.has_errors() && !program.tree.truncated()
}

#[test]
fn yaml() {
    let yaml = |text: &str, expected: &str| check(Language::Yaml, text, expected);
    yaml("a: 1\nb: x # c\n", "(Dict (: (a) (Number 1)) (: (b) (x)))");
    yaml("a:\n  b: 'c d'\n  e: true\nf:\n", "(Dict (: (a) (Dict (: (b) ('c d')) (: (e) (Bool true)))) (: (f)))");
    yaml(
        "a:\n- x\n- y: 1\n  z: 2\nb: 3\n",
        "(Dict (: (a) (List (x) (Dict (: (y) (Number 1)) (: (z) (Number 2))))) (: (b) (Number 3)))",
    );
    yaml("a:\n  - - x\n    - y\n", "(Dict (: (a) (List (List (x) (y)))))");
    yaml("a: {b: c, d: [1, \"e\"]}\n", "(Dict (: (a) (Dict (: (b) (c)) (: (d) (List (Number 1) (\"e\"))))))");
    yaml("run: |\n  a\n\n  b\nc: d\n", "(Dict (: (run) (  a\n\n  b)) (: (c) (d)))");
    yaml("- a\n- b: |\n    c\n", "(List (a) (Dict (: (b) (    c))))");
    yaml(
        "a: &x\n  b: 1\nc: *x\n---\nd: !Ref e\n",
        "(Dict (: (a) (Dict (: (b) (Number 1)))) (: (c) (Other *x))) (Dict (: (d) (Other e)))",
    );
    yaml("a: one\n  two: three\nb: http://x:80/\n", "(Dict (: (a) (one)) (: (b) (http://x:80/)))");
    yaml(
        "image: {{ .Values.image }}\n{{- if x }}\n\"q\": \"a\\\"b\"\n",
        "(Dict (: (image) ({{ .Values.image }})) (: (\"q\") (\"a\\\"b\")))",
    );
    assert!(clean(Language::Yaml, "%YAML 1.2\n---\na: 1\n...\n"));
    assert!(!clean(Language::Yaml, "some words\nand more\n"));
}

#[test]
fn json() {
    let json = |text: &str, expected: &str| check(Language::Json, text, expected);
    json(
        "{\"a\": [1, true, null, \"x\"], // c\n\"b\": {}}",
        "(Dict (: (\"a\") (List (Number 1) (Bool true) (Null null) (\"x\"))) (: (\"b\") (Dict)))",
    );
    json("\"a\": \"b\",\n\"c\": [2]\n", "(: (\"a\") (\"b\")) (: (\"c\") (List (Number 2)))");
    assert!(clean(Language::Json, "{\"a\": 1}\n{\"a\": 2}\n"));
    assert!(!clean(Language::Json, "{\"a\": 1"));
}

#[test]
fn hcl() {
    let hcl = |text: &str, expected: &str| check(Language::Terraform, text, expected);
    hcl("a = 1\nb = \"x${c}\" # d\n", "(: (a) (Number 1)) (: (b) (Template))");
    hcl(
        "resource \"t\" \"n\" {\n  x = [\"a\", var.b]\n  y {\n    z = f(1, \"}\")\n  }\n}\n",
        "(: (resource) (Dict (: (\"t\") (Dict (: (\"n\") (Dict (: (x) (List (\"a\") (Other var.b))) (: (y) (Dict (: (z) (Other f(1, \"}\")))))))))))",
    );
    hcl(
        "p = jsonencode({\n  A = [{ B = \"c\" }]\n  \"D\" : \"e\"\n})\nq = 2\n",
        "(: (p) (Dict (: (A) (List (Dict (: (B) (\"c\"))))) (: (\"D\") (\"e\")))) (: (q) (Number 2))",
    );
    hcl("p = <<EOF\n{}\nEOF\nq = 2\n", "(: (p) ({}\n)) (: (q) (Number 2))");
    assert!(!clean(Language::Terraform, "a {\n"));
}

#[test]
fn ini() {
    let ini = |text: &str, expected: &str| check(Language::Ini, text, expected);
    ini(
        "; c\n[a]\nb = c d ; e\nexport F=\"g\"\n[h.i]\nj=1\n",
        "(: (a) (Dict (: (b) (c d)) (: (F) (\"g\")))) (: (h.i) (Dict (: (j) (Number 1))))",
    );
    check(
        Language::Toml,
        "a = [\n  \"b\",\n]\nc = { d = 1 }\n",
        "(: (a) (List (\"b\"))) (: (c) (Dict (: (d) (Number 1))))",
    );
    assert!(!clean(Language::Ini, "server {\n  listen 80;\n}\n"));
}

#[test]
fn dockerfile() {
    let docker = |text: &str, expected: &str| check(Language::Dockerfile, text, expected);
    docker(
        "FROM a:1 AS b\nENV A=1 B=\"c d\" \\\n  E=f\nENV G h i\n",
        "(: (FROM) (a:1 AS b)) (: (ENV) (Dict (: (A) (Number 1)) (: (B) (\"c d\")) (: (E) (f)))) (: (ENV) (Dict (: (G) (h i))))",
    );
    docker(
        "RUN a && \\\n  # c\n  b\nCMD [\"x\", \"y\"]\n",
        "(: (RUN) (a && \\\n  # c\n  b)) (: (CMD) (List (\"x\") (\"y\")))",
    );
    docker("RUN <<EOF\na\nEOF\nUSER b\n", "(: (RUN) (<<EOF\na\nEOF)) (: (USER) (b))");
    assert!(!clean(Language::Dockerfile, "import os\n"));
}

#[test]
fn nginx() {
    check(
        Language::Nginx,
        "server {\n  listen 80;\n  location ~ \\.php$ {\n    return 301 \"https://$host;\";\n  }\n}\n",
        "(: (server) (Dict (: (listen) (Number 80)) (: (location) (Dict (: (~ \\.php$) (Dict (: (return) (301 \"https://$host;\"))))))))",
    );
}

#[test]
fn sql() {
    check(
        Language::Sql,
        "SELECT 'a''b' FROM t; -- c\nGRANT ALL ON *.* TO x",
        "(Other (Name SELECT) ('a''b') (Name FROM) (Name t)) (Other (Name GRANT) (Name ALL) (Name ON) (Other *) (Other .) (Other *) (Name TO) (Name x))",
    );
}

#[test]
fn html() {
    check(
        Language::Html,
        "<p class=x>{{ a }}<script src='b'>let c = '<p>';</script><!-- d --></p>\n",
        "(Dict p (: (class) (x))) (Interpolation a) (Dict script (: (src) ('b')) body:(let c = '<p>';))",
    );
}

#[test]
fn what_is_hostile_is_bounded() {
    let pieces = [
        "{",
        "[",
        "<",
        "{{",
        "{%",
        "<script>",
        "<!--",
        "<a b=\"",
        "'",
        "\"",
        "- ",
        "a:\n",
        "a: |\n",
        "x = [\n",
        "x = <<A\n",
        "RUN <<A\n",
        "$$",
        "/*",
        "((",
        "a {\n",
        "\\\n",
        "ENV A=\"\n",
        "é: \u{2028}\n",
        "[a]\n",
    ];
    for language in Language::DATA {
        for piece in pieces {
            let text = piece.repeat(60_000 / piece.len());
            let program = Program::parse(language, text, &Limits::default());
            assert!(program.tree.len() <= Limits::default().nodes);
        }
    }
}
