//! CWE-918: URLs from outside that the server fetches; CWE-22: openers that also take `file:`.

mod go;
mod java;
mod more;
mod native;
mod script;
mod settings;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Exposure, Findings, Report, Rule, c, c_row, example, java, java_row, javascript, javascript_row, python,
    python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "server-request",
    cwe: &[918],
    severity: Severity::High,
    summary: "The server fetches a URL that somebody else chooses.",
    advice: "Check scheme and host against a fixed list before the request, and do not follow redirects elsewhere.",
    rows: &[
        row(settings::LANGUAGES, &[Kind::Pair], settings::check),
        go_row(&[Kind::Call], go::call),
        c_row(&[Kind::Call, Kind::New], native::check),
        python_row(&[Kind::Call], python_call),
        javascript_row(&[Kind::Call, Kind::New], script::check),
        java_row(&[Kind::Call, Kind::New], java::call),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::Call, Kind::New], more::check),
    ],
    bad: &[
        c(
            "#include <curl/curl.h>\n#include <sys/socket.h>\nvoid f(int s, CURL *curl) { char url[512]; ssize_t n = recv(s, url, sizeof(url) - 1, 0); if (n <= 0) return; url[n] = 0; curl_easy_setopt(curl, CURLOPT_URL, url); curl_easy_perform(curl); }\n",
        ),
        example(Language::Nginx, "location /fetch {\n  proxy_pass http://$arg_host;\n}\n"),
        example(
            Language::Terraform,
            "resource \"aws_instance\" \"i\" {\n  metadata_options {\n    http_tokens = \"optional\"\n  }\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nresp, err := http.Get(\"https://\" + r.FormValue(\"host\") + \"/data\")\n\t_, _ = resp, err\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nreq, _ := http.NewRequest(\"GET\", r.URL.Query().Get(\"url\"), nil)\n\thttp.DefaultClient.Do(req)\n}\n",
        ),
        java(
            "import java.net.URL;\nclass A { Object f(javax.servlet.http.HttpServletRequest r) throws Exception { return new URL(r.getParameter(\"u\")).openStream(); } }\n",
        ),
        java(
            "import org.springframework.web.client.RestTemplate;\nclass A { @GetMapping(\"/\") String f(@RequestParam String u) { return new RestTemplate().getForObject(u, String.class); } }\n",
        ),
        python(
            "import pycurl\nfrom flask import request\n@app.get('/c')\ndef c():\n    c = pycurl.Curl()\n    c.setopt(c.URL, request.args['u'])\n    c.perform()\n",
        ),
        python(
            "import socket\nfrom flask import request\n@app.get('/check')\ndef check():\n    s = socket.create_connection((request.args['host'], 80), timeout=3)\n    return 'open'\n",
        ),
        python(
            "import requests\nfrom flask import request\ndef f():\n    return requests.get(request.args['url'], timeout=5).text\n",
        ),
        python(
            "from urllib.request import urlopen\nfrom flask import request\ndef f():\n    u = request.form['u']\n    return urlopen(u, timeout=3).read()\n",
        ),
        python(
            "import httpx\nfrom flask import request\nasync def f():\n    return await httpx.get('http://' + request.args['host'] + '/x')\n",
        ),
        python("from urllib.request import urlopen\ndef fetch(url):\n    return urlopen(url, timeout=3).read()\n"),
        javascript(
            "const axios = require('axios');\napp.get('/', async (req, res) => { await axios.get(req.query.url); });\n",
        ),
        javascript("app.get('/', async (req, res) => { await fetch('http://' + req.query.host + '/x'); });\n"),
        javascript(
            "const http = require('http');\napp.get('/', (req, res) => { http.get({ host: req.query.host, path: '/' }); });\n",
        ),
        example(Language::Php, "<?php\n$c = curl_init($_GET['url']);\n"),
        example(
            Language::CSharp,
            "class A { async Task F(HttpClient c) { await c.GetAsync(Request.Query[\"url\"]); } }\n",
        ),
        example(Language::Ruby, "def f\n  Net::HTTP.get(URI(params[:url]))\nend\n"),
        example(
            Language::Rust,
            "async fn f(host: String) { reqwest::get(format!(\"http://{}/data\", host)).await; }\n",
        ),
    ],
    good: &[
        c(
            "#include <curl/curl.h>\n#include <stdio.h>\n#include <sys/socket.h>\nvoid f(int s, CURL *curl) { char id[64], url[512]; ssize_t n = recv(s, id, sizeof(id) - 1, 0); if (n <= 0) return; id[n] = 0; snprintf(url, sizeof url, \"https://api.example.org/u/%s\", id); curl_easy_setopt(curl, CURLOPT_URL, url); }\n",
        ),
        c(
            "#include <curl/curl.h>\nvoid f(CURL *curl) { curl_easy_setopt(curl, CURLOPT_URL, \"https://example.org/\"); }\n",
        ),
        example(Language::Nginx, "location / {\n  proxy_pass http://backend:8080;\n}\n"),
        example(
            Language::Terraform,
            "resource \"aws_instance\" \"i\" {\n  metadata_options {\n    http_tokens = \"required\"\n  }\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nhttp.Get(\"https://api.example.org/u/\" + r.FormValue(\"id\"))\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"fmt\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nhttp.Get(fmt.Sprintf(\"https://api.example.org/u/%s\", r.FormValue(\"id\")))\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nhosts := map[string]bool{\"https://a.example\": true}\n\tu := r.FormValue(\"u\")\n\tif !hosts[u] { return }\n\thttp.Get(u)\n}\n",
        ),
        java(
            "import java.net.URL;\nclass A { Object f(javax.servlet.http.HttpServletRequest r) throws Exception { return new URL(\"https://api.example.org/u/\" + r.getParameter(\"id\")).openStream(); } }\n",
        ),
        python(
            "import requests\nfrom urllib.parse import urlparse\nfrom flask import request, abort\nHOSTS = {'a.example'}\n@app.get('/p')\ndef p():\n    url = request.args['url']\n    parsed = urlparse(url)\n    if parsed.scheme != 'https' or parsed.hostname not in HOSTS:\n        abort(400)\n    return requests.get(url, timeout=5).text\n",
        ),
        python("import requests\nrequests.get('https://example.org/x', timeout=5)\n"),
        python(
            "import requests\nfrom flask import request\ndef f():\n    return requests.get('https://api.example.org/u/' + request.args['id'], timeout=5).text\n",
        ),
        python(
            "import requests\nfrom flask import request\nHOSTS = ['https://a.example']\ndef f():\n    u = request.args['u']\n    if u not in HOSTS:\n        raise ValueError()\n    return requests.get(u, timeout=5).text\n",
        ),
        python("import requests\ndef fetch(url):\n    return requests.get(url, timeout=5)\n"),
        javascript(
            "app.get('/', async (req, res) => { await fetch('https://api.example.org/x?q=' + req.query.q); });\n",
        ),
        javascript(
            "app.get('/', async (req, res) => { await fetch('https://api.example.org/u/' + encodeURIComponent(req.params.id)); });\n",
        ),
        javascript(
            "const HOSTS = ['https://a.example/'];\napp.get('/', async (req, res) => { const u = req.query.u; if (!HOSTS.includes(u)) return res.end(); await fetch(u); });\n",
        ),
        javascript("app.get('/', (req, res) => { cache.get(req.query.key); });\n"),
        example(Language::Php, "<?php\n$c = curl_init('https://api.example.org/v1');\n"),
        example(
            Language::CSharp,
            "class A { async Task F(HttpClient c) { await c.GetAsync(\"https://api.example.org\"); } }\n",
        ),
        example(Language::Ruby, "def f\n  Net::HTTP.get(URI('https://api.example.org'))\nend\n"),
        example(Language::Rust, "async fn f() { reqwest::get(\"https://api.example.org\").await; }\n"),
    ],
};

const VERBS: &[&str] = &["get", "post", "put", "delete", "patch", "head", "options", "request", "stream"];
const OPENERS: &[&str] = &[
    "urllib.request.urlopen",
    "urllib.urlopen",
    "urllib2.urlopen",
    "urllib.request.urlretrieve",
    "urllib.urlretrieve",
    "urllib.request.Request",
    "urllib.request.FancyURLopener",
    "urllib.request.URLopener",
];

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let opener = OPENERS.contains(&path);
    let (head, verb) = path.rsplit_once('.').unwrap_or(("", path));
    let client = matches!(
        head,
        "requests"
            | "httpx"
            | "requests.Session"
            | "requests.session"
            | "aiohttp.ClientSession"
            | "httpx.Client"
            | "httpx.AsyncClient"
            | "urllib3.PoolManager"
    ) && VERBS.contains(&verb)
        || is_session(context, call);
    if !opener && !client {
        return connection(context, call, found);
    }
    let verb = if verb.is_empty() { context.method(call) } else { verb };
    let at = usize::from(matches!(verb, "request" | "stream"));
    let Some(url) = context.argument(call, at, "url") else { return };
    match context.exposure(url, Purposes::URL) {
        Exposure::Tainted(taint) if !fixed_host(context, url) => {
            let strong = matches!(taint.origin.source, Source::Request | Source::Network);
            if strong {
                let message = format!("The server fetches a URL made from {}.", taint.source());
                let report = Report::issue(call, concept::SERVER_REQUEST, message).confidence(taint.confidence);
                found.push(context, report.trace(taint.trace));
            } else if opener {
                let message = format!("A URL from {} is opened, and `file:` URLs are allowed.", taint.source());
                let report =
                    Report::issue(call, concept::URL_SCHEME, message).cwe(&[22, 918]).severity(Severity::Medium);
                found.push(context, report.confidence(Confidence::Medium.min(taint.confidence)).trace(taint.trace));
            } else {
                let message = format!("A URL from {} is fetched.", taint.source());
                found.push(context, Report::audit(call, concept::SERVER_REQUEST, message).trace(taint.trace));
            }
        }
        Exposure::Unclear if opener => {
            let message = "A URL that is made at run time is opened, and `file:` URLs are allowed.";
            found.push(context, Report::audit(call, concept::URL_SCHEME, message).cwe(&[22, 918]));
        }
        _ => {}
    }
}

