//! CWE-601: redirects to a URL from outside.

mod java;

use crate::concept;
use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::{
    Context, Findings, Report, Rule, example, java, java_row, javascript, javascript_row, python, python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

mod go;
mod more;
mod script;

pub(crate) const RULE: Rule = Rule {
    id: "open-redirect",
    cwe: &[601],
    severity: Severity::Medium,
    summary: "A redirect leads wherever the request says.",
    advice: "Redirect to fixed routes, or check that the target has no host or one from a fixed list.",
    rows: &[
        go_row(&[Kind::Call], go::call),
        python_row(&[Kind::Assign], python_header),
        python_row(&[Kind::Call], python_call),
        javascript_row(&[Kind::Call, Kind::New], script::check_call),
        javascript_row(&[Kind::Assign], script::check_assign),
        javascript_row(&[Kind::Keyword], script::check_attribute),
        java_row(&[Kind::Call, Kind::New], java::call),
        java_row(&[Kind::Return], java::answer),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::Call, Kind::New], more::check),
    ],
    bad: &[
        javascript(
            "document.querySelector('a').setAttribute('href', new URLSearchParams(location.search).get('next'));\n",
        ),
        javascript(
            "const s = document.createElement('script');\ns.src = new URLSearchParams(location.search).get('lib');\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nhttp.Redirect(w, r, r.FormValue(\"next\"), http.StatusFound)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nw.Header().Set(\"Location\", r.URL.Query().Get(\"to\"))\n\tw.WriteHeader(302)\n}\n",
        ),
        java(
            "class A { void f(javax.servlet.http.HttpServletRequest r, javax.servlet.http.HttpServletResponse s) throws Exception { s.sendRedirect(r.getParameter(\"next\")); } }\n",
        ),
        java("class A { @GetMapping(\"/\") String f(@RequestParam String url) { return \"redirect:\" + url; } }\n"),
        python(
            "from flask import Response, request\n@app.get('/r')\ndef r():\n    return Response(status=302, headers={'Location': request.args['u']})\n",
        ),
        python("from flask import request, redirect\ndef f():\n    return redirect(request.args.get('next'))\n"),
        python(
            "from django.http import HttpResponseRedirect\ndef view(request):\n    return HttpResponseRedirect(request.GET['next'])\n",
        ),
        python(
            "from flask import request, redirect\ndef f():\n    url = request.args['u']\n    return redirect('http://' + url)\n",
        ),
        javascript("app.get('/', (req, res) => { res.redirect(req.query.next); });\n"),
        javascript("app.get('/', (req, res) => { res.writeHead(302, { Location: '/' + req.query.next }); });\n"),
        javascript("window.location.href = new URLSearchParams(location.search).get('next');\n"),
        javascript("const a = <a href={document.location.hash.substr(1)}>x</a>;\n"),
        example(Language::Php, "<?php\nheader('Location: ' . $_GET['next']);\n"),
        example(Language::CSharp, "class A { object F() { return Redirect(Request.Query[\"next\"]); } }\n"),
        example(Language::Ruby, "def f\n  redirect_to params[:next]\nend\n"),
        example(
            Language::Rust,
            "fn f(q: String) -> Redirect { let next = std::env::args().nth(1).unwrap(); Redirect::to(&next) }\n",
        ),
    ],
    good: &[
        javascript("window.location.href = 'https://' + location.host + location.pathname;\n"),
        javascript(
            "const i = document.createElement('img');\ni.src = new URLSearchParams(location.search).get('picture');\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nhttp.Redirect(w, r, \"/item/\" + r.FormValue(\"id\"), 302)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nnext := r.FormValue(\"next\")\n\tswitch next {\n\tcase \"/a\", \"/b\":\n\t\thttp.Redirect(w, r, next, 302)\n\t}\n}\n",
        ),
        java(
            "class A { void f(javax.servlet.http.HttpServletRequest r, javax.servlet.http.HttpServletResponse s) throws Exception { s.sendRedirect(\"/item/\" + r.getParameter(\"id\")); } }\n",
        ),
        python("from flask import redirect, url_for\ndef f():\n    return redirect(url_for('index'))\n"),
        python("from flask import request, redirect\ndef f():\n    return redirect('/item/' + request.args['id'])\n"),
        python(
            "from flask import request, redirect\ndef f():\n    n = request.args['n']\n    if n not in ['/a', '/b']:\n        n = '/'\n    return redirect(n)\n",
        ),
        python(
            "from flask import request, redirect\nfrom urllib.parse import urlparse\ndef f():\n    n = request.args['n']\n    if urlparse(n).netloc != '':\n        return 'no'\n    return redirect(n)\n",
        ),
        javascript("app.get('/', (req, res) => { res.redirect('/item/' + req.query.id); });\n"),
        javascript(
            "app.get('/', (req, res) => { const n = req.query.n; if (!['/a', '/b'].includes(n)) return res.end(); res.redirect(n); });\n",
        ),
        javascript("window.location.href = '/search?q=' + location.hash.slice(1);\n"),
        javascript("const a = <a href={'/user/' + name}>x</a>;\n"),
        example(Language::Php, "<?php\nheader('Location: /home');\n"),
        example(Language::CSharp, "class A { object F() { return Redirect(\"/home\"); } }\n"),
        example(Language::Ruby, "def f\n  redirect_to root_path\nend\n"),
        example(Language::Rust, "fn f() -> Redirect { Redirect::to(\"/home\") }\n"),
    ],
};

