//! CWE-605: a server that listens on every interface.

mod listen;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::{call_path, constant_text};
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, java, java_row, javascript, javascript_row, python, python_row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "bind-all",
    cwe: &[605, 668, 200],
    severity: Severity::Medium,
    summary: "A server listens on every interface.",
    advice: "Listen on 127.0.0.1, or on an address from the configuration.",
    rows: &[
        python_row(&[Kind::Call, Kind::New], check_server),
        java_row(&[Kind::Call, Kind::New], listen::java),
        javascript_row(&[Kind::Call], listen::script),
        go_row(&[Kind::Call], check_go),
        c_row(&[Kind::Name], check_c),
        python_row(&[Kind::String], check_python),
        python_row(&[Kind::Call], check_bind),
    ],
    bad: &[
        c(
            "#include <netinet/in.h>\nvoid f(int s) { struct sockaddr_in a = {0}; a.sin_addr.s_addr = htonl(INADDR_ANY); bind(s, (struct sockaddr *)&a, sizeof a); }\n",
        ),
        python(
            "from http.server import HTTPServer, SimpleHTTPRequestHandler\ndef run():\n    HTTPServer(('', 8000), SimpleHTTPRequestHandler).serve_forever()\n",
        ),
        python(
            "import http.server, socketserver\nwith socketserver.TCPServer((\"\", 8000), http.server.SimpleHTTPRequestHandler) as server:\n    server.serve_forever()\n",
        ),
        java(
            "import java.net.*;\nclass A { void f() throws Exception { ServerSocket s = new ServerSocket(); s.bind(new InetSocketAddress(\"0.0.0.0\", 9000)); } }\n",
        ),
        java(
            "import java.net.*;\nclass A { void f() throws Exception { ServerSocket s = new ServerSocket(9000, 50, InetAddress.getByName(\"0.0.0.0\")); } }\n",
        ),
        javascript("const app = require('express')();\napp.listen(3000, '0.0.0.0');\n"),
        javascript(
            "const fastify = require('fastify')();\nfastify.listen({ port: 3000, host: process.env.HOST || '0.0.0.0' });\n",
        ),
        golang(
            "package p\nimport (\"net\")\nfunc f() {\n\tl, err := net.Listen(\"tcp\", \":2000\")\n\t_, _ = l, err\n}\n",
        ),
        python("import os\nhost = os.environ.get('HOST', '0.0.0.0')\ns.bind((host, 80))\n"),
        python("import socket\ns = socket.socket()\ns.bind(('0.0.0.0', 80))\n"),
        python("s.bind(('', 8080))\n"),
        python("app.run(host='0.0.0.0')\n"),
        python("import uvicorn\nuvicorn.run(app, host='0.0.0.0', port=80)\n"),
        python("HOST = '0.0.0.0'\n"),
    ],
    good: &[
        c("#include <netinet/in.h>\nvoid f(struct sockaddr_in *a) { a->sin_addr.s_addr = htonl(INADDR_LOOPBACK); }\n"),
        python(
            "from http.server import HTTPServer, SimpleHTTPRequestHandler\ndef run():\n    HTTPServer(('127.0.0.1', 8000), SimpleHTTPRequestHandler).serve_forever()\n",
        ),
        java(
            "import java.net.*;\nclass A { void f() throws Exception { ServerSocket s = new ServerSocket(); s.bind(new InetSocketAddress(\"127.0.0.1\", 9000)); } }\n",
        ),
        java("class A { boolean f(String host) { return \"0.0.0.0\".equals(host) || host.equals(\"0.0.0.0\"); } }\n"),
        javascript("const app = require('express')();\napp.listen(3000, '127.0.0.1');\n"),
        javascript("const blocked = ['0.0.0.0', '127.0.0.1'].includes(host);\n"),
        golang(
            "package p\nimport (\"net\")\nfunc f() {\n\tl, err := net.Listen(\"tcp\", \"127.0.0.1:2000\")\n\t_, _ = l, err\n}\n",
        ),
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
    // `path.split("::")`
    let cuts = call.is_some_and(|call| {
        matches!(
            context.method(call),
            "replace"
                | "split"
                | "rsplit"
                | "startswith"
                | "endswith"
                | "join"
                | "find"
                | "partition"
                | "rpartition"
                | "index"
        )
    });
    if cuts {
        return;
    }
    let bind =
        call.and_then(|call| call_path(context, call)).is_some_and(|path| path == "bind" || path.ends_with(".bind"));
    let given = matches!(tree.field(node), Field::Value | Field::Default) || call.is_some();
    if bind || (any && given) {
        let report = Report::issue(node, concept::BIND_ALL, "The server listens on every interface.");
        findings.push(context, report.confidence(Confidence::Medium));
    }
}

