//! CWE-117/93: line ends from outside in logs and headers.

mod java;
mod more;
mod native;

use crate::concept;
use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, cpp, example, java, java_row, javascript, javascript_row, python,
    python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) mod go;

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "log-injection",
    cwe: &[117, 93],
    severity: Severity::Low,
    summary: "Request data with line ends can forge log lines.",
    advice: "Write values with `%r`, or take line ends out of them first.",
    rows: &[
        python_row(&[Kind::Call], python_file),
        go_row(&[Kind::Call], go::call),
        c_row(&[Kind::Call, Kind::Binary], native::check),
        python_row(&[Kind::Call], python_call),
        javascript_row(&[Kind::Call], script::check),
        java_row(&[Kind::Call], java::call),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::Call], more::check),
    ],
    bad: &[
        c(
            "#include <syslog.h>\n#include <sys/socket.h>\nvoid f(int s) { char name[64]; ssize_t n = recv(s, name, sizeof(name) - 1, 0); if (n <= 0) return; name[n] = 0; syslog(LOG_WARNING, \"bad login of %s\", name); }\n",
        ),
        cpp(
            "#include <fstream>\n#include <sys/socket.h>\nvoid f(int s, std::ofstream &log) { char name[64]; ssize_t n = recv(s, name, sizeof(name) - 1, 0); if (n <= 0) return; name[n] = 0; log << \"bad login of \" << name << std::endl; }\n",
        ),
        python(
            "from flask import request\ndef f():\n    with open('/var/log/app.log', 'a') as out:\n        out.write(f\"login {request.args['user']}\\n\")\n",
        ),
        example(Language::Php, "<?php\nerror_log('bad login ' . $_POST['user']);\n"),
        example(
            Language::CSharp,
            "class A : Controller { ILogger l; void F() { l.LogWarning(\"user \" + Request.Query[\"u\"]); } }\n",
        ),
        example(Language::Ruby, "def f\n  logger.info(\"user #{params[:user]}\")\nend\n"),
        example(
            Language::Rust,
            "async fn f() { let name = reqwest::get(\"https://a.example\").await.unwrap().text().await.unwrap(); info!(\"user {}\", name); }\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"log\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nlog.Printf(\"user %s\", r.FormValue(\"user\"))\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"github.com/sirupsen/logrus\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nlogger := logrus.New()\n\tlogger.Infof(\"user \" + r.URL.Query().Get(\"u\"))\n}\n",
        ),
        java(
            "class A { Logger log; void f(javax.servlet.http.HttpServletRequest r) { log.info(\"user \" + r.getParameter(\"u\")); } }\n",
        ),
        java(
            "class A { void f(javax.servlet.http.HttpServletRequest r, javax.servlet.http.HttpServletResponse s) { s.setHeader(\"X-Name\", r.getParameter(\"n\")); } }\n",
        ),
        python(
            "import logging\nfrom flask import request\ndef f():\n    name = request.args.get('name')\n    logging.info('User name: ' + name)\n",
        ),
        python("from flask import request\ndef f():\n    app.logger.warning(f\"bad login {request.form['user']}\")\n"),
        python(
            "import logging\nfrom flask import request\nlog = logging.getLogger('a')\ndef f():\n    log.error('x %s', request.args['a'])\n",
        ),
        javascript("app.get('/', (req, res) => { console.log('user ' + req.query.user); });\n"),
        javascript("app.get('/', (req, res) => { logger.warn(`bad login ${req.body.user}`); });\n"),
    ],
    good: &[
        c(
            "#include <stdlib.h>\n#include <syslog.h>\n#include <sys/socket.h>\nvoid f(int s) { char text[64]; ssize_t n = recv(s, text, sizeof(text) - 1, 0); if (n <= 0) return; text[n] = 0; syslog(LOG_INFO, \"count %d\", atoi(text)); }\n",
        ),
        c("#include <syslog.h>\nvoid f(const char *name) { syslog(LOG_INFO, \"started %s\", name); }\n"),
        python(
            "from flask import request\ndef f():\n    with open('/var/log/app.log', 'a') as out:\n        out.write(repr(request.args['user']) + '\\n')\n",
        ),
        python(
            "from flask import request\ndef f():\n    with open('/srv/notes.txt', 'a') as out:\n        out.write(request.args['note'])\n",
        ),
        example(
            Language::CSharp,
            "class A : Controller { ILogger l; void F() { string u = Request.Query[\"u\"]; l.LogWarning(u.Replace(Environment.NewLine, \"\")); } }\n",
        ),
        example(
            Language::Ruby,
            "def f\n  clean = params[:user].gsub(\"\\n\", '')\n  logger.info(\"user \" + clean)\nend\n",
        ),
        example(Language::Php, "<?php\nerror_log('n=' . intval($_POST['n']));\n"),
        example(Language::CSharp, "class A { ILogger l; void F(string name) { l.LogWarning(\"user \" + name); } }\n"),
        example(Language::Ruby, "def f(name)\n  logger.info(\"user #{name}\")\nend\n"),
        example(Language::Rust, "fn f(name: &str) { info!(\"user {}\", name); }\n"),
        golang(
            "package p\nimport (\"net/http\"; \"log\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nlog.Printf(\"user %q\", r.FormValue(\"user\"))\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"log\"; \"strings\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nu := strings.ReplaceAll(r.FormValue(\"user\"), \"\\n\", \"\")\n\tlog.Println(u)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"log\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nlog.Println(\"started\")\n}\n",
        ),
        java(
            "class A { Logger log; void f(javax.servlet.http.HttpServletRequest r) { log.info(\"user \" + r.getParameter(\"u\").replaceAll(\"[\\r\\n]\", \"\")); } }\n",
        ),
        python(
            "import logging\nfrom flask import request\ndef f():\n    logging.info('User name: %r' % repr(request.args['a']))\n",
        ),
        python("import logging\ndef f(name):\n    logging.info('User name: ' + name)\n"),
        python(
            "import logging\nfrom flask import request\ndef f():\n    logging.info('n=%d', int(request.args['n']))\n",
        ),
        python(
            "import logging\nfrom flask import request\ndef f():\n    name = request.args['a'].replace('\\n', '').replace('\\r', '')\n    logging.info(name)\n",
        ),
        javascript("app.get('/', (req, res) => { console.log('user', req.query.user.replace(/\\n|\\r/g, '')); });\n"),
        javascript("function f(user) { console.log('user ' + user); }\n"),
        javascript("app.get('/', (req, res) => { console.log(JSON.stringify(req.query.user)); });\n"),
    ],
};

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !matches!(
        context.method(call),
        "debug" | "info" | "warning" | "warn" | "error" | "exception" | "critical" | "log"
    ) {
        return;
    }
    let path = context.callee(call);
    let logs = path.starts_with("logging.")
        || context.object(call).is_some_and(|object| {
            let name = context.source(object).rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            name == "log" || name.ends_with("logger") || name.ends_with("logging")
        });
    if !logs {
        return;
    }
    for part in context.tree().positional(call).take(6) {
        let Some(taint) = context.tainted(part, Purposes::LINE).filter(|taint| taint.origin.source == Source::Request)
        else {
            continue;
        };
        let message = "Request data with line ends can forge log lines.";
        let report = Report::issue(call, concept::LINE_INJECTION, message).confidence(taint.confidence);
        return found.push(context, report.trace(taint.trace));
    }
}

/// `with open("app.log", "a") as log: log.write(…)`
fn python_file(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.method(call) != "write" {
        return;
    }
    let (Some(object), Some(text)) = (context.object(call), context.positional(call, 0)) else { return };
    let tree = context.tree();
    let is_log = |open: NodeId| {
        matches!(context.callee(open), "open" | "io.open" | "codecs.open")
            && context.positional(open, 0).is_some_and(|name| {
                let name = context.string(name).unwrap_or_else(|| context.source(name)).to_ascii_lowercase();
                name.ends_with(".log")
                    || crate::words::words(&name).iter().any(|word| matches!(word.as_str(), "log" | "logs" | "logfile"))
            })
    };
    let opened = context.value(object);
    let name = context.source(object);
    let held = || {
        tree.ancestors(call).take(12).filter(|&above| context.kind(above) == Kind::With).any(|with| {
            tree.children(with).take(4).filter(|&item| context.kind(item) == Kind::WithItem).any(|item| {
                tree.child(item, crate::syntax::Field::Target).is_some_and(|target| context.source(target) == name)
                    && tree.child(item, crate::syntax::Field::Value).is_some_and(is_log)
            })
        })
    };
    if context.kind(object) != Kind::Name || !(context.kind(opened) == Kind::Call && is_log(opened) || held()) {
        return;
    }
    let Some(taint) = context.tainted(text, Purposes::LINE).filter(|taint| taint.origin.source == Source::Request)
    else {
        return;
    };
    let message = "Request data with line ends can forge log lines.";
    let report = Report::issue(call, concept::LINE_INJECTION, message).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}
