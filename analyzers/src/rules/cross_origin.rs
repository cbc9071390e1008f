//! CWE-942: pages of every origin may read answers that belong to the visitor.

mod go;
mod java;
mod script;
mod settings;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{Context, Findings, Report, Rule, java, java_row, javascript, javascript_row, python, python_row};
use crate::rule::{example, row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "cross-origin",
    cwe: &[942, 346],
    severity: Severity::Medium,
    summary: "Pages of every origin may read answers that belong to the visitor.",
    advice: "Name the origins that may read them, and never send back whatever origin asked.",
    rows: &[
        javascript_row(&[Kind::Call], script::call),
        javascript_row(&[Kind::Pair], script::pair),
        row(&[Language::Nginx], &[Kind::Pair], settings::check),
        go_row(&[Kind::Call], go::call),
        go_row(&[Kind::Keyword, Kind::Assign], go::option),
        python_row(&[Kind::Call], check_call),
        python_row(&[Kind::Assign], check_assign),
        java_row(&[Kind::Call], java::call),
    ],
    bad: &[
        javascript(
            "app.get('/', (req, res) => { res.setHeader('Access-Control-Allow-Origin', req.headers.origin); res.setHeader('Access-Control-Allow-Credentials', 'true'); res.end(); });\n",
        ),
        javascript("const cors = require('cors');\napp.use(cors({ origin: true, credentials: true }));\n"),
        javascript("new ApolloServer({ typeDefs, cors: { origin: true } });\n"),
        python(
            "from flask import request\n@app.route('/api')\ndef api():\n    r = jsonify(data)\n    r.headers.add('Access-Control-Allow-Origin', request.headers.get('Origin'))\n    return r\n",
        ),
        python("CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOW_CREDENTIALS = True\n"),
        example(
            Language::Nginx,
            "location / {\n  add_header Access-Control-Allow-Origin $http_origin;\n  add_header Access-Control-Allow-Credentials true;\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tw.Header().Set(\"Access-Control-Allow-Origin\", r.Header.Get(\"Origin\"))\n\tw.Header().Set(\"Access-Control-Allow-Credentials\", \"true\")\n}\n",
        ),
        golang(
            "package p\nimport (\"github.com/gin-contrib/cors\")\nfunc f() {\n\tc := cors.Config{AllowOrigins: []string{\"null\"}, AllowCredentials: true}\n\t_ = c\n}\n",
        ),
        java(
            "class A { void f(javax.servlet.http.HttpServletRequest r, javax.servlet.http.HttpServletResponse s) { s.setHeader(\"Access-Control-Allow-Origin\", r.getHeader(\"Origin\")); } }\n",
        ),
        python(
            "from fastapi.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware, allow_origins=['*'], allow_credentials=True)\n",
        ),
        python("from flask_cors import CORS\nCORS(app, origins='*', supports_credentials=True)\n"),
        python(
            "from flask import request, make_response\ndef f():\n    r = make_response('a')\n    r.headers['Access-Control-Allow-Origin'] = request.headers['Origin']\n    return r\n",
        ),
    ],
    good: &[
        javascript(
            "app.get('/', (req, res) => { res.setHeader('Access-Control-Allow-Origin', 'https://a.example'); res.end(); });\n",
        ),
        javascript(
            "const cors = require('cors');\napp.use(cors({ origin: ['https://a.example'], credentials: true }));\napp.use(cors());\n",
        ),
        javascript(
            "const ALLOWED = ['https://a.example'];\napp.use((req, res, next) => { const origin = req.headers.origin; if (ALLOWED.includes(origin)) { res.setHeader('Access-Control-Allow-Origin', origin); } next(); });\n",
        ),
        example(Language::Nginx, "location / {\n  add_header Access-Control-Allow-Origin https://a.example;\n}\n"),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tw.Header().Set(\"Access-Control-Allow-Origin\", \"https://a.example\")\n\tw.Header().Set(\"Access-Control-Allow-Credentials\", \"true\")\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tw.Header().Set(\"Access-Control-Allow-Origin\", \"*\")\n}\n",
        ),
        java(
            "class A { void f(javax.servlet.http.HttpServletResponse s) { s.setHeader(\"Access-Control-Allow-Origin\", \"https://a.example\"); } }\n",
        ),
        python(
            "from fastapi.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware, allow_origins=['https://a.example'], allow_credentials=True)\n",
        ),
        python("from flask_cors import CORS\nCORS(app, origins=['https://a.example'])\n"),
        python("def f(r):\n    r.headers['Access-Control-Allow-Origin'] = 'https://a.example'\n"),
    ],
};

