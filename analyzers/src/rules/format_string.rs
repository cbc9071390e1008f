//! CWE-134: a format taken from a request.

mod java;

use crate::finding::Severity;
use crate::rule::{Rule, java, java_row, javascript, javascript_row};
use crate::syntax::Kind;

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "format-string",
    cwe: &[134],
    severity: Severity::Low,
    summary: "A request chooses the format by which values are put into text.",
    advice: "Keep the format constant, and pass the request's text as a value: `console.log(\"%s\", text)`.",
    rows: &[javascript_row(&[Kind::Call], script::check), java_row(&[Kind::Call], java::call)],
    bad: &[
        java(
            "class A { String f(javax.servlet.http.HttpServletRequest r) { return String.format(r.getParameter(\"f\"), 1); } }\n",
        ),
        java("class A { String f(String a) { return String.format(\"%s %s\", a); } }\n"),
        javascript("app.get('/', (req, res) => { console.log(req.query.f, user); });\n"),
        javascript(
            "const util = require('util');\napp.get('/', (req, res) => { util.format('a' + req.query.f, user); });\n",
        ),
    ],
    good: &[
        java(
            "class A { String f(javax.servlet.http.HttpServletRequest r) { return String.format(\"%s\", r.getParameter(\"f\")); } }\n",
        ),
        java("class A { String f(String a) { return String.format(\"%1$s %1$s 100%% %n\", a); } }\n"),
        java("class A { String f(Object... all) { return String.format(\"%s %s\", all); } }\n"),
        javascript("app.get('/', (req, res) => { console.log('%s %s', req.query.f, user); });\n"),
        javascript("app.get('/', (req, res) => { console.log(req.query.f); });\n"),
    ],
};
