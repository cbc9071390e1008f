//! CWE-614/1004: session cookies that scripts or plain connections can read.

mod csharp;
mod go;
mod java;
mod more;
mod python;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Findings, Report, Rule, example, java, java_row, javascript, javascript_row, python, python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "cookie-flags",
    cwe: &[614, 1004],
    severity: Severity::Low,
    summary: "A session cookie lacks the flags that keep it from scripts and plain connections.",
    advice: "Set `secure=True`, `httponly=True` and `samesite='Lax'`.",
    rows: &[
        go_row(&[Kind::Call], go::call),
        go_row(&[Kind::New], go::literal),
        python_row(&[Kind::Call], python_call),
        python_row(&[Kind::Keyword, Kind::Pair, Kind::Assign], python::option),
        python_row(&[Kind::Assign], python::jar),
        javascript_row(&[Kind::Call], script::check),
        java_row(&[Kind::Call], java::call),
        java_row(&[Kind::New], java::construction),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::Call, Kind::New], more::call),
        row(&[Language::CSharp, Language::Ruby], &[Kind::Assign], more::assign),
    ],
    bad: &[
        javascript("app.get('/', (req, res) => { res.setHeader('Set-Cookie', 'sessionId=' + id); res.end(); });\n"),
        python("SESSION_COOKIE_SECURE = False\n"),
        python("app.config.update(SESSION_COOKIE_HTTPONLY=False)\n"),
        python("from http import cookies\nc = cookies.SimpleCookie()\nc['session'] = make()\nprint(c.output())\n"),
        example(Language::Php, "<?php\nsetcookie('session_id', $id);\n"),
        example(Language::Php, "<?php\nini_set('session.cookie_httponly', '0');\n"),
        example(
            Language::CSharp,
            "class A : Controller { void F(string v) { Response.Cookies.Append(\"auth\", v); } }\n",
        ),
        example(
            Language::CSharp,
            "class A { void F() { var c = new HttpCookie(\"session\"); c.HttpOnly = true; Response.Cookies.Add(c); } }\n",
        ),
        example(
            Language::CSharp,
            "class A { object F() { return new CookieOptions { HttpOnly = false, Secure = true }; } }\n",
        ),
        example(Language::Ruby, "def f(v)\n  cookies[:session] = { value: v, httponly: false }\nend\n"),
        example(Language::Rust, "fn f(b: SessionMiddlewareBuilder) { b.cookie_secure(false); }\n"),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\thttp.SetCookie(w, &http.Cookie{Name: \"session\", Value: id})\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tc := &http.Cookie{Name: \"session\", Value: id, Secure: true, HttpOnly: false}\n\thttp.SetCookie(w, c)\n}\n",
        ),
        java(
            "import javax.servlet.http.*;\nclass A { void f(HttpServletResponse r, String v) { Cookie c = new Cookie(\"session\", v); c.setHttpOnly(true); r.addCookie(c); } }\n",
        ),
        python("def f(resp, sid):\n    resp.set_cookie('session_id', sid)\n"),
        python("def f(resp, t):\n    resp.set_cookie(key='auth_token', value=t, httponly=True)\n"),
        python("def f(resp, t):\n    resp.set_cookie('token', t, secure=False, httponly=True)\n"),
        javascript("app.get('/', (req, res) => { res.cookie('session_id', id); });\n"),
        javascript(
            "const session = require('express-session');\napp.use(session({ secret: key, cookie: { httpOnly: false } }));\n",
        ),
    ],
    good: &[
        javascript(
            "app.get('/', (req, res) => { res.setHeader('Set-Cookie', `sessionId=${id}; HttpOnly; Secure`); res.end(); });\n",
        ),
        python("SESSION_COOKIE_SECURE = True\nSESSION_COOKIE_SAMESITE = 'Lax'\n"),
        python(
            "from http import cookies\nc = cookies.SimpleCookie()\nc['session'] = make()\nc['session']['secure'] = True\nc['session']['httponly'] = True\n",
        ),
        example(Language::Php, "<?php\nsetcookie('session_id', $id, 0, '/', '', true, true);\n"),
        example(Language::Php, "<?php\nsetcookie('session_id', $id, ['secure' => true, 'httponly' => true]);\n"),
        example(Language::Php, "<?php\nsetcookie('theme', 'dark');\n"),
        example(
            Language::CSharp,
            "class A { void F() { var c = new HttpCookie(\"session\"); c.HttpOnly = true; c.Secure = true; Response.Cookies.Add(c); } }\n",
        ),
        example(
            Language::CSharp,
            "class A : Controller { void F(string v) { Response.Cookies.Append(\"theme\", v); } }\n",
        ),
        example(Language::Ruby, "def f(v)\n  cookies[:session] = { value: v, httponly: true, secure: true }\nend\n"),
        example(Language::Rust, "fn f(b: SessionMiddlewareBuilder) { b.cookie_secure(true); }\n"),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\thttp.SetCookie(w, &http.Cookie{Name: \"session\", Value: id, Secure: true, HttpOnly: true})\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tc := http.Cookie{Name: \"session\", Value: id}\n\tc.Secure = true\n\tc.HttpOnly = true\n\thttp.SetCookie(w, &c)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\thttp.SetCookie(w, &http.Cookie{Name: \"theme\", Value: \"dark\"})\n}\n",
        ),
        java(
            "import javax.servlet.http.*;\nclass A { void f(HttpServletResponse r, String v) { Cookie c = new Cookie(\"session\", v); c.setHttpOnly(true); c.setSecure(true); r.addCookie(c); } }\n",
        ),
        python("def f(resp, sid):\n    resp.set_cookie('session_id', sid, secure=True, httponly=True)\n"),
        python("def f(resp):\n    resp.set_cookie('theme', 'dark')\n"),
        python("def f(resp, sid, **o):\n    resp.set_cookie('session_id', sid, **o)\n"),
        javascript(
            "app.get('/', (req, res) => { res.cookie('session_id', id, { httpOnly: true, secure: true }); });\n",
        ),
        javascript("app.get('/', (req, res) => { res.cookie('theme', 'dark'); });\n"),
    ],
};

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !matches!(context.method(call), "set_cookie" | "set_secure_cookie" | "set_signed_cookie") {
        return;
    }
    let name = context
        .argument(call, 0, "key")
        .or_else(|| context.keyword(call, "name"))
        .and_then(|name| context.string(name))
        .unwrap_or_default()
        .to_ascii_lowercase();
    let secret = is_session_name(&name);
    let on = |flag: &str| context.keyword(call, flag).is_some_and(|value| context.truth(value) != Some(false));
    if secret && !context.has_spread(call) && !(on("secure") && on("httponly")) {
        let message = "A session cookie can be read by scripts or over plain connections.";
        found.push(context, Report::issue(call, concept::COOKIE_FLAGS, message).confidence(Confidence::Medium));
    }
}

/// Whether a cookie of that name (lower case) says who the client is.
fn is_session_name(name: &str) -> bool {
    ["session", "sid", "auth", "token", "jwt", "login", "user_id", "userid", "password"]
        .iter()
        .any(|word| name.contains(word))
}
