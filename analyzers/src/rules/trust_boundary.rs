//! CWE-501: request data kept in the session, where later code takes it for its own.

mod kept;
mod python;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::{At, Table, of};
use crate::rule::{Context, Findings, Report, Rule, java, java_row, javascript, javascript_row, python, python_row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "trust-boundary",
    cwe: &[501],
    severity: Severity::Low,
    summary: "Unchecked request data is kept in the session among trusted values.",
    advice: "Check the value before it is kept, or keep it under a name that says that it is the client's.",
    rows: &[
        javascript_row(&[Kind::Assign], kept::assign),
        go_row(&[Kind::Assign], kept::assign),
        go_row(&[Kind::Call], kept::call),
        java_row(&[Kind::Call], check_java),
        python_row(&[Kind::Assign], python::check),
    ],
    bad: &[
        javascript(
            "const app = require('express')();\napp.post('/profile', (req, res) => { req.session.role = req.body.role; res.redirect('/'); });\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"github.com/gorilla/sessions\")\nvar store = sessions.NewCookieStore(key)\nfunc set(w http.ResponseWriter, r *http.Request) {\n\tsession, _ := store.Get(r, \"app\")\n\tsession.Values[\"role\"] = r.FormValue(\"role\")\n\tsession.Save(r, w)\n}\n",
        ),
        golang(
            "package p\nimport (\"github.com/gin-gonic/gin\"; \"github.com/gin-contrib/sessions\")\nfunc set(c *gin.Context) {\n\tsession := sessions.Default(c)\n\tsession.Set(\"user_id\", c.Query(\"id\"))\n\tsession.Save()\n}\n",
        ),
        python(
            "from flask import request, session\n@app.post('/x')\ndef x():\n    session['role'] = request.form['role']\n    return ''\n",
        ),
        java(
            "class A { void f(javax.servlet.http.HttpServletRequest r) { r.getSession().setAttribute(\"user\", r.getParameter(\"user\")); } }\n",
        ),
    ],
    good: &[
        javascript(
            "const app = require('express')();\napp.post('/theme', (req, res) => { req.session.theme = req.body.theme; res.redirect('/'); });\n",
        ),
        javascript(
            "const app = require('express')();\napp.post('/login', async (req, res) => { const user = await users.check(req.body.name, req.body.password); req.session.user = user.id; res.redirect('/'); });\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"github.com/gorilla/sessions\")\nvar store = sessions.NewCookieStore(key)\nfunc set(w http.ResponseWriter, r *http.Request) {\n\tsession, _ := store.Get(r, \"app\")\n\tsession.Values[\"theme\"] = r.FormValue(\"theme\")\n\tsession.Save(r, w)\n}\n",
        ),
        java(
            "class A { void f(javax.servlet.http.HttpServletRequest r) { r.getSession().setAttribute(\"n\", Integer.parseInt(r.getParameter(\"n\"))); } }\n",
        ),
        java(
            "class A { void f(javax.servlet.http.HttpServletRequest r, Model m) { m.setAttribute(\"user\", r.getParameter(\"user\")); } }\n",
        ),
        python(
            "from flask import request, session\n@app.post('/x')\ndef x():\n    session['theme'] = request.form['theme']\n    return ''\n",
        ),
    ],
};

static KEEPS: Table = Table::new(&[
    of("HttpSession", &["setAttribute", "putValue"], At::From(0)),
    of("HttpServletRequest", &["setAttribute", "putValue"], At::From(0)),
    of("ServletContext", &["setAttribute"], At::From(0)),
]);

fn check_java(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let session = context.callee(call).contains("Session")
        || context.object(call).is_some_and(|object| {
            let text = context.source(object);
            text.contains("getSession") || text == "session"
        });
    if !session || !matches!(context.method(call), "setAttribute" | "putValue") {
        return;
    }
    let mut values = KEEPS.reached(context, call);
    if values.is_empty() {
        values = context.tree().positional(call).take(2).collect();
    }
    for value in values {
        let Some(taint) = context.outside(value, Purposes::HTML).filter(|taint| taint.origin.source == Source::Request)
        else {
            continue;
        };
        let message = "Unchecked request data is kept in the session among trusted values.";
        let report = Report::issue(call, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium);
        return found.push(context, report.trace(taint.trace));
    }
}
