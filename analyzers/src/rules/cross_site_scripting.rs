//! CWE-79/80: outside text in markup.

mod braces;
mod go;
mod mail;
mod markup;
mod more;
mod native;
mod script;
mod template;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Exposure, Findings, Report, Rule, example, java, java_row, javascript, javascript_row, python, python_row,
    row,
};
use crate::rule::{c, c_row, go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "cross-site-scripting",
    cwe: &[79, 80],
    severity: Severity::High,
    summary: "Text from outside becomes part of a page without being escaped.",
    advice: "Escape it with `html.escape` (or `markupsafe.escape`), or render it by a template that escapes.",
    rows: &[
        c_row(&[Kind::Call], native::check),
        row(&[Language::Html], &[Kind::Interpolation], markup::expression),
        row(&[Language::Html], &[Kind::Pair], markup::attribute),
        go_row(&[Kind::Call], go::call),
        go_row(&[Kind::Call], go::execute),
        python_row(&[Kind::Call], template::call),
        python_row(&[Kind::Call], mail::call),
        python_row(&[Kind::Assign], mail::assign),
        python_row(&[Kind::Call], python_call),
        python_row(&[Kind::Return], python_return),
        python_row(&[Kind::Template, Kind::Binary, Kind::Call], python_text),
        java_row(&[Kind::Call], braces::java_call),
        java_row(&[Kind::Return], braces::java_return),
        javascript_row(&[Kind::Call, Kind::New], script::check_call),
        javascript_row(&[Kind::Assign, Kind::AugAssign], script::check_assign),
        javascript_row(&[Kind::Keyword, Kind::Pair], script::check_attribute),
        javascript_row(&[Kind::Return], script::check_return),
        row(
            &[Language::Php, Language::CSharp, Language::Ruby, Language::Rust],
            &[Kind::Call, Kind::New, Kind::Assign],
            more::check,
        ),
    ],
    bad: &[
        python(
            "from flask import request, render_template_string\ndef f():\n    return render_template_string('<p>{{ name|safe }}</p>', name=request.args['n'])\n",
        ),
        c(
            "#include <stdlib.h>\nint main(void) { char *q = getenv(\"QUERY_STRING\"); printf(\"<p>%s</p>\", q); return 0; }\n",
        ),
        javascript(
            "exports.handler = async (event) => { return { statusCode: 200, headers: { 'Content-Type': 'text/html' }, body: `<p>${event.queryStringParameters.name}</p>` }; };\n",
        ),
        javascript(
            "import { Hono } from 'hono';\nconst app = new Hono();\napp.get('/', (c) => c.html(`<h1>${c.req.query('name')}</h1>`));\n",
        ),
        javascript("angular.module('a', []).config(function ($sceProvider) { $sceProvider.enabled(false); });\n"),
        javascript(
            "try { parse(location.hash.slice(1)); } catch (e) { document.getElementById('error').innerHTML = 'Failed: ' + e; }\n",
        ),
        javascript(
            "function Search() { const [params] = useSearchParams(); return <p dangerouslySetInnerHTML={{ __html: params.get('q') }} />; }\n",
        ),
        javascript("app.get('/', ({ query }, res) => { res.send('<b>' + query.name + '</b>'); });\n"),
        example(Language::Html, "<p>{{ request.args.q|safe }}</p>\n"),
        example(Language::Html, "<div v-html=\"comment.text\"></div>\n"),
        example(Language::Html, "{% autoescape off %}<p>{{ name }}</p>{% endautoescape %}\n"),
        example(Language::Html, "<p><%- query.name %></p>\n"),
        python(
            "from flask import render_template_string, request\n@app.get('/q')\ndef q():\n    return render_template_string('<p>{{ q|safe }}</p>', q=request.args['q'])\n",
        ),
        python(
            "from fastapi import FastAPI\nfrom fastapi.responses import HTMLResponse\napp = FastAPI()\n@app.get('/hi', response_class=HTMLResponse)\nasync def hi(name: str):\n    return f'<p>Hi {name}</p>'\n",
        ),
        python(
            "from flask import Flask, request\ncomments = []\n@app.post('/add')\ndef add():\n    comments.append(request.form['text'])\n    return 'ok'\n@app.get('/')\ndef index():\n    items = ''.join(f'<li>{c}</li>' for c in comments)\n    return f'<ul>{items}</ul>'\n",
        ),
        python(
            "from django.core.mail import send_mail\ndef f(request):\n    send_mail('s', 't', 'a@b.c', ['d@e.f'], html_message=request.GET['m'])\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"fmt\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nfmt.Fprintf(w, \"<p>Hello %s</p>\", r.FormValue(\"name\"))\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nw.Write([]byte(\"Hello \" + r.URL.Query().Get(\"name\")))\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"html/template\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nx := template.HTML(r.FormValue(\"x\"))\n\t_ = x\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"text/template\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nt := template.Must(template.New(\"x\").Parse(\"<p>{{.}}</p>\"))\n\tt.Execute(w, r.FormValue(\"x\"))\n}\n",
        ),
        python(
            "from flask import Flask, request\napp = Flask(__name__)\n@app.route('/')\ndef f():\n    return f\"<h1>Hello {request.args['name']}</h1>\"\n",
        ),
        python(
            "from flask import request\n@app.route('/')\ndef f():\n    name = request.args.get('name')\n    return 'Hello ' + name\n",
        ),
        python(
            "from flask import request, make_response\ndef f():\n    return make_response('<b>%s</b>' % request.form['x'])\n",
        ),
        python(
            "from django.http import HttpResponse\ndef view(request):\n    return HttpResponse('<p>' + request.GET['q'] + '</p>')\n",
        ),
        python("from django.utils.safestring import mark_safe\ndef f(x):\n    return mark_safe('<b>' + x + '</b>')\n"),
        python("from markupsafe import Markup\ndef f(x):\n    return Markup(f'<b>{x}</b>')\n"),
        python("def render(comment):\n    return f'<div class=\"c\">{comment}</div>'\n"),
        python(
            "def render(comments):\n    html = '<ul>'\n    for c in comments:\n        html += '<li>' + c + '</li>'\n    return html\n",
        ),
        python(
            "class H(BaseHTTPRequestHandler):\n    def do_GET(self):\n        self.wfile.write(('<p>' + self.path + '</p>').encode())\n",
        ),
        python("PAGE = '<h1>{title}</h1>'\ndef render(title):\n    return PAGE.format(title=title)\n"),
        python("from jinja2 import Environment\nenv = Environment()\n"),
        python("import jinja2\nenv = jinja2.Environment(autoescape=False)\n"),
        java(
            "class A extends HttpServlet { protected void doGet(HttpServletRequest q, HttpServletResponse r) throws IOException { r.getWriter().println(\"<h1>\" + q.getParameter(\"n\") + \"</h1>\"); } }\n",
        ),
        java(
            "class A extends HttpServlet { protected void doGet(HttpServletRequest q, HttpServletResponse r) throws IOException { String n = q.getParameter(\"n\"); PrintWriter w = r.getWriter(); w.write(n); } }\n",
        ),
        java(
            "@RestController\nclass A { @GetMapping(\"/\") String f(@RequestParam String n) { return \"<h1>Hello \" + n + \"</h1>\"; } }\n",
        ),
        javascript("app.get('/', (req, res) => { res.send(`<h1>${req.query.n}</h1>`); });\n"),
        javascript("app.get('/', (req, res) => { const n = req.params.n; res.status(404).send('No ' + n); });\n"),
        javascript(
            "const http = require('http');\nhttp.createServer((req, res) => { res.end('<p>' + req.url + '</p>'); });\n",
        ),
        javascript("function show(name) { document.getElementById('a').innerHTML = '<b>' + name + '</b>'; }\n"),
        javascript("document.write(location.hash);\n"),
        javascript("$('<b>' + location.hash + '</b>').appendTo('body');\n"),
        javascript("$.fn.tip = function (options) { $(options.target).show(); };\n"),
        javascript(
            "export async function GET(request) { return new Response(request.url, { headers: { 'Content-Type': 'text/html' } }); }\n",
        ),
        javascript("const v = <div dangerouslySetInnerHTML={{ __html: location.hash }} />;\n"),
        javascript("router.get('/', ctx => { ctx.body = '<p>' + ctx.query.q + '</p>'; });\n"),
        javascript("function show(name) { $('#a').html('<b>' + name + '</b>'); }\n"),
        example(Language::Php, "<?php\necho '<p>' . $_GET['name'] . '</p>';\n"),
        example(Language::Php, "<h1><?= $_GET['title'] ?></h1>\n"),
        example(
            Language::CSharp,
            "class A { void F() { Response.Write(\"<b>\" + Request.QueryString[\"n\"] + \"</b>\"); } }\n",
        ),
        example(Language::Ruby, "def show\n  render html: \"<p>#{params[:name]}</p>\".html_safe\nend\n"),
        example(
            Language::Rust,
            "#[get(\"/x\")]\nasync fn f(name: String) -> Html<String> { Html(format!(\"<p>{}</p>\", name)) }\n",
        ),
    ],
    good: &[
        python(
            "from flask import request, render_template_string\ndef f():\n    return render_template_string('<p>{{ name }} {{ title|safe }}</p>', name=request.args['n'], title='<b>a</b>')\n",
        ),
        c(
            "#include <stdlib.h>\nint main(void) { char *q = html_escape(getenv(\"QUERY_STRING\")); printf(\"<p>%s</p>\", q); return 0; }\n",
        ),
        javascript(
            "exports.handler = async (event) => { return { statusCode: 200, body: JSON.stringify({ name: event.queryStringParameters.name }) }; };\n",
        ),
        javascript(
            "app.get('/', async (req, res) => { const user = await User.findOne({ where: { name: req.query.name } }); res.send(user.page); });\n",
        ),
        javascript(
            "try { parse(location.hash.slice(1)); } catch (e) { document.getElementById('error').textContent = 'Failed: ' + e; }\n",
        ),
        example(Language::Html, "<p>{{ request.args.q }}</p><p>{{ page.title }}</p>\n"),
        example(Language::Html, "<div>{{ comment.text | sanitize | safe }}</div><%- include(\"header\") %>\n"),
        golang(
            "package p\nimport (\"net/http\"; \"fmt\"; \"html\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nfmt.Fprintf(w, \"<p>Hello %s</p>\", html.EscapeString(r.FormValue(\"name\")))\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nw.Header().Set(\"Content-Type\", \"text/plain\")\n\tw.Write([]byte(\"Hello \" + r.URL.Query().Get(\"name\")))\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"html/template\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nt := template.Must(template.New(\"x\").Parse(\"<p>{{.}}</p>\"))\n\tt.Execute(w, r.FormValue(\"x\"))\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"fmt\"; \"strconv\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nn, _ := strconv.Atoi(r.FormValue(\"n\"))\n\tfmt.Fprintf(w, \"<p>%d</p>\", n)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"encoding/json\")\nfunc f(w http.ResponseWriter, r *http.Request) {\njson.NewEncoder(w).Encode(r.FormValue(\"name\"))\n}\n",
        ),
        java(
            "class A extends HttpServlet { protected void doGet(HttpServletRequest q, HttpServletResponse r) throws IOException { r.getWriter().println(\"<h1>\" + HtmlUtils.htmlEscape(q.getParameter(\"n\")) + \"</h1>\"); } }\n",
        ),
        java(
            "class A extends HttpServlet { protected void doGet(HttpServletRequest q, HttpServletResponse r) throws IOException { r.setContentType(\"application/json\"); r.getWriter().println(\"{}\" + q.getParameter(\"n\")); } }\n",
        ),
        java("class A { void f(PrintWriter w, String n) { w.println(n); System.out.println(n); } }\n"),
        javascript("app.get('/', (req, res) => { res.json({ n: req.query.n }); });\n"),
        javascript("app.get('/', (req, res) => { res.send({ n: req.query.n }); });\n"),
        javascript(
            "const escape = require('escape-html');\napp.get('/', (req, res) => { res.send('<p>' + escape(req.query.n) + '</p>'); });\n",
        ),
        javascript("app.get('/', (req, res) => { res.type('text/plain').send('Hi ' + req.query.n); });\n"),
        javascript("function show(name) { document.getElementById('a').textContent = name; }\n"),
        javascript("function clear(e) { e.innerHTML = '<b>done</b>'; }\n"),
        javascript("$('#' + name).show();\n"),
        javascript("export async function GET(request) { return Response.json({ url: request.url }); }\n"),
        javascript("router.get('/', ctx => { ctx.body = { q: ctx.query.q }; });\n"),
        python(
            "from flask import render_template_string, request\n@app.get('/q')\ndef q():\n    return render_template_string('<p>{{ q }}</p>', q=request.args['q'])\n",
        ),
        python(
            "import html\nfrom flask import request\n@app.route('/')\ndef f():\n    return f\"<h1>{html.escape(request.args['name'])}</h1>\"\n",
        ),
        python(
            "from flask import request, render_template\n@app.route('/')\ndef f():\n    return render_template('a.html', name=request.args['name'])\n",
        ),
        python(
            "from flask import request, jsonify\n@app.route('/')\ndef f():\n    return jsonify(name=request.args['name'])\n",
        ),
        python("from markupsafe import Markup\ndef f():\n    return Markup('<b>hi</b>')\n"),
        python("def f(n):\n    if n <= 3 and n > 1:\n        return f'{n} < 4'\n"),
        python("from markupsafe import Markup\ndef f(x):\n    return Markup('<b>{}</b>').format(x)\n"),
        python("from django.utils.html import format_html\ndef f(x):\n    return format_html('<b>{}</b>', x)\n"),
        python(
            "from jinja2 import Environment, select_autoescape\nenv = Environment(autoescape=select_autoescape())\n",
        ),
        python(
            "import html\ndef f(labels):\n    safe = [html.escape(label) for label in labels]\n    return ''.join([f'<b>{label}</b>' for label in safe])\n",
        ),
        python("def greet(name):\n    return 'Hello ' + name\n"),
        python("GREETING = 'Hello {}'\ndef greet(name):\n    return GREETING.format(name)\n"),
        python("from flask import request\n@app.route('/')\ndef f():\n    return str(int(request.args['n']) + 1)\n"),
        python("from flask import request\n@app.route('/')\ndef f():\n    return {'name': request.args['name']}\n"),
        example(Language::Php, "<?php\necho '<p>' . htmlspecialchars($_GET['name']) . '</p>';\n"),
        example(Language::Php, "<?php\necho 'hello';\necho intval($_GET['n']);\n"),
        example(
            Language::CSharp,
            "class A { void F() { Response.Write(HttpUtility.HtmlEncode(Request.QueryString[\"n\"])); } }\n",
        ),
        example(Language::Ruby, "def show\n  render html: ERB::Util.html_escape(params[:name])\nend\n"),
        example(Language::Rust, "async fn f() -> Html<&'static str> { Html(\"<p>hi</p>\") }\n"),
    ],
};

const MARKS: &[&str] = &[
    "django.utils.safestring.mark_safe",
    "django.utils.safestring.SafeString",
    "django.utils.safestring.SafeText",
    "django.utils.html.html_safe",
    "markupsafe.Markup",
    "flask.Markup",
    "jinja2.Markup",
    "Markup",
    "mark_safe",
];
const RESPONSES: &[&str] = &[
    "flask.make_response",
    "flask.Response",
    "django.http.HttpResponse",
    "django.http.response.HttpResponse",
    "werkzeug.wrappers.Response",
    "starlette.responses.HTMLResponse",
    "fastapi.responses.HTMLResponse",
    "aiohttp.web.Response",
    "webob.Response",
    "pyramid.response.Response",
    "HttpResponse",
    "make_response",
];

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if MARKS.contains(&path) {
        return marked(context, call, found);
    }
    if path == "jinja2.Environment"
        || path == "jinja2.environment.Environment"
        || path == "jinja2.sandbox.SandboxedEnvironment"
        || path == "mako.template.Template"
    {
        return engine(context, call, path, found);
    }
    if matches!(path, "flask.render_template_string" | "render_template_string" | "quart.render_template_string") {
        return marked_in_template(context, call, found);
    }
    if RESPONSES.contains(&path) || matches!(path, "sanic.response.html" | "response.html" | "sanic.html") {
        let body = context
            .positional(call, 0)
            .or_else(|| ["response", "content", "body", "text"].iter().find_map(|name| context.keyword(call, name)));
        let plain = ["content_type", "mimetype", "media_type"]
            .iter()
            .find_map(|name| context.keyword(call, name))
            .and_then(|kind| context.string(kind))
            .is_some_and(|kind| !kind.contains("html") && !kind.contains("svg") && !kind.contains("xml"));
        if let Some(body) = body.filter(|_| !plain) {
            page(context, call, body, found);
        }
        return;
    }
    let object = context.object(call);
    if context.method(call) == "write"
        && object.is_some_and(|object| {
            context.source(object).ends_with("wfile")
                || context.source(object) == "response"
                || context.source(object) == "self"
        })
        && let Some(body) = context.positional(call, 0)
    {
        page(context, call, body, found);
    }
}

/// `render_template_string("{{ q|safe }}", q=…)`: the template leaves what it gets as it is.
fn marked_in_template(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let template = context.positional(call, 0).and_then(|text| context.string(text)).unwrap_or_default();
    let tree = context.tree();
    for given in tree.children_in(call, Field::Argument).filter(|&part| context.kind(part) == Kind::Keyword).take(20) {
        let name = context.name(given);
        let open = [format!("{name}|safe"), format!("{name} | safe"), format!("{name} |safe")];
        let Some(value) = tree.child(given, Field::Value) else { continue };
        if !open.iter().any(|written| template.contains(written.as_str())) {
            continue;
        }
        if let Some(taint) =
            context.tainted(value, Purposes::HTML).filter(|taint| taint.origin.source == Source::Request)
        {
            let message = format!("Text from {} becomes part of a page unescaped.", taint.source());
            let report = Report::issue(call, concept::MARK_SAFE, message).confidence(taint.confidence);
            return found.push(context, report.trace(taint.trace));
        }
    }
}

fn marked(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(value) = context.positional(call, 0) else { return };
    match context.exposure(value, Purposes::HTML) {
        Exposure::Constant | Exposure::Harmless => {}
        Exposure::Tainted(taint) => {
            let message = format!("Text made from {} is marked as safe markup.", taint.source());
            // What a caller hands over as a whole is the caller's to judge.
            let made = context.value(value);
            let built = matches!(context.kind(made), Kind::Template | Kind::Binary) || context.method(made) == "format";
            let weak = matches!(taint.origin.source, Source::Parameter | Source::Unknown | Source::File);
            let passed_on = weak && !built && !markup(context, value);
            let report = if passed_on {
                Report::audit(call, concept::MARK_SAFE, message)
            } else {
                Report::issue(call, concept::MARK_SAFE, message).confidence(taint.confidence)
            };
            found.push(context, report.cwe(&[79, 80]).trace(taint.trace));
        }
        Exposure::Unclear => {
            let message = "Text that is made at run time is marked as safe markup.";
            found.push(
                context,
                Report::issue(call, concept::MARK_SAFE, message).severity(Severity::Medium).confidence(Confidence::Low),
            );
        }
    }
}

fn engine(context: &Context<'_>, call: NodeId, path: &str, found: &mut Findings) {
    if path.starts_with("mako") {
        let filters = context.keyword(call, "default_filters").is_some();
        if !filters {
            found.push(
                context,
                Report::audit(call, concept::JINJA_AUTOESCAPE, "Mako escapes nothing unless it is told to."),
            );
        }
        return;
    }
    let Some(option) = context.keyword(call, "autoescape") else {
        if !context.has_spread(call) {
            let message = "The template engine escapes nothing unless it is told to.";
            found.push(context, Report::issue(call, concept::JINJA_AUTOESCAPE, message).cwe(&[79, 94]));
        }
        return;
    };
    if context.truth(option) == Some(false) {
        let message = "The template engine is told not to escape.";
        found.push(context, Report::issue(call, concept::JINJA_AUTOESCAPE, message).cwe(&[79, 94]));
    }
}

/// `body` is sent as a page.
fn page(context: &Context<'_>, sink: NodeId, body: NodeId, found: &mut Findings) {
    let Some(taint) = context.tainted(body, Purposes::HTML) else { return };
    let web = matches!(taint.origin.source, Source::Request | Source::Network);
    let tagged = markup(context, body);
    if !web && !tagged {
        return;
    }
    let message = format!("Text from {} becomes part of a page unescaped.", taint.source());
    let report = Report::issue(sink, concept::HTML_UNESCAPED, message)
        .severity(if web { Severity::High } else { Severity::Medium })
        .confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}

/// Whether the function around a node answers web requests.
fn is_handler(context: &Context<'_>, function: NodeId) -> bool {
    context.tree().children_in(function, Field::Decorator).any(|decorator| {
        let text = context.source(decorator);
        let head = text.split('(').next().unwrap_or(text).trim();
        ["route", "get", "post", "put", "delete"].iter().any(|verb| head.ends_with(&format!(".{verb}")))
            && !text.contains("response_model")
    })
}

fn python_return(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value) else { return };
    let Some(function) = context.function(node) else { return };
    // `return page, 404`
    let value = match context.kind(value) {
        Kind::Tuple => tree.children(value).next().unwrap_or(value),
        _ => value,
    };
    if is_handler(context, function) {
        let literal = context.value(value);
        let text = matches!(
            context.kind(literal),
            Kind::Template | Kind::Binary | Kind::Name | Kind::Subscript | Kind::Attribute
        ) || context.kind(literal) == Kind::Call
            && matches!(context.method(literal), "format" | "join" | "get" | "replace" | "strip" | "lower" | "upper")
            || context.kind(literal) == Kind::Call && context.callee(literal) == "str";
        if !text {
            return;
        }
        let Some(taint) = context.tainted(value, Purposes::HTML).filter(|taint| taint.origin.source == Source::Request)
        else {
            return;
        };
        // FastAPI and the like answer with JSON.
        let page = tree
            .children_in(function, Field::Decorator)
            .any(|decorator| context.source(decorator).contains("HTMLResponse"));
        let json = !page && (context.mentions("fastapi") || context.mentions("FastAPI"));
        if json {
            return;
        }
        let message = format!("Text from {} becomes part of a page unescaped.", taint.source());
        let report = Report::issue(value, concept::HTML_UNESCAPED, message).confidence(taint.confidence);
        return found.push(context, report.trace(taint.trace));
    }
    // A function that builds markup and gives it back.
    if matches!(context.kind(value), Kind::Name) && markup(context, value) {
        built(context, value, found);
    }
}

/// Markup built and returned at once.
fn python_text(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let builds = match context.kind(node) {
        Kind::Binary => matches!(context.name(node), "+" | "%"),
        Kind::Call => matches!(context.method(node), "format" | "join" | "replace" | "format_map"),
        _ => true,
    };
    if !builds {
        return;
    }
    let tree = context.tree();
    let Some(above) = tree.parent(node).filter(|&above| context.kind(above) == Kind::Return) else { return };
    let handler = context.function(above).is_some_and(|function| is_handler(context, function));
    if !handler && markup(context, node) {
        built(context, node, found);
    }
}

fn built(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some(taint) = context.tainted(node, Purposes::HTML) else { return };
    if matches!(taint.origin.source, Source::Unknown | Source::Environment) {
        return;
    }
    let web = taint.origin.source == Source::Request;
    let message = format!("Markup is put together with {} unescaped.", taint.source());
    let report = Report::issue(node, concept::HTML_UNESCAPED, message)
        .severity(if web { Severity::High } else { Severity::Medium })
        .confidence(taint.confidence.min(Confidence::Medium));
    found.push(context, report.trace(taint.trace));
}

/// Whether the constant parts of an expression (and of what its names stand for) hold tags.
fn markup(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let data = context.flow().data();
    let mut list = vec![node];
    let mut at = 0;
    while at < list.len() && list.len() < 24 {
        let root = list[at];
        at += 1;
        for part in tree.subtree(root).take(200) {
            match context.kind(part) {
                Kind::String | Kind::Text if tree.string(part, context.text()).is_some_and(|text| has_tag(&text)) => {
                    return true;
                }
                Kind::Name => {
                    for &definition in data.definitions_of(part).iter() {
                        if let crate::graph::dfg::Value::Expression(value) = data.definitions[definition as usize].value
                            && !list.contains(&value)
                        {
                            list.push(value);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    false
}

/// A tag of HTML: `<name`, `</name>`.
fn has_tag(text: &str) -> bool {
    const TAGS: &[&str] = &[
        "html", "body", "head", "div", "span", "p", "a", "b", "i", "h1", "h2", "h3", "h4", "ul", "ol", "li", "table",
        "tr", "td", "th", "form", "input", "img", "script", "style", "title", "br", "strong", "em", "button", "label",
        "section", "article", "iframe", "textarea", "select", "option", "pre", "code", "svg", "!doctype",
    ];
    text.split('<').skip(1).take(200).any(|rest| {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '!').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        TAGS.contains(&name.to_ascii_lowercase().as_str())
            && (after.is_empty() || after.starts_with(['>', ' ', '/', '\n', '\t']))
    })
}
