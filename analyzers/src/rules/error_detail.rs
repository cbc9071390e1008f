//! CWE-209: internal detail of errors sent to clients.

mod java;
mod more;
mod native;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::served::serves;
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, example, go as golang, go_row, java, java_row, javascript,
    javascript_row, python, python_row, row,
};
use crate::syntax::{Field, Kind, NodeId};

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "error-detail",
    cwe: &[209, 497],
    severity: Severity::Low,
    summary: "A traceback is sent to the client.",
    advice: "Log the traceback and answer with a general message.",
    rows: &[
        c_row(&[Kind::Call], native::check),
        go_row(&[Kind::Call], go_call),
        python_row(&[Kind::Call], python_call),
        python_row(&[Kind::Return], python_return),
        python_row(&[Kind::Raise], python_return),
        javascript_row(&[Kind::Call], script::check),
        java_row(&[Kind::Call], java::call),
        row(&[Language::CSharp, Language::Php, Language::Ruby], &[Kind::Call, Kind::New, Kind::Assign], more::check),
        java_row(&[Kind::Return], java::answer),
    ],
    bad: &[
        javascript("app.get('/debug', (req, res) => { res.json(process.env); });\n"),
        c("#include <stdlib.h>\nvoid f(int s) { char *path = getenv(\"PATH\"); send(s, path, strlen(path), 0); }\n"),
        c("void f(int s) { struct passwd *who = getpwuid(getuid()); send(s, who->pw_dir, strlen(who->pw_dir), 0); }\n"),
        python(
            "@app.get('/users/<int:i>')\ndef user(i):\n    u = find(i)\n    return jsonify({'name': u.name, 'password': u.password_hash})\n",
        ),
        python(
            "@app.get('/x')\ndef x():\n    try:\n        return run()\n    except Exception as exc:\n        raise HTTPException(status_code=500, detail=str(exc))\n",
        ),
        python(
            "@app.post('/p')\ndef p():\n    try:\n        save()\n    except Exception as err:\n        message = f'Failed: {err}'\n        return message, 500\n",
        ),
        python("@app.get('/debug')\ndef env():\n    return jsonify(dict(os.environ))\n"),
        example(
            Language::CSharp,
            "class A : Controller { IActionResult F() { try { return Ok(G()); } catch (Exception ex) { return StatusCode(500, ex.ToString()); } } }\n",
        ),
        example(Language::Php, "<?php\ntry { f(); } catch (Exception $e) { echo $e->getTraceAsString(); }\n"),
        example(Language::Php, "<?php\n$r = mysqli_query($c, 'SELECT 1') or die(mysqli_error($c));\n"),
        example(Language::Ruby, "def show\n  f\nrescue StandardError => e\n  render plain: e.backtrace.join\nend\n"),
        golang(
            "package p\nimport (\"net/http\"; \"fmt\"; \"runtime/debug\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tfmt.Fprintf(w, \"%s\", debug.Stack())\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"runtime\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tbuf := make([]byte, 1024)\n\truntime.Stack(buf, true)\n\tw.Write(buf)\n}\n",
        ),
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
        c(
            "#include <stdlib.h>\nvoid f(int s) { char *greeting = getenv(\"GREETING\"); send(s, greeting, strlen(greeting), 0); }\n",
        ),
        python(
            "@app.get('/users/<int:i>')\ndef user(i):\n    u = find(i)\n    return jsonify({'name': u.name, 'email': u.email})\n",
        ),
        python(
            "@app.get('/x')\ndef x():\n    try:\n        return run()\n    except Exception as exc:\n        raise HTTPException(status_code=500, detail='failed') from exc\n",
        ),
        python("@app.get('/mode')\ndef mode():\n    return jsonify(mode=os.environ['MODE'])\n"),
        example(
            Language::CSharp,
            "class A : Controller { IActionResult F() { try { return Ok(G()); } catch (Exception ex) { log.LogError(ex, \"F\"); return StatusCode(500, \"failed\"); } } }\n",
        ),
        example(
            Language::Php,
            "<?php\ntry { f(); } catch (Exception $e) { error_log($e->getTraceAsString()); echo 'failed'; }\n",
        ),
        example(
            Language::Ruby,
            "def show\n  f\nrescue StandardError => e\n  logger.error(e.backtrace)\n  head 500\nend\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"log\"; \"runtime/debug\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tlog.Printf(\"%s\", debug.Stack())\n\thttp.Error(w, \"failed\", 500)\n}\n",
        ),
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
    let Some(value) = tree.child(node, Field::Value).or_else(|| tree.children(node).next()) else { return };
    // `raise HTTPException(500, detail=str(error))` answers; any other exception does not.
    let raises = context.kind(node) == Kind::Raise;
    if raises && !(context.callee(value).ends_with("HTTPException") || context.callee(value).ends_with("HTTPError")) {
        return;
    }
    if !context.function(node).is_some_and(|function| serves(context, function)) {
        return;
    }
    if let Some(all) = tree.subtree(value).take(60).find(|&part| is_whole_environment(context, part)) {
        let message = "The whole environment is sent to the client.";
        return found.push(context, Report::issue(all, concept::INFORMATION_LEAK, message).cwe(&[497, 200]));
    }
    let password = tree.subtree(value).take(120).find(|&part| {
        context.kind(part) == Kind::Pair
            && tree.child(part, Field::Value).is_some_and(|value| {
                context.kind(value) == Kind::Attribute
                    && (crate::words::names_password(context.name(value))
                        || context.name(value).ends_with("password_hash"))
            })
    });
    if let Some(password) = password {
        let message = "A password or its hash is sent to the client.";
        let report = Report::issue(password, concept::INFORMATION_LEAK, message).cwe(&[200, 522]);
        return found.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
    }
    let Some(handler) = tree.ancestors(node).find(|&above| context.kind(above) == Kind::Handler) else { return };
    let broad = tree
        .child(handler, Field::Type)
        .is_none_or(|kind| matches!(context.path(kind).trim_start_matches("builtins."), "Exception" | "BaseException"));
    let Some(name) = tree.child(handler, Field::Target).map(|target| context.source(target)) else { return };
    let tells = |part: NodeId| {
        context.kind(part) == Kind::Name
            && context.source(part) == name
            // Of its parts only the traceback is internal.
            && tree.parent(part).is_none_or(|above| {
                context.kind(above) != Kind::Attribute || matches!(context.name(above), "__traceback__" | "args")
            })
    };
    let shown = broad
        && tree.subtree(value).take(200).any(|part| {
            let made = if context.kind(part) == Kind::Name { context.value(part) } else { part };
            tells(part) || made != part && tree.contains(handler, made) && tree.subtree(made).take(60).any(tells)
        });
    if shown {
        let message = "The text of an unexpected error is sent to the client.";
        found.push(context, Report::issue(node, concept::INFORMATION_LEAK, message).confidence(Confidence::Medium));
    }
}

