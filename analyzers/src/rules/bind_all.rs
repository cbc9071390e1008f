//! CWE-605: a server that listens on every interface.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::{call_path, constant_text};
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "bind-all",
    cwe: &[605],
    severity: Severity::Medium,
    summary: "A server listens on every interface.",
    advice: "Listen on 127.0.0.1, or on an address from the configuration.",
    rows: &[python_row(&[Kind::String], check_python)],
    bad: &[
        python("import socket\ns = socket.socket()\ns.bind(('0.0.0.0', 80))\n"),
        python("s.bind(('', 8080))\n"),
        python("app.run(host='0.0.0.0')\n"),
        python("import uvicorn\nuvicorn.run(app, host='0.0.0.0', port=80)\n"),
        python("HOST = '0.0.0.0'\n"),
    ],
    good: &[
        python("s.bind(('127.0.0.1', 80))\n"),
        python("app.run(host='localhost')\n"),
        python("if address == '0.0.0.0':\n    pass\n"),
        python("name = ''\n"),
    ],
};

fn check_python(context: &Context<'_>, node: NodeId, findings: &mut Findings) {
    let tree = context.tree();
    let any = match constant_text(context, node) {
        Some("0.0.0.0" | "::") => true,
        Some("") => false,
        _ => return,
    };
    let mut above = tree.ancestors(node).take_while(|&above| !tree.kind(above).is_statement());
    let call = above.find(|&above| tree.kind(above) == Kind::Call);
    let bind =
        call.and_then(|call| call_path(context, call)).is_some_and(|path| path == "bind" || path.ends_with(".bind"));
    let given = matches!(tree.field(node), Field::Value | Field::Default) || call.is_some();
    if bind || (any && given) {
        let report = Report::issue(node, concept::BIND_ALL, "The server listens on every interface.");
        findings.push(context, report.confidence(Confidence::Medium));
    }
}
