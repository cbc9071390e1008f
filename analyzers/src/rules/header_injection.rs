//! CWE-113/93: outside text with line ends in headers and cookies.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::prefix;
use crate::rule::listed::is_built;
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "header-injection",
    cwe: &[113, 93, 20],
    severity: Severity::Medium,
    summary: "Request data becomes a header or cookie, and may bring headers of its own.",
    advice: "Take line ends out of the value, or choose it from a fixed list.",
    rows: &[
        python_row(&[Kind::Call], mail_text),
        python_row(&[Kind::Call], check_call),
        python_row(&[Kind::Assign], check_assign),
        go_row(&[Kind::Call], mail),
    ],
    bad: &[
        python(
            "from email.mime.text import MIMEText\nfrom flask import request\ndef f():\n    message = MIMEText(request.form['text'])\n    message['Subject'] = request.form['subject']\n    return message\n",
        ),
        python(
            "import smtplib\nfrom flask import request\ndef f():\n    text = 'Subject: ' + request.form['subject'] + '\\r\\n\\r\\nhello'\n    smtplib.SMTP('localhost').sendmail('a@example.com', ['b@example.com'], text)\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"net/smtp\")\nfunc f(r *http.Request) {\n\tmessage := \"To: \" + r.FormValue(\"to\") + \"\\r\\n\\r\\nhello\"\n\tsmtp.SendMail(\"localhost:25\", nil, \"a@example.com\", []string{\"b@example.com\"}, []byte(message))\n}\n",
        ),
        python(
            "from flask import request, Response\ndef f():\n    response = Response('a')\n    response.headers.add(request.args['name'], 'x')\n    return response\n",
        ),
        python(
            "from http.server import BaseHTTPRequestHandler\nclass H(BaseHTTPRequestHandler):\n    def do_GET(self):\n        self.send_header('X-Info', self.path[1:])\n",
        ),
        python(
            "from flask import request, make_response\ndef f():\n    response = make_response('a')\n    response.set_cookie(request.args['name'], request.args['value'])\n    return response\n",
        ),
    ],
    good: &[
        python(
            "from email.message import EmailMessage\nfrom flask import request\ndef f():\n    message = EmailMessage()\n    message['Subject'] = request.form['subject']\n    return message\n",
        ),
        python(
            "from email.mime.text import MIMEText\nfrom flask import request\ndef f():\n    message = MIMEText(request.form['text'])\n    message['Subject'] = 'A message'\n    return message\n",
        ),
        python(
            "import smtplib\nfrom flask import request\ndef f():\n    text = 'Subject: hello\\r\\n\\r\\n' + request.form['text']\n    smtplib.SMTP('localhost').sendmail('a@example.com', ['b@example.com'], text)\n",
        ),
        golang(
            "package p\nimport \"net/smtp\"\nfunc f() { smtp.SendMail(\"localhost:25\", nil, \"a@example.com\", []string{\"b@example.com\"}, []byte(\"hello\")) }\n",
        ),
        python(
            "from flask import request, Response\ndef f():\n    response = Response('a')\n    response.headers.add('X-N', str(int(request.args['n'])))\n    return response\n",
        ),
        python(
            "from flask import request, make_response\ndef f():\n    response = make_response('a')\n    response.headers['X-Name'] = request.args['name'].replace('\\n', '').replace('\\r', '')\n    return response\n",
        ),
        python("def f(headers, name):\n    headers.add(name, 'x')\n"),
        python(
            "from flask import request, make_response\ndef f():\n    response = make_response('a')\n    response.set_cookie('theme', request.args['theme'])\n    return response\n",
        ),
    ],
};

/// `smtp.SendMail(server, auth, from, to, message)` of Go.
fn mail(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.callee(call) != "net/smtp.SendMail" {
        return;
    }
    for part in context.tree().positional(call).skip(2).take(3) {
        let taint = context.tainted(part, Purposes::LINE);
        let Some(taint) = taint.filter(|taint| taint.origin.source == Source::Request && !taint.origin.checked) else {
            continue;
        };
        let message = "Request data becomes part of the head of a mail.";
        let report = Report::issue(call, concept::LINE_INJECTION, message).cwe(&[93, 640]);
        return found.push(context, report.confidence(taint.confidence).trace(taint.trace));
    }
}