/// `os.environ` as it is, `dict(os.environ)`; not one variable of it.
fn is_whole_environment(context: &Context<'_>, node: NodeId) -> bool {
    context.kind(node) == Kind::Attribute
        && context.path(node) == "os.environ"
        && context.tree().parent(node).is_none_or(|above| {
            !matches!(context.kind(above), Kind::Subscript | Kind::Attribute | Kind::Compare)
                || matches!(context.name(above), "copy" | "items")
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

/// A stack trace written into an answer.
fn go_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if !matches!(path, "runtime/debug.Stack" | "runtime.Stack") {
        return;
    }
    let tree = context.tree();
    let buffer = context.positional(call, 0).map(|buffer| context.source(buffer)).filter(|_| path == "runtime.Stack");
    let answers = |node: NodeId| {
        context.kind(node) == Kind::Call
            && (matches!(
                context.callee(node),
                "fmt.Fprintf" | "fmt.Fprint" | "fmt.Fprintln" | "net/http.Error" | "io.WriteString"
            ) && context.positional(node, 0).is_some_and(|writer| is_writer(context, writer))
                || context.method(node) == "Write"
                    && context.object(node).is_some_and(|writer| is_writer(context, writer)))
    };
    let sent = match buffer {
        None => {
            tree.ancestors(call).take(8).any(answers) || {
                let statement = tree.statement(call);
                let name = tree.child(statement, Field::Target).map(|target| context.source(target));
                name.is_some_and(|name| sends(context, call, name, &answers))
            }
        }
        Some(buffer) => sends(context, call, buffer, &answers),
    };
    if sent {
        let message = "A stack trace is sent to the client.";
        found.push(context, Report::issue(call, concept::INFORMATION_LEAK, message).confidence(Confidence::Medium));
    }
}

/// Whether an answer after `call` holds the variable of that name.
fn sends(context: &Context<'_>, call: NodeId, name: &str, answers: &dyn Fn(NodeId) -> bool) -> bool {
    let tree = context.tree();
    tree.subtree(tree.scope(call)).take(4_000).skip_while(|&node| node <= call).any(|node| {
        answers(node)
            && tree.subtree(node).take(60).any(|part| context.kind(part) == Kind::Name && context.source(part) == name)
    })
}

fn is_writer(context: &Context<'_>, node: NodeId) -> bool {
    context.program().names.type_of(node).is_some_and(|kind| kind.ends_with("ResponseWriter"))
        || matches!(context.source(node), "w" | "rw")
}
