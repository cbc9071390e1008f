//! CWE-1336: template source made from outside text.

mod go;
mod java;

use crate::concept;
use crate::finding::Severity;
use crate::rule::{
    Context, Exposure, Findings, Report, Rule, java, java_row, javascript, javascript_row, python, python_row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "template-injection",
    cwe: &[1336, 94],
    severity: Severity::High,
    summary: "Text from outside becomes the source of a template, which can run code.",
    advice: "Keep the template constant and pass the text as a variable.",
    rows: &[
        go_row(&[Kind::Call], go::call),
        python_row(&[Kind::Call], python_call),
        javascript_row(&[Kind::Call], script::check),
        java_row(&[Kind::Call, Kind::New], java::call),
    ],
    bad: &[
        golang(
            "package p\nimport (\"net/http\"; \"text/template\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tt, err := template.New(\"x\").Parse(r.FormValue(\"t\"))\n\t_, _ = t, err\n}\n",
        ),
        java(
            "import org.apache.velocity.app.Velocity;\nclass A { void f(javax.servlet.http.HttpServletRequest r, java.io.StringWriter w) { Velocity.evaluate(null, w, \"t\", r.getParameter(\"t\")); } }\n",
        ),
        python(
            "from flask import request, render_template_string\ndef f():\n    return render_template_string('<p>' + request.args['q'] + '</p>')\n",
        ),
        python("from jinja2 import Template\ndef f(name):\n    return Template('Hello ' + name).render()\n"),
        python(
            "import jinja2\ndef f(env, name):\n    return jinja2.Environment(autoescape=True).from_string(f'Hello {name}')\n",
        ),
        javascript(
            "const pug = require('pug');\napp.get('/', (req, res) => { res.send(pug.render(req.query.t)); });\n",
        ),
        javascript("app.get('/', (req, res) => { res.render('page', req.body); });\n"),
    ],
    good: &[
        golang(
            "package p\nimport (\"net/http\"; \"html/template\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tt := template.Must(template.New(\"x\").Parse(\"<p>{{.}}</p>\"))\n\tt.Execute(w, r.FormValue(\"t\"))\n}\n",
        ),
        java(
            "import org.apache.velocity.app.Velocity;\nclass A { void f(javax.servlet.http.HttpServletRequest r, java.io.StringWriter w) { Velocity.evaluate(null, w, \"t\", \"Hello $name\"); } }\n",
        ),
        python(
            "from flask import request, render_template_string\ndef f():\n    return render_template_string('<p>{{ q }}</p>', q=request.args['q'])\n",
        ),
        python("from jinja2 import Template\nT = Template('Hello {{ x }}')\n"),
        python("from string import Template\ndef f(x):\n    return Template('Hello $x').substitute(x=x)\n"),
        javascript(
            "const pug = require('pug');\napp.get('/', (req, res) => { res.send(pug.renderFile('page.pug', { name: req.query.name })); });\n",
        ),
        javascript("app.get('/', (req, res) => { res.render('page', { name: req.body.name }); });\n"),
    ],
};

const ENGINES: &[&str] = &[
    "flask.render_template_string",
    "render_template_string",
    "jinja2.Template",
    "jinja2.environment.Template",
    "mako.template.Template",
    "django.template.Template",
    "tornado.template.Template",
    "chevron.render",
    "bottle.template",
    "bottle.SimpleTemplate",
];

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if !ENGINES.contains(&path) && context.method(call) != "from_string" {
        return;
    }
    let Some(source) = context.argument(call, 0, "source").or_else(|| context.keyword(call, "text")) else { return };
    if let Exposure::Tainted(taint) = context.exposure(source, Purposes::CODE) {
        let message = format!("The source of a template is made from {}.", taint.source());
        // What a caller hands over as a whole is the caller's to judge.
        let whole = matches!(context.kind(context.value(source)), Kind::Name | Kind::Attribute | Kind::Parameter);
        let passed_on = whole && matches!(taint.origin.source, Source::Parameter | Source::Unknown);
        let report = if passed_on {
            Report::audit(call, concept::TEMPLATE_STRING, message)
        } else {
            Report::issue(call, concept::TEMPLATE_STRING, message).confidence(taint.confidence)
        };
        found.push(context, report.trace(taint.trace));
    }
}