/// Whether a call is a request by a session or connection that was made before.
/// `curl.setopt(curl.URL, url)`, `socket.create_connection((host, port))`, a browser that is sent somewhere.
fn connection(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let target = match context.method(call) {
        "setopt" if context.positional(call, 0).is_some_and(|name| context.source(name).ends_with("URL")) => {
            context.positional(call, 1)
        }
        "create_connection" if path == "socket.create_connection" => context.positional(call, 0),
        "connect"
            if context.object(call).is_some_and(|object| {
                context.program().names.type_of(object).is_some_and(|kind| kind == "socket.socket")
            }) =>
        {
            context.positional(call, 0)
        }
        "goto" | "get" if context.mentions("playwright") || context.mentions("selenium") => context.positional(call, 0),
        _ if matches!(
            path,
            "http.client.HTTPConnection" | "http.client.HTTPSConnection" | "wget.download" | "pandas.read_html"
        ) =>
        {
            context.positional(call, 0)
        }
        _ => None,
    };
    let Some(target) = target else { return };
    // Of a pair of host and port the host counts.
    let value = context.value(target);
    let host = if context.kind(value) == Kind::Tuple { context.tree().children(value).next() } else { Some(target) };
    let Some(taint) = host
        .and_then(|host| context.outside(host, Purposes::URL))
        .filter(|taint| taint.origin.source == Source::Request)
    else {
        return;
    };
    if !fixed_host(context, target) {
        let message = format!("The server connects to an address made from {}.", taint.source());
        let report = Report::issue(call, concept::SERVER_REQUEST, message).confidence(taint.confidence);
        found.push(context, report.trace(taint.trace));
    }
}

