use super::{Flow, Purposes, Source};
use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::syntax::{Field, Kind};

/// What reaches the argument of the last call of `sink`.
#[track_caller]
fn check(code: &str, purpose: Purposes, expected: Option<Source>) {
    check_in(Language::Python, code, purpose, expected);
}

/// The same of the body of a handler in Go.
#[track_caller]
fn go(body: &str, purpose: Purposes, expected: Option<Source>) {
    let code = format!(
        "package p\nimport (\"net/http\"; \"fmt\"; \"strings\"; \"strconv\"; \"encoding/json\"; \"path/filepath\"; \"bytes\")\nfunc h(w http.ResponseWriter, r *http.Request) {{\n{body}\n}}\n"
    );
    check_in(Language::Go, &code, purpose, expected);
}

#[track_caller]
fn check_in(language: Language, code: &str, purpose: Purposes, expected: Option<Source>) {
    let program = Program::parse(language, code, &Limits::default());
    let tree = &program.tree;
    let sink = tree
        .ids()
        .filter(|&node| tree.kind(node) == Kind::Call)
        .filter(|&node| tree.child(node, Field::Callee).is_some_and(|callee| tree.text(callee, code) == "sink"))
        .last()
        .and_then(|call| tree.positional(call).next());
    let Some(value) = sink else { unreachable!("every case calls sink") };
    let flow = Flow::of(&program);
    let found = flow.tainted(value, purpose);
    assert_eq!(found.map(|origin| origin.source), expected, "{code}");
    if let Some(origin) = found {
        let trace = flow.trace(value, origin);
        assert!(!trace.is_empty() && trace.len() <= 12, "{code}");
    }
}

#[test]
fn values_flow() {
    let all = Purposes::SHELL;
    check("def f(a):\n    sink(a)\n", all, Some(Source::Parameter));
    check("a = input()\nb = 'x' + a\nsink(b)\n", all, Some(Source::Input));
    check("import sys\nsink(f'{sys.argv[1]}')\n", all, Some(Source::Arguments));
    check("from flask import request as r\na = r.args.get('x')\nsink('%s' % a)\n", all, Some(Source::Request));
    check("import os\nsink(os.environ.get('A'))\n", all, Some(Source::Environment));
    check("a = input()\na = 'x'\nsink(a)\n", all, None);
    check("a = []\na.append(input())\nsink(' '.join(a))\n", all, Some(Source::Input));
    check("d = {}\nd['k'] = input()\nsink(d)\n", all, Some(Source::Input));
    check("def g():\n    return input()\nsink(g())\n", all, Some(Source::Input));
    check("def g(x):\n    return 'a' + x\nsink(g('b'))\n", all, None);
    check("def g(x):\n    return 'a' + x\nsink(g(input()))\n", all, Some(Source::Input));
    check("def g(x):\n    return g(x)\nsink(g(input()))\n", all, None);
    check("def g(x):\n    return g(x) + x\nsink(g(input()))\n", all, Some(Source::Input));
    check("def f(self, n: int):\n    sink(n)\n", all, None);
    check("for a in input().split():\n    sink(a)\n", all, Some(Source::Input));
    check("sink([a for a in input().split()])\n", all, Some(Source::Input));
    check("if (a := input()):\n    sink(a)\n", all, Some(Source::Input));
    check(
        "class A:\n    def __init__(self, x):\n        self.x = x\n    def f(self):\n        sink(self.x)\n",
        all,
        Some(Source::Parameter),
    );
    check("@app.route('/<n>')\ndef f(n):\n    sink(n)\n", all, Some(Source::Request));
    check("@app.route('/<int:n>')\ndef f(n):\n    sink(n)\n", all, None);
    check("def _g(x):\n    sink(x)\n_g('a')\n", all, None);
    check("def f(a):\n    b = (lambda c: c)(a)\n    sink(b)\n", all, Some(Source::Parameter));
    check("def f(a):\n    while a:\n        b = a\n        a = b\n    sink(b)\n", all, Some(Source::Parameter));
}

