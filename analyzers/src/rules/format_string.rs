//! CWE-134: a format taken from a request.

use crate::finding::Severity;
use crate::rule::{Rule, javascript, javascript_row};
use crate::syntax::Kind;

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "format-string",
    cwe: &[134],
    severity: Severity::Low,
    summary: "A request chooses the format by which values are put into text.",
    advice: "Keep the format constant, and pass the request's text as a value: `console.log(\"%s\", text)`.",
    rows: &[javascript_row(&[Kind::Call], script::check)],
    bad: &[
        javascript("app.get('/', (req, res) => { console.log(req.query.f, user); });\n"),
        javascript(
            "const util = require('util');\napp.get('/', (req, res) => { util.format('a' + req.query.f, user); });\n",
        ),
    ],
    good: &[
        javascript("app.get('/', (req, res) => { console.log('%s %s', req.query.f, user); });\n"),
        javascript("app.get('/', (req, res) => { console.log(req.query.f); });\n"),
    ],
};
