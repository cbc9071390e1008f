//! CWE-489: a debugger or debug pages in a server.

mod java;
mod more;
mod script;
mod settings;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::common::{call_path, is_true, label};
use crate::rule::{
    Context, Findings, Report, Rule, example, java, java_row, javascript, javascript_row, python, python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "debug-mode",
    cwe: &[94, 489],
    severity: Severity::High,
    summary: "A server runs with its debugger on, which lets visitors run code.",
    advice: "Leave debugging off by default.",
    rows: &[
        javascript_row(&[Kind::Call], script::call),
        javascript_row(&[Kind::Pass], script::statement),
        row(&[Language::Dockerfile, Language::Yaml], &[Kind::Pair], settings::check),
        go_row(&[Kind::ImportItem], go_import),
        python_row(&[Kind::Call], check_run),
        python_row(&[Kind::Assign], check_assign),
        java_row(&[Kind::Function], java::entry),
        row(&[Language::Php], &[Kind::Call], more::check),
    ],
    bad: &[
        javascript("const errorhandler = require('errorhandler');\napp.use(errorhandler());\n"),
        javascript("function f(x) { debugger; return x; }\n"),
        python("DEBUG = True\nALLOWED_HOSTS = ['*']\n"),
        example(Language::Dockerfile, "FROM python:3.12\nENV FLASK_DEBUG=1\nUSER app\n"),
        example(Language::Yaml, "services:\n  a:\n    image: a:1\n    environment:\n      FLASK_DEBUG: \"1\"\n"),
        golang(
            "package main\nimport (\n\t\"net/http\"\n\t_ \"net/http/pprof\"\n)\nfunc main() { http.ListenAndServe(\":80\", nil) }\n",
        ),
        java("class A extends HttpServlet { public static void main(String[] args) { } }\n"),
        python("from flask import Flask\napp = Flask(__name__)\napp.run(debug=True)\n"),
        python("app.run(host='127.0.0.1', port=80, debug=True)\n"),
        python("from flask import Flask\nserver = Flask(__name__)\nserver.config['DEBUG'] = True\n"),
        python("from flask import Flask\nserver = Flask(__name__)\nserver.debug = True\n"),
        example(Language::Php, "<?php\nini_set('display_errors', '1');\n"),
        example(Language::Php, "<?php\nphpinfo();\n"),
    ],
    good: &[
        javascript(
            "const errorhandler = require('errorhandler');\nif (process.env.NODE_ENV === 'development') { app.use(errorhandler()); }\n",
        ),
        python("import os\nDEBUG = os.environ.get('DEBUG') == '1'\nALLOWED_HOSTS = ['a.example']\n"),
        example(Language::Dockerfile, "FROM python:3.12\nENV FLASK_DEBUG=0\nUSER app\n"),
        example(Language::Yaml, "services:\n  a:\n    image: a:1\n    environment:\n      DEBUG_PORT: \"1\"\n"),
        golang("package main\nimport \"runtime/pprof\"\nfunc main() { pprof.StopCPUProfile() }\n"),
        java("class A { public static void main(String[] args) { } }\n"),
        python("app.run()\n"),
        python("app.run(debug=False)\n"),
        python("parser.parse(debug=True)\n"),
        python("debug = True\n"),
        example(Language::Php, "<?php\nini_set('memory_limit', '1G');\n"),
        example(Language::Php, "<?php\nini_set('display_errors', 'off');\n"),
        example(Language::Php, "<?php\nini_set('display_errors', 0);\n"),
    ],
};

fn check_run(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let path = call_path(context, call).unwrap_or_default();
    if !matches!(path.rsplit('.').next(), Some("run" | "run_server" | "run_simple")) || !path.contains('.') {
        return;
    }
    let debug = context
        .keyword(call, "debug")
        .or_else(|| context.keyword(call, "use_debugger"))
        .or_else(|| context.positional(call, 2).filter(|_| is_flask(context, call)));
    let Some(debug) = debug.filter(|&debug| context.string(debug).is_none()) else { return };
    if context.truth(debug) != Some(true) || !(is_flask(context, call) || is_application(context, call)) {
        return;
    }
    let report = Report::issue(debug, concept::FLASK_DEBUG, "The server runs with its debugger on.");
    let report = report.confidence(Confidence::Medium);
    let named = context.mentions("flask") && context.keyword(call, "debug").is_some() && path.ends_with(".run");
    findings.push(context, if named { report.bandit("B201") } else { report });
}

/// Whether the object is known to be an application of a web framework.
fn is_flask(context: &Context<'_>, call: NodeId) -> bool {
    context.object(call).is_some_and(|object| {
        context.program().names.type_of(object).is_some_and(|kind| {
            ["flask.", "quart.", "dash.", "sanic.", "bottle.", "fasthtml."].iter().any(|name| kind.starts_with(name))
        })
    }) || context.callee(call) == "werkzeug.serving.run_simple"
}

/// Whether the object's name says that it is an application.
fn is_application(context: &Context<'_>, call: NodeId) -> bool {
    let object = context.object(call).map(|object| context.source(object)).unwrap_or_default();
    let name = object.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    // `runapp = app.run` and then `runapp(debug=True)`.
    let name =
        if name.is_empty() { context.callee(call).split('.').next().unwrap_or_default().to_owned() } else { name };
    ["app", "application", "server", "api", "web", "socketio"]
        .iter()
        .any(|word| name == *word || name.ends_with(&format!("_{word}")))
}

fn check_assign(context: &Context<'_>, assign: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    if !is_true(context, value) {
        return;
    }
    // The settings of Django.
    if context.kind(target) == Kind::Name {
        let django = ["ALLOWED_HOSTS", "INSTALLED_APPS", "MIDDLEWARE", "ROOT_URLCONF", "django"];
        if context.source(target) == "DEBUG"
            && tree.scope(assign) == NodeId::ROOT
            && django.iter().any(|word| context.mentions(word))
        {
            let report = Report::issue(value, concept::FLASK_DEBUG, "Errors show the program's insides.");
            findings
                .push(context, report.cwe(&[489, 215, 11]).severity(Severity::Medium).confidence(Confidence::Medium));
        }
        return;
    }
    let Some(object) = tree.child(target, Field::Object) else { return };
    let (app, named) = match tree.kind(target) {
        Kind::Attribute => (object, tree.name(target, context.text()) == "debug"),
        Kind::Subscript if tree.kind(object) == Kind::Attribute && tree.name(object, context.text()) == "config" => (
            tree.child(object, Field::Object).unwrap_or(object),
            tree.child(target, Field::Index).is_some_and(|index| label(context, index) == "DEBUG"),
        ),
        _ => return,
    };
    if named && (context.program().names.type_of(app) == Some("flask.Flask") || label(context, app) == "app") {
        let report = Report::issue(value, concept::FLASK_DEBUG, "The server runs with its debugger on.");
        findings.push(context, report.confidence(Confidence::Medium));
    }
}

/// `import _ "net/http/pprof"` puts the profiler beside the handlers.
fn go_import(context: &Context<'_>, item: NodeId, findings: &mut Findings) {
    if context.tree().import_path(item) == Some("net/http/pprof") {
        let message = "The profiler is served beside the program's own pages.";
        findings.push(context, Report::issue(item, concept::FLASK_DEBUG, message).cwe(&[489, 200]));
    }
}
