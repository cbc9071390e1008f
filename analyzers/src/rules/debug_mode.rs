//! CWE-489: a debugger or debug pages in a server.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::{call_path, is_true, label};
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "debug-mode",
    cwe: &[94, 489],
    severity: Severity::High,
    summary: "A server runs with its debugger on, which lets visitors run code.",
    advice: "Leave debugging off by default.",
    rows: &[python_row(&[Kind::Call], check_run), python_row(&[Kind::Assign], check_assign)],
    bad: &[
        python("from flask import Flask\napp = Flask(__name__)\napp.run(debug=True)\n"),
        python("app.run(host='127.0.0.1', port=80, debug=True)\n"),
        python("from flask import Flask\nserver = Flask(__name__)\nserver.config['DEBUG'] = True\n"),
        python("from flask import Flask\nserver = Flask(__name__)\nserver.debug = True\n"),
    ],
    good: &[
        python("app.run()\n"),
        python("app.run(debug=False)\n"),
        python("parser.parse(debug=True)\n"),
        python("debug = True\n"),
    ],
};

fn check_run(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some(debug) = context.keyword(call, "debug").filter(|&debug| is_true(context, debug)) else { return };
    if call_path(context, call).is_some_and(|path| path.ends_with(".run") || path.ends_with(".run_server")) {
        let report = Report::issue(debug, concept::FLASK_DEBUG, "The server runs with its debugger on.");
        let report = report.confidence(Confidence::Medium);
        let flask = context.text().contains("flask");
        findings.push(context, if flask { report.bandit("B201") } else { report });
    }
}

fn check_assign(context: &Context<'_>, assign: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    if !is_true(context, value) {
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