fn is_session(context: &Context<'_>, call: NodeId) -> bool {
    if !VERBS.contains(&context.method(call)) {
        return false;
    }
    // `self.session.get(url)` in a unit that uses such a library.
    let libraries = ["requests", "httpx", "aiohttp"];
    if libraries.iter().any(|library| context.mentions(library))
        && context.object(call).is_some_and(|object| {
            let name = context.source(object).rsplit('.').next().unwrap_or_default().trim_start_matches('_');
            context.kind(object) == Kind::Attribute && matches!(name, "session" | "client" | "http" | "http_client")
        })
        && !context.mentions("session[")
    {
        return true;
    }
    context.object(call).and_then(|object| context.program().names.type_of(object)).is_some_and(|kind| {
        matches!(
            kind,
            "requests.Session"
                | "requests.session"
                | "aiohttp.ClientSession"
                | "httpx.Client"
                | "httpx.AsyncClient"
                | "urllib3.PoolManager"
                | "http.client.HTTPConnection"
                | "http.client.HTTPSConnection"
        )
    })
}

/// Whether the text begins with a constant scheme, host and slash.
fn fixed_host(context: &Context<'_>, url: NodeId) -> bool {
    let tree = context.tree();
    let mut at = context.value(url);
    for _ in 0..12 {
        match context.kind(at) {
            Kind::Binary | Kind::Template | Kind::Interpolation => match tree.children(at).next() {
                Some(first) => at = context.value(first),
                None => return false,
            },
            Kind::Call
                if context.callee(at) == "urllib.request.Request" || context.callee(at) == "urllib.parse.urljoin" =>
            {
                match context.positional(at, 0) {
                    Some(first) if context.callee(at).ends_with("Request") => at = context.value(first),
                    _ => return false,
                }
            }
            Kind::Call if context.callee(at) == "fmt.Sprintf" => match context.positional(at, 0) {
                Some(first) => at = context.value(first),
                None => return false,
            },
            // `new URL(x)`, `URI.create(x)`
            Kind::New | Kind::Call
                if matches!(
                    context.callee(at),
                    "java.net.URL" | "java.net.URI" | "java.net.URI.create" | "okhttp3.HttpUrl.parse"
                ) =>
            {
                match context.positional(at, 0) {
                    Some(first) => at = context.value(first),
                    None => return false,
                }
            }
            Kind::Call if context.method(at) == "format" => match context.object(at) {
                Some(object) => at = context.value(object),
                None => return false,
            },
            _ => break,
        }
    }
    let text = context
        .string(at)
        .map(str::to_owned)
        .or_else(|| tree.string(at, context.text()).map(std::borrow::Cow::into_owned));
    let Some(text) = text else { return false };
    let Some((_, rest)) = text.split_once("://") else { return false };
    // Everything up to the first slash is constant.
    let host = rest.split('/').next().unwrap_or_default();
    !host.is_empty() && !host.contains(['{', '%']) && rest.contains(['/', '?'])
}
