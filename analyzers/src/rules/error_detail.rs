//! CWE-209: internal detail of errors sent to clients.

mod java;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, java, java_row, javascript, javascript_row, python, python_row};
use crate::syntax::{Field, Kind, NodeId};

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "error-detail",
    cwe: &[209, 497],
    severity: Severity::Low,
    summary: "A traceback is sent to the client.",
    advice: "Log the traceback and answer with a general message.",
    rows: &[
        python_row(&[Kind::Call], python_call),
        python_row(&[Kind::Return], python_return),
        javascript_row(&[Kind::Call], script::check),
        java_row(&[Kind::Call], java::call),
    ],
    bad: &[
        java(
            "class A { void f(HttpServletResponse response) throws Exception { try { g(); } catch (Exception e) { e.printStackTrace(response.getWriter()); } } }\n",
        ),
        python(
            "import traceback\n@app.route('/')\ndef f():\n    try:\n        return g()\n    except Exception:\n        return traceback.format_exc(), 500\n",
        ),
        python(
            "import traceback\n@app.errorhandler(500)\ndef f(e):\n    t = traceback.format_exc()\n    return '<pre>' + t + '</pre>'\n",
        ),
        javascript("app.get('/', (req, res) => { try { f(); } catch (e) { res.status(500).send(e.stack); } });\n"),
        python(
            "@app.route('/')\ndef f():\n    try:\n        return g()\n    except Exception as e:\n        return jsonify({'error': str(e)}), 500\n",
        ),
    ],
    good: &[
        java("class A { void f() { try { g(); } catch (Exception e) { e.printStackTrace(); } } }\n"),
        python(
            "@app.get('/')\ndef f():\n    try:\n        return g()\n    except ValueError as e:\n        return str(e), 400\n",
        ),
        python(
            "import traceback, logging\n@app.route('/')\ndef f():\n    try:\n        return g()\n    except Exception:\n        logging.error(traceback.format_exc())\n        return 'failed', 500\n",
        ),
        python("import traceback\ndef report():\n    return traceback.format_exc()\n"),
        javascript(
            "app.get('/', (req, res) => { try { f(); } catch (e) { console.error(e.stack); res.status(500).send('failed'); } });\n",
        ),
    ],
};

/// `return str(e)`, `return jsonify({"error": str(e)})`, `return e.__traceback__` in a handler of a view.
fn python_return(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value) else { return };
    if !context.function(node).is_some_and(|function| serves(context, function)) {
        return;
    }
    let Some(handler) = tree.ancestors(node).find(|&above| context.kind(above) == Kind::Handler) else { return };
    let broad = tree
        .child(handler, Field::Type)
        .is_none_or(|kind| matches!(context.path(kind).trim_start_matches("builtins."), "Exception" | "BaseException"));
    let Some(name) = tree.child(handler, Field::Target).map(|target| context.source(target)) else { return };
    let shown = broad
        && tree.subtree(value).take(200).any(|part| {
            context.kind(part) == Kind::Name
                && context.source(part) == name
                // Of its parts only the traceback is internal.
                && tree.parent(part).is_none_or(|above| {
                    context.kind(above) != Kind::Attribute || matches!(context.name(above), "__traceback__" | "args")
                })
        });
    if shown {
        let message = "The text of an unexpected error is sent to the client.";
        found.push(context, Report::issue(node, concept::INFORMATION_LEAK, message).confidence(Confidence::Medium));
    }
}

fn serves(context: &Context<'_>, function: NodeId) -> bool {
    context.tree().children_in(function, Field::Decorator).any(|decorator| {
        let text = context.source(decorator);
        ["route", "errorhandler", "exception_handler", ".get(", ".post(", ".put(", ".delete(", "api_view"]
            .iter()
            .any(|part| text.contains(part))
    })
}

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !matches!(context.callee(call), "traceback.format_exc" | "traceback.format_exception" | "traceback.format_tb") {
        return;
    }
    let tree = context.tree();
    let Some(function) = context.function(call) else { return };
    if !serves(context, function) {
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