#[test]
fn checks_and_sanitizers_stop_what_they_are_for() {
    check("import shlex\ndef f(a):\n    sink(shlex.quote(a))\n", Purposes::SHELL, None);
    check("import shlex\ndef f(a):\n    sink(shlex.quote(a))\n", Purposes::SQL, Some(Source::Parameter));
    check("import html\ndef f(a):\n    sink(html.escape(a))\n", Purposes::HTML, None);
    check("def f(a):\n    sink(int(a))\n", Purposes::SHELL, None);
    check("def f(a):\n    if a not in ('x', 'y'):\n        return\n    sink(a)\n", Purposes::SHELL, None);
    check("def f(a):\n    if a in ('x', 'y'):\n        sink(a)\n", Purposes::SHELL, None);
    check(
        "def f(a):\n    if a in ('x', 'y'):\n        return\n    sink(a)\n",
        Purposes::SHELL,
        Some(Source::Parameter),
    );
    check(
        "def f(a):\n    if not a.isalnum():\n        raise E\n    a = input()\n    sink(a)\n",
        Purposes::SHELL,
        Some(Source::Input),
    );
    check(
        "import re\ndef f(a):\n    if not re.fullmatch(r'\\w+', a):\n        raise E\n    sink(a)\n",
        Purposes::SHELL,
        None,
    );
    check(
        "import re\ndef f(a):\n    if not re.match(r'.*', a):\n        raise E\n    sink(a)\n",
        Purposes::SHELL,
        Some(Source::Parameter),
    );
    check("D = {'a': 'b'}\ndef f(a):\n    sink(D[a])\n", Purposes::SHELL, None);
    check("def f(a, ok):\n    if ok:\n        return\n    sink(a)\n", Purposes::SHELL, Some(Source::Parameter));
    check("def f(a):\n    if a == 'x' or a == 'y':\n        sink(a)\n", Purposes::SHELL, None);
    check("def f(a, b):\n    if a == 'x' or b == 'y':\n        sink(a)\n", Purposes::SHELL, Some(Source::Parameter));
    check(
        "import re\ndef f(a):\n    m = re.fullmatch(r'[a-z]+', a)\n    if m is None:\n        raise E\n    sink(a)\n",
        Purposes::SHELL,
        None,
    );
    check(
        "import re\ndef f(a):\n    if re.fullmatch(r'[a-z]+', a) is not None:\n        sink(a)\n",
        Purposes::SHELL,
        None,
    );
    check(
        "import re\ndef f(a):\n    if re.fullmatch(r'[a-z]+', a) is None:\n        sink(a)\n",
        Purposes::SHELL,
        Some(Source::Parameter),
    );
    check("def f(a):\n    if a != 'x':\n        sink(a)\n", Purposes::SHELL, Some(Source::Parameter));
    check("def f(a):\n    if a is None:\n        return\n    sink(a)\n", Purposes::SHELL, Some(Source::Parameter));
    check("def f(a):\n    if not a:\n        return\n    sink(a)\n", Purposes::SHELL, Some(Source::Parameter));
    check("def f(a):\n    if '..' in a:\n        raise E\n    sink(a)\n", Purposes::PATH, None);
    check("def f(a):\n    if '..' in a:\n        raise E\n    sink(a)\n", Purposes::SHELL, Some(Source::Parameter));
}

#[test]
fn values_flow_in_go() {
    let all = Purposes::SHELL;
    let request = Some(Source::Request);
    go("sink(r.FormValue(\"a\"))", all, request);
    go("a, err := r.Cookie(\"a\")\nuse(err)\nsink(a.Value)", all, request);
    go("a, b := \"x\", r.URL.Query().Get(\"b\")\nuse(a)\nsink(b)", all, request);
    go("a, b := \"x\", r.URL.Query().Get(\"b\")\nuse(b)\nsink(a)", all, None);
    go("sink(fmt.Sprintf(\"%s\", r.FormValue(\"a\")))", all, request);
    go("n, err := strconv.Atoi(r.FormValue(\"a\"))\nuse(err)\nsink(n)", all, None);
    go("n, err := strconv.Atoi(r.FormValue(\"a\"))\nuse(err)\nsink(n)", Purposes::SIZE, request);
    go("var b strings.Builder\nb.WriteString(r.FormValue(\"a\"))\nsink(b.String())", all, request);
    go("var b bytes.Buffer\nfmt.Fprintf(&b, \"%s\", r.FormValue(\"a\"))\nsink(b.String())", all, request);
    go("var x struct{ A string }\njson.NewDecoder(r.Body).Decode(&x)\nsink(x.A)", all, request);
    go("var x string\nsink(x)", all, None);
    go("list := append([]string{}, r.FormValue(\"a\"))\nsink(list)", all, request);
    go("for _, v := range r.URL.Query() {\nsink(v)\n}", all, request);
    go("if a := r.FormValue(\"a\"); a != \"\" {\nsink(a)\n}", all, request);
    go("a := r.FormValue(\"a\")\nf := func() { sink(a) }\nf()", all, request);
    go("a := r.FormValue(\"a\")\nswitch a {\ncase \"x\", \"y\":\nsink(a)\n}", all, None);
    go("a := r.FormValue(\"a\")\nif !filepath.IsLocal(a) {\nreturn\n}\nsink(a)", Purposes::PATH, None);
    go("ok := map[string]bool{\"x\": true}\na := r.FormValue(\"a\")\nif !ok[a] {\nreturn\n}\nsink(a)", all, None);
    go("sink(r.Method)", all, None);
}