fn check_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let object = context.object(call).map(|object| context.source(object)).unwrap_or_default();
    let path = context.callee(call);
    match context.method(call) {
        // Plain handlers and WSGI write what they are given; the frameworks refuse line ends in values, not in names.
        "send_header" | "putheader" | "add_header" => {
            for at in 0..2 {
                pushed(context, call, context.positional(call, at), found);
            }
        }
        "add" | "set" | "setdefault" | "extend" | "update" if object.ends_with("headers") => {
            pushed_names(context, call, context.positional(call, 0), found);
        }
        "set_cookie" => pushed(context, call, context.argument(call, 0, "key"), found),
        _ => {
            let headers = match path {
                "flask.make_response" | "make_response" => context.positional(call, 1),
                "flask.Response" | "Response" | "werkzeug.Response" => {
                    context.keyword(call, "headers").or_else(|| context.positional(call, 2))
                }
                "werkzeug.datastructures.Headers" | "Headers" | "wsgiref.headers.Headers" => {
                    context.positional(call, 0)
                }
                "start_response" => context.positional(call, 1),
                _ => return,
            };
            pushed_names(context, call, headers, found);
        }
    }
}

/// `response["Set-Cookie"] = …`, `response.headers[name] = …`.
fn check_assign(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    let (Some(object), Some(key)) = (tree.child(target, Field::Object), tree.child(target, Field::Index)) else {
        return;
    };
    let cookie = context.string(key).is_some_and(|key| key.eq_ignore_ascii_case("set-cookie"));
    let mail = context.string(key).is_some_and(|key| MAIL.contains(&key.to_ascii_lowercase().as_str()));
    if mail && is_plain_mail(context, object) {
        mailed(context, assign, value, found);
    } else if cookie {
        pushed(context, assign, Some(value), found);
    } else if context.source(object).ends_with("headers") {
        pushed(context, assign, Some(key), found);
    }
}

/// Headers of a mail, in lower case.
const MAIL: &[&str] = &["subject", "to", "from", "cc", "bcc", "reply-to", "sender"];

/// Whether a message is of the kind that takes line ends in its headers; `EmailMessage` refuses them.
fn is_plain_mail(context: &Context<'_>, object: NodeId) -> bool {
    let value = context.value(object);
    let class = context.callee(value).rsplit('.').next().unwrap_or_default();
    matches!(class, "MIMEText" | "MIMEMultipart" | "MIMEBase" | "MIMEApplication" | "Message")
}

/// `server.sendmail(sender, receivers, "Subject: " + subject + …)` of Python.
fn mail_text(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.method(call) != "sendmail" {
        return;
    }
    let Some(text) = context.argument(call, 2, "msg") else { return };
    // What stands behind the empty line is no header.
    if is_built(context, text) && !prefix(context, text).replace('\r', "").contains("\n\n") {
        mailed(context, call, text, found);
    }
}

fn mailed(context: &Context<'_>, sink: NodeId, value: NodeId, found: &mut Findings) {
    let taint = context.tainted(value, Purposes::LINE);
    let Some(taint) = taint.filter(|taint| taint.origin.source == Source::Request && !taint.origin.checked) else {
        return;
    };
    let message = "Request data becomes part of the head of a mail.";
    let report = Report::issue(sink, concept::LINE_INJECTION, message).cwe(&[93, 113]);
    found.push(context, report.confidence(taint.confidence.min(Confidence::Medium)).trace(taint.trace));
}

/// The names in a dictionary or list of headers; of any other value the whole.
fn pushed_names(context: &Context<'_>, sink: NodeId, headers: Option<NodeId>, found: &mut Findings) {
    let Some(headers) = headers else { return };
    let tree = context.tree();
    let value = context.value(headers);
    match context.kind(value) {
        Kind::Dict => {
            for pair in tree.children(value).take(30) {
                pushed(context, sink, tree.child(pair, Field::Key), found);
            }
        }
        Kind::List => {
            for pair in tree.children(value).take(30) {
                pushed(context, sink, tree.children(pair).next(), found);
            }
        }
        Kind::String => {}
        _ => pushed(context, sink, Some(headers), found),
    }
}

fn pushed(context: &Context<'_>, sink: NodeId, value: Option<NodeId>, found: &mut Findings) {
    let Some(value) = value.filter(|&value| !context.is_constant(value)) else { return };
    let Some(taint) = context.tainted(value, Purposes::LINE).filter(|taint| taint.origin.source == Source::Request)
    else {
        return;
    };
    let message = format!("A header or cookie is made from {}.", taint.source());
    let report =
        Report::issue(sink, concept::LINE_INJECTION, message).confidence(taint.confidence.min(Confidence::Medium));
    found.push(context, report.trace(taint.trace));
}