const REDIRECTS: &[&str] = &[
    "flask.redirect",
    "redirect",
    "werkzeug.utils.redirect",
    "django.shortcuts.redirect",
    "django.http.HttpResponseRedirect",
    "django.http.HttpResponsePermanentRedirect",
    "starlette.responses.RedirectResponse",
    "fastapi.responses.RedirectResponse",
    "aiohttp.web.HTTPFound",
    "bottle.redirect",
    "HttpResponseRedirect",
    "aiohttp.web.HTTPSeeOther",
    "aiohttp.web.HTTPTemporaryRedirect",
    "aiohttp.web.HTTPMovedPermanently",
    "sanic.response.redirect",
    "quart.redirect",
    "pyramid.httpexceptions.HTTPFound",
    "falcon.HTTPFound",
    "falcon.HTTPMovedPermanently",
    "responder.redirect",
];

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if !REDIRECTS.contains(&path) && path != "self.redirect" {
        return python_location(context, call, found);
    }
    let Some(target) = context
        .positional(call, 0)
        .or_else(|| ["location", "url", "redirect_to", "to"].iter().find_map(|name| context.keyword(call, name)))
    else {
        return;
    };
    let Some(taint) = context.tainted(target, Purposes::URL).filter(|taint| taint.origin.source == Source::Request)
    else {
        return;
    };
    if starts_on_this_site(context, target) {
        return;
    }
    let message = "A redirect leads wherever the request says.";
    let report = Report::issue(call, concept::OPEN_REDIRECT, message).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}

/// `Response(status=302, headers={"Location": x})`
fn python_location(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(headers) = context.tree().keyword(call, "headers", context.text()) else { return };
    let headers = context.value(headers);
    let Some(target) = context.entry(headers, "Location").or_else(|| context.entry(headers, "location")) else {
        return;
    };
    if let Some(taint) = context.tainted(target, Purposes::URL).filter(|taint| taint.origin.source == Source::Request)
        && !starts_on_this_site(context, target)
    {
        let message = "A redirect leads wherever the request says.";
        let report = Report::issue(call, concept::OPEN_REDIRECT, message).confidence(taint.confidence);
        found.push(context, report.trace(taint.trace));
    }
}

/// `response.headers["Location"] = x`
fn python_header(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(node, Field::Target), tree.child(node, Field::Value)) else { return };
    let key = tree.child(target, Field::Index).filter(|_| context.kind(target) == Kind::Subscript);
    if !key.and_then(|key| context.string(key)).is_some_and(|key| key.eq_ignore_ascii_case("location")) {
        return;
    }
    let Some(taint) = context.tainted(value, Purposes::URL).filter(|taint| taint.origin.source == Source::Request)
    else {
        return;
    };
    if !starts_on_this_site(context, value) {
        let message = "A redirect leads wherever the request says.";
        let report = Report::issue(node, concept::OPEN_REDIRECT, message).confidence(taint.confidence);
        found.push(context, report.trace(taint.trace));
    }
}

/// `"/item/" + x`, `f"/item/{x}"`.
fn starts_on_this_site(context: &Context<'_>, target: NodeId) -> bool {
    let tree = context.tree();
    let mut at = context.value(target);
    for _ in 0..12 {
        match context.kind(at) {
            Kind::Binary | Kind::Template => match tree.children(at).next() {
                Some(first) => at = first,
                None => return false,
            },
            Kind::Call if context.callee(at) == "fmt.Sprintf" => match context.positional(at, 0) {
                Some(first) => at = first,
                None => return false,
            },
            Kind::Call if context.method(at) == "format" => match context.object(at) {
                Some(object) => at = object,
                None => return false,
            },
            Kind::Name | Kind::Interpolation if tree.field(at) == Field::Left => at = context.value(at),
            _ => break,
        }
    }
    // `f"{own}?next={x}"`
    if context.program().language == Language::Python
        && at != target
        && !context.is_constant(at)
        && matches!(context.kind(at), Kind::Interpolation | Kind::Name | Kind::Call | Kind::Attribute)
        && context.kind(context.value(target)) == Kind::Template
        && context.tainted(at, Purposes::URL).is_none()
    {
        return true;
    }
    let text = tree.string(at, context.text()).unwrap_or_default();
    text.len() > 1 && text.starts_with('/') && !text.starts_with("//")
        || text.strip_prefix("//").is_some_and(|rest| rest.find('/').is_some_and(|slash| slash > 0))
        || text.split_once("://").is_some_and(|(_, rest)| rest.contains('/'))
}