fn is_any(context: &Context<'_>, value: NodeId) -> bool {
    let value = context.value(value);
    std::iter::once(value)
        .chain(context.tree().children(value).take(20))
        .any(|part| matches!(context.string(part), Some("*" | ".*" | "https?://.*")))
}

fn check_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    // `response.headers.add("Access-Control-Allow-Origin", request.headers["Origin"])`
    if matches!(context.method(call), "add" | "set" | "add_header" | "setdefault") {
        let named = context
            .positional(call, 0)
            .and_then(|name| context.string(name))
            .is_some_and(|name| name.eq_ignore_ascii_case("access-control-allow-origin"));
        let taint =
            context.positional(call, 1).filter(|_| named).and_then(|value| context.tainted(value, Purposes::URL));
        if let Some(taint) = taint.filter(|taint| taint.origin.source == Source::Request && !taint.origin.checked) {
            let message = "Whatever origin asks may read the answer.";
            let report = Report::issue(call, concept::CORS_ANY, message).confidence(Confidence::Medium);
            found.push(context, report.trace(taint.trace));
        }
        return;
    }
    let path = context.callee(call);
    let first = context.positional(call, 0).map(|first| context.path(first)).unwrap_or_default();
    let class = if context.method(call) == "add_middleware" { first } else { path };
    let last = class.rsplit('.').next().unwrap_or_default();
    if !matches!(last, "CORSMiddleware" | "CORS" | "cross_origin") {
        return;
    }
    let origins =
        ["allow_origins", "origins", "allow_origin_regex"].iter().find_map(|name| context.keyword(call, name));
    let credentials = ["allow_credentials", "supports_credentials"].iter().any(|name| context.is_on(call, name));
    let any = origins.map_or(last != "CORSMiddleware", |origins| is_any(context, origins));
    if any {
        let message = "Pages of every origin may read the answers.";
        let report = if credentials {
            Report::issue(call, concept::CORS_ANY, message)
        } else {
            Report::audit(call, concept::CORS_ANY, message)
        };
        found.push(context, report);
    }
}

/// `response.headers["Access-Control-Allow-Origin"] = …`.
fn check_assign(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    let named = matches!(context.source(target), "CORS_ALLOW_ALL_ORIGINS" | "CORS_ORIGIN_ALLOW_ALL");
    if named && context.truth(value) == Some(true) {
        let credentials = context.mentions("CORS_ALLOW_CREDENTIALS = True");
        let message = "Pages of every origin may read the answers.";
        return found.push(
            context,
            if credentials {
                Report::issue(assign, concept::CORS_ANY, message)
            } else {
                Report::issue(assign, concept::CORS_ANY, message).severity(Severity::Low)
            },
        );
    }
    let key = tree.child(target, Field::Index).and_then(|key| context.string(key)).unwrap_or_default();
    if !key.eq_ignore_ascii_case("access-control-allow-origin") {
        return;
    }
    if context.string(value) == Some("*") {
        // Both in one block.
        let block = tree.parent(assign).unwrap_or(assign);
        let credentials = tree
            .children(block)
            .take(60)
            .filter(|&part| context.kind(part) == Kind::Assign)
            .any(|part| context.source(part).to_ascii_lowercase().contains("access-control-allow-credentials"));
        let message = "Pages of every origin may read the answer.";
        found.push(
            context,
            if credentials {
                Report::issue(assign, concept::CORS_ANY, message).confidence(Confidence::Medium)
            } else {
                Report::audit(assign, concept::CORS_ANY, message)
            },
        );
    } else if let Some(taint) = context
        .tainted(value, Purposes::URL)
        .filter(|taint| taint.origin.source == Source::Request && !taint.origin.checked)
    {
        let message = "Whatever origin asks may read the answer.";
        let report = Report::issue(assign, concept::CORS_ANY, message).confidence(Confidence::Medium);
        found.push(context, report.trace(taint.trace));
    }
}