/// `s.bind(address)` where the address is a name, an attribute or a default.
fn check_bind(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    if context.method(call) != "bind" {
        return;
    }
    let Some(address) = context.positional(call, 0).map(|address| context.value(address)) else { return };
    if context.kind(address) != Kind::Tuple {
        return;
    }
    let Some(host) = context.tree().children(address).next() else { return };
    let written = context.kind(host) == Kind::String && context.tree().contains(call, host);
    let any = |node: NodeId| matches!(constant_text(context, node), Some("0.0.0.0" | "::" | ""));
    let value = context.value(host);
    let default = context.kind(value) == Kind::Call
        && matches!(context.callee(value), "os.environ.get" | "os.getenv")
        && context.positional(value, 1).is_some_and(any);
    if !written && (any(host) || any(value) || default) {
        let report = Report::issue(call, concept::BIND_ALL, "The server listens on every interface.");
        findings.push(context, report.confidence(Confidence::Medium));
    }
}

/// `address.sin_addr.s_addr = htonl(INADDR_ANY)`: many servers mean it.
fn check_c(context: &Context<'_>, node: NodeId, findings: &mut Findings) {
    let given = matches!(context.tree().field(node), Field::Value | Field::Argument) && context.mentions("bind(");
    if given && matches!(context.name(node), "INADDR_ANY" | "in6addr_any" | "IN6ADDR_ANY_INIT") {
        let report = Report::issue(node, concept::BIND_ALL, "The server listens on every interface.");
        findings.push(context, report.severity(Severity::Low).confidence(Confidence::Low));
    }
}

/// `HTTPServer(("", 8000), SimpleHTTPRequestHandler)`: no host is every host.
fn check_server(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let path = call_path(context, call).unwrap_or_default();
    let known = ["http.server.", "socketserver.", "wsgiref.simple_server.", "xmlrpc.server."];
    if !known.iter().any(|module| path.starts_with(module)) {
        return;
    }
    let Some(first) = context.positional(call, 0) else { return };
    let host = match path.rsplit('.').next().unwrap_or_default() {
        "make_server" => Some(first),
        name if name.ends_with("Server") => {
            let address = context.value(first);
            (context.kind(address) == Kind::Tuple).then(|| context.tree().children(address).next()).flatten()
        }
        _ => None,
    };
    if host.is_some_and(|host| constant_text(context, host) == Some("")) {
        listens(context, call, findings);
    }
}

/// `net.Listen("tcp", ":80")`.
fn check_go(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let at = match call_path(context, call) {
        Some("net.Listen" | "crypto/tls.Listen" | "net.ListenPacket") => 1,
        _ => return,
    };
    let Some(address) = context.positional(call, at).and_then(|address| constant_text(context, address)) else {
        return;
    };
    if address.starts_with(':') || address.starts_with("0.0.0.0") || address.starts_with("[::]") {
        let report = Report::issue(call, concept::BIND_ALL, "The server listens on every interface.");
        findings.push(context, report.cwe(&[605, 200]).confidence(Confidence::Medium));
    }
}

/// A server that is told to listen on every interface.
fn listens(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let report = Report::issue(call, concept::BIND_ALL, "The server listens on every interface.");
    findings.push(context, report.confidence(Confidence::Medium));
}
