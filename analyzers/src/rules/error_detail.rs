//! CWE-209: internal detail of errors sent to clients.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row, python, python_row};
use crate::syntax::{Field, Kind, NodeId};

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "error-detail",
    cwe: &[209, 497],
    severity: Severity::Low,
    summary: "A traceback is sent to the client.",
    advice: "Log the traceback and answer with a general message.",
    rows: &[python_row(&[Kind::Call], python_call), javascript_row(&[Kind::Call], script::check)],
    bad: &[
        python(
            "import traceback\n@app.route('/')\ndef f():\n    try:\n        return g()\n    except Exception:\n        return traceback.format_exc(), 500\n",
        ),
        python(
            "import traceback\n@app.errorhandler(500)\ndef f(e):\n    t = traceback.format_exc()\n    return '<pre>' + t + '</pre>'\n",
        ),
        javascript("app.get('/', (req, res) => { try { f(); } catch (e) { res.status(500).send(e.stack); } });\n"),
    ],
    good: &[
        python(
            "import traceback, logging\n@app.route('/')\ndef f():\n    try:\n        return g()\n    except Exception:\n        logging.error(traceback.format_exc())\n        return 'failed', 500\n",
        ),
        python("import traceback\ndef report():\n    return traceback.format_exc()\n"),
        javascript(
            "app.get('/', (req, res) => { try { f(); } catch (e) { console.error(e.stack); res.status(500).send('failed'); } });\n",
        ),
    ],
};

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !matches!(context.callee(call), "traceback.format_exc" | "traceback.format_exception" | "traceback.format_tb") {
        return;
    }
    let tree = context.tree();
    let Some(function) = context.function(call) else { return };
    let serves = tree.children_in(function, Field::Decorator).any(|decorator| {
        let text = context.source(decorator);
        ["route", "errorhandler", "exception_handler", ".get(", ".post("].iter().any(|part| text.contains(part))
    });
    if !serves {
        return;
    }
    let statement = tree.statement(call);
    let returned = match context.kind(statement) {
        Kind::Return => true,
        Kind::Assign => tree.child(statement, Field::Target).is_some_and(|target| {
            let name = context.source(target);
            let mut returns = tree.subtree(function).take(2_000).filter(|&node| context.kind(node) == Kind::Return);
            returns.any(|node| {
                tree.subtree(node)
                    .take(100)
                    .any(|part| context.kind(part) == Kind::Name && context.source(part) == name)
            })
        }),
        _ => false,
    };
    if returned {
        let message = "A traceback is sent to the client.";
        found.push(context, Report::issue(call, concept::INFORMATION_LEAK, message).confidence(Confidence::Medium));
    }
}
